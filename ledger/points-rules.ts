/**
 * The rules of a programme: who may use which earning rule when, and which steps proposals, ballots and rewards may take.
 * The writer refuses with these functions, and the verifier names with the same ones what should have been refused.
 * Specification: README.md, "Rules of a programme" (ER1, ER3, PR1, BL1, RW1, RW2).
 */
import { dayEndAfterMonths, formatInstant, parseInstant } from './instant.ts'
import type { EntitlementGranted, RewardPublished, RulePublished } from './points-data.ts'
import { rewardWords } from './programme.ts'
import type { BallotState, ProgrammeState, ProposalState, RewardState, RuleState } from './programme.ts'

/** Why a rule cannot be used, or a step not taken. Stable: the writer's refusals and the verifier's findings share them. */
export const POINTS_REFUSALS = [
  'rule_unknown',
  'rule_withdrawn',
  'rule_not_anchored',
  'rule_not_valid_yet',
  'rule_expired',
  'rule_superseded',
  'rule_gives_no_points',
  'rule_gives_no_votes',
  'grant_amount',
  'grant_not_pending',
  'grant_needs_waiting',
  'version_out_of_order',
  'backdated',
  'reward_unknown',
  'reward_closed',
  'reward_not_open',
  'reward_sold_out',
  'reward_cost',
  'reward_worsened',
  'proposal_unknown',
  'proposal_step',
  'ballot_unknown',
  'ballot_step',
  'ballot_not_anchored',
  'ballot_not_time',
  'expiry_not_announced',
  'expiry_too_early',
] as const
export type PointsRefusal = (typeof POINTS_REFUSALS)[number]

/** How long before points expire the notice of it stands in the record. */
const EXPIRY_NOTICE_MS = 30 * 86_400_000

/**
 * When and after which anchors something is to be written. `anchored`: the smallest anchored size above an index, or
 * undefined while no anchor covers it; the verifier asks the anchors of its bundle, the writer those that are confirmed.
 */
export type Moment = {
  /** The index that the entry has or would have. */
  readonly index: number
  /** The instant in the 24 characters of `recordedAt`. */
  readonly recordedAt: string
  readonly anchored: (index: number) => number | undefined
}

/** ER1, BL1: whether an anchor covers an entry before a later entry relies on it: index < S ≤ moment.index. */
function isAnchoredBefore(index: number, { index: before, anchored }: Moment): boolean {
  const size = anchored(index)
  return size !== undefined && size <= before
}

/** The version of a rule, or undefined. */
export function ruleVersion(state: ProgrammeState, rule: string, version: number): RuleState | undefined {
  return state.rules.find((known) => known.rule === rule && known.version === version)
}

/**
 * Why a version of a rule cannot be used at a moment; undefined when it can. Usable is a published version that an anchor
 * covers (ER1), that is valid and not withdrawn, and that no newer version has taken the place of (ER3).
 */
export function ruleRefusal(
  state: ProgrammeState,
  { rule, version, ruleIndex }: { rule: string; version: number; ruleIndex?: number },
  moment: Moment,
): PointsRefusal | undefined {
  const known = ruleVersion(state, rule, version)
  if (known === undefined || (ruleIndex ?? known.index) !== known.index) return 'rule_unknown'
  if (known.withdrawn !== undefined) return 'rule_withdrawn'
  if (!isAnchoredBefore(known.index, moment)) return 'rule_not_anchored'
  if (moment.recordedAt < known.validFrom) return 'rule_not_valid_yet'
  if (known.validUntil !== undefined && moment.recordedAt >= known.validUntil) return 'rule_expired'
  const isSuperseded = state.rules.some(
    (other) => other.rule === rule && other.version > version && isInForce(other, moment),
  )
  return isSuperseded ? 'rule_superseded' : undefined
}

function isInForce(rule: RuleState, moment: Moment): boolean {
  return rule.validFrom <= moment.recordedAt && isAnchoredBefore(rule.index, moment)
}

/** Whether a version of a rule can be used at a moment. */
export function isRuleUsable(
  state: ProgrammeState,
  cited: { rule: string; version: number; ruleIndex?: number },
  moment: Moment,
): boolean {
  return ruleRefusal(state, cited, moment) === undefined
}

/** The version of a rule that a grant made at this moment uses; undefined when there is none. */
export function ruleInForce(state: ProgrammeState, rule: string, moment: Moment): RuleState | undefined {
  return state.rules.find((known) => known.rule === rule && isRuleUsable(state, known, moment))
}

/**
 * Why a grant of points cannot be made; undefined when it can.
 *
 * @param grant `direct`: posted at once, which a rule with days of waiting does not allow
 */
