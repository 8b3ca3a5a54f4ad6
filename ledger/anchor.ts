/**
 * Anchors: a size and root of the log that the contract accepted, with the block time of the acceptance. What a bundle
 * says about them counts only once the contract was asked and gave the same (I31).
 */
import { LedgerError } from './errors.ts'
import { HASH_BYTES } from './hash.ts'
import { isAddress } from './log-id.ts'
import { isSize } from './tree.ts'

/**
 * An anchor. `contract` 0x and 40 hex digits; `transaction` 0x and 64 lower-case hex digits; `block` the number that the contract
 * recorded; `timestamp` that block's time in seconds since 1970.
 */
export type Anchor = {
  chainId: number
  contract: string
  transaction: string
  block: number
  timestamp: number
  size: number
  root: Uint8Array
}

/** What the contract says about one size. */
export type AnchorRecord = { size: number; root: Uint8Array; block: number; timestamp: number }

/**
 * What one contract answered to a verifier that asked an endpoint itself.
 *
 * - `origin`: undefined when there is no such contract on this chain.
 * - `latest` and `first`: its newest and its first anchor; undefined when it has none.
 * - `anchors`: the sizes asked for that it knows. `asked`: the sizes asked for.
 */
export type ChainAnswers = {
  chainId: number
  contract: string
  origin: string | undefined
  latest: AnchorRecord | undefined
  first: AnchorRecord | undefined
  asked: number[]
  anchors: AnchorRecord[]
}

/** What to ask: of which contract, and about which sizes. */
export type ChainQuestions = { chainId: number; contract: string; sizes: number[] }

/** The chains that anybody can run at home, and so proves nothing to others. */
const TEST_CHAINS = [31337, 1337]

/** Whether a chain is a test chain by its number; others are by configuration. */
export function isTestChain(chainId: number): boolean {
  return TEST_CHAINS.includes(chainId)
}

/**
 * Refuses what cannot be an anchor.
 *
 * @throws LedgerError anchor_malformed (I31)
 */
export function assertAnchor(anchor: Anchor): void {
  if (!isSize(anchor.chainId) || anchor.chainId === 0) throw malformed('the chain id is not a positive integer')
  if (!isAddress(anchor.contract)) throw malformed('the contract is not an address')
  if (!/^0x[0-9a-f]{64}$/.test(anchor.transaction))
    throw malformed('the transaction is not 0x and 64 lower-case digits')
  if (!isSize(anchor.block)) throw malformed('the block is not a number from 0 to 2^53-1')
  if (!isSize(anchor.timestamp)) throw malformed('the timestamp is not a number of seconds')
  if (!isSize(anchor.size) || anchor.size === 0) throw malformed('the size is not from 1 to 2^53-1')
  if (anchor.root.length !== HASH_BYTES) throw malformed(`the root is not ${HASH_BYTES} bytes`)
}

function malformed(message: string): LedgerError {
  return new LedgerError('anchor_malformed', `malformed anchor: ${message}`)
}
