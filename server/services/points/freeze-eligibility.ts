/** Who may vote in a ballot, as it is frozen: everybody with a vote gets a token, of which the log has the commitment. */
import { eligibilityRoot } from '../../../ledger/ballot.ts'
import type { Database } from '../../db/database.ts'
import { drawTokens, readCommitments } from './ballot-store.ts'

/**
 * Draws the missing tokens, and gives the root over all.
 *
 * @param draw false only to look at what would be: then the root is of those that were drawn before
 * @returns how many may vote, and the root of their commitments (ledger/ballot.ts)
 */
export async function eligibilityOf(
  { kysely }: Database,
  ballot: number,
  { draw } = { draw: true },
): Promise<{ eligible: number; root: string }> {
  if (draw) await drawTokens(kysely, ballot)
  const commitments = await readCommitments(kysely, ballot)
  const { entitled } = await kysely
    .selectFrom('entitlement')
    .select(({ fn }) => fn.countAll<number>().as('entitled'))
    .where('ballot', '=', ballot)
    .executeTakeFirstOrThrow()
  return { eligible: draw ? commitments.length : entitled, root: eligibilityRoot(commitments) }
}
