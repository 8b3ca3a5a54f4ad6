/** The five verdicts in the words of the page, and the page script's comparison of page and bytes. */
import t from 'tap'
import { chainQuestions } from '../../../ledger/findings.ts'
import { parseBundle, formatBundle } from '../../../ledger/bundle.ts'
import type { Bundle } from '../../../ledger/bundle.ts'
import { utf8 } from '../../../ledger/bytes.ts'
import { verifyBundle } from '../../../ledger/verify.ts'
import type { VerifyOptions } from '../../../ledger/findings.ts'
import { recordZhCN } from '../../../views/messages/record-zh-cn.ts'
import { recordEn } from '../../../views/messages/record-en.ts'
import { siteEn } from '../../../views/messages/site-en.ts'
import { siteZhCN } from '../../../views/messages/site-zh-cn.ts'
import { verdictEn } from '../../../views/messages/verdict-en.ts'
import { verdictZhCN } from '../../../views/messages/verdict-zh-cn.ts'
import { leadingSentences } from '../../../views/model/format.ts'
import { shortName } from '../../../views/model/names.ts'
import { tell } from '../../../views/script/steps.ts'
import type { Told as Verdict } from '../../../views/script/steps.ts'
import { tellNote7 } from './sample-log.ts'

const told = tellNote7()
const { log, stream, brand } = told
const NOW = Date.parse('2026-11-22T09:00:00.000Z')

function say(bundle: Bundle, options: VerifyOptions, host: string | undefined, testChain = false): Verdict {
  const report = verifyBundle(bundle, options)
  const checked = { report, bundle, host, testChain }
  return tell(checked, { words: verdictZhCN, record: recordZhCN, intervalSeconds: 600, now: NOW })
}

/** What an honest endpoint answers. */
const asked = (bundle: Bundle) => log.answers(chainQuestions(bundle)!.sizes)

t.test('each verdict speaks in its own words', async (t) => {
  const bundle = log.bundle(stream)
  const chain = asked(bundle)
  const verified = say(bundle, { logId: log.logId, chain }, 'rpc.example')
  t.equal(verified.label, '记录未被改动')
  t.match(verified.text, /^已登记的 35 条都在，次序完整，2026-11-22 15:\d\d 上链后没有改过。不说明内容属实。$/)
  t.ok(verified.steps.some(({ text }) => text === '你的手机问了 rpc.example：链上的值一致（区块 8）'))
  t.ok(verified.steps.every(({ ok }) => ok === 'held'))

  t.equal(say(bundle, { logId: log.logId }, undefined).label, '未能核对')
  const unknown = say(bundle, { chain }, 'rpc.example')
  t.equal(unknown.label, '发布者未确认')
  t.match(unknown.text, /没有核对码，只能说明这份记录前后一致。$/)
  const test = say(bundle, { logId: log.logId, chain, testChain: true }, 'rpc.example', true)
  t.equal(test.text, '35 条都在，没有改动。记录本身完整，但写在测试链上，不能作数。')
})

t.test('new entries are pending, and late ones say so', async (t) => {
  const { log, stream, brand } = tellNote7()
  const data = { kind: 'apology', occurredAt: '2026-01-01', zone: '+08:00', assertedBy: ['brand'], original: 'en' }
  log.append(stream, 'milestone.recorded', data, { brand, redactable: { '/text/en': 'Sorry.' } })
  const bundle = log.bundle(stream)
  const pending = say(
    bundle,
    { logId: log.logId, chain: log.answers(bundle.anchors.map(({ size }) => size)) },
    'rpc.example',
  )
  t.equal(pending.label, '最新 1 条待上链')
  t.match(pending.text, /^前 35 条已核对，没有改动。最新 1 条刚登记，预计 .* 前上链/)
  t.match(pending.text, /上链晚了 1 小时/)
})

t.test('an altered entry is named by the number that readers see', async (t) => {
  const bundle = log.bundle(stream)
  const target = bundle.entries[15]!
  const bytes = utf8(new TextDecoder().decode(target.bytes).replace('2016-09', '2016-08'))
  const altered = { ...bundle, entries: bundle.entries.with(15, { ...target, bytes }) }
  const mismatch = say(altered, { logId: log.logId, chain: asked(bundle) }, 'rpc.example')
  t.equal(mismatch.label, '记录对不上')
  t.match(mismatch.text, /^第 (?:16|17) 条和当初登记的不一样/)
  t.ok(mismatch.steps.some(({ ok, text }) => ok === 'failed' && text === `第 ${mismatch.entry} 条原文的指纹对不上`))

  const left = { ...bundle, entries: bundle.entries.slice(0, -1) }
  const missing = say(left, { logId: log.logId, chain: asked(bundle) }, 'rpc.example')
  t.equal(missing.label, '记录对不上')
  t.ok(missing.steps.some(({ ok, text }) => ok === 'failed' && text === '账上登记的条数和本页的 34 条对不上'))
})

