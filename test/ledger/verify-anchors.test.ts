/** The chain half of the verifier: `anchors`, `chain`, `times` and `fresh`. */
import t from 'tap'
import { formatEntry, parseEntry } from '../../ledger/entry.ts'
import { formatInstant } from '../../ledger/instant.ts'
import type { Verdict } from '../../ledger/verdict.ts'
import { verifyBundle } from '../../ledger/verify.ts'
import { anchorsAround } from '../../ledger/verify-anchors.ts'
import { at, checkNamed, flip, refuseAll, verify } from './bundle-faults.ts'
import type { Fault } from './bundle-faults.ts'
import { CRISIS, LOG_ID, SampleLog, milestone, openCrisis, openedLog, sampleLog } from './sample-log.ts'

const FAULTS: Fault[] = [
  { fault: 'anchors in another order', check: 'anchors', alter: (b) => b.anchors.reverse() },
  { fault: 'an anchor given twice', check: 'anchors', alter: (b) => b.anchors.unshift(b.anchors[0]!) },
  {
    fault: 'another root of an anchor',
    check: 'anchors',
    alter: (b) => (b.anchors[0]!.root = flip(b.anchors[0]!.root)),
  },
  { fault: 'another size of an anchor', check: 'anchors', alter: (b) => (b.anchors[0]!.size = 7) },
  { fault: 'an anchor beyond the log', check: 'anchors', alter: (b) => (b.anchors[2]!.size = 18) },
  {
    fault: 'an altered consistency proof',
    check: 'anchors',
    alter: (b) => (b.anchors[1]!.consistency[0] = flip(b.anchors[1]!.consistency[0]!)),
  },
  { fault: 'a shorter consistency proof', check: 'anchors', alter: (b) => b.anchors[1]!.consistency.pop() },
  {
    fault: 'an altered last entry of an anchor',
    check: 'anchors',
    alter: (b) => (b.anchors[0]!.last.bytes = flip(b.anchors[0]!.last.bytes)),
  },
  { fault: 'another last entry of an anchor', check: 'anchors', alter: (b) => (b.anchors[0]!.last = { ...at(b, 1) }) },
  {
    fault: 'an altered proof of a last entry',
    check: 'anchors',
    alter: (b) => (b.anchors[0]!.last.proof[0] = flip(b.anchors[0]!.last.proof[0]!)),
  },
  { fault: 'another time of an anchor', check: 'chain', alter: (b) => (b.anchors[0]!.timestamp += 1) },
  { fault: 'an earlier time of an anchor', check: 'chain', alter: (b) => (b.anchors[0]!.timestamp -= 86_400) },
  { fault: 'another block of an anchor', check: 'chain', alter: (b) => (b.anchors[0]!.block += 1) },
  {
    fault: 'the older anchors left out',
    check: 'chain',
    alter: (b) => b.anchors.splice(0, 2),
  },
]

t.test('every fault of the anchors is named', async (t) => refuseAll(t, FAULTS))

t.test('a chain that was not asked gives "not checked"; so does one that was asked about something else', async (t) => {
  const log = sampleLog()
  const bundle = log.bundle()
  const silent = verifyBundle(bundle, { logId: LOG_ID, chainError: 'time-out' })
  t.equal(silent.verdict, 'not checked')
  t.match(checkNamed(silent, 'chain')?.reason, /time-out/)
  t.equal(verifyBundle(bundle, { logId: LOG_ID }).verdict, 'not checked')
  t.equal(verifyBundle(bundle, { logId: LOG_ID, chain: log.answers([8, 17]) }).verdict, 'not checked')
  t.equal(verifyBundle(bundle, { logId: LOG_ID, chain: { ...log.answers(), chainId: 5 } }).verdict, 'not checked')
})

t.test('I31: a contract that says otherwise is a mismatch', async (t) => {
  const log = sampleLog()
  const truth = log.answers()
  const verdictFor = (chain: Partial<typeof truth>): Verdict =>
    verifyBundle(log.bundle(), { logId: LOG_ID, chain: { ...truth, ...chain } }).verdict
  t.equal(verdictFor({}), 'verified')
  t.equal(verdictFor({ origin: undefined }), 'mismatch')
  t.equal(verdictFor({ origin: 'other.example/log' }), 'mismatch')
  t.equal(verdictFor({ anchors: truth.anchors.slice(1) }), 'mismatch', 'one was never anchored')
  t.equal(verdictFor({ latest: truth.anchors[0] }), 'mismatch', 'the latest is older than the newest here')
  t.equal(verdictFor({ latest: undefined }), 'mismatch', 'no anchor at all')
})

