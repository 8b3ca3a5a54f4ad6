/**
 * Commitments and promised updates as the entries of one crisis leave them. In a live crisis the outcome follows from
 * when an entry was recorded, whatever it claims; a reconstructed record says itself what became of a promise.
 * Specification: README.md, "Promises" (W1, W2, C3).
 *
 * A fold of its own, within the fold of the crisis and without it: who checks only that promises were kept needs
 * nothing else of the story, and a page carries no more code for it than this. Promises are read from their own members
 * whatever else an entry tells, so that nothing malformed beside them can hide one.
 */
import { dueInstant, isDue } from './instant.ts'
import type { Due } from './instant.ts'
import type { Entry } from './entry.ts'
import { isJsonObject } from './json.ts'
import type { JsonValue } from './json.ts'
import { foldClocks, isUpdate } from './running-clock.ts'
import type { ClockState } from './running-clock.ts'

export type CrisisMode = 'live' | 'reconstructed'

/** What a commitment may come to. The last three are claims that only a record of the past makes for itself. */
export const CLAIMED_OUTCOMES = ['kept', 'late', 'missed', 'unknown', 'changed_by_others', 'abandoned'] as const
export type ClaimedOutcome = (typeof CLAIMED_OUTCOMES)[number]

/** What will show that a commitment was kept. */
export const EVIDENCE_RULES = [
  'document',
  'test_report',
  'third_party_report',
  'regulator_confirmation',
  'photo',
  'public_page',
] as const

/** What somebody undertakes to do, and until when. */
export type Commitment = {
  readonly id: string
  readonly due: Due
  readonly outcome?: ClaimedOutcome
  /** The role that answers for it. */
  readonly ownerRole?: string
  /** What is to be attached when it is fulfilled (W3). */
  readonly evidenceRule?: (typeof EVIDENCE_RULES)[number]
}

export type CommitmentState = {
  readonly id: string
  readonly madeBy: number
  /** What was promised first; never changes (W2). */
  readonly firstDue: Due
  readonly due: Due
  /** How many times the due time was moved. */
  readonly moved: number
  /** `retrospective`: recorded after it was due, so that nothing can be said about it and nothing is counted. */
  readonly outcome: 'open' | 'retrospective' | ClaimedOutcome
  /** The entry that says the outcome. */
  readonly by?: number
  /** The system's misses of this commitment, one for each due time that passed. */
  readonly misses?: readonly number[]
  /** The last public explanation after a miss. */
  readonly explained?: number
  /** Entries in which somebody outside the brand says that it was not kept, and that it was (voice.ts). */
  readonly disputed?: readonly number[]
  readonly confirmed?: readonly number[]
}

export type NextUpdateState = {
  /** `next_update_` and the seq of the entry that set it. */
  readonly promise: string
  readonly madeBy: number
  readonly due: Due
  readonly missed?: number
}

/** What has been promised in a crisis, and what came of it. */
export type PromiseState = {
  readonly mode: CrisisMode
  /** Clocks in the order in which they were started; of updates and seals only those that run. Absent: none. */
  readonly clocks?: readonly ClockState[]
  readonly commitments: readonly CommitmentState[]
  /** Promised updates that are still open, the earliest first. */
  readonly nextUpdates: readonly NextUpdateState[]
}

/** The members of a milestone that speak of promises. */
export type PromiseMembers = {
  readonly kind: string
  readonly of?: string
  readonly due?: Due
  readonly commitment?: Commitment
  readonly fulfils?: string
  readonly outcome?: ClaimedOutcome
  readonly promise?: string
}

/** What an entry says of promises; undefined when it is no milestone, or one of these members is malformed. */
export function promiseMembers({ type, actor, data }: Entry): PromiseMembers | undefined {
  const { kind, of, due, commitment, fulfils, outcome, promise } = data
  if (type !== 'milestone.recorded' || typeof kind !== 'string') return undefined
  if (isMiss(kind) !== (actor.kind === 'system')) return undefined
  if (isMiss(kind) && (promise === undefined || due === undefined)) return undefined
  const isWellFormed =
    [of, fulfils, promise].every((id) => id === undefined || typeof id === 'string') &&
    (due === undefined || isDue(due)) &&
    (commitment === undefined || isCommitment(commitment)) &&
    (outcome === undefined || isClaimedOutcome(outcome))
  return isWellFormed ? (data as unknown as PromiseMembers) : undefined
}

/** Whether a kind is a miss, which the system writes and nobody else (M3). */
export function isMiss(kind: string): boolean {
  return kind === 'commitment_missed' || kind === 'next_update_missed' || kind === 'clock_missed'
}

