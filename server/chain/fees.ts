/**
 * What a transaction offers to pay. The offer follows the market, outbids our own earlier attempts at the same nonce by
 * what nodes demand of a replacement, and never passes the ceiling: a log loses nothing by waiting, because a later
 * anchor covers all that the missed one would have.
 */
import type { JsonRpcProvider } from 'ethers'
import { ChainError, onChain } from './chain-error.ts'

/** An offer in wei for each unit of gas. On a chain without EIP-1559 both are the gas price. */
export type Fees = {
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
  /** Whether the chain has no base fee, so that transactions are of the old type. */
  legacy: boolean
}

/** An earlier transaction of ours with the nonce that is to be replaced. */
export type FeeAttempt = Pick<Fees, 'maxFeePerGas' | 'maxPriorityFeePerGas'>

const weiPerGwei = 1_000_000_000n

/**
 * The offer for the next transaction.
 *
 * @param earlier all attempts at the same nonce; empty for a fresh nonce
 * @throws ChainError fee_ceiling when the market or the needed bid is above the ceiling; unreachable
 */
export async function chooseFees(
  provider: JsonRpcProvider,
  maxFeeGwei: number,
  earlier: readonly FeeAttempt[] = [],
): Promise<Fees> {
  const ceiling = BigInt(Math.round(maxFeeGwei * 1000)) * (weiPerGwei / 1000n)
  const market = await onChain('ask for the fees', async () => await marketFees(provider))
  const least = market.baseFee + market.priority
  if (least > ceiling) throw tooDear('the market asks', least, maxFeeGwei)

  // Every earlier attempt must be outbid, not only the last: the node may hold any of them.
  const bid = earlier.reduce((highest, attempt) => max(highest, outbid(attempt.maxFeePerGas)), least)
  const priority = earlier.reduce(
    (highest, attempt) => max(highest, outbid(attempt.maxPriorityFeePerGas)),
    market.priority,
  )
  const needed = max(bid, priority)
  if (needed > ceiling) throw tooDear('outbidding our earlier attempts takes', needed, maxFeeGwei)
  if (market.legacy) return { maxFeePerGas: needed, maxPriorityFeePerGas: needed, legacy: true }

  // Twice the base fee stays includable through six full blocks; only what is used is paid.
  const comfortable = max(2n * market.baseFee + priority, needed)
  return { maxFeePerGas: min(comfortable, ceiling), maxPriorityFeePerGas: priority, legacy: false }
}

async function marketFees(provider: JsonRpcProvider): Promise<{ baseFee: bigint; priority: bigint; legacy: boolean }> {
  const block = await provider.getBlock('latest')
  const baseFee = block?.baseFeePerGas ?? null
  if (baseFee === null) {
    return { baseFee: 0n, priority: BigInt((await provider.send('eth_gasPrice', [])) as string), legacy: true }
  }
  return { baseFee, priority: await priorityFee(provider), legacy: false }
}

/** What miners are tipped at the moment; 1 gwei where the endpoint does not offer the question. */
async function priorityFee(provider: JsonRpcProvider): Promise<bigint> {
  try {
    return BigInt((await provider.send('eth_maxPriorityFeePerGas', [])) as string)
  } catch {
    return weiPerGwei
  }
}

/** At least 10 % more, rounded up: what nodes demand before they replace a transaction. */
function outbid(fee: bigint): bigint {
  return (fee * 110n + 99n) / 100n
}

function tooDear(who: string, wei: bigint, maxFeeGwei: number): ChainError {
  const gwei = Number(wei) / Number(weiPerGwei)
  return new ChainError('fee_ceiling', `${who} ${gwei} gwei, above the ceiling of ${maxFeeGwei}`)
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)
