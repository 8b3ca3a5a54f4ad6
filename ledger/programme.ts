/**
 * What a points stream says so far: a fold over its entries, one at a time, into a small state that the writer keeps
 * beside the log and any reader can compute again. It has no row for a single grant or holder, and it never refuses: what
 * is not well formed or breaks a rule of points-rules.ts is left out or taken as it stands, and named by the audit
 * (points-audit.ts). Specification: README.md, "Programmes".
 */
import { base64url, utf8 } from './bytes.ts'
import type { Entry } from './entry.ts'
import { sha256 } from './hash.ts'
import { canonicalText } from './json.ts'
import type { LocalizedName } from './milestone.ts'
import type {
  Activity,
  BallotDrafted,
  BallotFrozen,
  BallotTallied,
  Earning,
  ExpiryPolicy,
  OptionVotes,
  PROPOSAL_MOVES,
  ProgrammeOpened,
  PointsLiabilities,
  REVIEWER_ROLES,
  RewardPublished,
  RulePublished,
} from './points-data.ts'
import { pointsDataOf } from './points-shape.ts'
import type { Told } from './points-shape.ts'
import { NO_TOTALS, foldTotals } from './postings.ts'
import type { Totals } from './postings.ts'

export type RuleState = {
  readonly rule: string
  readonly version: number
  readonly index: number
  readonly activity: Activity
  readonly earns: Earning
  readonly perHolderMax?: number
  readonly reviewerRole: (typeof REVIEWER_ROLES)[number]
  readonly pendingDays: number
  readonly validFrom: string
  readonly validUntil?: string
  readonly expiryMonths?: number
  /** The index of the entry that withdrew it. */
  readonly withdrawn?: number
}

/** A reward as it was last amended. `taken`: places that are held or confirmed. */
export type RewardState = {
  readonly reward: string
  readonly version: number
  readonly index: number
  readonly title: LocalizedName
  /** What stands for title, text and conditions: they stay as they were published (RW2). */
  readonly words: string
  readonly cost: number
  readonly capacity: number
  readonly from: string
  readonly until: string
  readonly eventOn?: string
  readonly valueClass: string
  readonly taken: number
  readonly closed?: number
}

export type ProposalState = {
  readonly index: number
  readonly state: 'submitted' | (typeof PROPOSAL_MOVES)[number]
  /** The entry that led to the state. */
  readonly stateBy: number
  readonly answerDue: string
  readonly into?: number
  readonly improvement?: number
  /** The entry in which the system says that the answer is late. */
  readonly missed?: number
}

export type BallotState = {
  readonly index: number
  readonly state: 'drafted' | 'frozen' | 'opened' | 'closed' | 'tallied' | 'challenged' | 'finalised'
  readonly stateBy: number
  readonly question: LocalizedName
  readonly options: readonly string[]
  readonly choice: 'single' | 'approval'
  readonly opensAt: string
  readonly closesAt: string
  readonly splitMin: number
  /** How many entitlements were given, and how many votes cast, re-casts counted each. */
  readonly entitled: number
  readonly casts: number
  readonly frozen?: { readonly index: number; readonly eligible: number; readonly root: string }
  readonly tally?: {
    readonly index: number
    readonly casts: number
    readonly counted: number
    readonly counts?: readonly OptionVotes[]
    readonly list: string
  }
}

/** Everything the writer must know about a programme to judge the next entry but what concerns one holder or grant. */
export type ProgrammeState = {
  readonly id: string
  readonly brand: string
  readonly brandName: LocalizedName
  readonly name: LocalizedName
  readonly opened: { readonly index: number; readonly recordedAt: string }
  /** Every version, oldest first. */
  readonly terms: readonly {
    readonly version: number
    readonly index: number
    readonly validFrom: string
    readonly expiry: ExpiryPolicy
  }[]
  readonly rules: readonly RuleState[]
  readonly totals: Totals
  readonly holders: number
  readonly rewards: readonly RewardState[]
  readonly proposals: readonly ProposalState[]
  readonly ballots: readonly BallotState[]
  /** The notices of points that are to expire, by the instant of it; those longest past are dropped. */
  readonly notices: readonly { readonly expiresAt: string; readonly index: number; readonly recordedAt: string }[]
  readonly liabilities?: PointsLiabilities & { readonly index: number }
}