t.test('a log re-created today with old dates is nowhere said to be unchanged since before today', async (t) => {
  const log = openedLog()
  openCrisis(log)
  milestone(log)
  const today = 400 * 86_400
  log.anchor(today)
  const report = verify(log)
  const since = log.anchors[0]!.timestamp
  t.equal(report.verdict, 'verified')
  for (const entry of report.entries) {
    t.equal(entry.anchoredBy?.timestamp, since)
    t.equal(entry.notBefore, undefined)
  }
  const times = checkNamed(report, 'times')
  t.match(times, { ok: 'partly', code: 'no_earlier_anchor', facts: { since } })
  t.match(times?.reason, new RegExp(`only since ${formatInstant(since * 1000)}`))
})

t.test('an entry whose time of recording does not fit its anchors is named', async (t) => {
  const late = openedLog()
  openCrisis(late)
  late.now += 3600
  const index = milestone(late)
  late.addHeads()
  late.accept(-3000)
  const report = verify(late)
  t.equal(report.verdict, 'mismatch')
  t.match(checkNamed(report, 'times'), { ok: 'failed', code: 'later_than_anchor', entry: index })

  const tolerated = openedLog()
  openCrisis(tolerated)
  tolerated.addHeads()
  tolerated.accept(-900)
  t.equal(verify(tolerated).verdict, 'verified', '15 minutes apart')

  const early = openedLog()
  early.anchor()
  const opened = openCrisis(early, CRISIS)
  const backdated = openedLog()
  backdated.anchor()
  const before = backdated.entry(2).recordedAt
  backdated.add({ type: 'stream.opened', stream: 'brand:acme', data: { opens: CRISIS } })
  const at = backdated.add({
    type: 'crisis.opened',
    stream: CRISIS,
    data: early.entry(opened).data,
    with: { recordedAt: before },
  })
  backdated.anchor()
  t.match(checkNamed(verify(backdated), 'times'), { code: 'earlier_than_anchor', entry: at })
})

t.test('an honest entry written while a transaction waited for hours is not named', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const waiting = log.anchor(5 * 3600)
  milestone(log)
  t.ok(log.now < waiting.timestamp, 'it was recorded before the block that does not cover it')
  log.now = waiting.timestamp + 60
  log.anchor()
  t.equal(verify(log).verdict, 'verified')
})

t.test('an entry later than the one that ends its anchor is time running backward', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const index = milestone(log)
  log.addBytes(formatEntry({ ...parseEntry(headsOf(log)), recordedAt: log.entry(0).recordedAt }))
  log.accept()
  t.match(checkNamed(verify(log), 'times'), { code: 'time_backward', entry: index - 1 })
})

t.test('a bundle older than the newest anchor by more than an hour is pending: there may be more', async (t) => {
  const log = sampleLog()
  const bundle = log.bundle()
  const newest = log.anchors[log.anchors.length - 1]!
  const answers = log.answers()
  const withLatest = (seconds: number): Verdict =>
    verifyBundle(bundle, {
      logId: LOG_ID,
      chain: { ...answers, latest: { ...newest, size: newest.size + 9, timestamp: newest.timestamp + seconds } },
    }).verdict
  t.equal(withLatest(3600), 'verified')
  t.equal(withLatest(3601), 'pending')
})

/** The heads entry that the log would write now. */
function headsOf(log: SampleLog): Uint8Array {
  const copy = new SampleLog()
  for (const bytes of log.bytes) copy.addBytes(bytes)
  return copy.bytes[copy.addHeads()]!
}

t.test(
  'an older anchor may be under way while the bundle is made; one that was confirmed may not be left out',
  async (t) => {
    const log = openedLog()
    openCrisis(log)
    const young = log.bundle()
    log.anchor()
    milestone(log)
    const waiting = { ...log.bundle(), anchors: [] }
    delete waiting.heads
    const chain = log.answers([])
    t.equal(checkNamed(verifyBundle(waiting, { logId: LOG_ID, chain }), 'chain')?.ok, 'held', 'no anchor confirmed yet')
    t.equal(checkNamed(verifyBundle(young, { logId: LOG_ID, chain }), 'fresh')?.code, 'newer_anchor')
    log.anchor()
    const late = log.bundle('ledger')
    late.entries = late.entries.slice(0, 1)
    late.anchors.shift()
    const report = verifyBundle(late, { logId: LOG_ID, chain: log.answers() })
    t.equal(checkNamed(report, 'chain')?.code, 'anchor_left_out', 'it was the first to cover the entry')
  },
)