t.test('an erased text is told with its reason, a withheld one is a mismatch', async (t) => {
  const { log, stream, brand, entries } = tellNote7()
  const bundle = log.bundle(stream)
  const at = bundle.entries.findIndex(({ index }) => index === entries.get('n17'))
  const withheld = { ...bundle, entries: bundle.entries.with(at, { ...bundle.entries[at]!, disclosures: [] }) }
  const hidden = say(
    withheld,
    { logId: log.logId, chain: log.answers(bundle.anchors.map(({ size }) => size)) },
    'rpc.example',
  )
  t.equal(hidden.verdict, 'mismatch')
  t.ok(hidden.steps.some(({ ok, text }) => ok === 'failed' && text.startsWith('有文字没有给出')))

  log.erase(entries.get('n17')!, brand, 'erasure_request')
  log.anchor()
  const erased = log.bundle(stream)
  const told = say(
    erased,
    { logId: log.logId, chain: log.answers(erased.anchors.map(({ size }) => size)) },
    'rpc.example',
  )
  t.equal(told.verdict, 'verified')
  t.ok(told.steps.some(({ text }) => /^\d 处已删除的内容，指纹仍在$/.test(text)))
})

t.test('a short name keeps what tells two parties apart', (t) => {
  for (const [name, short] of [
    ['US Consumer Product Safety Commission (CPSC)', 'CPSC'],
    ['美国消费品安全委员会（CPSC）', 'CPSC'],
    ['三星（中国）', '三星（中国）'],
    ['Samsung (China)', 'Samsung (China)'],
    ['Acme (ACME)', 'Acme (ACME)'],
    ['国家质检总局（2016年的名称）', '国家质检总局'],
    ["AQSIQ, China's quality regulator (as it was called in 2016)", 'AQSIQ'],
    ['Smith, Jones and Company', 'Smith, Jones and Company'],
    ['', ''],
  ] as const) {
    t.equal(shortName(name), short)
  }
  t.end()
})

t.test('what stands on a first screen is whole sentences', (t) => {
  t.equal(leadingSentences('立即关机。不要充电。不要使用。', 42), '立即关机。不要充电。不要使用。')
  t.equal(leadingSentences('关机并停止使用。其余内容很长，放在后面再说。', 10), '关机并停止使用。')
  t.equal(leadingSentences('Do not use it. Version 2.5 is meant.', 16), 'Do not use it.')
  t.equal(leadingSentences('Version 2.5 is meant. More.', 5), 'Version 2.5 is meant.', 'never cut')
  t.equal(leadingSentences('no full stop at all', 5), 'no full stop at all')
  t.equal(leadingSentences('', 5), '')
  t.end()
})

t.test('a bundle survives its own text', async (t) => {
  for (const name of [stream, `brand:${brand}`]) {
    const bundle = log.bundle(name)
    t.same(parseBundle(utf8(formatBundle(bundle))), bundle)
  }
})

t.test('both languages have the same sentences with the same blanks', async (t) => {
  for (const [zh, en] of [
    [recordZhCN, recordEn],
    [verdictZhCN, verdictEn],
    [siteZhCN, siteEn],
  ] as const) {
    const chinese = blanks(zh, '')
    t.same([...blanks(en, '').keys()], [...chinese.keys()])
    for (const [name, found] of blanks(en, '')) {
      if (name !== '/ribbonReconstructedText') t.same(found, chinese.get(name), name)
    }
  }
})

t.test('nothing that we check is called safe, true, genuine or official', async (t) => {
  const english = [...texts(recordEn), ...texts(verdictEn), ...texts(siteEn)].join('\n')
  t.notMatch(english, /\bis safe\b|\bgenuine product|\bofficial\b|\bverified\b/i)
  const chinese = [...texts(recordZhCN), ...texts(verdictZhCN), ...texts(siteZhCN)].join('\n')
  t.notMatch(chinese, /已验证|权威|可放心|是安全的/)
})

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : []
}

function blanks(value: unknown, pointer: string): Map<string, string[]> {
  if (typeof value === 'string') return new Map([[pointer, [...value.matchAll(/\{\w+\}/g)].map(String).sort()]])
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return new Map(members.flatMap(([name, member]) => [...blanks(member, `${pointer}/${name}`)]))
}
