/** A programme in a log that is read as a whole: rules as they come by, anchors when the contract was asked. */
import t from 'tap'
import { ProgrammeReplay } from '../../ledger/programme-replay.ts'
import { Replay } from '../../ledger/replay.ts'
import type { ReplayReport } from '../../ledger/replay-report.ts'
import { withReasons } from '../../ledger/reason.ts'
import { PointsLog, pointsLog } from './points-log.ts'
import { OPENED_AT, ProgrammeStream, ballotData, granted, rewardData, ruleData } from './programme-stream.ts'
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
  unanchored.open('H-B')
  // Heads that the contract never accepted are no anchor.
  unanchored.log.addHeads()
  const by = unanchored.grant('H-A', used)
  unanchored.grant('H-B', used)
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
  for (const indexed of stream.entries) {
    const before = { anchorable: indexed.index, brandOf: (index: number) => (index === 3 ? 'acme' : undefined) }
    replayed.add(indexed, before, ({ code }) => codes.push(code))
  }
  return { replayed, codes }
}
const XD = { xd: ['A'.repeat(43)] }

t.test('BL1: a ballot relies on an anchor over the list of those entitled', async (t) => {
  const stream = new ProgrammeStream()
  const ballot = stream.add('ballot.drafted', ballotData({ opensAt: OPENED_AT }))
  const frozen = stream.add('ballot.frozen', { ballot, eligible: 0, root: 'A'.repeat(43) })
  const opened = stream.add('ballot.opened', { ballot })
  const { replayed, codes } = read(stream)
  t.strictSame(codes, [])
  t.equal(replayed.fault(undefined), undefined, 'the chain was not asked')
  t.equal(replayed.fault([frozen + 1]), undefined)
  t.match(replayed.fault([frozen]), { code: 'ballot_not_anchored', entry: opened })
  t.match(replayed.fault([opened + 1]), { code: 'ballot_not_anchored', entry: opened })
  stream.add('ballot.cast', { ballot }, { xd: ['A'.repeat(43), 'B'.repeat(43)] })
  t.strictSame(read(stream).codes, [])
  stream.add('ballot.cast', { ballot }, XD)
  t.strictSame(read(stream).codes, ['openings_missing'], 'a vote that is nobody’s')
  stream.entries.pop()
  stream.add('ballot.opened', { ballot: 3 })
  t.strictSame(read(stream).codes, ['ballot_unknown'])
  const headless = new ProgrammeStream()
  headless.entries.shift()
  headless.add('ballot.opened', { ballot: 3 })
  const unopened = read(headless)
  t.strictSame(unopened.codes, ['programme_order'])
  t.equal(unopened.replayed.fault([10]), undefined)
})

t.test(
  'ER1: whether a newer version had taken the place is judged with the anchors, and not guessed before',
  async (t) => {
    const stream = new ProgrammeStream()
    stream.now = Date.parse(OPENED_AT)
    const rule = stream.add('rule.published', ruleData())
    stream.now = Date.parse(OPENED_AT)
    const newer = stream.add('rule.published', ruleData({ version: 2 }))
    stream.add('holder.opened', {}, XD)
    const grant = stream.add('grant.posted', granted(rule), XD)
    stream.add('note.left')
    const { replayed, codes } = read(stream)
    t.strictSame(codes, [])
    t.equal(replayed.fault([rule + 1]), undefined)
    t.match(replayed.fault([newer + 1]), { code: 'rule_superseded', entry: grant, facts: { version: 1 } })
  },
)

/** A log with one holder, a rule that gives at once, one that waits, and a reward; an anchor over them. */
const begun = (): { points: PointsLog; rule: number; waiting: number; visit: number } => {
  const points = new PointsLog()
  const rule = points.rule()
  const waiting = points.rule({ rule: 'idea', earns: { pointsMax: 50 }, pendingDays: 7 })
  const visit = points.add('reward.published', rewardData({ from: OPENED_AT }))
  points.open('H-A')
  points.anchor()
  return { points, rule, waiting, visit }
}
type Lie = (world: ReturnType<typeof begun>) => number

