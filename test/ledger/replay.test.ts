/** Reading whole logs: the truth is verified, and every fault of a log is named by the rule that sees it. */
import t from 'tap'
import { base64url, utf8 } from '../../ledger/bytes.ts'
import { formatInstant } from '../../ledger/instant.ts'
import { logId } from '../../ledger/log-id.ts'
import { formatVerifierKey } from '../../ledger/note.ts'
import { Replay } from '../../ledger/replay.ts'
import { REPLAY_CHECKS } from '../../ledger/replay-report.ts'
import type { ReplayCheckName, ReplayOptions, ReplayReport } from '../../ledger/replay-report.ts'
import { withReasons } from '../../ledger/reason.ts'
import type { ReasonedCheck } from '../../ledger/reason.ts'
import {
  CHAIN_ID,
  CONTRACT,
  CRISIS,
  LOG_ID,
  ORIGIN,
  SampleLog,
  milestone,
  openCrisis,
  openedLog,
  sampleLog,
} from './sample-log.ts'
import { PointsLog } from './points-log.ts'
import { testSigner } from './signer.ts'

function replay(log: SampleLog, options: ReplayOptions = {}, checkpoint = log.checkpoint()): ReplayReport {
  const replay = new Replay()
  for (const bytes of log.bytes) replay.add(bytes)
  return replay.finish(checkpoint, { logId: LOG_ID, history: log.history(), ...options })
}

const checkNamed = ({ checks }: ReplayReport, name: ReplayCheckName): ReasonedCheck | undefined =>
  withReasons(checks).find((check) => check.name === name)

const failed = ({ checks }: ReplayReport): string[] =>
  checks.filter(({ ok }) => ok === 'failed').map(({ name }) => name)

t.test('a true log is verified, and every check holds', async (t) => {
  const log = sampleLog()
  const report = replay(log)
  t.equal(report.verdict, 'verified')
  t.strictSame(
    report.checks.map(({ name, ok }) => [name, ok]),
    REPLAY_CHECKS.map((name) => [name, 'held']),
  )
  t.match(report, { origin: ORIGIN, logId: LOG_ID, size: 17, streams: 5, root: base64url(log.root()) })
  t.same(report.anchored, { size: 17, timestamp: log.anchors[2]!.timestamp, anchors: 3 })
})

t.test('a log may go on being written while its streams are counted', async (t) => {
  const log = openedLog()
  openCrisis(log)
  for (let round = 0; round < 12; round++) {
    const size = log.size
    openCrisis(log, `crisis:CR-${round}`)
    milestone(log)
    log.addHeads(size)
    log.accept()
  }
  t.equal(replay(log).verdict, 'verified')
})

type Fault = { fault: string; check: ReplayCheckName; write: (log: SampleLog) => unknown; code?: string }

