/** Which checkpoint is anchored next, if any: server/README.md, "The path of an anchor". */
import type { ContractAnchor } from '../../chain/anchor-contract.ts'
import { AppError } from '../../errors.ts'
import { isRootWanted } from '../points/liability-store.ts'
import { appendHeads, findHeadsEntry, hasNews, publishCheckpoint } from './publish-heads.ts'
import type { AnchorTarget, HeadsDeps } from './publish-heads.ts'

/** At least one anchor a day, so that a quiet log is seen to live. */
const QUIET_SECONDS_MAX = 24 * 3600

/** Counting is repeated when stream `ledger` grew meanwhile; then the next round tries again. */
const COUNTS_MAX = 3

/**
 * The checkpoint to anchor now; undefined when none is due. A heads entry that nothing followed, left by a round that
 * ended before it signed, is used again.
 *
 * @throws AppError busy when stream `ledger` grew whenever the log was counted
 */
export async function findTarget(
  deps: HeadsDeps & { now(): number },
  latest: ContractAnchor | undefined,
): Promise<AnchorTarget | undefined> {
  if (!(await isDue(deps, latest))) return undefined
  const { size } = await deps.reader.head()
  const last = await findHeadsEntry(deps.database, size)
  const isUnused = last !== undefined && last.index + 1 > (latest?.size ?? 0)
  if (isUnused && !(await hasNews(deps.database, last.covers))) return await publishCheckpoint(deps, last.index + 1)
  for (let i = 0; i < COUNTS_MAX; i++) {
    const end = await appendHeads(deps)
    if (end !== undefined) return await publishCheckpoint(deps, end)
  }
  throw new AppError('busy', 'Stream ledger grew while the log was counted.')
}

/**
 * Due are entries that the newest anchored heads did not count, also those that came between counting and anchoring:
 * though under the anchor, they would stay pending for a day. Due is also a new root for a holder whose view code was
 * renewed: until it is anchored there is no receipt.
 */
async function isDue(deps: HeadsDeps & { now(): number }, latest: ContractAnchor | undefined): Promise<boolean> {
  if (latest === undefined || deps.now() - latest.timestamp >= QUIET_SECONDS_MAX) return true
  const heads = await findHeadsEntry(deps.database, latest.size)
  if (await hasNews(deps.database, heads?.covers ?? latest.size)) return true
  return await isRootWanted(deps.database.kysely)
}
