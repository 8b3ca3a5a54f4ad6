/** Who may vote in a ballot, as it is frozen: everybody with a vote gets a token, of which the log has the commitment. */
import { eligibilityRoot } from '../../../ledger/ballot.ts'
import type { Database } from '../../db/database.ts'
import { drawTokens, readCommitments } from './ballot-store.ts'

/**
 * Draws the missing tokens, and gives the root over all.
 *
 * @returns how many may vote, and the root of their commitments (ledger/ballot.ts)
 */
export async function eligibilityOf({ kysely }: Database, ballot: number): Promise<{ eligible: number; root: string }> {
  await drawTokens(kysely, ballot)
  const commitments = await readCommitments(kysely, ballot)
  return { eligible: commitments.length, root: eligibilityRoot(commitments) }
}
