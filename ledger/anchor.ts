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
 * - `others`: what it told while it was asked for the anchors around the entries (anchor-search.ts).
 */
export type ChainAnswers = {
  chainId: number
  contract: string
  origin: string | undefined
  latest: AnchorRecord | undefined
  first: AnchorRecord | undefined
  asked: number[]
  anchors: AnchorRecord[]
  others?: AnchorRecord[]
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
export function assertAnchor({ chainId, contract, transaction, block, timestamp, size, root }: Anchor): void {
  if (!isSize(chainId) || chainId === 0) throw malformed('chainId')
  if (!isAddress(contract)) throw malformed('contract')
  if (!/^0x[0-9a-f]{64}$/.test(transaction)) throw malformed('transaction')
  if (!isSize(block)) throw malformed('block')
  if (!isSize(timestamp)) throw malformed('timestamp')
  if (!isSize(size) || size === 0) throw malformed('size')
  if (root.length !== HASH_BYTES) throw malformed('root')
}

function malformed(member: string): LedgerError {
  return new LedgerError('anchor_malformed', `malformed anchor: ${member}`)
}
