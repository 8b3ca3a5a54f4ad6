/**
 * What the system owes at a time (S4): grants that nobody posted lapse, places that nobody confirmed are
 * released, points expire, missed answers are written down, ballots open and close. Before a command on points is
 * judged, what it is about gets the entries that are due; a timer asks for the same where nobody else does.
 */
import type { Draft, Snapshot } from '../log/command.ts'
import type { PointsNeeds } from '../log/points-rows.ts'
import { expiredPoints } from './expire-points.ts'
import { dueBallots } from './ballots.ts'
import { lapsedGrants } from './lapse-grants.ts'
import { missedProposals } from './proposals.ts'
import { releasedRedemptions } from './redeem-reward.ts'

/** The entries that are due for what a command on points needs, in the order in which they are to be written. */
export function* duePoints(needs: PointsNeeds, snapshot: Snapshot, recordedAt: string): Iterable<Draft> {
  yield* lapsedGrants(needs, snapshot, recordedAt)
  // What is given back may have expired meanwhile.
  yield* releasedRedemptions(needs, snapshot, recordedAt)
  yield* expiredPoints(needs, snapshot, recordedAt)
  yield* missedProposals(needs, snapshot, recordedAt)
  yield* dueBallots(needs, snapshot, recordedAt)
}
