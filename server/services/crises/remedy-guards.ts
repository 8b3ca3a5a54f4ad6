/**
 * Guards of remedies and recalls that hold in any record: a remedy is announced, opened, then withdrawn or closed, each
 * once; numbers of a recall are measured against a plan that this recall has (ledger/README.md, parts 25 and 26).
 */
import type { CrisisState } from '../../../ledger/crisis.ts'
import { isCompleted } from '../../../ledger/recall.ts'
import type { Milestone } from '../../../ledger/milestone.ts'
import { AppError } from '../../errors.ts'

/** @throws AppError */
export function guardRemedies(state: CrisisState, milestone: Milestone): void {
  const { kind, remedy } = milestone
  const known = state.remedies.find(({ id }) => id === remedy)
  if (kind === 'remedy_announced' && known !== undefined) {
    throw new AppError('remedy_exists', `The remedy ${known.id} was announced before; choose another id.`)
  }
  const moves = kind === 'remedy_opened' || kind === 'remedy_closed'
  if (moves && known?.state === 'withdrawn') {
    throw new AppError('remedy_is_withdrawn', `The remedy ${known.id} was withdrawn; announce another one.`)
  }
  if (moves && known?.state === 'closed') {
    throw new AppError('remedy_is_closed', `The remedy ${known.id} was closed; announce another one.`)
  }
  if (kind === 'remedy_opened' && known?.opened !== undefined) {
    throw new AppError('remedy_exists', `The remedy ${known.id} was opened before.`)
  }
  guardRecalls(state, milestone)
  for (const { delivered, eligible } of milestone.deliveries ?? []) {
    if (delivered <= eligible) continue
    throw new AppError('delivered_exceeds', 'More are said to be served than are eligible; correct one of the numbers.')
  }
}

function guardRecalls(state: CrisisState, { kind, recall, recallPlan, recallProgress = [] }: Milestone): void {
  const known = state.recalls.find(({ id }) => id === recall)
  if (kind === 'recall_initiated' && known !== undefined) {
    throw new AppError('recall_exists', `The recall ${recall} was initiated before; record recall_expanded.`)
  }
  if (kind === 'recall_completed' && known !== undefined && isCompleted(known)) {
    throw new AppError('recall_is_completed', `The recall ${recall} was completed before.`, { entry: known.completed })
  }
  for (const { base } of recallProgress) {
    const hasPlan = base === 'this' ? recallPlan !== undefined : known?.plans?.some(({ index }) => index === base)
    if (hasPlan === true) continue
    throw new AppError(
      'recall_plan_missing',
      'A number is measured against a plan: name in base an entry of this recall with recallPlan, or this with a plan.',
    )
  }
}
