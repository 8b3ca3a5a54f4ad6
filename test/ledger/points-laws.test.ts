/**
 * The invariants of programmes as laws: random histories of rewards, proposals, ballots and rules, of which the rules let
 * some through. What they let through keeps the invariant, and what they refuse is named by the audit of the verifier when
 * it is written all the same.
 */
import fc from 'fast-check'
import t from 'tap'
import type { Entry } from '../../ledger/entry.ts'
import { formatInstant } from '../../ledger/instant.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { ProgrammeAudit } from '../../ledger/points-audit.ts'
import type { BallotState, ProposalState } from '../../ledger/programme.ts'
import {
  amendmentRefusal,
  ballotOf,
  ballotRefusal,
  castRefusal,
  entitlementRefusal,
  isAnswered,
  missedAnswers,
  newestRuleVersion,
  proposalOf,
  proposalRefusal,
  publishingRefusal,
  redemptionRefusal,
  rewardOf,
  ruleInForce,
} from '../../ledger/points-rules.ts'
import type { RewardPublished } from '../../ledger/points-data.ts'
import { ACCOUNT_KINDS, isHolderKind, postingsOf } from '../../ledger/postings.ts'
import { recountBallot } from '../../ledger/recount.ts'
import { formatBallotList } from '../../ledger/ballot.ts'
import { heldBallot, voteOpening } from './recounted.ts'
import type { Vote } from './recounted.ts'
import {
  DAY_MS,
  OPENED_AT,
  ProgrammeStream,
  ballotData,
  granted,
  moving,
  rewardData,
  ruleData,
} from './programme-stream.ts'

const day = (n: number): string => formatInstant(Date.parse(OPENED_AT) + n * DAY_MS)

/** What the verifier says of the last entry of a stream, the ones before being taken as they are. */
function faultOfLast({ entries, anchors }: ProgrammeStream): string | undefined {
  const audit = new ProgrammeAudit()
  const anchored = (index: number): number | undefined => anchors.find((size) => size > index)
  return entries.map((entry) => audit.add(entry, anchored).fault?.code).at(-1)
}

/** A stream that plays a history: what is refused is tried out on a copy, where the audit must name it. */
class Play {
  readonly stream = new ProgrammeStream()

  /** Writes an entry that the rules let through; gives its index, or undefined when they refused it. */
  take(refusal: string | undefined, type: string, data: JsonObject, more: Partial<Entry> = {}): number | undefined {
    const { stream } = this
    if (refusal === undefined) {
      const index = stream.add(type, data, more)
      const fault = faultOfLast(stream)
      if (fault !== undefined) throw new Error(`${type} was let through, and the audit calls it ${fault}`)
      return index
    }
    const copy = new ProgrammeStream()
    copy.entries.splice(0, copy.entries.length, ...stream.entries)
    copy.anchors.push(...stream.anchors)
    copy.now = stream.now
    copy.add(type, data, more)
    const fault = faultOfLast(copy)
    if (fault !== refusal) throw new Error(`${type} was refused with ${refusal}, and the audit says ${fault}`)
    return undefined
  }

  get recordedAt(): string {
    return formatInstant(this.stream.now)
  }
}

const waits = fc.integer({ min: 0, max: 3 })

const rewardStep = fc.oneof(
  fc.record({ kind: fc.constant('amend' as const), cost: fc.integer({ min: 1, max: 6 }), more: waits, until: waits }),
  fc.record({ kind: fc.constant('close' as const) }),
  fc.record({ kind: fc.constantFrom('hold' as const, 'hold' as const, 'hold' as const), price: waits }),
  fc.record({ kind: fc.constantFrom('confirmed' as const, 'released' as const, 'refunded' as const), nth: fc.nat(9) }),
  fc.record({ kind: fc.constant('wait' as const), days: waits }),
)

const ENDS = {
  confirmed: { from: 'held', to: 'redeemed' },
  released: { from: 'held', to: 'available' },
  refunded: { from: 'redeemed', to: 'available' },
} as const

