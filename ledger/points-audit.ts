/**
 * The entries of a programme, judged one after the other: whether each is well formed, lawful, and in turn by the rules
 * that the writer refuses by. It uses the small state of the fold only, so that it can read a whole log; what concerns
 * single grants is grant-audit.ts. Specification: README.md, "Checks of a programme".
 */
import type { Entry } from './entry.ts'
import type { GrantDirect } from './points-data.ts'
import { LiabilitiesAudit } from './liabilities-audit.ts'
import type { LiabilitiesFault } from './liabilities-audit.ts'
import type { PointsFault } from './grant-audit.ts'
import type { JsonObject } from './json.ts'
import type { IndexedEntry } from './milestone.ts'
import {
  amendmentRefusal,
  ballotOf,
  ballotRefusal,
  castRefusal,
  entitlementRefusal,
  expiryRefusal,
  grantRefusal,
  isAnswered,
  isExpiryKept,
  missedAnswers,
  newestRuleVersion,
  proposalOf,
  proposalRefusal,
  publishingRefusal,
  redemptionRefusal,
  rewardOf,
  ruleVersion,
} from './points-rules.ts'
import type { Moment, PointsRefusal } from './points-rules.ts'
import { isPointsType, pointsDataOf } from './points-shape.ts'
import type { Told } from './points-shape.ts'
import { areSound } from './postings.ts'
import { foldProgramme } from './programme.ts'
import type { ProgrammeState } from './programme.ts'

/** What an entry of a programme can be accused of, besides what the rules refuse. */
export type ProgrammeFault =
  | PointsRefusal
  | 'points_malformed'
  | 'points_unsound'
  | 'programme_order'
  | 'reason_missing'
  | 'answer_miss_missing'
  | 'tally_malformed'

/** Reads the entries of one programme, in order. */
export class ProgrammeAudit {
  readonly liabilities = new LiabilitiesAudit()
  #state: ProgrammeState | undefined

  /** The programme as it stands; undefined before its first entry. */
  get state(): ProgrammeState | undefined {
    return this.#state
  }

