/**
 * Commitments and promised updates as the entries of one crisis leave them. In a live crisis the outcome follows from
 * when an entry was recorded, whatever it claims; a reconstructed record says itself what became of a promise.
 * Specification: README.md, "Promises" (W1, W2, C3).
 */
import { dueInstant } from './instant.ts'
import type { Due } from './instant.ts'
import type { Entry } from './entry.ts'
import type { ClaimedOutcome, Milestone, MilestoneKind } from './milestone.ts'

export type CrisisMode = 'live' | 'reconstructed'

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
}

export type NextUpdateState = {
  /** `next_update_` and the seq of the entry that set it. */
  readonly promise: string
  readonly madeBy: number
  readonly due: Due
  readonly missed?: number
}

/** The commitments after a milestone. */
export function foldCommitments(
  commitments: readonly CommitmentState[],
  mode: CrisisMode,
  milestone: Milestone,
  recordedAt: string,
  index: number,
): readonly CommitmentState[] {
  const { kind, of, due, commitment, fulfils, outcome, promise } = milestone
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
    return { ...known, outcome: known.outcome === 'missed' || isPast(known) ? 'late' : 'kept', by: index }
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

/** Kinds by which a brand keeps its promise to say more: whatever tells the public something new about the matter. */
const UPDATES: ReadonlySet<MilestoneKind> = new Set([
  'acknowledged',
  'dismissed',
  'holding_statement',
  'statement',
  'technical_statement',
  'safety_instruction',
  'containment',
  'investigation_update',
  'cause_identified',
  'scope_published',
  'remedy_announced',
  'remedy_opened',
  'remedy_withdrawn',
  'recall_initiated',
  'recall_expanded',
  'recall_progress',
  'recall_completed',
  'figures_published',
  'review_published',
  'closed',
  'reopened',
])

/** Whether a milestone is an update of the kind that a promised next update announces. */
export function isUpdate(kind: MilestoneKind): boolean {
  return UPDATES.has(kind)
}

/**
 * The promised updates that are open after a milestone. Setting another time does not end an earlier promise: only an
 * update does, else a brand could put it off for ever without saying anything (C3).
 */
export function foldNextUpdate(
  open: readonly NextUpdateState[],
  mode: CrisisMode,
  milestone: Milestone,
  entry: Entry,
  index: number,
): readonly NextUpdateState[] {
  const { kind, due, promise } = milestone
  if (mode === 'reconstructed') return open
  if (kind === 'next_update_missed') {
    return open.map((known) => (known.promise === promise ? { ...known, missed: index } : known))
  }
  if (isUpdate(kind)) return open.length === 0 ? open : []
  if (kind !== 'next_update_set' || due === undefined) return open
  if (dueInstant(due) <= entry.recordedAt) return open
  return [...open, { promise: `next_update_${entry.seq}`, madeBy: index, due }]
}
