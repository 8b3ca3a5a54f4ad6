/**
 * Reads of the log. Everything is as of a committed size; sizes only grow, so an answer stays true.
 */
import type { Entry } from '../../../ledger/entry.ts'
import type { NodeId } from '../../../ledger/tree.ts'
import type { TileId } from '../../../ledger/tile.ts'

/** Where the log stands. */
export type LogHead = { origin: string; size: number; root: Uint8Array; lastRecordedAt: string | null }

/** `disclosures`: those that are still held, in the order of the entry's `sd`; base64url as the bundle has them. */
export type StoredEntry = {
  index: number
  stream: string
  seq: number
  bytes: Uint8Array
  leafHash: Uint8Array
  disclosures: string[]
}

export type LogContract = { chainId: number; contract: string; index: number }

/** @throws AppError entry_not_found, size_out_of_range and the like, fit for a public answer */
export interface LogReader {
  head(): Promise<LogHead>
  /** The signed checkpoint note at the committed size. */
  checkpoint(): Promise<string>
  /** The signed note at a smaller or equal size. */
  checkpointAt(size: number): Promise<string>
  vkey(): string
  /** The contract that the log names now. */
  contract(): Promise<LogContract>
  entry(index: number): Promise<StoredEntry>
  /** Entries with from <= index < to, at most 500. */
  entries(from: number, to: number): Promise<StoredEntry[]>
  /** Entries of a stream by seq with index < below (default: all), after seq `after` (default 0), at most `limit`. */
  streamEntries(stream: string, options?: { below?: number; after?: number; limit?: number }): Promise<StoredEntry[]>
  /** Hashes of nodes, in the order asked, in one query. */
  nodes(nodes: readonly NodeId[]): Promise<Uint8Array[]>
  root(size: number): Promise<Uint8Array>
  inclusionProof(index: number, size: number): Promise<Uint8Array[]>
  consistencyProof(from: number, to: number): Promise<Uint8Array[]>
  /** The bytes of a tile of hashes or of entries; undefined when the log has it not, or not that wide. */
  tile(tile: TileId): Promise<Uint8Array | undefined>
}

export type { Entry }