/** How many notices a state keeps: more than one for each day until the longest expiry has been announced. */
export const NOTICES_MAX = 100

/**
 * The state of a programme after one more entry of its stream: the same object when the entry changes nothing, so that a
 * writer stores only states that are new.
 *
 * @param state undefined before the first entry; what is before `programme.opened` leaves it so
 * @param index the entry's index in the log
 */
export function foldProgramme(
  state: ProgrammeState | undefined,
  entry: Entry,
  index: number,
): ProgrammeState | undefined {
  const told = pointsDataOf(entry)
  if (told === undefined) return state
  if (state === undefined) return told.type === 'programme.opened' ? openProgramme(entry, told.data, index) : undefined
  const { postings } = told
  const next = postings.length === 0 ? state : { ...state, totals: foldTotals(state.totals, postings) }
  return foldTold(next, told, entry.recordedAt, index)
}

function openProgramme(
  { brand, recordedAt }: Entry,
  { id, name, brandName, terms }: ProgrammeOpened,
  index: number,
): ProgrammeState {
  return {
    id,
    brand: brand ?? '',
    brandName,
    name,
    opened: { index, recordedAt },
    terms: [{ version: 1, index, validFrom: recordedAt, expiry: terms.expiry }],
    rules: [],
    totals: NO_TOTALS,
    holders: 0,
    rewards: [],
    proposals: [],
    ballots: [],
    notices: [],
  }
}

function foldTold(state: ProgrammeState, told: Told, recordedAt: string, index: number): ProgrammeState {
  switch (told.type) {
    case 'terms.published': {
      const { version, validFrom, expiry } = told.data
      return { ...state, terms: [...state.terms, { version, index, validFrom, expiry }] }
    }
    case 'rule.published':
      return { ...state, rules: [...state.rules, ruleState(told.data, index)] }
    case 'rule.withdrawn': {
      const { rule, version } = told.data
      return {
        ...state,
        rules: changed(
          state.rules,
          (known) => known.rule === rule && known.version === version,
          () => ({
            withdrawn: index,
          }),
        ),
      }
    }
    case 'holder.opened':
      return { ...state, holders: state.holders + 1 }
    case 'points.expiring': {
      const { expiresAt } = told.data
      // The first notice counts: a later one announces points that came in since.
      if (state.notices.some((known) => known.expiresAt === expiresAt)) return state
      return { ...state, notices: [...state.notices, { expiresAt, index, recordedAt }].slice(-NOTICES_MAX) }
    }
    case 'points.liabilities':
      return { ...state, liabilities: { ...told.data, index } }
    default:
      return foldSpending(state, told, index)
  }
}

function foldSpending(state: ProgrammeState, told: Told, index: number): ProgrammeState {
  switch (told.type) {
    case 'reward.published':
      return { ...state, rewards: [...state.rewards, { ...rewardState(told.data, index), taken: 0 }] }
    case 'reward.amended':
      return withReward(state, told.data.reward, () => rewardState(told.data, index))
    case 'reward.closed':
      return withReward(state, told.data.reward, () => ({ closed: index }))
    case 'redemption.held':
      return withReward(state, told.data.reward, ({ taken }) => ({ taken: taken + 1 }))
    case 'redemption.released':
    case 'redemption.refunded':
      return withReward(state, told.data.reward, ({ taken }) => ({ taken: taken - 1 }))
    case 'proposal.submitted': {
      const { answerDue } = told.data
      return { ...state, proposals: [...state.proposals, { index, state: 'submitted', stateBy: index, answerDue }] }
    }
    case 'proposal.moved': {
      const { proposal, to, into, improvement } = told.data
      const links = { ...(into === undefined ? {} : { into }), ...(improvement === undefined ? {} : { improvement }) }
      return withProposal(state, proposal, { state: to, stateBy: index, ...links })
    }
    case 'proposal.answer_missed':
      return withProposal(state, told.data.proposal, { missed: index })
    default:
      return foldBallot(state, told, index)
  }
}

