/**
 * Whether the chain and the log tell the same story, asked at start and before each anchor. A database that does not
 * contain the root of the contract's newest anchor is not the one that was anchored: a restored backup, or another log.
 * Whoever goes on signing then makes a fork, so nothing is signed at all.
 */
import { equalBytes } from '../../../ledger/bytes.ts'
import type { AnchorContract, ContractAnchor } from '../../chain/anchor-contract.ts'
import { AppError } from '../../errors.ts'
import type { LogReader } from '../log/reader.ts'

/**
 * Makes sure that the contract is that of this log, and that the log contains its newest anchor.
 *
 * @returns the contract's newest anchor, undefined before the first
 * @throws ChainError wrong_chain, no_contract, unreachable; AppError chain_mismatch (the contract is another log's:
 *   configuration), log_stopped (the log does not have the newest anchor's root at its size: whoever catches it must stop
 *   signing)
 */
export async function assertContractMatchesLog(
  contract: AnchorContract,
  reader: LogReader,
): Promise<ContractAnchor | undefined> {
  await contract.checkChain()
  const { origin, size } = await reader.head()
  const contractOrigin = await contract.origin()
  if (contractOrigin !== origin) {
    throw new AppError('chain_mismatch', `The contract is that of the log ${contractOrigin}, not of ${origin}.`)
  }
  const latest = await contract.latest()
  if (latest === undefined) return undefined
  if (latest.size > size) {
    // Between the two questions the log may have grown, and another instance may have anchored.
    const now = await reader.head()
    if (latest.size > now.size) {
      throw new AppError(
        'log_stopped',
        `The chain has an anchor of size ${latest.size}, this database ${now.size} entries.`,
      )
    }
  }
  if (!equalBytes(await reader.root(latest.size), latest.root)) {
    throw new AppError('log_stopped', `The chain has another root at size ${latest.size} than this database.`)
  }
  return latest
}