t.test('an anchor that bounds no entry of the bundle may be left out', async (t) => {
  const log = openedLog()
  log.anchor()
  log.anchor()
  openCrisis(log)
  log.anchor()
  const bundle = log.bundle()
  const anchors = bundle.anchors.filter(({ size }) => size !== log.anchors[0]!.size)
  const chain = { ...log.answers(), others: [...log.anchors] }
  t.equal(checkNamed(verifyBundle({ ...bundle, anchors }, { logId: LOG_ID, chain }), 'chain')?.ok, 'held')
})

t.test('a contract without anchors agrees with a bundle without anchors', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const report = verify(log)
  t.match(checkNamed(report, 'chain'), { ok: 'held', reason: /no anchors yet/ })
  t.match(checkNamed(report, 'fresh'), { ok: 'held', reason: /no anchors yet/ })
  t.match(checkNamed(report, 'anchors'), { ok: 'partly', code: 'not_anchored' })
  t.match(checkNamed(report, 'times'), { ok: 'held' })
  t.match(checkNamed(verifyBundle(log.bundle(), {}), 'chain'), { reason: 'The chain was not asked.' })
})

t.test('an anchor that is left out is named when the contract told of it, wherever it lies', (t) => {
  const log = sampleLog()
  const bundle = log.bundle()
  const others = [...log.anchors]
  t.equal(verifyBundle(bundle, { logId: LOG_ID, chain: { ...log.answers(), others } }).verdict, 'verified')
  const bounding = bundle.anchors.slice(0, -1).map(({ size }) => size)
  t.ok(bounding.length > 1)
  for (const size of bounding) {
    const anchors = bundle.anchors.filter((anchor) => anchor.size !== size)
    const chain = { ...log.answers(anchors.map((anchor) => anchor.size)), others }
    const report = verifyBundle({ ...bundle, anchors }, { logId: LOG_ID, chain })
    t.match(checkNamed(report, 'chain'), { ok: 'failed', code: 'anchor_left_out', facts: { size } }, `size ${size}`)
    t.equal(report.verdict, 'mismatch')
  }
  t.end()
})

t.test('an anchor newer than those of the bundle was perhaps under way, and names nothing', (t) => {
  const log = sampleLog()
  const bundle = log.bundle()
  const newest = bundle.anchors[bundle.anchors.length - 1]!
  const others = [...log.anchors, { ...newest, size: newest.size + 5 }]
  t.equal(verifyBundle(bundle, { logId: LOG_ID, chain: { ...log.answers(), others } }).verdict, 'verified')
  t.end()
})

t.test('the anchors around an index are the first that covers it and the last that does not', async (t) => {
  const anchors = [{ size: 3 }, { size: 7 }]
  t.same(anchorsAround(anchors, 2), { by: { size: 3 }, before: undefined, at: 0 })
  t.same(anchorsAround(anchors, 3), { by: { size: 7 }, before: { size: 3 }, at: 1 })
  t.same(anchorsAround(anchors, 7), { by: undefined, before: { size: 7 }, at: 2 })
})

t.test('between which times an entry was recorded is told as far as its anchors are there', async (t) => {
  const log = sampleLog()
  const { entries } = verify(log)
  const [first, second] = log.anchors
  const between = entries.find(({ index }) => index >= first!.size && index < second!.size)!
  const { size, timestamp } = first!
  t.same(between.anchoredBy, { size: second!.size, timestamp: second!.timestamp })
  t.match(between.notBefore, { size, timestamp, recordedAt: log.entry(size - 1).recordedAt })
  t.notOk('notBefore' in entries[0]!)
  const late = milestone(log)
  t.notOk('anchoredBy' in verify(log).entries.find(({ index }) => index === late)!)
})

t.test('an entry between two anchors needs no word about the time before', async (t) => {
  const log = openedLog()
  log.anchor()
  openCrisis(log)
  log.anchor()
  t.match(checkNamed(verify(log), 'times'), { ok: 'held', reason: /between the two anchors/ })
})