t.test('RW1, RW2: whatever happens, no place is given twice and no version is worse than one before', async () => {
  const history = fc.array(rewardStep, { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 3 }), (steps, capacity) => {
      const play = new Play()
      const { stream } = play
      const rule = stream.add('rule.published', ruleData({ earns: { points: 1000 } }))
      stream.anchor()
      stream.add('grant.posted', granted(rule, 1000))
      const versions: RewardPublished[] = []
      const publish = (data: JsonObject, index: number | undefined): void => {
        if (index !== undefined) versions.push(data as unknown as RewardPublished)
      }
      const first = rewardData({ cost: 4, capacity, until: day(4) })
      publish(first, play.take(undefined, 'reward.published', first))
      const places: { index: number; cost: number; state: 'held' | keyof typeof ENDS }[] = []
      for (const step of steps) {
        const known = rewardOf(stream.programme, 'visit')!
        if (step.kind === 'wait') stream.now += step.days * DAY_MS
        if (step.kind === 'amend') {
          const figures = {
            cost: step.cost,
            capacity: Math.max(1, capacity - 1 + step.more),
            until: day(3 + step.until),
          }
          const next = rewardData({ version: known.version + 1, ...figures })
          const refusal = amendmentRefusal(stream.programme, next as unknown as RewardPublished)
          publish(next, play.take(refusal, 'reward.amended', next))
        }
        if (step.kind === 'close') {
          const refusal = known.closed === undefined ? undefined : 'reward_closed'
          play.take(refusal, 'reward.closed', { reward: 'visit' })
        }
        if (step.kind === 'hold') {
          const amount = step.price === 0 ? known.cost + 1 : known.cost
          const data = { reward: 'visit', version: known.version, rewardIndex: known.index, amount, holdUntil: day(30) }
          const refusal = redemptionRefusal(stream.programme, data, play.recordedAt)
          const index = play.take(refusal, 'redemption.held', moving('available', 'held', amount, data))
          if (index !== undefined) places.push({ index, cost: amount, state: 'held' })
        }
        if (step.kind in ENDS) {
          const { kind, nth } = step as { kind: keyof typeof ENDS; nth: number }
          const place = places[nth]
          if (place?.state !== (kind === 'refunded' ? 'confirmed' : 'held')) continue
          const data = { redemption: place.index, reward: 'visit' }
          play.take(undefined, `redemption.${kind}`, moving(ENDS[kind].from, ENDS[kind].to, place.cost, data))
          place.state = kind
        }
        const now = rewardOf(stream.programme, 'visit')!
        const taken = places.filter(({ state }) => state === 'held' || state === 'confirmed').length
        if (now.taken !== taken || taken > now.capacity) throw new Error(`${taken} of ${now.capacity} places`)
      }
      for (const [i, later] of versions.entries()) {
        for (const before of versions.slice(0, i)) {
          const isWorse = later.cost > before.cost || later.capacity < before.capacity || later.until < before.until
          if (isWorse) throw new Error('RW2: a version is worse than one before')
        }
      }
    }),
    { numRuns: 150 },
  )
})

const MOVES = ['under_review', 'accepted', 'declined', 'merged', 'in_progress', 'shipped'] as const
const proposalStep = fc.record({
  nth: fc.nat(3),
  to: fc.constantFrom(...MOVES),
  into: fc.option(fc.nat(3), { nil: undefined }),
  hasReason: fc.boolean(),
  days: fc.integer({ min: 0, max: 12 }),
  sweeps: fc.boolean(),
})

