/** The reader of the log over a database: see reader.ts for what each question means. */
import { formatEntryBundle } from '../../../ledger/entry-bundle.ts'
import { consistencyNodes, consistencyProof, inclusionNodes, inclusionProof } from '../../../ledger/proof.ts'
import { TILE_WIDTH, tileWidth } from '../../../ledger/tile.ts'
import type { TileId } from '../../../ledger/tile.ts'
import { rootHash, rootNodes } from '../../../ledger/tree.ts'
import type { NodeId } from '../../../ledger/tree.ts'
import type { Database } from '../../db/database.ts'
import type { Statement } from '../../db/session.ts'
import { AppError } from '../../errors.ts'
import type { CheckpointSigner } from './checkpoint-signer.ts'
import type { LogContract, LogHead, LogReader, StoredEntry } from './reader.ts'
import { splitHashes } from './tree-growth.ts'
import { readNodes, readTiles } from './tree-reader.ts'
import type { Query } from './tree-reader.ts'

/** Entries in one answer at most. */
export const PAGE_MAX = 500

const HEAD: Statement = { name: 'log-head', text: 'SELECT size, edge, last_recorded_at, origin FROM log_head' }

const DISCLOSURES = `
  ARRAY(SELECT d.body FROM disclosure d WHERE d.entry_index = e.index ORDER BY d.digest) AS disclosures`

const ENTRIES: Statement = {
  name: 'log-entries',
  text: `SELECT e.index, e.stream, e.seq, e.bytes, e.leaf_hash, ${DISCLOSURES}
    FROM entry e WHERE e.index >= $1 AND e.index < $2 ORDER BY e.index`,
}

const ENTRIES_AT: Statement = {
  name: 'log-entries-at',
  text: `SELECT e.index, e.stream, e.seq, e.bytes, e.leaf_hash, ${DISCLOSURES}
    FROM entry e WHERE e.index = ANY ($1::bigint[]) ORDER BY e.index`,
}

const STREAM_ENTRIES: Statement = {
  name: 'log-stream-entries',
  text: `SELECT e.index, e.stream, e.seq, e.bytes, e.leaf_hash, ${DISCLOSURES}
    FROM entry e WHERE e.stream = $1 AND e.seq > $2 AND e.index < $3 ORDER BY e.seq LIMIT $4`,
}

const ENTRY_BYTES: Statement = {
  name: 'log-entry-bytes',
  text: 'SELECT bytes FROM entry WHERE index >= $1 AND index < $2 ORDER BY index',
}

const CONTRACT: Statement = {
  name: 'log-contract',
  text: 'SELECT entry_index, chain_id, contract FROM log_contract ORDER BY entry_index DESC LIMIT 1',
}

type HeadRow = { size: number; edge: Uint8Array; last_recorded_at: Date | null; origin: string }

type EntryRow = {
  index: number
  stream: string
  seq: number
  bytes: Uint8Array
  leaf_hash: Uint8Array
  disclosures: string[]
}

/** The entries at these indexes that there are, ascending. */
export async function readEntriesAt(query: Query, indexes: readonly number[]): Promise<StoredEntry[]> {
  return (await query<EntryRow>(ENTRIES_AT, [indexes])).map(storedEntry)
}

/** A reader whose questions are each answered by the database as it is then. */
export function createLogReader(database: Database, checkpoints: CheckpointSigner): LogReader {
  return new DatabaseLogReader((statement, parameters) => database.query(statement, parameters), checkpoints)
}

export class DatabaseLogReader implements LogReader {
  readonly #query: Query
  readonly #checkpoints: CheckpointSigner

  constructor(query: Query, checkpoints: CheckpointSigner) {
    this.#query = query
    this.#checkpoints = checkpoints
  }

  async head(): Promise<LogHead> {
    const [row] = await this.#query<HeadRow>(HEAD, [])
    if (row === undefined) throw new Error('the log has no head row: it was not opened')
    const { origin, size, edge } = row
    return {
      origin,
      size,
      root: rootHash(splitHashes(edge)),
      lastRecordedAt: row.last_recorded_at?.toISOString() ?? null,
    }
  }

