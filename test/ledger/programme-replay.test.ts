/** A programme in a log that is read as a whole: rules as they come by, anchors when the contract was asked. */
import t from 'tap'
import { ProgrammeReplay } from '../../ledger/programme-replay.ts'
import { Replay } from '../../ledger/replay.ts'
import type { ReplayReport } from '../../ledger/replay-report.ts'
import { withReasons } from '../../ledger/reason.ts'
import { PointsLog, pointsLog } from './points-log.ts'
import { OPENED_AT, ProgrammeStream, ballotData, granted, ruleData } from './programme-stream.ts'
import { LOG_ID } from './sample-log.ts'

const replay = ({ log }: PointsLog, history = log.history()): ReplayReport => {
  const reader = new Replay()
  for (const bytes of log.bytes) reader.add(bytes)
  return reader.finish(log.checkpoint(), { logId: LOG_ID, history })
}
const l9 = (report: ReplayReport): string => {
  const { ok, code, entry, reason } = withReasons(report.checks).find(({ name }) => name === 'L9')!
  return ok === 'held' ? reason : `${code} ${entry}`
}

t.test('L9: a true log holds', async (t) => {
  const points = pointsLog()
  t.match(l9(replay(points)), /^Every programme follows its rules/)
  t.equal(replay(points).verdict, 'verified')
})

t.test('L9: a grant before the anchor of its rule is named, with the chain and without it', async (t) => {
  const early = new PointsLog()
  const rule = early.rule()
  early.open('H-A')
  const grant = early.grant('H-A', rule)
  early.anchor()
  t.equal(l9(replay(early)), `rule_not_anchored ${grant}`)
  const unanchored = new PointsLog()
  const used = unanchored.rule()
  unanchored.open('H-A')
  // Heads that the contract never accepted are no anchor.
  unanchored.log.addHeads()
  const by = unanchored.grant('H-A', used)
  unanchored.grant('H-A', used)
  unanchored.anchor()
  t.equal(l9(replay(unanchored)), `rule_not_anchored ${by}`)
  const reader = new Replay()
  for (const bytes of unanchored.log.bytes) reader.add(bytes)
  t.match(l9(reader.finish(unanchored.log.checkpoint(), {})), /^Every programme/, 'the chain was not asked')
})

t.test('L9: sums and answers', async (t) => {
  const points = pointsLog()
  const lie = points.count((leaves) => leaves.push({ ...leaves.pop()!, balance: 1 }))
  points.log.anchor()
  t.equal(l9(replay(points)), `liabilities_differ ${lie}`)
  const late = pointsLog()
  const proposal = late.add('proposal.submitted', { answerDue: OPENED_AT })
  late.log.now += 3600
  late.anchor()
  t.equal(l9(replay(late)), `miss_missing ${proposal}`)
  const empty = new PointsLog()
  const reader = new Replay()
  for (const bytes of empty.log.bytes) reader.add(bytes)
  t.match(l9(reader.finish(empty.log.checkpoint(), {})), /^Every programme/, 'no heads at all')
})

/** Reads a stream as if a state that can be anchored stood right before each entry. */
const read = (stream: ProgrammeStream): { replayed: ProgrammeReplay; codes: string[] } => {
  const replayed = new ProgrammeReplay()
  const codes: string[] = []
  for (const indexed of stream.entries) replayed.add(indexed, indexed.index, ({ code }) => codes.push(code))
  return { replayed, codes }
}

t.test('BL1: a ballot relies on an anchor over the list of those entitled', async (t) => {
  const stream = new ProgrammeStream()
  const ballot = stream.add('ballot.drafted', ballotData({ opensAt: OPENED_AT }))
  const frozen = stream.add('ballot.frozen', { ballot, eligible: 0, root: 'A'.repeat(43) })
  const opened = stream.add('ballot.opened', { ballot })
  const { replayed, codes } = read(stream)
  t.strictSame(codes, [])
  t.equal(replayed.unanchored([frozen + 1]), undefined)
  t.match(replayed.unanchored([frozen]), { code: 'ballot_not_anchored', entry: opened })
  t.match(replayed.unanchored([opened + 1]), { code: 'ballot_not_anchored', entry: opened })
  stream.add('ballot.opened', { ballot: 3 })
  t.strictSame(read(stream).codes, ['ballot_unknown'])
  const headless = new ProgrammeStream()
  headless.entries.shift()
  headless.add('ballot.opened', { ballot: 3 })
  t.strictSame(read(headless).codes, ['programme_order'])
})

t.test('whether a newer version was anchored before is not guessed', async (t) => {
  const stream = new ProgrammeStream()
  stream.now = Date.parse(OPENED_AT)
  const rule = stream.add('rule.published', ruleData())
  stream.now = Date.parse(OPENED_AT)
  stream.add('rule.published', ruleData({ version: 2 }))
  stream.add('grant.posted', granted(rule))
  stream.add('note.left')
  t.strictSame(read(stream).codes, [])
})