/** A log in which a rule was broken before its last anchor. */
const FAULTS: Fault[] = [
  { fault: 'bytes that are no entry', check: 'L1', write: (log) => log.addBytes(utf8('{}')) },
  {
    fault: 'an entry with white space',
    check: 'L1',
    write: (log) => log.addBytes(utf8(` ${new TextDecoder().decode(log.bytes[4])}`)),
  },
  {
    fault: 'two entries with one seq',
    check: 'L2',
    code: 'seq_broken',
    write: (log) => milestone(log, {}, { with: { seq: 2, prev: log.entry(5).prev } }),
  },
  {
    fault: 'a seq left out',
    check: 'L2',
    code: 'seq_broken',
    write: (log) => milestone(log, {}, { with: { seq: 9 } }),
  },
  {
    fault: 'a link to another entry',
    check: 'L2',
    code: 'prev_broken',
    write: (log) => milestone(log, {}, { with: { prev: log.entry(5).prev } }),
  },
  {
    fault: 'a stream that changes its brand',
    check: 'L2',
    code: 'brand_differs',
    write: (log) => milestone(log, {}, { with: { brand: 'zeta' } }),
  },
  {
    fault: 'time running backward',
    check: 'L3',
    code: 'time_backward',
    write: (log) => milestone(log, {}, { with: { recordedAt: log.entry(0).recordedAt } }),
  },
  {
    fault: 'heads with a wrong count',
    check: 'L4',
    code: 'heads_mismatch',
    write: (log) =>
      log.addHeads(
        log.size,
        log.headsBelow(log.size).map((head, i) => ({ ...head, count: head.count + (i === 1 ? 1 : 0) })),
      ),
  },
  {
    fault: 'heads with a wrong head',
    check: 'L4',
    code: 'heads_mismatch',
    write: (log) => log.addHeads(log.size, log.headsBelow(log.size - 1)),
  },
  {
    fault: 'heads with a stream left out',
    check: 'L4',
    code: 'heads_mismatch',
    write: (log) => log.addHeads(log.size, log.headsBelow(log.size).slice(1)),
  },
  {
    fault: 'heads with a stream counted twice',
    check: 'L4',
    code: 'heads_mismatch',
    write: (log) =>
      log.addHeads(
        log.size,
        log.headsBelow(log.size).flatMap((head, i) => (i === 0 ? [head, head] : [head])),
      ),
  },
  {
    fault: 'heads in another order',
    check: 'L4',
    code: 'heads_mismatch',
    write: (log) => log.addHeads(log.size, log.headsBelow(log.size).toReversed()),
  },
  {
    fault: 'heads that say another number of streams',
    check: 'L4',
    code: 'heads_mismatch',
    write: (log) => log.addHeads(log.size, undefined, { streams: 2 }),
  },
  {
    fault: 'heads that count what is not there yet',
    check: 'L4',
    code: 'heads_malformed',
    write: (log) => log.addHeads(log.size, undefined, { size: log.size + 1 }),
  },
  {
    fault: 'heads that count no more than the ones before',
    check: 'L4',
    code: 'heads_order',
    write: (log) => log.addHeads(7),
  },
  {
    fault: 'a stream that nothing opened',
    check: 'L5',
    code: 'stream_not_opened',
    write: (log) => milestone(log, {}, { stream: 'crisis:CR-NOBODY22', with: { seq: 1, prev: null } }),
  },
  {
    fault: 'a stream opened twice',
    check: 'L5',
    code: 'stream_opened_twice',
    write: (log) => log.add({ type: 'stream.opened', stream: 'brand:acme', data: { opens: CRISIS } }),
  },
  {
    fault: 'a brand opened twice',
    check: 'L5',
    code: 'stream_opened_twice',
    write: (log) => log.add({ type: 'stream.opened', stream: 'ledger', data: { opens: 'brand:acme' } }),
  },
  {
    fault: 'a brand opened by a brand',
    check: 'L5',
    code: 'opened_elsewhere',
    write: (log) => log.add({ type: 'stream.opened', stream: 'brand:acme', data: { opens: 'brand:other' } }),
  },
  {
    fault: 'a crisis opened in the ledger',
    check: 'L5',
    code: 'opened_elsewhere',
    write: (log) => log.add({ type: 'stream.opened', stream: 'ledger', data: { opens: 'crisis:CR-OTHER222' } }),
  },
  {
    fault: 'a crisis opened in a crisis',
    check: 'L5',
    code: 'opened_elsewhere',
    write: (log) => log.add({ type: 'stream.opened', stream: CRISIS, data: { opens: 'crisis:CR-OTHER222' } }),
  },
  {
    fault: 'the ledger opened',
    check: 'L5',
    code: 'stream_not_opened',
    write: (log) => log.add({ type: 'stream.opened', stream: 'ledger', data: { opens: 'ledger' } }),
  },
  {
    fault: 'nothing opened',
    check: 'L5',
    code: 'stream_not_opened',
    write: (log) => log.add({ type: 'stream.opened', stream: 'ledger' }),
  },
  {
    fault: 'a crisis of another brand than opened it',
    check: 'L5',
    code: 'brand_differs',
    write: (log) => {
      log.add({ type: 'stream.opened', stream: 'brand:acme', data: { opens: 'crisis:CR-OTHER222' } })
      milestone(log, {}, { stream: 'crisis:CR-OTHER222', with: { brand: 'zeta' } })
    },
  },
  {
    fault: 'the log opened twice',
    check: 'L5',
    code: 'stream_not_opened',
    write: (log) => log.add({ type: 'ledger.opened', stream: 'ledger', data: log.entry(0).data }),
  },
  {
    fault: 'an anchor without heads',
    check: 'L6',
    code: 'not_heads',
    write: (log) => {
      milestone(log)
      log.accept()
    },
  },
  {
    fault: 'an anchor with another root',
    check: 'L6',
    code: 'root_mismatch',
    write: (log) => {
      log.anchor().root[0]! ^= 1
    },
  },
  {
    fault: 'a promise without outcome and miss',
    check: 'L7',
    code: 'miss_missing',
    write: (log) => {
      milestone(log, {
        kind: 'commitment_made',
        commitment: { id: 'cm-1', due: { at: formatInstant((log.now + 600) * 1000) } },
      })
      log.now += 86_400
    },
  },
  {
    fault: 'a seal that was opened with another text',
    check: 'L8',
    code: 'seal_differs',
    write: (log) => {
      const made = log.add({ type: 'seal.recorded', stream: CRISIS, data: { digest: 'A'.repeat(43) } })
      log.add({ type: 'seal.opened', stream: CRISIS, data: { seal: made }, with: { sd: [`${'B'.repeat(42)}A`] } })
    },
  },
  {
    fault: 'a seal that was never made',
    check: 'L8',
    code: 'seal_unknown',
    write: (log) => void log.add({ type: 'seal.opened', stream: CRISIS, with: { sd: ['A'.repeat(43)] } }),
  },
  {
    fault: 'an anchor older than its entries',
    check: 'times',
    code: 'later_than_anchor',
    write: (log) => log.anchor(-3600),
  },
]

