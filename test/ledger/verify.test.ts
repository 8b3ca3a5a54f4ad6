/** Verification of bundles as a whole: the truth is verified, and no lie gets a better verdict than it deserves. */
import t from 'tap'
import { formatBundle } from '../../ledger/bundle.ts'
import { utf8 } from '../../ledger/bytes.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { BUNDLE_CHECKS, verifyBundle } from '../../ledger/verify.ts'
import { POINTS_CHECKS } from '../../ledger/verify-points.ts'
import { failedChecks, verify } from './bundle-faults.ts'
import { mutations } from './mutations.ts'
import { pointsLog } from './points-log.ts'
import { LOG_ID, openedLog, sampleLog } from './sample-log.ts'

t.test('a true bundle is verified, and every check holds', async (t) => {
  const report = verify(sampleLog())
  t.equal(report.verdict, 'verified')
  t.strictSame(
    report.checks.map(({ name }) => name),
    BUNDLE_CHECKS,
  )
  t.strictSame(
    report.checks.filter(({ ok }) => ok !== 'held').map(({ name, ok, code }) => [name, ok, code]),
    [['times', 'partly', 'no_earlier_anchor']],
    'only that nothing bounds the first entries from below',
  )
  t.equal(report.logId, LOG_ID)
  t.equal(report.size, 17)
  t.match(report.asOf, { size: 16, entries: 6, anchoredSize: 17 })
})

t.test('the report says of each entry what it is, what its texts are, and between which anchors it lies', async (t) => {
  const log = sampleLog()
  const { entries } = verify(log)
  t.strictSame(
    entries.map(({ verdict }) => verdict),
    Array.from({ length: 6 }, () => 'verified'),
  )
  const [opened, first, erased, second] = entries
  t.same(opened!.entry?.type, 'crisis.opened')
  t.same(opened!.notBefore, undefined, 'no anchor is older than the first entries')
  t.strictSame(opened!.anchoredBy, { size: 8, timestamp: log.anchors[0]!.timestamp })
  t.strictSame(first!.disclosed, ['/text/en', '/text/zh-CN'])
  t.same(first!.data!['text'], { en: 'What happened at 5.', 'zh-CN': '第 5 条' })
  t.equal(erased!.erased?.length, 1)
  t.strictSame(second!.notBefore, {
    size: 8,
    timestamp: log.anchors[0]!.timestamp,
    recordedAt: log.entry(7).recordedAt,
  })
})

t.test('I33: a change of any leaf of the file, or its removal, never gives a better verdict', async (t) => {
  const log = sampleLog()
  const whole = JSON.parse(formatBundle(log.bundle())) as JsonObject
  const options = { logId: LOG_ID, chain: log.answers() }
  // Which transaction carried an anchor is a pointer for readers: the contract does not keep it. Without the anchor in the
  // middle the bundle claims less, and what it claims is true.
  const harmless = /^anchors\.\d+\.transaction=|^anchors\.1-$/
  for (const [name, altered] of mutations(whole)) {
    const { verdict } = verifyBundle(utf8(JSON.stringify(altered)), options)
    t.equal(verdict, harmless.test(name) ? 'verified' : 'mismatch', name)
  }
})

t.test('I32: whatever the bytes are, verification answers and does not throw', async (t) => {
  const texts = [
    '',
    'null',
    '[]',
    '{}',
    '{"format":"trust-ledger/timeline@1"}',
    '[[[[[[[[[[[[[[[[[[[',
    '\uFEFF{}',
    '"\\ud800"',
  ]
  for (const text of texts) {
    const report = verifyBundle(new TextEncoder().encode(text))
    t.equal(report.verdict, 'mismatch')
    t.strictSame(failedChecks(report), ['format'], text)
    t.equal(report.checks.length, BUNDLE_CHECKS.length, 'the other checks are named as skipped')
  }
  const truth = utf8(formatBundle(sampleLog().bundle()))
  for (let end = 0; end < truth.length; end += 997) {
    t.equal(verifyBundle(truth.slice(0, end)).verdict, 'mismatch', `cut off at ${end}`)
  }
  t.match(verifyBundle(truth.slice(0, 100)).checks[0]?.facts['detail'], /at byte 100/)
})

t.test('I32: an origin that no canonical JSON can hold is a failed check like any other', async (t) => {
  for (const origin of ['a\u0000b', 'a\ud800']) {
    const bundle = { ...sampleLog().bundle(), origin }
    t.strictSame(failedChecks(verifyBundle(bundle)), ['log', 'signature'], 'beside the true key')
    const report = verifyBundle({ ...bundle, vkey: `${origin}+00000000+AA==` })
    t.equal(report.verdict, 'mismatch')
    t.ok(failedChecks(report).includes('log'))
    t.equal(report.logId, undefined)
  }
})

t.test('a file of very many entries and anchors is judged in a time that grows as the file does', async (t) => {
  const bundle = sampleLog().bundle()
  const wide = {
    ...bundle,
    entries: Array.from({ length: 100_000 }, (_, index) => ({
      index,
      bytes: new Uint8Array(),
      disclosures: [],
      proof: [],
    })),
    anchors: Array.from({ length: 30_000 }, () => bundle.anchors[0]!),
  }
  const report = verifyBundle(wide, { logId: LOG_ID })
  t.equal(report.verdict, 'mismatch')
  t.equal(report.entries.length, 100_000)
  t.ok(report.entries.every(({ verdict }) => verdict === 'mismatch'))
})

t.test('the home of a brand is a timeline too', async (t) => {
  const log = sampleLog()
  const report = verify(log, log.bundle('brand:acme'))
  t.equal(report.verdict, 'verified')
  t.equal(verify(log, log.bundle('ledger')).verdict, 'pending', 'heads never count themselves')
})

t.test('a verifier who brings nothing along learns only that the record agrees with itself', async (t) => {
  const { verdict, size } = verifyBundle(sampleLog().bundle())
  t.equal(verdict, 'unrecognised')
  t.equal(size, 17)
  const nameless = openedLog()
  const key = nameless.add({ type: 'ledger.key', stream: 'ledger', data: { vkey: nameless.vkey } })
  t.equal(verifyBundle(nameless.bundle('brand:acme', { key })).logId, undefined)
  const unsigned = verifyBundle({ ...sampleLog().bundle(), checkpoint: '' })
  t.equal(unsigned.size, undefined)
  t.equal(unsigned.asOf, undefined)
})

t.test('the accounts of a programme are judged by the checks that are handed in', async (t) => {
  const points = pointsLog()
  const options = { logId: LOG_ID, chain: points.log.answers() }
  const bundle = points.bundle()
  t.equal(verifyBundle(bundle, options).verdict, 'not checked')
  t.equal(verifyBundle(bundle, options, POINTS_CHECKS).verdict, 'verified')
})