export function grantRefusal(
  state: ProgrammeState,
  grant: { rule: string; version: number; ruleIndex?: number; amount: number; direct: boolean },
  moment: Moment,
): PointsRefusal | undefined {
  const refusal = ruleRefusal(state, grant, moment)
  if (refusal !== undefined) return refusal
  const { earns, pendingDays } = ruleVersion(state, grant.rule, grant.version)!
  if ('vote' in earns) return 'rule_gives_no_points'
  if (grant.direct && pendingDays > 0) return 'grant_needs_waiting'
  return isAmountOf(earns, grant.amount) ? undefined : 'grant_amount'
}

function isAmountOf(earns: { points: number } | { pointsMax: number }, amount: number): boolean {
  return 'points' in earns ? amount === earns.points : amount > 0 && amount <= earns.pointsMax
}

/** Why an entitlement to vote cannot be given; undefined when it can. It is earned, never bought (BL4). */
export function entitlementRefusal(
  state: ProgrammeState,
  { ballot, ...cited }: Omit<EntitlementGranted, 'source'>,
  moment: Moment,
): PointsRefusal | undefined {
  const refusal = ruleRefusal(state, cited, moment)
  if (refusal !== undefined) return refusal
  if (!('vote' in ruleVersion(state, cited.rule, cited.version)!.earns)) return 'rule_gives_no_votes'
  const known = ballotOf(state, ballot)
  if (known === undefined) return 'ballot_unknown'
  return known.state === 'drafted' ? undefined : 'ballot_step'
}

/** Why a version of a rule or of the terms cannot be published: versions count from 1, and hold from now on (ER3). */
export function publishingRefusal(
  last: number,
  { version, validFrom }: { version: number; validFrom: string },
  recordedAt: string,
): PointsRefusal | undefined {
  if (version !== last + 1) return 'version_out_of_order'
  return validFrom < recordedAt ? 'backdated' : undefined
}

/** The newest version of a rule; 0 when there is none. */
export function newestRuleVersion(state: ProgrammeState, rule: string): number {
  return state.rules.reduce((newest, known) => (known.rule === rule ? Math.max(newest, known.version) : newest), 0)
}

/**
 * When points expire that are posted at an instant: the rule's months, or else those of the terms in force, later, at the
 * end of that day in +08:00, so that all points of a day expire together. Undefined when they never do.
 */
export function expiryOf(
  state: ProgrammeState,
  { expiryMonths }: Pick<RulePublished, 'expiryMonths'>,
  recordedAt: string,
): string | undefined {
  const policy = termsInForce(state, recordedAt)?.expiry
  const months = expiryMonths ?? (policy !== undefined && 'months' in policy ? policy.months : undefined)
  return months === undefined ? undefined : dayEndAfterMonths(recordedAt, months)
}

/** Whether points that are posted at an instant expire no sooner than rule and terms then promise. */
export function isExpiryKept(
  state: ProgrammeState,
  rule: Pick<RulePublished, 'expiryMonths'>,
  { recordedAt, expiresAt }: { recordedAt: string; expiresAt: string | undefined },
): boolean {
  if (expiresAt === undefined) return true
  const promised = expiryOf(state, rule, recordedAt)
  return promised !== undefined && expiresAt >= promised
}

/** The terms that hold at an instant: the newest version whose time has come. */
export function termsInForce(state: ProgrammeState, recordedAt: string): ProgrammeState['terms'][number] | undefined {
  return [...state.terms].reverse().find(({ validFrom }) => validFrom <= recordedAt)
}

/** Why points cannot expire now: not before their time, and not before a notice has stood for 30 days. */
export function expiryRefusal(state: ProgrammeState, expiresAt: string, recordedAt: string): PointsRefusal | undefined {
  if (recordedAt < expiresAt) return 'expiry_too_early'
  const notice = state.notices.find((known) => known.expiresAt === expiresAt)
  const noticedBefore = formatInstant(parseInstant(recordedAt) - EXPIRY_NOTICE_MS)
  return notice !== undefined && notice.recordedAt <= noticedBefore ? undefined : 'expiry_not_announced'
}

/** The reward, or undefined. */
export function rewardOf(state: ProgrammeState, reward: string): RewardState | undefined {
  return state.rewards.find((known) => known.reward === reward)
}

/** Why a reward cannot be redeemed at a moment; undefined when it can (RW1). */
export function redemptionRefusal(
  state: ProgrammeState,
  { reward, version, rewardIndex, amount }: { reward: string; version: number; rewardIndex?: number; amount: number },
  recordedAt: string,
): PointsRefusal | undefined {
  const known = rewardOf(state, reward)
  if (known === undefined || known.version !== version || (rewardIndex ?? known.index) !== known.index) {
    return 'reward_unknown'
  }
  if (known.closed !== undefined) return 'reward_closed'
  if (recordedAt < known.from || recordedAt >= known.until) return 'reward_not_open'
  if (known.taken >= known.capacity) return 'reward_sold_out'
  return amount === known.cost ? undefined : 'reward_cost'
}