t.test('PR1, PR3: every path of a proposal has its reasons, and a late answer its miss', async () => {
  fc.assert(
    fc.property(fc.array(proposalStep, { maxLength: 25 }), (steps) => {
      const play = new Play()
      const { stream } = play
      const proposals = [10, 20, 30, 40].map((n) => stream.add('proposal.submitted', { answerDue: day(n) }))
      const answered = new Map<number, string>()
      const path = new Map<number, ProposalState['state'][]>()
      for (const { nth, to, into, hasReason, days, sweeps } of steps) {
        stream.now += days * DAY_MS
        const { recordedAt } = play
        if (sweeps) {
          for (const { index, answerDue } of missedAnswers(stream.programme, recordedAt)) {
            play.take(undefined, 'proposal.answer_missed', { proposal: index, due: answerDue })
            play.take('proposal_step', 'proposal.answer_missed', { proposal: index, due: answerDue })
          }
        }
        const proposal = proposals[nth]!
        const target = into === undefined ? {} : { into: proposals[into]! }
        const known = proposalOf(stream.programme, proposal)!
        const needsReason = to === 'declined' || to === 'merged'
        const isLate = isAnswered(to) && !isAnswered(known.state) && known.missed === undefined
        const refusal =
          proposalRefusal(stream.programme, { proposal, to, ...target }) ??
          (needsReason && !hasReason ? 'reason_missing' : undefined) ??
          (isLate && known.answerDue <= recordedAt ? 'answer_miss_missing' : undefined)
        const reason = hasReason ? { sd: ['A'.repeat(43)] } : {}
        if (play.take(refusal, 'proposal.moved', { proposal, to, ...target }, reason) === undefined) continue
        path.set(proposal, [...(path.get(proposal) ?? []), to])
        if (isAnswered(to) && !answered.has(proposal)) answered.set(proposal, recordedAt)
      }
      for (const [proposal, states] of path) {
        if (new Set(states).size !== states.length) throw new Error(`a state was reached twice: ${states.join()}`)
        const end = states.findIndex((state) => state === 'declined' || state === 'merged' || state === 'shipped')
        if (end >= 0 && end < states.length - 1) throw new Error(`nothing follows ${states.join()}`)
        const { answerDue, missed } = proposalOf(stream.programme, proposal)!
        const at = answered.get(proposal)
        if (at !== undefined && at >= answerDue && missed === undefined) throw new Error('PR3: late without a miss')
      }
    }),
    { numRuns: 200 },
  )
})

const BALLOT_MOVES = ['frozen', 'opened', 'closed', 'tallied', 'challenged', 'finalised'] as const
const BALLOT_STORY = [
  'entitle',
  'frozen',
  'anchor',
  'wait',
  'opened',
  'cast',
  'wait',
  'wait',
  'wait',
  'closed',
  'tallied',
]
type BallotStep = (typeof BALLOT_MOVES)[number] | 'cast' | 'entitle' | 'anchor' | 'wait'
/** The story of a ballot in which any step may be missing, and any other come between. */
const ballotSteps: fc.Arbitrary<BallotStep[]> = fc
  .tuple(
    ...BALLOT_STORY.map((step) =>
      fc.tuple(
        fc.integer({ min: 0, max: 9 }).map((n) => (n === 0 ? [] : [step])),
        noise(),
      ),
    ),
  )
  .map((parts) => parts.flat(2) as BallotStep[])

function noise(): fc.Arbitrary<BallotStep[]> {
  return fc.array(fc.constantFrom<BallotStep[]>(...BALLOT_MOVES, 'cast', 'entitle', 'anchor', 'wait'), { maxLength: 2 })
}