t.test('every fault of a log is a mismatch, and the rule that sees it is named', async (t) => {
  for (const { fault, check, code, write } of FAULTS) {
    const log = sampleLog()
    write(log)
    log.anchor()
    const report = replay(log)
    t.ok(failed(report).includes(check), `${fault}: ${check} fails, of ${failed(report).join(' ')}`)
    t.equal(report.verdict, 'mismatch', fault)
    t.match(checkNamed(report, check)?.reason, /^[A-Z0-9](?!.*undefined).*\.$/s, fault)
    if (code !== undefined) t.equal(checkNamed(report, check)?.code, code, fault)
  }
})

t.test('a log that nothing opens is named, and of many faults the first with their number', async (t) => {
  const log = new SampleLog()
  log.add({ type: 'stream.opened', stream: 'ledger', data: { opens: 'brand:acme' } })
  t.match(checkNamed(replay(log), 'L5'), { code: 'stream_not_opened', entry: 0 })
  const many = sampleLog()
  for (let i = 0; i < 3; i++) many.addBytes(utf8('{}'))
  t.match(checkNamed(replay(many), 'L1'), { entry: 17, reason: /first of 3 such entries/, facts: { times: 3 } })
})

t.test('the checkpoint must be signed by a key of the log, over the very entries read', async (t) => {
  const log = sampleLog()
  const stranger = log.checkpoint(testSigner(ORIGIN, 2))
  t.strictSame(failed(replay(log, {}, stranger)), ['signature'])
  const other = log.checkpoint(testSigner('other.example/log'))
  t.strictSame(failed(replay(log, {}, other)), ['signature'])
  const before = log.checkpoint()
  milestone(log)
  t.strictSame(failed(replay(log, {}, before)), ['root'], 'more entries than it signs')
  const twin = sampleLog()
  milestone(twin, { kind: 'containment' })
  t.strictSame(failed(replay(log, {}, twin.checkpoint())), ['root'], 'as many, but others')
  t.strictSame(failed(replay(log, {}, 'no note')), ['signature', 'root'])
})

