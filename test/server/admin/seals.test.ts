/** Seals through the API: a digest now, the very same text later. */
import t from 'tap'
import { disclosureDigest, formatDisclosure } from '../../../ledger/disclosure.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { newSalt } from '../../../server/services/log/salt.ts'
import { openSite } from './site.ts'
import type { Body } from './site.ts'

const sealedOf = (value: string | Record<string, string>, name = '/text'): string =>
  formatDisclosure({ salt: newSalt(), name, value })

t.test('SE1–SE3: a seal opens once, with the text that was sealed, and starts a clock', async (t) => {
  const site = await openSite(t, 'postgres')
  const code = await site.crisis({ severity: 'S1' })
  const disclosure = sealedOf({ en: 'We knew of three cases.', 'zh-CN': '我们已知三起。' })
  const digest = disclosureDigest(disclosure)
  const sealed = await site.write(`/crises/${code}/seals`, { digest, of: 'cause_identified' })
  const index = sealed['index'] as number
  const entry = parseEntry((await site.log.reader.entry(index)).bytes)
  t.match(entry.data, { digest, of: 'cause_identified', dues: [{ clock: 'seal' }] })
  const refuses = async (path: string, body: Body): Promise<string> => {
    const before = await site.size()
    const answer = await site.post(path, body)
    t.equal(await site.size(), before, 'nothing is written')
    return answer.json<{ code: string }>().code
  }
  t.equal(await refuses(`/crises/${code}/seals`, { digest }), 'seal_exists')
  const path = `/entries/${index}/open`
  const others = [sealedOf({ en: 'We knew of three cases.' }), sealedOf('We knew nothing.')]
  for (const other of others) t.equal(await refuses(path, { disclosure: other }), 'seal_differs')
  for (const malformed of [
    sealedOf('x', '/data'),
    sealedOf({}),
    sealedOf({ fr: 'x' }),
    sealedOf(' '),
    'A'.repeat(30),
  ]) {
    t.equal(await refuses(path, { disclosure: malformed }), 'seal_malformed')
  }
  t.equal(await refuses(`/entries/${await site.milestone(code, {})}/open`, { disclosure }), 'not_found')
  const opened = await site.write(path, { disclosure })
  const stored = await site.log.reader.entry(opened['index'] as number)
  t.same(parseEntry(stored.bytes).sd, [digest], 'the very digest that was sealed')
  t.same(stored.disclosures, [disclosure])
  t.equal(await refuses(path, { disclosure }), 'seal_open')
  const reconstructed = await site.crisis({
    mode: 'reconstructed',
    recorder: { kind: 'third_party', name: { 'zh-CN': '记', en: 'Rec' } },
  })
  t.equal(await refuses(`/crises/${reconstructed}/seals`, { digest }), 'seal_needs_live')
})
