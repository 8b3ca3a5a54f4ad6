/** How a whole log agrees with the chain, and what is said when it was not asked. */
import t from 'tap'
import { Replay } from '../../ledger/replay.ts'
import { replayReport } from '../../ledger/replay-report.ts'
import type { ReplayCheckName, ReplayOptions, ReplayReport, ReplayState } from '../../ledger/replay-report.ts'
import { formatVerifierKey } from '../../ledger/note.ts'
import { utf8 } from '../../ledger/bytes.ts'
import { formatInstant } from '../../ledger/instant.ts'
import { withReasons } from '../../ledger/reason.ts'
import type { ReasonedCheck } from '../../ledger/reason.ts'
import type { Verdict } from '../../ledger/verdict.ts'
import { LOG_ID, SampleLog, milestone, openCrisis, openedLog, sampleLog } from './sample-log.ts'
import { PointsLog, pointsLog } from './points-log.ts'
import { testSigner } from './signer.ts'

function replay(log: SampleLog, options: ReplayOptions = {}, checkpoint = log.checkpoint()): ReplayReport {
  const replay = new Replay()
  for (const bytes of log.bytes) replay.add(bytes)
  return replay.finish(checkpoint, { logId: LOG_ID, history: log.history(), ...options })
}

const checkNamed = ({ checks }: ReplayReport, name: ReplayCheckName): ReasonedCheck | undefined =>
  withReasons(checks).find((check) => check.name === name)

t.test('a chain that was not asked gives "not checked", whatever another contract said', async (t) => {
  const log = sampleLog()
  const silent = replay(log, { history: undefined, chainError: 'time-out' })
  t.strictSame(
    silent.checks.filter(({ ok }) => ok === 'skipped').map(({ name }) => name),
    ['L6', 'chain', 'times', 'fresh'],
  )
  t.match(checkNamed(silent, 'chain')?.reason, /time-out/)
  t.equal(silent.verdict, 'not checked')
  t.equal(checkNamed(silent, 'signature')?.code, 'chain_not_asked', 'the anchors also tell which key is the log’s')
  t.equal(silent.anchored, undefined)
  const other = { ...log.history(), chainId: 9 }
  t.equal(checkNamed(replay(log, { history: other }), 'chain')?.code, 'chain_not_asked')
})

t.test('a contract of another log, or none, is a mismatch', async (t) => {
  const log = sampleLog()
  const verdictFor = (change: object): Verdict => replay(log, { history: { ...log.history(), ...change } }).verdict
  t.equal(verdictFor({ origin: 'other.example/log' }), 'mismatch')
  t.equal(verdictFor({ origin: undefined, anchors: [] }), 'mismatch')
})

t.test('without the right log id, or on a test chain, the log is unrecognised', async (t) => {
  const log = sampleLog()
  t.equal(replay(log, { logId: undefined }).verdict, 'unrecognised')
  t.equal(replay(log, { logId: 'a'.repeat(32) }).verdict, 'unrecognised')
  t.equal(replay(log, { testChain: true }).verdict, 'unrecognised')
  t.equal(replay(log, { testChain: true, allowTestChain: true }).verdict, 'verified')
})

t.test('entries after the last anchor are pending', async (t) => {
  const log = sampleLog()
  milestone(log)
  const report = replay(log)
  t.equal(report.verdict, 'pending')
  t.match(checkNamed(report, 'L6'), { ok: 'partly', facts: { pending: 1 } })
})

t.test('a mirror that lags behind the chain is pending, not wrong', async (t) => {
  const log = sampleLog()
  const old = new SampleLog()
  for (const bytes of log.bytes) old.addBytes(bytes)
  log.now += 7200
  log.anchor()
  const report = replay(old, { history: log.history() })
  t.equal(report.verdict, 'pending')
  t.equal(checkNamed(report, 'fresh')?.code, 'newer_anchor')
})

t.test('a log without anchors says so', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const report = replay(log)
  t.strictSame(
    report.checks.filter(({ ok }) => ok === 'failed'),
    [],
  )
  t.equal(report.verdict, 'unrecognised', 'nobody can tell whose key it is')
  t.match(checkNamed(report, 'times')?.reason, /Nothing is anchored yet/)
})

t.test('the report on an anchored log says since when it is provable', async (t) => {
  const log = sampleLog()
  const since = log.anchors[0]!.timestamp
  const times = checkNamed(replay(log), 'times')
  t.match(times?.reason, new RegExp(formatInstant(since * 1000)))
  t.same(times?.facts, { since })
})

t.test('without an anchor the promises are judged as of the last heads', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const due = { at: formatInstant((log.now + 600) * 1000) }
  milestone(log, { kind: 'commitment_made', commitment: { id: 'cm-1', due } })
  log.now += 86_400
  t.equal(checkNamed(replay(log), 'L7')?.ok, 'held', 'nothing says yet that the time has passed')
  log.addHeads()
  t.match(checkNamed(replay(log), 'L7'), { ok: 'failed', code: 'miss_missing' })
})

