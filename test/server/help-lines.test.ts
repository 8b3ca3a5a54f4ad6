import { join } from 'node:path'
import t from 'tap'
import { readHelpLines } from '../../server/help-lines.ts'

const LINE = { market: 'CN', name: { 'zh-CN': '全国12315平台', en: 'National 12315 line' }, contact: '12315' }

t.test('whom to tell is what the file says, and nobody without a file', async (t) => {
  const folder = t.testdir({ 'lines.json': JSON.stringify([LINE]) })
  t.same(await readHelpLines(join(folder, 'lines.json')), [LINE])
  t.same(await readHelpLines(undefined), [])
})

t.test('a file that is not there, not JSON or not such a list is a problem of the configuration', async (t) => {
  const { contact: _contact, ...incomplete } = LINE
  const contents = ['', '{', 'null', '{}', '[null]', JSON.stringify([incomplete])]
  const folder = t.testdir(Object.fromEntries(contents.map((content, at) => [`${at}.json`, content])))
  for (const at of [...contents.keys(), 'missing']) {
    const refusal = { code: 'config_invalid', message: /^HELP_LINES_FILE/ }
    await t.rejects(readHelpLines(join(folder, `${at}.json`)), refusal, `${at}: ${contents[Number(at)] ?? 'no file'}`)
  }
})
