/**
 * Whether the chain and the log tell the same story, asked at start and before each anchor (DESIGN §5). A database that
 * does not contain the root of the contract's newest anchor is not the one that was anchored: a restored backup, or
 * another log. Whoever goes on signing then makes a fork, so nothing is signed at all.
 */
import type { AnchorRecord } from '../../../ledger/anchor.ts'
import { equalBytes } from '../../../ledger/bytes.ts'
import { AppError } from '../../errors.ts'
import type { LogReader } from '../log/reader.ts'

/** What is asked of the contract. `latest`: undefined before the first anchor. */
export type ChainState = {
  chainId: number
  contract: string
  /** False when nothing is deployed at the contract's address. */
  deployed: boolean
  origin: string
  anchorer: string
  latest: AnchorRecord | undefined
}

/**
 * The configured contract, if it is that of this log and the log contains its newest anchor.
 *
 * @param expected the configured chain id
 * @throws AppError chain_mismatch (another chain or another log's contract: configuration), contract_missing, forked
 *   (the log does not have the newest anchor's root at its size: whoever catches it must stop signing)
 */
export async function assertContractMatchesLog(
  chain: { readState(): Promise<ChainState> },
  reader: LogReader,
  expected: { chainId: number },
): Promise<ChainState> {
  const state = await chain.readState()
  if (state.chainId !== expected.chainId) {
    throw new AppError('chain_mismatch', `the chain has id ${state.chainId}, configured is ${expected.chainId}`)
  }
  if (!state.deployed) {
    throw new AppError('contract_missing', `there is no contract at ${state.contract} on chain ${state.chainId}`)
  }
  const { origin, size } = await reader.head()
  if (state.origin !== origin) {
    throw new AppError('chain_mismatch', `the contract is that of the log ${state.origin}, not of ${origin}`)
  }
  const { latest } = state
  if (latest === undefined) return state
  if (latest.size > size) {
    throw new AppError('forked', `the chain has an anchor of size ${latest.size}, this database only ${size} entries`)
  }
  if (!equalBytes(await reader.root(latest.size), latest.root)) {
    throw new AppError('forked', `the chain has another root at size ${latest.size} than this database`)
  }
  return state
}
