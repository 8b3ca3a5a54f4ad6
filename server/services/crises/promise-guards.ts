/**
 * Guards of what runs over time: commitments and the next update. In a live crisis the outcome of a promise follows
 * from the clock, so nobody may state it; a new promise must lie ahead (ledger/README.md, part 23).
 */
import type { CrisisState } from '../../../ledger/crisis.ts'
import type { CommitmentState } from '../../../ledger/commitment.ts'
import { dueInstant } from '../../../ledger/instant.ts'
import type { Due } from '../../../ledger/instant.ts'
import type { Milestone } from '../../../ledger/milestone.ts'
import { AppError } from '../../errors.ts'

type Moment = { readonly recordedAt: string; readonly isLate: boolean }

/** @throws AppError */
export function guardCommitments(state: CrisisState, milestone: Milestone, moment: Moment): void {
  const { kind, commitment, fulfils, of, due, outcome } = milestone
  const isLive = state.mode === 'live'
  if (isLive && (outcome !== undefined || commitment?.outcome !== undefined)) {
    throw new AppError(
      'outcome_claimed',
      'In a live crisis the outcome of a promise follows from the clock; leave outcome out.',
    )
  }
  if (commitment !== undefined) {
    if (state.commitments.some(({ id }) => id === commitment.id)) {
      throw new AppError('commitment_exists', `The commitment ${commitment.id} was made before; choose another id.`)
    }
    if (isLive && !moment.isLate) mustLieAhead(commitment.due, moment)
  }
  if (fulfils !== undefined && fulfils !== commitment?.id) mustBeUnsettled(readCommitment(state, fulfils))
  if (kind === 'commitment_explained') readCommitment(state, of ?? '')
  if ((kind === 'dispute' || kind === 'confirmation') && of !== undefined) readCommitment(state, of)
  if (kind === 'commitment_abandoned') mustBeUnsettled(readCommitment(state, of ?? ''))
  if (kind === 'commitment_rescheduled') {
    mustBeUnsettled(readCommitment(state, of ?? ''))
    if (due !== undefined && isLive) mustLieAhead(due, moment)
    if (due === undefined && isLive) {
      throw new AppError('due_missing', 'A moved commitment needs its new due time: send due.')
    }
  }
  if (kind === 'next_update_set' && due !== undefined && isLive && !moment.isLate) mustLieAhead(due, moment)
}

function readCommitment(state: CrisisState, id: string): CommitmentState {
  const commitment = state.commitments.find((known) => known.id === id)
  if (commitment !== undefined) return commitment
  const known = state.commitments.map((other) => other.id)
  const wayOut =
    known.length === 0 ? 'Make it first (POST /crises/{code}/commitments).' : `On record: ${known.join(', ')}.`
  throw new AppError('commitment_unknown', `There is no commitment ${id} in this crisis. ${wayOut}`, {
    commitment: id,
    known,
  })
}

function mustBeUnsettled({ id, outcome, by }: CommitmentState): void {
  if (outcome !== 'kept' && outcome !== 'late' && outcome !== 'abandoned') return
  throw new AppError(
    'commitment_settled',
    `The commitment ${id} is settled by entry ${by}: ${outcome}. Say more in a statement, or make a new commitment.`,
    { commitment: id, entry: by },
  )
}

function mustLieAhead(due: Due, { recordedAt }: Moment): void {
  if (dueInstant(due) > recordedAt) return
  throw new AppError(
    'due_in_past',
    'A promise must be due in the future; what was promised earlier is recorded with its own occurredAt.',
  )
}