t.test('of a rule that was broken once the report has the reason as it is', async (t) => {
  const log = sampleLog()
  log.addBytes(utf8('{}'))
  t.notMatch(checkNamed(replay(log), 'L1')?.reason, /the first of/)
  t.match(checkNamed(replay(log, {}, log.checkpoint(testSigner('ledger.example/log', 4))), 'signature'), {
    code: 'signature_unknown',
  })
})

t.test('what anchors and checkpoint say must be so', async (t) => {
  const log = sampleLog()
  const signed = log.checkpoint()
  const root = sampleLog()
  root.anchors[1] = { ...root.anchors[1]!, root: root.anchors[0]!.root }
  t.match(checkNamed(replay(root), 'L6'), { ok: 'failed', code: 'root_mismatch' })
  const size = sampleLog()
  size.anchors[1] = { ...size.anchors[1]!, size: 13 }
  t.match(checkNamed(replay(size), 'L6'), { ok: 'failed', code: 'not_heads', entry: 12 })
  milestone(log)
  t.match(checkNamed(replay(log, {}, signed), 'root'), { ok: 'failed', reason: /17 entries, and 18 were read/ })
  const twin = sampleLog()
  milestone(twin, { kind: 'containment' })
  t.match(checkNamed(replay(log, {}, twin.checkpoint()), 'root'), { ok: 'failed', reason: /do not have the root/ })
  for (let i = 0; i < 2; i++) log.addBytes(utf8('{}'))
  t.match(checkNamed(replay(log), 'L1'), { reason: /the first of 2/ })
})

t.test('a checkpoint of another log, or under a key that no anchor covers, is not this log’s', async (t) => {
  const log = sampleLog()
  const other = testSigner('other.example/log', 3)
  const thief = testSigner('ledger.example/log', 9)
  log.add({ type: 'ledger.key', stream: 'ledger', data: { vkey: formatVerifierKey(other) } })
  log.add({ type: 'ledger.key', stream: 'ledger', data: { vkey: formatVerifierKey(thief) } })
  t.match(checkNamed(replay(log, {}, log.checkpoint(other)), 'signature'), { ok: 'failed', code: 'origin_differs' })
  t.match(checkNamed(replay(log, {}, log.checkpoint(thief)), 'signature'), { ok: 'partly', code: 'key_not_anchored' })
})

t.test('a fault that is no rule of ours is reported as it came', async (t) => {
  const log = sampleLog()
  const state: ReplayState = {
    size: log.size,
    root: log.root(),
    streams: 1,
    origin: undefined,
    faults: new Map([['L7', { failure: new TypeError('no such thing'), times: 2 }]]),
    keys: [],
    anchorable: new Map(),
    promises: new Map(),
    programmes: new Map(),
  }
  const report = replayReport(state, undefined, log.checkpoint(), {})
  t.match(checkNamed(report, 'L7'), { ok: 'failed', code: 'check_impossible', reason: 'No such thing.' })
  t.match(checkNamed(report, 'log'), { code: 'contract_unknown' })
  t.equal(report.origin, undefined)
})

t.test('an anchor at a size that ends with no heads has no time to compare', async (t) => {
  const log = sampleLog()
  milestone(log)
  log.accept(-7200)
  t.match(checkNamed(replay(log), 'times'), { ok: 'held' })
  const early = sampleLog()
  early.anchor(-7200)
  t.match(checkNamed(replay(early), 'times'), { ok: 'failed', code: 'later_than_anchor' })
})

t.test('L9: programmes are judged with the anchors of the contract, as far as it was asked', async (t) => {
  const { log } = pointsLog()
  t.equal(checkNamed(replay(log), 'L9')?.ok, 'held')
  const unanchored = new PointsLog()
  const rule = unanchored.rule()
  unanchored.open('H-A')
  unanchored.log.addHeads()
  unanchored.grant('H-A', rule)
  unanchored.anchor()
  t.equal(checkNamed(replay(unanchored.log), 'L9')?.code, 'rule_not_anchored')
  t.equal(checkNamed(replay(unanchored.log, { history: undefined }), 'L9')?.ok, 'held', 'nobody was asked')
  const silent = pointsLog()
  silent.add('proposal.submitted', { answerDue: '2026-06-14T09:00:00.000Z' })
  silent.log.now += 7200
  silent.anchor()
  t.equal(checkNamed(replay(silent.log), 'L9')?.code, 'miss_missing')
  const headless = new PointsLog()
  t.equal(checkNamed(replay(headless.log, { history: undefined }), 'L9')?.ok, 'held')
  const late = new PointsLog()
  const idea = late.rule({ rule: 'idea', earns: { pointsMax: 50 }, pendingDays: 7 })
  late.open('H-A')
  late.anchor()
  const waiting = late.pend('H-A', idea, 40)
  late.log.now += 8 * 86_400
  late.anchor()
  t.match(checkNamed(replay(late.log), 'L9'), { code: 'grant_overdue', entry: waiting })
})
