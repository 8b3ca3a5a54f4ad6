/**
 * The anchor contract as the rest of the service sees it: sizes, roots and times, no ethers. It reads, it prepares an
 * anchor without sending it, and it sends what was prepared. When to do which is the business of the anchoring loop.
 * Contract: contracts/TrustAnchor.sol.
 */
import { Contract, Interface, getAddress, getBytes, hexlify } from 'ethers'
import type { JsonRpcProvider } from 'ethers'
import artifact from '../../contracts/TrustAnchor.json' with { type: 'json' }
import { ChainError, onChain } from './chain-error.ts'
import type { AnchorKey } from './keystore.ts'
import { checkChainId, openProvider } from './provider.ts'
import { broadcast, findReceipt, prepareTransaction } from './transaction.ts'
import type { Attempt, PreparedTransaction, Receipt } from './transaction.ts'

/** One anchor as the contract keeps it. */
export type ContractAnchor = {
  size: number
  /** 32 bytes. */
  root: Uint8Array
  /** Number of the block that took it; shown, never compared. */
  block: number
  /** Seconds since 1970: the time of that block. */
  timestamp: number
}

/** An anchor to be sent, and the terms. */
export type AnchorPlan = {
  key: AnchorKey
  size: number
  root: Uint8Array
  /** The consistency proof from the latest anchored size; empty for the first anchor. */
  proof: readonly Uint8Array[]
  maxFeeGwei: number
  /** Our earlier transactions that may still be waiting: those with the same nonce are outbid by 10 %. */
  attempts?: readonly Attempt[]
}

/** The contract at one address of one chain. All members throw ChainError; `unreachable` is possible everywhere. */
export type AnchorContract = {
  chainId: number
  /** EIP-55. */
  address: string
  /** @throws ChainError wrong_chain when the endpoint serves another chain */
  checkChain: () => Promise<void>
  /** @throws ChainError no_contract */
  origin: () => Promise<string>
  /** Who may anchor, in EIP-55; the zero address while paused. */
  anchorer: () => Promise<string>
  /** The newest anchor, undefined before the first. */
  latest: () => Promise<ContractAnchor | undefined>
  /** The anchor of exactly this size, undefined if there is none. */
  anchorAt: (size: number) => Promise<ContractAnchor | undefined>
  /** Anchor number k from 0, undefined if there are not so many. */
  anchorByNumber: (k: number) => Promise<ContractAnchor | undefined>
  anchorCount: () => Promise<number>
  /** Hash of the transaction that anchored this size, undefined if it was never anchored or the node has no such log. */
  findTransaction: (size: number) => Promise<string | undefined>
  /** Signs an anchor and sends nothing. @throws ChainError reverted:<name>, fee_ceiling, insufficient_funds */
  prepareAnchor: (plan: AnchorPlan) => Promise<PreparedTransaction>
  /** Sends what was prepared; again, if need be. @throws ChainError nonce_used, underpriced, insufficient_funds */
  send: (raw: string) => Promise<void>
  /** What became of a transaction; undefined while it is in no block. */
  findReceipt: (hash: string) => Promise<Receipt | undefined>
  /** How many transactions of this account are mined: the nonce of the next. */
  minedNonce: (account: string) => Promise<number>
  /** Number and time of the chain's newest block. */
  head(): Promise<{ block: number; timestamp: number }>
  /** Ends the connection. */
  close: () => void
}

const abi = new Interface(artifact.abi)

/** The creation code and interface that `deployContract` uses. */
export const trustAnchor: { abi: Interface; bytecode: string } = { abi, bytecode: artifact.bytecode }

/** Opens the contract at an address; asks nothing yet. */
export function openAnchorContract(options: { rpcUrl: string; chainId: number; address: string }): AnchorContract {
  const { chainId } = options
  const address = getAddress(options.address)
  const provider = openProvider(options.rpcUrl, chainId)
  const contract = new Contract(address, abi, provider)
  const call = async (name: string, ...args: unknown[]): Promise<unknown> =>
    await onChain(`read ${name}`, async () => (await contract.getFunction(name).staticCall(...args)) as unknown, abi)
  const anchorAt = async (size: number): Promise<ContractAnchor | undefined> => {
    const [root, block, timestamp] = (await call('anchorAt', BigInt(size))) as [string, bigint, bigint]
    return wholeAnchor([timestamp === 0n ? 0n : BigInt(size), root, block, timestamp])
  }

  return {
    chainId,
    address,
    checkChain: async () => await checkChainId(provider, chainId),
    origin: async () => (await call('origin')) as string,
    anchorer: async () => (await call('anchorer')) as string,
    latest: async () => wholeAnchor(await call('latest')),
    anchorByNumber: async (k) => wholeAnchor(await call('anchorByNumber', BigInt(k))),
    anchorCount: async () => safeNumber((await call('anchorCount')) as bigint),
    anchorAt,
    async findTransaction(size) {
      const anchored = await anchorAt(size)
      if (anchored === undefined) return undefined
      return await onChain('look for the transaction', async () => await anchoredIn(provider, address, anchored))
    },
    async prepareAnchor({ key, size, root, proof, maxFeeGwei, attempts = [] }) {
      const data = abi.encodeFunctionData('anchor', [BigInt(size), hexlify(root), proof.map((hash) => hexlify(hash))])
      return await prepareTransaction({
        provider,
        chainId,
        key,
        to: address,
        data,
        maxFeeGwei,
        attempts,
        contract: abi,
      })
    },
    send: async (raw) => await broadcast(provider, raw),
    findReceipt: async (hash) => await findReceipt(provider, hash),
    minedNonce: async (account) =>
      await onChain('count transactions', async () => await provider.getTransactionCount(account, 'latest')),
    head: async () => await onChain('ask for the newest block', async () => await headOf(provider)),
    close: () => provider.destroy(),
  }
}

/** An anchor from the contract's four values; all zero means that there is none. */
function wholeAnchor(answer: unknown): ContractAnchor | undefined {
  const [size, root, block, timestamp] = answer as [bigint, string, bigint, bigint]
  if (size === 0n) return undefined
  return {
    size: safeNumber(size),
    root: getBytes(root),
    block: safeNumber(block),
    timestamp: safeNumber(timestamp),
  }
}

async function headOf(provider: JsonRpcProvider): Promise<{ block: number; timestamp: number }> {
  const block = await provider.getBlock('latest')
  if (block === null) throw new ChainError('unreachable', 'the endpoint names no newest block')
  return { block: block.number, timestamp: block.timestamp }
}

/** The log of the anchor is in the block that the contract names, and only there: no range of blocks is searched. */
async function anchoredIn(
  provider: JsonRpcProvider,
  address: string,
  { size, block }: ContractAnchor,
): Promise<string | undefined> {
  const topics = abi.encodeFilterTopics('Anchored', [BigInt(size)])
  const logs = await provider.getLogs({ address, topics, fromBlock: block, toBlock: block })
  return logs[0]?.transactionHash
}

/** A number that JavaScript holds exactly; a lying endpoint is the only source of others. */
function safeNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ChainError('rejected', `the endpoint answers ${value}`)
  return Number(value)
}
