/**
 * A transaction in three steps that a crash may fall between: signed (its hash and bytes are known and can be stored),
 * broadcast (as often as one likes: it is the same transaction), mined (asked for by its hash).
 */
import { Transaction } from 'ethers'
import type { Interface, JsonRpcProvider } from 'ethers'
import { ChainError, onChain, rpcMessage } from './chain-error.ts'
import { chooseFees } from './fees.ts'
import type { FeeAttempt } from './fees.ts'
import type { AnchorKey } from './keystore.ts'

/** A signed transaction that nobody has seen yet. */
export type PreparedTransaction = {
  /** 0x and 64 lower-case hex digits. */
  hash: string
  /** What `broadcast` sends: 0x and hex. */
  raw: string
  nonce: number
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
}

/** An earlier transaction of the same account, of which only those with the same nonce matter. */
export type Attempt = FeeAttempt & { nonce: number }

/** What became of a transaction that is in a block. */
export type Receipt = {
  hash: string
  /** Whether it took effect; a reverted transaction is mined too. */
  succeeded: boolean
  block: number
  /** 0x and 64 hex digits; differs after a reorganisation even if the number is the same. */
  blockHash: string
  /** 1 in the newest block. */
  confirmations: number
}

/** Where to, with what, and on which terms. */
export type TransactionPlan = {
  provider: JsonRpcProvider
  chainId: number
  key: AnchorKey
  /** Absent: the transaction creates a contract. */
  to?: string
  data: string
  maxFeeGwei: number
  /** Our earlier transactions that may still be waiting. */
  attempts?: readonly Attempt[]
  /** Names the contract's errors. */
  contract?: Interface
}

/**
 * Signs a transaction with the account's next nonce, that is, the number of its mined transactions: what waits in the
 * pool is ours too and is replaced. The contract is asked first, so that what it would refuse is not sent.
 *
 * @throws ChainError reverted:<name>, fee_ceiling, insufficient_funds, unreachable
 */
export async function prepareTransaction(plan: TransactionPlan): Promise<PreparedTransaction> {
  const { provider, chainId, key, data, contract } = plan
  const to = plan.to ?? null
  const doing = to === null ? 'prepare the deployment' : 'prepare the transaction'
  const { nonce, gas } = await onChain(
    doing,
    async () => ({
      nonce: await provider.getTransactionCount(key.address, 'latest'),
      gas: await estimateGas(provider, { from: key.address, to, data }),
    }),
    contract,
  )
  const attempts = plan.attempts?.filter((attempt) => attempt.nonce === nonce) ?? []
  const { maxFeePerGas, maxPriorityFeePerGas, legacy } = await chooseFees(provider, plan.maxFeeGwei, attempts)
  const raw = await key.signTransaction({
    chainId,
    nonce,
    to,
    data,
    // A fifth more than estimated: the state may change between now and the block.
    gasLimit: (gas * 12n) / 10n,
    ...(legacy ? { type: 0, gasPrice: maxFeePerGas } : { type: 2, maxFeePerGas, maxPriorityFeePerGas }),
  })
  const { hash } = Transaction.from(raw)
  if (hash === null) throw new ChainError('rejected', 'the signed transaction has no hash')
  return { hash, raw, nonce, maxFeePerGas, maxPriorityFeePerGas }
}

/**
 * The gas that a call takes in the state of the newest block. Nodes differ in what they assume when they are not told:
 * with our own waiting transaction counted in, a replacement would be given the gas of a call that changes nothing.
 */
async function estimateGas(
  provider: JsonRpcProvider,
  { from, to, data }: { from: string; to: string | null; data: string },
): Promise<bigint> {
  const call = { from, data, ...(to === null ? {} : { to }) }
  return BigInt((await provider.send('eth_estimateGas', [call, 'latest'])) as string)
}

/**
 * Gives a signed transaction to the node. That the node has it already is what we want, and no error.
 *
 * @throws ChainError nonce_used (it or another one with its nonce was mined), underpriced, insufficient_funds,
 *   unreachable (it may or may not have arrived), rejected
 */
export async function broadcast(provider: JsonRpcProvider, raw: string): Promise<void> {
  await onChain('send the transaction', async () => {
    try {
      await provider.send('eth_sendRawTransaction', [raw])
    } catch (error) {
      if (!/already known|already imported|known transaction/i.test(rpcMessage(error) ?? '')) throw error
    }
  })
}

/**
 * The receipt of a transaction, undefined while it is in no block (not yet, no longer, or never).
 *
 * @throws ChainError unreachable
 */
export async function findReceipt(provider: JsonRpcProvider, hash: string): Promise<Receipt | undefined> {
  return await onChain('ask for the receipt', async () => {
    const receipt = await provider.getTransactionReceipt(hash)
    // Some nodes name a receipt before its block is fixed.
    if (receipt === null || !receipt.blockHash) return undefined
    const newest = await provider.getBlockNumber()
    return {
      hash,
      succeeded: receipt.status === 1,
      block: receipt.blockNumber,
      blockHash: receipt.blockHash,
      confirmations: Math.max(1, newest - receipt.blockNumber + 1),
    }
  })
}