t.test('BL1, BL4, BL5: a ballot opens on an anchored list, is voted in while open, and votes are earned', async () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(ballotSteps, (steps) => {
      const play = new Play()
      const { stream } = play
      const ruleIndex = stream.add('rule.published', ruleData({ rule: 'voice', earns: { vote: true } }))
      stream.anchor()
      const draft = ballotData({ opensAt: day(1), closesAt: day(4), splitMin: 1 })
      const ballot = stream.add('ballot.drafted', draft)
      const stateNow = (): BallotState => ballotOf(stream.programme, ballot)!
      for (const kind of steps) {
        const moment = stream.moment()
        const before = stateNow()
        if (kind === 'wait') stream.now += DAY_MS
        else if (kind === 'anchor') stream.anchor()
        else if (kind === 'cast') {
          const refusal = castRefusal(stream.programme, ballot, moment.recordedAt)
          const index = play.take(refusal, 'ballot.cast', { ballot }, { xd: ['A'.repeat(43)] })
          if (index === undefined) continue
          if (before.state !== 'opened' || moment.recordedAt < day(1) || moment.recordedAt >= day(4))
            throw new Error('a vote while the ballot was not open')
        } else if (kind === 'entitle') {
          const cited = { ballot, rule: 'voice', version: 1, ruleIndex }
          const refusal = entitlementRefusal(stream.programme, cited, moment)
          const index = play.take(refusal, 'entitlement.granted', { ...cited, source: 3 })
          if (index !== undefined && before.state !== 'drafted') throw new Error('a vote after the list was frozen')
        } else {
          const refusal = ballotRefusal(stream.programme, { ballot, to: kind }, moment)
          const { entitled, casts } = before
          const data: JsonObject = { ballot }
          if (kind === 'frozen') Object.assign(data, { eligible: entitled, root: 'A'.repeat(43) })
          if (kind === 'tallied') {
            const eligible = before.frozen?.eligible ?? 0
            const counted = Math.min(casts, eligible)
            const split = counted < 1 ? { belowMinimum: true } : { counts: [] }
            Object.assign(data, { casts, counted, eligible, list: '0'.repeat(64), ...split })
          }
          const index = play.take(refusal, `ballot.${kind}`, data)
          if (index === undefined) continue
          seen.add(kind)
          if (kind !== 'opened') continue
          const frozen = stateNow().frozen!.index
          const isAnchored = stream.anchors.some((size) => frozen < size && size <= index)
          if (!isAnchored || moment.recordedAt < day(1)) throw new Error('BL1: opened on a list that no anchor covers')
        }
      }
    }),
    { numRuns: 500 },
  )
  t.ok(
    BALLOT_MOVES.every((kind) => seen.has(kind)),
    [...seen].join(),
  )
})

const vote: fc.Arbitrary<Vote> = fc
  .tuple(fc.constantFrom('ann', 'bob', 'cid', 'dan', 'eve'), fc.constantFrom('lid', 'cup'))
  .map(([token, choice]) => [token, choice])

t.test('BL2, BL3, BL5: the last vote of each counts, and the recount of the public list is the tally', async () => {
  fc.assert(
    fc.property(fc.array(vote, { minLength: 1, maxLength: 15 }), fc.integer({ min: 1, max: 6 }), (votes, splitMin) => {
      const { stream, list } = heldBallot(votes, { splitMin })
      const found = recountBallot(list, formatBallotList(list), stream.entries)
      if (found.differences.length > 0) throw new Error(JSON.stringify(found.differences))
      const last = new Map(votes.map(([token, choice]) => [token, choice]))
      if (last.size < splitMin !== (found.counts === undefined)) throw new Error('BL5: a split of too few votes')
      if (found.published?.counted !== last.size) throw new Error('each has one vote')
      for (const { option, votes: n } of found.counts ?? []) {
        const expected = [...last.values()].filter((choice) => choice === option).length
        if (n !== expected) throw new Error(`${option} has ${n} votes, not ${expected}`)
      }
    }),
    { numRuns: 150 },
  )
})

t.test('BL3: a list with a vote changed, dropped or added never passes', async () => {
  const fault = fc.record({ kind: fc.constantFrom('change', 'drop', 'add', 'move'), nth: fc.nat(20) })
  fc.assert(
    fc.property(fc.array(vote, { minLength: 2, maxLength: 10 }), fault, (votes, { kind, nth }) => {
      const { stream, list } = heldBallot(votes)
      const casts = [...list.casts]
      const at = nth % casts.length
      const [token, choice] = votes[at]!
      const other = voteOpening(token, [choice === 'lid' ? 'cup' : 'lid'], at)
      if (kind === 'change') casts[at] = { ...casts[at]!, opening: other }
      if (kind === 'drop') casts.splice(at, 1)
      if (kind === 'add') casts.push({ index: 1 + casts.at(-1)!.index, opening: other })
      if (kind === 'move') casts[at] = { ...casts[at]!, index: casts[at]!.index + 1 }
      const changed = { ...list, casts }
      const { differences } = recountBallot(changed, formatBallotList(changed), stream.entries)
      // Apart from the hash of the list: the votes themselves give it away.
      const named = differences.filter(({ code }) => code.startsWith('vote_'))
      if (named.length === 0) throw new Error(`${kind} of vote ${at} was not named`)
    }),
    { numRuns: 150 },
  )
})