  async checkpoint(): Promise<string> {
    // What is signed never falls back: a size that was committed is still there for whoever reads later.
    const mark = this.#checkpoints.mark
    const { size, root } = await this.head()
    if (mark !== undefined && mark.size > size) {
      throw this.#checkpoints.stop(`the log has ${size} entries, but ${mark.size} were signed`)
    }
    return this.#checkpoints.sign({ size, root })
  }

  async checkpointAt(size: number): Promise<string> {
    await this.#assertSize(size)
    return this.#checkpoints.sign({ size, root: await this.root(size) })
  }

  vkey(): string {
    return this.#checkpoints.signer.vkey
  }

  async contract(): Promise<LogContract> {
    const [row] = await this.#query<{ entry_index: number; chain_id: number; contract: string }>(CONTRACT, [])
    if (row === undefined) throw new AppError('not_found', 'The log names no contract.')
    return { chainId: row.chain_id, contract: row.contract, index: row.entry_index }
  }

  async entry(index: number): Promise<StoredEntry> {
    const [entry] = await this.entries(index, index + 1)
    if (entry === undefined) throw new AppError('not_found', `The log has no entry ${index}.`)
    return entry
  }

  async entries(from: number, to: number): Promise<StoredEntry[]> {
    if (!(from >= 0 && to >= from && to - from <= PAGE_MAX)) {
      throw new AppError('validation_failed', `At most ${PAGE_MAX} entries are read at once, in ascending order.`)
    }
    return (await this.#query<EntryRow>(ENTRIES, [from, to])).map(storedEntry)
  }

  async streamEntries(
    stream: string,
    { below = Number.MAX_SAFE_INTEGER, after = 0, limit = PAGE_MAX } = {},
  ): Promise<StoredEntry[]> {
    return (await this.#query<EntryRow>(STREAM_ENTRIES, [stream, after, below, limit])).map(storedEntry)
  }

  async nodes(nodes: readonly NodeId[]): Promise<Uint8Array[]> {
    return readNodes(this.#query, nodes)
  }

  async root(size: number): Promise<Uint8Array> {
    return rootHash(await this.nodes(rootNodes(size)))
  }

  async inclusionProof(index: number, size: number): Promise<Uint8Array[]> {
    await this.#assertSize(size)
    if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
      throw new AppError('validation_failed', `There is no entry ${index} among the first ${size}.`)
    }
    return inclusionProof(index, size, await this.nodes(inclusionNodes(index, size)))
  }

  async consistencyProof(from: number, to: number): Promise<Uint8Array[]> {
    await this.#assertSize(to)
    if (!Number.isSafeInteger(from) || from < 1 || from > to) {
      throw new AppError('validation_failed', 'A consistency proof needs 1 <= from <= to.')
    }
    return consistencyProof(from, to, await this.nodes(consistencyNodes(from, to)))
  }

  async tile({ level, index, width }: TileId): Promise<Uint8Array | undefined> {
    const { size } = await this.head()
    if (tileWidth(level, index, size) < width) return undefined
    if (level === 'entries') return this.#entryBundle(index, width)
    const [bytes] = await readTiles(this.#query, [{ level, index, width }])
    return bytes
  }

  async #entryBundle(index: number, width: number): Promise<Uint8Array> {
    const from = index * TILE_WIDTH
    const rows = await this.#query<{ bytes: Uint8Array }>(ENTRY_BYTES, [from, from + width])
    return formatEntryBundle(rows.map(({ bytes }) => bytes))
  }

  async #assertSize(size: number): Promise<void> {
    const { size: committed } = await this.head()
    if (!Number.isSafeInteger(size) || size < 0 || size > committed) {
      throw new AppError('validation_failed', `The log has ${committed} entries, not ${size}.`)
    }
  }
}

/** Disclosures in the order of the entry's digests. */
function storedEntry({ index, stream, seq, bytes, leaf_hash: leafHash, disclosures }: EntryRow): StoredEntry {
  return { index, stream, seq, bytes, leafHash, disclosures }
}
