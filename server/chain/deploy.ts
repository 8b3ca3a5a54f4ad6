/** Puts a new anchor contract on a chain. The account that pays becomes its owner. */
import { getCreateAddress } from 'ethers'
import type { JsonRpcProvider } from 'ethers'
import { trustAnchor } from './anchor-contract.ts'
import { ChainError } from './chain-error.ts'
import type { AnchorKey } from './keystore.ts'
import { checkChainId, openProvider } from './provider.ts'
import { broadcast, findReceipt, prepareTransaction } from './transaction.ts'
import type { PreparedTransaction, Receipt } from './transaction.ts'

/** What to deploy, where, and on which terms. */
export type Deployment = {
  rpcUrl: string
  chainId: number
  /** Pays, and becomes the owner. */
  key: AnchorKey
  /** The log's name, fixed in the contract for ever. */
  origin: string
  /** Who may anchor. */
  anchorer: string
  maxFeeGwei: number
  /** Told the transaction before it is sent, so that it can be looked for if we do not return. */
  onPrepared?: (transaction: PreparedTransaction) => void
  /** How long to wait for the block; 10 minutes by default. */
  timeoutMs?: number
}

/** A contract that is on chain. */
export type Deployed = {
  /** EIP-55. */
  address: string
  transaction: string
  block: number
}

const defaultTimeoutMs = 600_000

/**
 * Deploys the contract and waits until it is in a block.
 *
 * @throws ChainError wrong_chain, fee_ceiling, insufficient_funds, reverted:…, unreachable (also when no block took the
 *   transaction in time: it may still be mined)
 */
export async function deployContract(deployment: Deployment): Promise<Deployed> {
  const { rpcUrl, chainId, key, origin, anchorer, maxFeeGwei } = deployment
  const provider = openProvider(rpcUrl, chainId)
  try {
    await checkChainId(provider, chainId)
    const data = trustAnchor.bytecode + trustAnchor.abi.encodeDeploy([origin, anchorer]).slice(2)
    const prepared = await prepareTransaction({ provider, chainId, key, data, maxFeeGwei, contract: trustAnchor.abi })
    deployment.onPrepared?.(prepared)
    await broadcast(provider, prepared.raw)
    const receipt = await mined(provider, prepared.hash, deployment.timeoutMs ?? defaultTimeoutMs)
    if (!receipt.succeeded) throw new ChainError('reverted:', `the deployment ${prepared.hash} failed`)
    const address = getCreateAddress({ from: key.address, nonce: prepared.nonce })
    return { address, transaction: prepared.hash, block: receipt.block }
  } finally {
    provider.destroy()
  }
}

async function mined(provider: JsonRpcProvider, hash: string, timeoutMs: number): Promise<Receipt> {
  const deadline = Date.now() + timeoutMs
  for (let pauseMs = 20; ; pauseMs = Math.min(2 * pauseMs, 3_000)) {
    const receipt = await findReceipt(provider, hash)
    if (receipt !== undefined) return receipt
    if (Date.now() > deadline) throw new ChainError('unreachable', `transaction ${hash} is not in a block yet`)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