t.test('BL4: what the programme knows after a vote does not depend on the choice', async () => {
  fc.assert(
    fc.property(fc.array(vote, { minLength: 1, maxLength: 10 }), fc.infiniteStream(fc.boolean()), (votes, flips) => {
      const turned = votes.map(([token, choice]): Vote => {
        const { value: isTurned } = flips.next()
        return [token, isTurned === true ? (choice === 'lid' ? 'cup' : 'lid') : choice!]
      })
      const statesOf = (cast: readonly Vote[]): string => {
        const { stream } = heldBallot(cast)
        const { ballots, ...rest } = stream.programme
        return JSON.stringify([rest, ballots.map(({ tally: _tally, ...ballot }) => ballot)])
      }
      if (statesOf(votes) !== statesOf(turned)) throw new Error('something depends on what was chosen')
    }),
    { numRuns: 60 },
  )
})

const ruleStep = fc.oneof(
  fc.record({ kind: fc.constant('publish' as const), from: fc.integer({ min: -1, max: 3 }), skip: fc.nat(9) }),
  fc.record({ kind: fc.constantFrom('withdraw' as const, 'anchor' as const, 'anchor' as const) }),
  fc.record({ kind: fc.constant('wait' as const), days: waits }),
)

t.test('ER1, ER3: of a rule one version is in force at most, and never an older one again', async () => {
  fc.assert(
    fc.property(fc.array(ruleStep, { maxLength: 40 }), (steps) => {
      const play = new Play()
      const { stream } = play
      let newest = 0
      for (const step of steps) {
        const last = newestRuleVersion(stream.programme, 'report')
        if (step.kind === 'wait') stream.now += step.days * DAY_MS
        if (step.kind === 'anchor') stream.anchor()
        if (step.kind === 'publish') {
          const validFrom = formatInstant(stream.now + step.from * DAY_MS)
          const version = last + (step.skip === 0 ? 2 : 1)
          const refusal = publishingRefusal(last, { version, validFrom }, play.recordedAt)
          play.take(refusal, 'rule.published', ruleData({ version, validFrom }))
        }
        if (step.kind === 'withdraw' && last > 0) {
          const known = stream.programme.rules.find(({ version }) => version === last)!
          const refusal = known.withdrawn === undefined ? undefined : 'rule_withdrawn'
          play.take(refusal, 'rule.withdrawn', { rule: 'report', version: last })
        }
        const moment = stream.moment()
        const inForce = ruleInForce(stream.programme, 'report', moment)
        if (inForce === undefined) continue
        const { version, index, validFrom, withdrawn } = inForce
        const isAnchored = stream.anchors.some((size) => index < size && size <= moment.index)
        if (!isAnchored || withdrawn !== undefined || validFrom > moment.recordedAt) throw new Error('ER1: not usable')
        if (version < newest) throw new Error(`ER3: version ${version} after ${newest}`)
        newest = version
      }
    }),
    { numRuns: 500 },
  )
})

t.test('P2: whatever an entry says, points never go from one holder to another, nor for nothing', async (t) => {
  const types = ['grant.pending', 'grant.posted', 'grant.voided', 'grant.lapsed', 'grant.reversed', 'points.expired']
  const spending = ['held', 'confirmed', 'released', 'refunded'].map((end) => `redemption.${end}`)
  const kind = fc.constantFrom(...ACCOUNT_KINDS)
  const accepted = new Set<string>()
  fc.assert(
    fc.property(fc.constantFrom(...types, ...spending), kind, kind, fc.boolean(), (type, from, to, isOfGrant) => {
      const data = moving(from, to, 5, isOfGrant ? { grant: 3 } : {})
      if (postingsOf({ type, data }) !== undefined && isHolderKind(from) && isHolderKind(to))
        accepted.add(`${from} ${to}`)
    }),
    { numRuns: 5000 },
  )
  // The only moves with a holder on both sides; receipts and projections demand that it is one and the same.
  t.strictSame([...accepted].toSorted(), ['available held', 'held available', 'pending available'])
})
