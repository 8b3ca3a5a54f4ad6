/** The editor's questions: what they find, what they leave alone, and that no text makes them fail or take long. */
import fc from 'fast-check'
import t from 'tap'
import { formatDisclosure } from '../../../ledger/disclosure.ts'
import { milestoneBody, readNote7Record } from '../../../server/demo/record.ts'
import {
  EDITORIAL_PATTERNS,
  PERSONAL_HINT,
  PERSONAL_PATTERNS,
  lintRequest,
  mustBeAcknowledged,
} from '../../../server/services/crises/editorial-lint.ts'
import { newSalt } from '../../../server/services/log/salt.ts'
import type { Warning } from '../../../server/services/crises/editorial-lint.ts'

const found = (request: unknown): string[] =>
  lintRequest(request).map(({ code, at, from, to }) =>
    from === undefined ? `${code} ${at}` : `${code} ${at} ${from}-${to}`,
  )
const notice = (zh: string, en: string): object => ({ kind: 'safety_instruction', text: { 'zh-CN': zh, en } })
const personal = (text: string): boolean =>
  lintRequest({ kind: 'statement', text: { 'zh-CN': text, en: 'x' } }).some(({ code }) => code === 'personal_data')

t.test('softeners are found in safety notices, with their places', async (t) => {
  t.same(found(notice('请停止使用。', 'Stop using it.')), [])
  t.same(found(notice('个别批次可能过热，建议酌情停用，无需恐慌。', 'Stop using it.')), [
    'softener /text/zh-CN 0-2',
    'softener /text/zh-CN 4-6',
    'softener /text/zh-CN 11-13',
    'softener /text/zh-CN 16-20',
  ])
  t.same(found(notice('请停用。', 'It may get slightly warm; out of an abundance of caution, stop.')), [
    'softener /text/en 3-6',
    'softener /text/en 11-19',
    'softener /text/en 36-56',
  ])
  t.same(found(notice('请停用。', 'Owners may have a refund.')), [], 'a right is no doubt')
  t.same(found({ kind: 'statement', text: { 'zh-CN': '可能', en: 'may' } }), [], 'only in safety notices')
  t.same(found({ kind: 'remedy_announced', advice: {}, text: { 'zh-CN': '可能', en: 'x' } }), [
    'softener /text/zh-CN 0-2',
  ])
})

t.test('personal data is found, and what only looks like it is left alone', async (t) => {
  const yes = [
    '请联系 13812345678',
    '电话 138-1234-5678。',
    '电话 +86 138 1234 5678',
    '電話１３８１２３４５６７８',
    'call +44 20 7946 0958',
    '身份证 11010519491231002X',
    '写信给 li.wei@example.com',
    '车牌 京A·12345',
    '车牌沪AD12345',
    '王小明先生反映',
    '李女士说',
    'as Mr. Smith told us',
    'Dr Jones',
  ]
  for (const text of yes) t.ok(personal(text), text)
  const no = [
    '热线 400-820-8820、12315、95519',
    '商品条码 06901234567892',
    '共 190984 台，编号 2016103000001',
    '身份证 110105194912310021',
    '编号 999999999999999999',
    '写信给 service@example.com 或 recall.cn@example.com',
    '先生们、女士们，任何女士',
    '批次 L20260611-A',
    'Toll-free 1-844-365-6197',
    'Mr and Mrs',
    '京ABCDEF',
  ]
  for (const text of no) t.notOk(personal(text), text)
  t.same(found({ sources: [{ title: '张三先生', url: 'https://x.cn/13812345678' }] }), [
    'personal_data /sources/0/title 0-4',
  ])
})

t.test('the text of a seal that is opened is read like any other', async (t) => {
  const opening = (value: string | Record<string, string>): object => ({
    disclosure: formatDisclosure({ salt: newSalt(), name: '/text', value }),
  })
  t.same(found(opening({ en: 'We knew.', 'zh-CN': '我们已知。' })), [])
  t.same(found(opening('王小明先生反映')), ['personal_data /disclosure 0-5'])
  const [warning] = lintRequest(opening({ en: 'Dr Jones told us.', 'zh-CN': '有人反映。' }))
  t.match(warning, { code: 'personal_data', at: '/disclosure/en', from: 0, to: 8, mustAcknowledge: true })
  t.match(warning?.message, /cannot be changed.*redactions/)
  for (const disclosure of ['', 'nothing', 3, null, ['Dr Jones']]) t.same(found({ disclosure }), [])
})