  /**
   * Takes the next entry, and gives what is wrong with it.
   *
   * @param anchored the smallest anchored size above an index, as the rules ask for it
   * @returns `told` when the entry is one of a programme and well formed
   */
  add(
    { index, entry }: IndexedEntry,
    anchored: Moment['anchored'],
  ): { told?: Told; fault?: PointsFault<ProgrammeFault>; miscounted?: PointsFault<LiabilitiesFault> } {
    if (!isPointsType(entry.type)) return {}
    const told = pointsDataOf(entry)
    if (told === undefined) return { fault: { code: 'points_malformed', facts: { type: entry.type } } }
    const code = programmeFault(this.#state, told, entry, { index, recordedAt: entry.recordedAt, anchored })
    const miscounted = this.#recount(index, told)
    this.#state = foldProgramme(this.#state, entry, index)
    const unsound = this.#state !== undefined && !areSound(this.#state.totals)
    if (this.#state !== undefined) this.liabilities.note(index, this.#state)
    const found = code ?? (unsound ? 'points_unsound' : undefined)
    return {
      told,
      ...(found === undefined ? {} : { fault: { code: found, facts: factsOf(told) } }),
      ...(miscounted === undefined ? {} : { miscounted }),
    }
  }

  #recount(index: number, told: Told): PointsFault<LiabilitiesFault> | undefined {
    if (told.type !== 'points.liabilities') return undefined
    return this.liabilities.recount(index, told.data, this.#state?.id)
  }

  /** The answers that were due before an instant and have neither come nor been marked as missed (PR3). */
  missingAnswers(before: string): { promise: string; due: string; madeBy: number }[] {
    const missed = this.#state === undefined ? [] : missedAnswers(this.#state, before)
    return missed.map(({ index, answerDue }) => ({ promise: 'answer', due: answerDue, madeBy: index }))
  }
}

function factsOf({ type, data }: Told): JsonObject {
  const { rule, version, reward, proposal, ballot } = data as unknown as JsonObject
  const named = Object.entries({ rule, version, reward, proposal, ballot }).filter(([, value]) => value !== undefined)
  return { type, ...(Object.fromEntries(named) as JsonObject) }
}

function programmeFault(
  state: ProgrammeState | undefined,
  told: Told,
  entry: Entry,
  moment: Moment,
): ProgrammeFault | undefined {
  if (told.type === 'programme.opened') {
    return state === undefined && entry.stream === `points:${told.data.id}` ? undefined : 'programme_order'
  }
  if (state === undefined) return 'programme_order'
  return (
    publishingFault(state, told, entry) ?? movingFault(state, told, moment) ?? ballotFault(state, told, entry, moment)
  )
}

/** Terms, rules, rewards and proposals. */
function publishingFault(state: ProgrammeState, told: Told, entry: Entry): ProgrammeFault | undefined {
  const { recordedAt } = entry
  switch (told.type) {
    case 'terms.published':
      return publishingRefusal(state.terms[state.terms.length - 1]!.version, told.data, recordedAt)
    case 'rule.published':
      return publishingRefusal(newestRuleVersion(state, told.data.rule), told.data, recordedAt)
    case 'rule.withdrawn': {
      const known = ruleVersion(state, told.data.rule, told.data.version)
      if (known === undefined) return 'rule_unknown'
      return known.withdrawn === undefined ? undefined : 'rule_withdrawn'
    }
    case 'reward.published':
      return rewardOf(state, told.data.reward) === undefined && told.data.version === 1
        ? undefined
        : 'version_out_of_order'
    case 'reward.amended':
      return amendmentRefusal(state, told.data)
    case 'reward.closed': {
      const known = rewardOf(state, told.data.reward)
      if (known === undefined) return 'reward_unknown'
      return known.closed === undefined ? undefined : 'reward_closed'
    }
    case 'proposal.moved':
      return proposalFault(state, told.data, entry)
    case 'proposal.answer_missed': {
      const { proposal, due } = told.data
      const isMissed = missedAnswers(state, recordedAt).some((one) => one.index === proposal && one.answerDue === due)
      return isMissed ? undefined : 'proposal_step'
    }
    default:
      return undefined
  }
}

/** PR1: a proposal is declined or merged with a reason. PR3: an answer that comes late was marked as missed before. */
function proposalFault(
  state: ProgrammeState,
  data: Extract<Told, { type: 'proposal.moved' }>['data'],
  { sd, recordedAt }: Entry,
): ProgrammeFault | undefined {
  const refusal = proposalRefusal(state, data)
  if (refusal !== undefined) return refusal
  if ((data.to === 'declined' || data.to === 'merged') && sd === undefined) return 'reason_missing'
  const known = proposalOf(state, data.proposal)!
  const isLate = isAnswered(data.to) && missedAnswers(state, recordedAt).includes(known)
  return isLate ? 'answer_miss_missing' : undefined
}

/** Grants, expiry and redemptions, as far as the rules of the programme go. */
function movingFault(state: ProgrammeState, told: Told, moment: Moment): ProgrammeFault | undefined {
  switch (told.type) {
    case 'grant.pending':
      return grantRefusal(state, { ...told.data, direct: false }, moment)
    case 'grant.posted':
      return 'grant' in told.data ? undefined : directFault(state, told.data, moment)
    case 'points.expired':
      return expiryRefusal(state, told.data.expiresAt, moment.recordedAt)
    case 'redemption.held':
      return redemptionRefusal(state, told.data, moment.recordedAt)
    default:
      return undefined
  }
}

function directFault(state: ProgrammeState, data: GrantDirect, moment: Moment): ProgrammeFault | undefined {
  const refusal = grantRefusal(state, { ...data, direct: true }, moment)
  if (refusal !== undefined) return refusal
  const { recordedAt } = moment
  const isKept = isExpiryKept(state, ruleVersion(state, data.rule, data.version)!, {
    recordedAt,
    expiresAt: data.expiresAt,
  })
  return isKept ? undefined : 'expiry_too_early'
}

function ballotFault(state: ProgrammeState, told: Told, { xd }: Entry, moment: Moment): ProgrammeFault | undefined {
  switch (told.type) {
    case 'entitlement.granted':
      return entitlementRefusal(state, told.data, moment)
    case 'ballot.frozen': {
      const refusal = ballotRefusal(state, { ballot: told.data.ballot, to: 'frozen' }, moment)
      if (refusal !== undefined) return refusal
      return ballotOf(state, told.data.ballot)!.entitled === told.data.eligible ? undefined : 'tally_malformed'
    }
    case 'ballot.opened':
      return ballotRefusal(state, { ballot: told.data.ballot, to: 'opened' }, moment)
    case 'ballot.cast':
      return (
        castRefusal(state, told.data.ballot, moment.recordedAt) ?? (xd === undefined ? 'points_malformed' : undefined)
      )
    case 'ballot.closed':
      return ballotRefusal(state, { ballot: told.data.ballot, to: 'closed' }, moment)
    case 'ballot.tallied':
      return ballotRefusal(state, { ballot: told.data.ballot, to: 'tallied' }, moment) ?? tallyFault(state, told.data)
    case 'ballot.challenged':
      return ballotRefusal(state, { ballot: told.data.ballot, to: 'challenged' }, moment)
    case 'ballot.finalised':
      return ballotRefusal(state, { ballot: told.data.ballot, to: 'finalised' }, moment)
    default:
      return undefined
  }
}

/** The figures of a tally that the entries themselves contradict; the votes are for the recount. */
function tallyFault(
  state: ProgrammeState,
  { ballot, casts, counted, eligible, counts }: Extract<Told, { type: 'ballot.tallied' }>['data'],
): ProgrammeFault | undefined {
  const known = ballotOf(state, ballot)!
  const isSplit = counted >= known.splitMin
  const isRight =
    casts === known.casts &&
    counted <= casts &&
    counted <= eligible &&
    eligible === known.frozen?.eligible &&
    (counts !== undefined) === isSplit
  return isRight ? undefined : 'tally_malformed'
}
