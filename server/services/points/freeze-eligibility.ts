/**
 * Who may vote in a ballot, as it is frozen: everybody with a vote gets a token, of which the log has the commitment.
 *
 * Tokens are kept before the entry that freezes them is judged. Between the two a view code may be renewed, which takes its
 * token back (renew-view-code.ts): the entry is then refused, and whoever sends it again keeps the token of the new code.
 */
import { eligibilityRoot } from '../../../ledger/ballot.ts'
import type { Database } from '../../db/database.ts'
import { sha256Bytes } from '../log/sha256.ts'
import { keepTokens, readCommitments } from './ballot-store.ts'
import type { BallotPlace } from './ballots.ts'

/**
 * `eligible`: how many may vote. `root`: of their commitments (ledger/ballot.ts). `list`: SHA-256 of the commitments, one
 * after the other, in hex, by which it is known under the lock of the log whether they are still the ones that are kept.
 */
export type Eligibility = { eligible: number; root: string; list: string }

/**
 * Keeps the missing tokens, and gives the root over all.
 *
 * @param keep false only to look at what would be: then the root is of those that were kept before
 */
export async function eligibilityOf(
  database: Database,
  place: BallotPlace,
  { keep } = { keep: true },
): Promise<Eligibility> {
  const { kysely } = database
  if (keep) await keepTokens(database, place)
  const commitments = await readCommitments(kysely, place.index)
  const { entitled } = await kysely
    .selectFrom('entitlement')
    .select(({ fn }) => fn.countAll<number>().as('entitled'))
    .where('ballot', '=', place.index)
    .executeTakeFirstOrThrow()
  return {
    eligible: keep ? commitments.length : entitled,
    root: eligibilityRoot(commitments),
    list: Buffer.from(sha256Bytes(Buffer.from(commitments.join('')))).toString('hex'),
  }
}