t.test('a key of another name than the log is no key of the log', async (t) => {
  const log = sampleLog()
  const other = testSigner('other.example/log', 3)
  log.add({ type: 'ledger.key', stream: 'ledger', data: { vkey: formatVerifierKey(other) } })
  log.anchor()
  t.match(checkNamed(replay(log, {}, log.checkpoint(other)), 'signature'), { ok: 'failed', code: 'origin_differs' })
})

t.test('an invented tail under another key on the true anchored history is unrecognised', async (t) => {
  const log = sampleLog()
  const thief = testSigner(ORIGIN, 9)
  log.add({ type: 'ledger.key', stream: 'ledger', data: { vkey: formatVerifierKey(thief) } })
  milestone(log)
  const report = replay(log, {}, log.checkpoint(thief))
  t.equal(report.verdict, 'unrecognised')
  t.equal(checkNamed(report, 'signature')?.code, 'key_not_anchored')
  log.anchor()
  t.equal(replay(log, {}, log.checkpoint(thief)).verdict, 'verified', 'once anchored it is a rotation')
})

t.test('what the log names badly it does not name', async (t) => {
  const log = sampleLog()
  log.add({ type: 'ledger.key', stream: 'ledger', data: { vkey: 'nothing' } })
  log.add({ type: 'ledger.contract', stream: 'ledger', data: { chainId: 1, contract: '0x' } })
  log.add({ type: 'ledger.note', stream: 'ledger', data: { vkey: log.vkey } })
  log.anchor()
  t.equal(replay(log).verdict, 'verified')
  const nameless = new SampleLog()
  nameless.add({ type: 'ledger.opened', stream: 'ledger', data: { chainId: CHAIN_ID, contract: CONTRACT } })
  t.ok(failed(replay(nameless)).includes('signature'))
})

t.test('the contract to ask is the one whose log id was given, or else the last one named', async (t) => {
  const log = sampleLog()
  const moved = { chainId: 5, contract: `0x${'1'.repeat(40)}` }
  log.add({ type: 'ledger.contract', stream: 'ledger', data: moved })
  const reading = new Replay()
  t.equal(reading.contract(), undefined)
  for (const bytes of log.bytes) reading.add(bytes)
  t.equal(reading.size, log.size)
  t.same(reading.contract(), { origin: ORIGIN, ...moved })
  t.same(reading.contract(LOG_ID), { origin: ORIGIN, chainId: CHAIN_ID, contract: CONTRACT })
  t.same(reading.contract(logId({ origin: ORIGIN, ...moved })), { origin: ORIGIN, ...moved })
  t.equal(new Replay().finish(log.checkpoint()).checks.find(({ name }) => name === 'log')?.code, 'contract_unknown')
})

t.test('L9: a grant that no anchored rule precedes is named', async (t) => {
  const points = new PointsLog()
  const rule = points.rule()
  points.open('H-A')
  const grant = points.grant('H-A', rule)
  points.anchor()
  const reader = new Replay()
  for (const bytes of points.log.bytes) reader.add(bytes)
  const { checks } = reader.finish(points.log.checkpoint(), { logId: LOG_ID, history: points.log.history() })
  t.match(
    checks.find(({ name }) => name === 'L9'),
    { ok: 'failed', code: 'rule_not_anchored', entry: grant },
  )
})

t.test('L9: what a grant is for is an entry of its brand, whatever stream that is in', async (t) => {
  const points = new PointsLog()
  const brand = points.log.add({ type: 'stream.opened', stream: 'brand:acme', data: { opens: 'crisis:CR-X' } })
  const rule = points.rule()
  points.open('H-A')
  points.anchor()
  points.grant('H-A', rule, 100, { source: brand })
  points.anchor()
  t.match(checkNamed(replay(points.log), 'L9'), { code: 'held' })
  const grant = points.grant('H-A', rule, 100, { source: 0 })
  points.anchor()
  t.match(checkNamed(replay(points.log), 'L9'), { code: 'source_unknown', entry: grant })
})