/** Whether a value is a commitment. */
export function isCommitment(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false
  const { id, due, outcome } = value
  return isRecordId(id) && isDue(due) && (outcome === undefined || isClaimedOutcome(outcome))
}

/** Whether a word is what a commitment may come to. */
export function isClaimedOutcome(value: JsonValue | undefined): boolean {
  return CLAIMED_OUTCOMES.includes(value as ClaimedOutcome)
}

/** Ids that a record gives to parties, commitments, remedies and recalls. */
function isRecordId(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(value)
}

/** The promises of a crisis whose first entry this is: none. */
export function noPromises({ data }: Entry): PromiseState {
  return { mode: data['mode'] === 'reconstructed' ? 'reconstructed' : 'live', commitments: [], nextUpdates: [] }
}

/** The promises after one more entry of the crisis; whatever else the state holds stays as it is. */
export function foldPromises<State extends PromiseState>(state: State, entry: Entry, index: number): State {
  const said = promiseMembers(entry)
  const clocks = state.mode === 'live' ? foldClocks(state.clocks, entry, said, index) : state.clocks
  const isTimed = clocks !== state.clocks
  if (said === undefined) return isTimed ? { ...state, clocks } : state
  const commitments = foldCommitments(state, said, entry.recordedAt, index)
  const nextUpdates = foldNextUpdates(state, said, entry, index)
  const isSame = !isTimed && commitments === state.commitments && nextUpdates === state.nextUpdates
  return isSame ? state : { ...state, commitments, nextUpdates, ...(isTimed ? { clocks } : {}) }
}

function foldCommitments(
  { mode, commitments }: PromiseState,
  { kind, of, due, commitment, fulfils, outcome, promise }: PromiseMembers,
  recordedAt: string,
  index: number,
): readonly CommitmentState[] {
  let next = commitments
  const change = (id: string | undefined, to: (known: CommitmentState) => CommitmentState): void => {
    if (id !== undefined) next = next.map((known) => (known.id === id ? to(known) : known))
  }
  const isPast = (known: { due: Due }): boolean => dueInstant(known.due) <= recordedAt
  if (kind === 'commitment_missed') {
    change(promise, (known) => ({ ...known, outcome: 'missed', by: index, misses: [...(known.misses ?? []), index] }))
    return next
  }
  change(fulfils, (known) => {
    if (mode === 'reconstructed') return { ...known, outcome: outcome ?? 'unknown', by: index }
    if (known.outcome === 'retrospective') return { ...known, by: index }
    // A miss stays, wherever the date was moved since: what comes after one is late at best.
    return { ...known, outcome: known.misses !== undefined || isPast(known) ? 'late' : 'kept', by: index }
  })
  if (kind === 'commitment_rescheduled') {
    change(of, (known) => {
      const moved = { ...known, moved: known.moved + 1, by: index, ...(due === undefined ? {} : { due }) }
      if (mode === 'reconstructed') return { ...moved, outcome: outcome ?? known.outcome }
      return { ...moved, outcome: isPast(moved) ? known.outcome : 'open' }
    })
  }
  if (kind === 'commitment_abandoned') change(of, (known) => ({ ...known, outcome: 'abandoned', by: index }))
  if (kind === 'commitment_explained') change(of, (known) => ({ ...known, explained: index }))
  if (commitment !== undefined && !next.some(({ id }) => id === commitment.id)) {
    const made = { id: commitment.id, madeBy: index, firstDue: commitment.due, due: commitment.due, moved: 0 }
    next = [...next, { ...made, outcome: firstOutcome(mode, commitment.outcome, isPast(made)) }]
  }
  return next
}

function firstOutcome(
  mode: CrisisMode,
  claimed: ClaimedOutcome | undefined,
  isPast: boolean,
): CommitmentState['outcome'] {
  if (mode === 'reconstructed') return claimed ?? 'unknown'
  return isPast ? 'retrospective' : 'open'
}

/**
 * The promised updates that are open after a milestone. Setting another time does not end an earlier promise: only an
 * update does, else a brand could put it off for ever without saying anything (C3).
 */
function foldNextUpdates(
  { mode, nextUpdates: open }: PromiseState,
  { kind, due, promise }: PromiseMembers,
  entry: Entry,
  index: number,
): readonly NextUpdateState[] {
  if (mode === 'reconstructed') return open
  if (kind === 'next_update_missed') {
    return open.map((known) => (known.promise === promise ? { ...known, missed: index } : known))
  }
  if (isUpdate(kind)) return open.length === 0 ? open : []
  if (kind !== 'next_update_set' || due === undefined) return open
  if (dueInstant(due) <= entry.recordedAt) return open
  return [...open, { promise: `next_update_${entry.seq}`, madeBy: index, due }]
}