function foldBallot(state: ProgrammeState, told: Told, index: number): ProgrammeState {
  switch (told.type) {
    case 'ballot.drafted':
      return { ...state, ballots: [...state.ballots, ballotState(told.data, index)] }
    case 'entitlement.granted':
      return withBallot(state, told.data.ballot, ({ entitled }) => ({ entitled: entitled + 1 }))
    case 'ballot.frozen':
      return withBallot(state, told.data.ballot, () => ({
        ...step('frozen', index),
        frozen: frozenOf(told.data, index),
      }))
    case 'ballot.opened':
      return withBallot(state, told.data.ballot, () => step('opened', index))
    case 'ballot.cast':
      return withBallot(state, told.data.ballot, ({ casts }) => ({ casts: casts + 1 }))
    case 'ballot.closed':
      return withBallot(state, told.data.ballot, () => step('closed', index))
    case 'ballot.tallied':
      return withBallot(state, told.data.ballot, () => ({
        ...step('tallied', index),
        tally: tallyOf(told.data, index),
      }))
    case 'ballot.challenged':
      return withBallot(state, told.data.ballot, () => step('challenged', index))
    case 'ballot.finalised':
      return withBallot(state, told.data.ballot, () => step('finalised', index))
    default:
      return state
  }
}

function ruleState(data: RulePublished, index: number): RuleState {
  const { title: _title, text: _text, ...figures } = data
  return { ...figures, index }
}

function rewardState(data: RewardPublished, index: number): Omit<RewardState, 'taken'> {
  const { reward, version, title, cost, capacity, from, until, eventOn, valueClass } = data
  const event = eventOn === undefined ? {} : { eventOn }
  const words = rewardWords(data)
  return { reward, version, index, title, words, cost, capacity, from, until, ...event, valueClass }
}

/** SHA-256 of the canonical title, text and conditions of a reward, in NFC as entries have them; base64url. */
export function rewardWords({
  title,
  text,
  conditions,
}: Pick<RewardPublished, 'title' | 'text' | 'conditions'>): string {
  const words = [title, text, conditions].map((name) => [name['zh-CN'].normalize('NFC'), name.en.normalize('NFC')])
  return base64url(sha256(utf8(canonicalText(words))))
}

function ballotState(data: BallotDrafted, index: number): BallotState {
  const { question, options, choice, opensAt, closesAt, splitMin } = data
  const ids = options.map(({ id }) => id)
  const draft = { question, options: ids, choice, opensAt, closesAt, splitMin, entitled: 0, casts: 0 }
  return { index, ...step('drafted', index), ...draft }
}

function step<State extends BallotState['state']>(state: State, index: number): { state: State; stateBy: number } {
  return { state, stateBy: index }
}

function frozenOf({ eligible, root }: BallotFrozen, index: number): NonNullable<BallotState['frozen']> {
  return { index, eligible, root }
}

function tallyOf(data: BallotTallied, index: number): NonNullable<BallotState['tally']> {
  const { casts, counted, counts, list } = data
  return { index, casts, counted, ...(counts === undefined ? {} : { counts }), list }
}

function withReward(
  state: ProgrammeState,
  reward: string,
  change: (known: RewardState) => Partial<RewardState>,
): ProgrammeState {
  return { ...state, rewards: changed(state.rewards, (known) => known.reward === reward, change) }
}

function withProposal(state: ProgrammeState, proposal: number, change: Partial<ProposalState>): ProgrammeState {
  return {
    ...state,
    proposals: changed(
      state.proposals,
      ({ index }) => index === proposal,
      () => change,
    ),
  }
}

function withBallot(
  state: ProgrammeState,
  ballot: number,
  change: (known: BallotState) => Partial<BallotState>,
): ProgrammeState {
  return { ...state, ballots: changed(state.ballots, ({ index }) => index === ballot, change) }
}

/** The list with the members of one item changed. */
function changed<T>(items: readonly T[], isMeant: (item: T) => boolean, change: (item: T) => Partial<T>): T[] {
  return items.map((item) => (isMeant(item) ? { ...item, ...change(item) } : item))
}
