/**
 * What the system owes at a time (S4): grants that nobody posted lapse, points expire. Before a command on points is
 * judged, what it is about gets the entries that are due; a timer asks for the same where nobody else does.
 */
import type { Draft, Snapshot } from '../log/command.ts'
import type { PointsNeeds } from '../log/points-rows.ts'
import { expiredPoints } from './expire-points.ts'
import { lapsedGrants } from './lapse-grants.ts'

/** The entries that are due for what a command on points needs, in the order in which they are to be written. */
export function* duePoints(needs: PointsNeeds, snapshot: Snapshot, recordedAt: string): Iterable<Draft> {
  yield* lapsedGrants(needs, snapshot, recordedAt)
  yield* expiredPoints(needs, snapshot, recordedAt)
}