/** RW2: why a reward cannot be amended so; after its publication it can only become better for those who redeem it. */
export function amendmentRefusal(state: ProgrammeState, next: RewardPublished): PointsRefusal | undefined {
  const known = rewardOf(state, next.reward)
  if (known === undefined) return 'reward_unknown'
  if (known.closed !== undefined) return 'reward_closed'
  if (next.version !== known.version + 1) return 'version_out_of_order'
  const isNoWorse =
    next.cost <= known.cost &&
    next.capacity >= known.capacity &&
    next.from <= known.from &&
    next.until >= known.until &&
    next.eventOn === known.eventOn &&
    rewardWords(next) === known.words &&
    next.valueClass === known.valueClass
  return isNoWorse ? undefined : 'reward_worsened'
}

const PROPOSAL_STEPS: Readonly<Record<ProposalState['state'], readonly ProposalState['state'][]>> = {
  submitted: ['under_review', 'accepted', 'declined', 'merged'],
  under_review: ['accepted', 'declined', 'merged'],
  accepted: ['in_progress', 'shipped'],
  declined: [],
  merged: [],
  in_progress: ['shipped'],
  shipped: [],
}

/** The states that can follow a proposal's state. */
export function proposalStatesAfter(state: ProposalState['state']): readonly ProposalState['state'][] {
  return PROPOSAL_STEPS[state]
}

/** The states of a proposal in which it has been answered (PR3). */
export function isAnswered(state: ProposalState['state']): boolean {
  return state !== 'submitted' && state !== 'under_review'
}

/** The proposal, or undefined. */
export function proposalOf(state: ProgrammeState, proposal: number): ProposalState | undefined {
  return state.proposals.find(({ index }) => index === proposal)
}

/** Why a proposal cannot take a step; undefined when it can. Only an earlier proposal can be merged into. */
export function proposalRefusal(
  state: ProgrammeState,
  { proposal, to, into }: { proposal: number; to: ProposalState['state']; into?: number },
): PointsRefusal | undefined {
  const known = proposalOf(state, proposal)
  if (known === undefined) return 'proposal_unknown'
  if (!proposalStatesAfter(known.state).includes(to)) return 'proposal_step'
  if ((to === 'merged') !== (into !== undefined)) return 'proposal_step'
  if (into === undefined) return undefined
  const isOther = into !== proposal && proposalOf(state, into) !== undefined
  return isOther ? undefined : 'proposal_unknown'
}

/** The proposals without an answer whose due time is not later than an instant and that have no miss yet (PR3). */
export function missedAnswers(state: ProgrammeState, recordedAt: string): ProposalState[] {
  return state.proposals.filter(
    (known) => !isAnswered(known.state) && known.missed === undefined && known.answerDue <= recordedAt,
  )
}

const BALLOT_STEPS: Readonly<Record<BallotState['state'], readonly BallotState['state'][]>> = {
  drafted: ['frozen'],
  frozen: ['opened'],
  opened: ['closed'],
  closed: ['tallied'],
  tallied: ['challenged', 'finalised'],
  challenged: ['tallied', 'finalised'],
  finalised: [],
}

/** The ballot, or undefined. */
export function ballotOf(state: ProgrammeState, ballot: number): BallotState | undefined {
  return state.ballots.find(({ index }) => index === ballot)
}

/**
 * Why a ballot cannot take a step; undefined when it can. It opens only after an anchor covers the list of those entitled
 * (BL1), and opens and closes when it said.
 */
export function ballotRefusal(
  state: ProgrammeState,
  { ballot, to }: { ballot: number; to: BallotState['state'] },
  moment: Moment,
): PointsRefusal | undefined {
  const known = ballotOf(state, ballot)
  if (known === undefined) return 'ballot_unknown'
  if (!BALLOT_STEPS[known.state].includes(to)) return 'ballot_step'
  if (to === 'opened') {
    if (moment.recordedAt < known.opensAt || moment.recordedAt >= known.closesAt) return 'ballot_not_time'
    return isAnchoredBefore(known.frozen!.index, moment) ? undefined : 'ballot_not_anchored'
  }
  return to === 'closed' && moment.recordedAt < known.closesAt ? 'ballot_not_time' : undefined
}

/** Why no vote can be cast in a ballot; undefined when one can. */
export function castRefusal(state: ProgrammeState, ballot: number, recordedAt: string): PointsRefusal | undefined {
  const known = ballotOf(state, ballot)
  if (known === undefined) return 'ballot_unknown'
  if (known.state !== 'opened') return 'ballot_step'
  return recordedAt < known.closesAt ? undefined : 'ballot_not_time'
}