t.test('a missing language is a question, and one to be answered in a safety notice', async (t) => {
  t.match(lintRequest({ kind: 'statement', text: { en: 'x' } }), [
    { code: 'missing_language', at: '/text/zh-CN', mustAcknowledge: false },
  ])
  t.match(lintRequest({ kind: 'recall_initiated', text: { 'zh-CN': 'x' } }), [
    { code: 'missing_language', at: '/text/en', mustAcknowledge: true },
  ])
})

t.test('a text that begins with another date than that of the event is a question', async (t) => {
  const at = (text: string): string[] => found({ occurredAt: '2026-06-14T20:00Z', text: { 'zh-CN': text, en: text } })
  for (const text of [
    '2026年6月4日，取样。',
    'On 4 June 2026 samples',
    'June 4, 2026: samples',
    '2025-06-14 samples',
  ]) {
    t.same(at(text), ['date_differs /text/zh-CN', 'date_differs /text/en'], text)
  }
  for (const text of ['2026年6月15日，取样。', 'On 14 June 2026', 'Sold before 4 June 2026', 'Item 4 Foo 2026', '无']) {
    t.same(at(text), [], text)
  }
  t.same(found({ text: { 'zh-CN': '2026年6月4日', en: 'x' } }), [], 'without a claim there is nothing to differ from')
})

t.test('what must be acknowledged is refused until it is, and the refusal repeats no text', async (t) => {
  const warnings = lintRequest(notice('可能', 'Call 13812345678'))
  const refusal = (() => {
    try {
      mustBeAcknowledged(warnings, ['softener'])
      return undefined
    } catch (error) {
      return error as { code: string; message: string; detail: { warnings: Warning[] } }
    }
  })()
  t.match(refusal, {
    code: 'warnings_unacknowledged',
    message: /acknowledge: \["personal_data"\]/,
    detail: { warnings: [{ code: 'personal_data', at: '/text/en', from: 5, to: 16 }] },
  })
  t.notMatch(JSON.stringify(refusal), /13812345678/)
  t.doesNotThrow(() => mustBeAcknowledged(warnings, ['softener', 'personal_data']))
})

t.test('a real record of a crisis raises no question', async (t) => {
  const record = readNote7Record()
  const entries = new Map(record.events.map(({ id }, position) => [id, position]))
  for (const event of record.events) t.same(found(milestoneBody(record, event, entries)), [], event.id)
  t.same(found(record.crisis), [])
})

t.test('whatever is sent, the questions are asked without failing, at places that are there', async (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.record({ kind: fc.constant('safety_instruction'), text: fc.dictionary(fc.string(), fc.string()) }),
      ),
      (body) => lintRequest(body).every(({ from = 0, to = 0 }) => from <= to),
    ),
  )
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('1', '可能', 'a', '@', '.', ' ', '+', '-', '王', '先生', '京', 'A'), { maxLength: 400 }),
      (parts) => {
        const text = parts.join('')
        return lintRequest(notice(text, text)).every(({ from = 0, to = 0 }) => to <= text.length && from < to)
      },
    ),
  )
  t.pass()
})

t.test('reading is linear in the length of a text: no pattern repeats without a bound', async (t) => {
  for (const { source } of EDITORIAL_PATTERNS) {
    const outsideClasses = source.replace(/\\./g, '_').replace(/\[[^\]]*\]/g, '_')
    t.notMatch(outsideClasses, /[*+]|\{\d+,\}/, source.slice(0, 60))
  }
})

t.test('whatever a pattern of personal data finds, the hint finds in it', async (t) => {
  const passages = fc.oneof(...PERSONAL_PATTERNS.map((pattern) => fc.stringMatching(new RegExp(bare(pattern), 'u'))))
  fc.assert(
    fc.property(passages, (passage) => {
      for (const pattern of PERSONAL_PATTERNS) {
        for (const [match] of passage.matchAll(pattern)) t.match(match, PERSONAL_HINT)
      }
    }),
    { numRuns: 700 },
  )
  for (const pattern of PERSONAL_PATTERNS) {
    const [example] = fc.sample(fc.stringMatching(new RegExp(bare(pattern), 'u')), 1)
    t.match(example, PERSONAL_HINT, String(pattern))
  }
})

/** A pattern without what it asks of its surroundings, so that texts can be made from it. */
function bare({ source }: RegExp): string {
  return source.replaceAll(/\(\?<?![^)]*\)|\\b/g, '')
}
