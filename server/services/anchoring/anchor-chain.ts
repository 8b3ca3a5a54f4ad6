/** What the loop asks of a chain: plain values, no client library. Each call may fail, or fail and have happened. */
import type { AnchorRecord } from '../../../ledger/anchor.ts'
import type { ChainState } from './chain-check.ts'

/** What became of a mined transaction. `succeeded`: false when the contract reverted it. */
export type Receipt = { block: number; succeeded: boolean }

/** `raw`: the signed bytes as hex; `transaction`: their hash; `maxFee`: wei for a unit of gas. */
export type SignedAnchor = { transaction: string; raw: string; maxFee: bigint }

export type AnchorCall = { size: number; root: Uint8Array; proof: readonly Uint8Array[]; nonce: number }

export interface AnchorChain {
  /** The address of our key. */
  readonly sender: string
  readState(): Promise<ChainState>
  anchorAt(size: number): Promise<AnchorRecord | undefined>
  /** How many transactions of ours are mined: the nonce of the next. */
  readNonce(): Promise<number>
  /** The number of the newest block. */
  readTip(): Promise<number>
  /** Undefined while the transaction is not mined. */
  findReceipt(transaction: string): Promise<Receipt | undefined>
  /** Whether the chain holds the transaction, mined or waiting. */
  isKnown(transaction: string): Promise<boolean>
  /**
   * Signs, sends nothing. `dearerThan`: the fee that this one must exceed by 10 % to replace it. Undefined when the fee
   * would be above the ceiling.
   */
  sign(call: AnchorCall & { dearerThan?: bigint }): Promise<SignedAnchor | undefined>
  /** Sends signed bytes; that the chain knows them already is no error. */
  send(raw: string): Promise<void>
  /** The hash of the transaction that made an anchor; undefined when the endpoint does not tell. */
  findAnchorTransaction(anchor: AnchorRecord): Promise<string | undefined>
  /** Makes the chain's state durable, where the chain is ours (embedded). */
  persist(): Promise<void>
}
