/** Who may vote in a ballot, as it is frozen: everybody with a vote gets a token, of which the log has the commitment. */
import { eligibilityRoot } from '../../../ledger/ballot.ts'
import type { Database } from '../../db/database.ts'
import { keepTokens, readCommitments } from './ballot-store.ts'
import type { BallotPlace } from './ballots.ts'

/**
 * Keeps the missing tokens, and gives the root over all.
 *
 * @param keep false only to look at what would be: then the root is of those that were kept before
 * @returns how many may vote, and the root of their commitments (ledger/ballot.ts)
 */
export async function eligibilityOf(
  { kysely }: Database,
  place: BallotPlace,
  { keep } = { keep: true },
): Promise<{ eligible: number; root: string }> {
  if (keep) await keepTokens(kysely, place)
  const commitments = await readCommitments(kysely, place.index)
  const { entitled } = await kysely
    .selectFrom('entitlement')
    .select(({ fn }) => fn.countAll<number>().as('entitled'))
    .where('ballot', '=', place.index)
    .executeTakeFirstOrThrow()
  return { eligible: keep ? commitments.length : entitled, root: eligibilityRoot(commitments) }
}