t.test('L9: an operator who writes what single timelines would show too is named by the log alone', async (t) => {
  const lies: [what: string, code: string, Lie][] = [
    [
      'a grant that is posted twice',
      'grant_resolved',
      ({ points, waiting }) => {
        const grant = points.pend('H-A', waiting, 40)
        points.post('H-A', grant, 40)
        points.open('H-B')
        points.pend('H-B', waiting, 40)
        return points.post('H-B', grant, 40)
      },
    ],
    [
      'more taken back than was given',
      'reversal_too_large',
      ({ points, rule }) => {
        const grant = points.grant('H-A', rule)
        points.open('H-B')
        points.grant('H-B', rule)
        points.reverse('H-A', grant, 60)
        return points.reverse('H-A', grant, 40, 1)
      },
    ],
    [
      'a redemption that ends twice',
      'redemption_resolved',
      ({ points, rule, visit }) => {
        points.grant('H-A', rule)
        const redemption = points.hold('H-A', visit)
        points.confirm('H-A', redemption)
        points.open('H-B')
        points.grant('H-B', rule)
        points.hold('H-B', visit)
        return points.confirm('H-B', redemption)
      },
    ],
    [
      'points that last less long than promised',
      'expiry_too_early',
      ({ points, waiting }) => {
        const grant = points.pend('H-A', waiting, 40)
        const posted = { grant, expiresAt: OPENED_AT }
        return points.move('grant.posted', posted, { holder: 'H-A', from: 'pending', to: 'available', amount: 40 })
      },
    ],
    [
      'a second grant for one source where there is one holder',
      'holders_exceeded',
      ({ points, rule }) => {
        points.grant('H-A', rule, 100, { source: 3 })
        return points.grant('H-A', rule, 100, { source: 3 })
      },
    ],
    ["points that are nobody's", 'openings_missing', ({ points, rule }) => points.add('grant.posted', granted(rule))],
    ['holders who are nobody', 'openings_missing', ({ points }) => points.add('holder.opened', {})],
    [
      'a ballot that splits fewer votes than twenty',
      'split_min',
      ({ points }) => points.add('ballot.drafted', ballotData({ splitMin: 19 })),
    ],
    [
      'a lapse that staff wrote',
      'actor_differs',
      ({ points, waiting }) => {
        const grant = points.pend('H-A', waiting, 40)
        points.log.now += 8 * 86_400
        const move = { holder: 'H-A', from: 'pending', to: 'issuance', amount: 40 } as const
        const data = { grant, postings: [{ from: 'pending', to: 'issuance', amount: 40 }] }
        const note = points.note(move.holder)
        return points.add('grant.lapsed', data, [note], { with: { actor: { kind: 'staff', id: 'k_1' } } })
      },
    ],
    [
      'a grant for what is of no brand',
      'source_unknown',
      ({ points, rule }) => points.grant('H-A', rule, 100, { source: 0 }),
    ],
    [
      'a grant for what is yet to come',
      'source_unknown',
      ({ points, rule }) => points.grant('H-A', rule, 100, { source: 4000 }),
    ],
    [
      'a grant that waits longer than its rule says',
      'grant_deadline',
      ({ points, waiting }) => {
        const cited = { rule: 'idea', version: 1, ruleIndex: waiting, source: 3, amount: 40 }
        const data = { ...cited, deadline: '2026-09-01T00:00:00.000Z' }
        return points.move('grant.pending', data, { holder: 'H-A', from: 'issuance', to: 'pending', amount: 40 })
      },
    ],
  ]
  for (const [what, code, lie] of lies) {
    const world = begun()
    const at = lie(world)
    world.points.log.anchor()
    t.equal(l9(replay(world.points)), `${code} ${at}`, what)
  }
})

t.test(
  'L9: what waits past its time, and what was owed and not counted, is named as of the newest anchor',
  async (t) => {
    const { points, waiting } = begun()
    const grant = points.pend('H-A', waiting, 40)
    points.log.now += 7 * 86_400
    points.anchor()
    t.match(l9(replay(points)), /^Every programme/, 'the system has a day')
    points.log.now += 86_400
    points.anchor()
    t.equal(l9(replay(points)), `grant_overdue ${grant}`)
    const uncounted = begun()
    const given = uncounted.points.grant('H-A', uncounted.rule)
    uncounted.points.log.anchor()
    t.match(l9(replay(uncounted.points)), /^Every programme/)
    uncounted.points.log.anchor()
    t.equal(l9(replay(uncounted.points)), `balance_missing ${given}`)
  },
)
