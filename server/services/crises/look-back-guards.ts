/**
 * Guards of look-backs. A look-back of 90 days that is published on the second day looks back on nothing, so it is
 * refused until half of its time has passed; and it must be one of those that closing started (CL4).
 */
import type { CrisisState } from '../../../ledger/crisis.ts'
import { dueInstant, parseInstant } from '../../../ledger/instant.ts'
import type { Milestone } from '../../../ledger/milestone.ts'
import { AppError } from '../../errors.ts'

const DAY_MS = 86_400_000

/** @throws AppError look_back_unknown, look_back_too_early */
export function guardLookBack(state: CrisisState, { kind, lookBack = 0 }: Milestone, recordedAt: string): void {
  if (kind !== 'look_back_published' || state.mode !== 'live') return
  const { clocks = [] } = state
  const owed = clocks.filter(({ clock, by }) => clock.startsWith('look_back_') && by === undefined)
  const asked = owed.filter(({ clock }) => clock === `look_back_${lookBack}`)
  // One look-back answers all of its kind: one that was missed does not open the next before its time.
  const running = asked.filter(({ missed }) => missed === undefined)
  const [earliest] = (running.length > 0 ? running : asked).map((clock) => dueInstant(clock.due)).toSorted()
  if (earliest === undefined) {
    const days = [...new Set(owed.map(({ clock }) => clock.slice('look_back_'.length)))]
    const wayOut = days.length === 0 ? 'Close the crisis first; that starts them.' : `What is owed: ${days.join(', ')}.`
    throw new AppError('look_back_unknown', `No look-back after ${lookBack} days is owed here. ${wayOut}`, {
      owed: days,
    })
  }
  const opens = parseInstant(earliest) - (lookBack * DAY_MS) / 2
  if (parseInstant(recordedAt) < opens) {
    const from = new Date(opens).toISOString()
    throw new AppError(
      'look_back_too_early',
      `Half of the ${lookBack} days must have passed: publish it from ${from}.`,
      {
        from,
      },
    )
  }
}
