/** Grants that were to be posted by a deadline and were not: the system ends them, whoever forgot them. */
import type { Draft, Snapshot } from '../log/command.ts'
import type { GrantRow, PointsNeeds } from '../log/points-rows.ts'
import { book } from './book.ts'
import { SYSTEM, pointsDraft } from './points-draft.ts'

/** `grant.lapsed` for each pending grant among the needs whose deadline has passed. */
export function* lapsedGrants({ grants = [] }: PointsNeeds, snapshot: Snapshot, recordedAt: string): Iterable<Draft> {
  for (const index of grants) {
    const grant = snapshot.points.grant(index)
    if (grant?.state === 'pending' && grant.deadline !== null && grant.deadline <= recordedAt) {
      yield endedGrant(snapshot, grant, 'grant.lapsed', SYSTEM)
    }
  }
}

/** The entry that ends a pending grant: its points go back to where they came from. */
export function endedGrant(
  snapshot: Snapshot,
  { entryIndex, programme, holder, amount }: GrantRow,
  type: 'grant.lapsed' | 'grant.voided',
  actor: Draft['actor'],
  reason?: string,
): Draft {
  const { postings, private: openings } = book(snapshot, [{ holder, from: 'pending', to: 'issuance', amount }])
  const data = { grant: entryIndex, ...(reason === undefined ? {} : { reason }), postings }
  return pointsDraft(snapshot, programme, actor, type, data, { private: openings })
}
