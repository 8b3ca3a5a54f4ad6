/**
 * Reads a whole log from its tiles (C2SP tlog-tiles) and feeds it to the core's replay. The entries are the source of
 * everything; the tiles of hashes are computed again and compared, because other clients rely on them.
 */
import { equalBytes } from '../../ledger/bytes.ts'
import { parseCheckpoint } from '../../ledger/checkpoint.ts'
import { ENTRY_BYTES_MAX, parseEntryBundle } from '../../ledger/entry-bundle.ts'
import { HASH_BYTES } from '../../ledger/hash.ts'
import { parseNote } from '../../ledger/note.ts'
import { Replay } from '../../ledger/replay.ts'
import { TILE_WIDTH, formatTilePath, tileWidth } from '../../ledger/tile.ts'
import type { TileId } from '../../ledger/tile.ts'
import { headsRoot as rootOf } from '../../ledger/heads.ts'
import type { ReasonedCheck } from '../../ledger/reason.ts'
import { Unreadable } from './fetch-bytes.ts'
import type { LogSource } from './fetch-bytes.ts'

/** The largest checkpoint: three lines and a hundred signatures. */
export const CHECKPOINT_BYTES_MAX = 100_000

const BUNDLE_BYTES_MAX = TILE_WIDTH * (2 + ENTRY_BYTES_MAX)

const READS_AT_ONCE = 8

/** The log does not give out what its own checkpoint covers. */
export class Withheld extends Error {
  override name = 'Withheld'
}

/** A log as it was read. `tiles`: whether its tiles of hashes are those of its entries. */
export type ReadLog = { replay: Replay; tiles: ReasonedCheck<'tiles'> }

/**
 * Reads all entries that a checkpoint covers.
 *
 * @param checkpoint the signed note, as bytes; its signature is judged when everything was read
 * @param progress is told how many entries were read, of how many
 * @throws Withheld; LedgerError when what is given out is malformed; Unreadable when the log cannot be reached
 */
export async function readLog(
  source: LogSource,
  checkpoint: Uint8Array,
  progress: (done: number, all: number) => void,
): Promise<ReadLog> {
  const { size } = parseCheckpoint(parseNote(checkpoint).text)
  const replay = new Replay()
  const tiles = new TileAudit(source, size)
  for (let from = 0; from * TILE_WIDTH < size; from += READS_AT_ONCE) {
    const to = Math.min(from + READS_AT_ONCE, Math.ceil(size / TILE_WIDTH))
    const indexes = Array.from({ length: to - from }, (_, i) => from + i)
    const bundles = await Promise.all(indexes.map(async (index) => await readEntries(source, index, size)))
    for (const entries of bundles)
      tiles.push(
        0,
        entries.map((bytes) => replay.add(bytes)),
      )
    await tiles.compare()
    progress(replay.size, size)
  }
  await tiles.finish()
  return { replay, tiles: tiles.check() }
}

async function readEntries(source: LogSource, index: number, size: number): Promise<Uint8Array[]> {
  const width = tileWidth('entries', index, size)
  const tile: TileId = { level: 'entries', index, width }
  const entries = parseEntryBundle(await readExistingTile(source, tile))
  if (entries.length < width) throw new Withheld(`${formatTilePath(tile)} lacks entries that the checkpoint covers`)
  return entries.slice(0, width)
}

async function readExistingTile(source: LogSource, tile: TileId): Promise<Uint8Array> {
  try {
    return await readTile(source, tile, BUNDLE_BYTES_MAX)
  } catch (error) {
    if (!(error instanceof Unreadable) || !error.notFound) throw error
    throw new Withheld(`${formatTilePath(tile)}, which the checkpoint covers, is not served`)
  }
}

/** A log may have dropped a partial tile once the full one exists: then the full one has what is asked for. */
async function readTile(source: LogSource, tile: TileId, bytesMax: number): Promise<Uint8Array> {
  try {
    return await source.read(formatTilePath(tile), bytesMax)
  } catch (error) {
    if (!(error instanceof Unreadable) || !error.notFound || tile.width === TILE_WIDTH) throw error
    return await source.read(formatTilePath({ ...tile, width: TILE_WIDTH }), bytesMax)
  }
}

/** Computes every tile of hashes from below and compares it with the one that is served. */
class TileAudit {
  readonly #source: LogSource
  readonly #size: number
  /** For each level, the hashes of its tile that is being filled, and how many tiles were filled before. */
  readonly #rows: { hashes: Uint8Array[]; index: number }[] = []
  #due: { tile: TileId; hashes: Uint8Array[] }[] = []
  #compared = 0
  #differing: string | undefined

  constructor(source: LogSource, size: number) {
    this.#source = source
    this.#size = size
  }

  push(level: number, hashes: readonly Uint8Array[]): void {
    const row = (this.#rows[level] ??= { hashes: [], index: 0 })
    for (const hash of hashes) {
      row.hashes.push(hash)
      if (row.hashes.length < TILE_WIDTH) continue
      this.#due.push({ tile: { level, index: row.index, width: TILE_WIDTH }, hashes: row.hashes })
      // The root of 256 hashes is one hash of the level above.
      this.push(level + 1, [rootOf(row.hashes)])
      row.hashes = []
      row.index += 1
    }
  }

  async compare(): Promise<void> {
    const due = this.#due
    this.#due = []
    await Promise.all(due.map(async ({ tile, hashes }) => await this.#compareTile(tile, hashes)))
  }

  async finish(): Promise<void> {
    this.#rows.forEach(({ hashes, index }, level) => {
      if (hashes.length > 0) this.#due.push({ tile: { level, index, width: hashes.length }, hashes })
    })
    await this.compare()
  }

  async #compareTile(tile: TileId, hashes: readonly Uint8Array[]): Promise<void> {
    const expected = new Uint8Array(Buffer.concat(hashes))
    const served = await this.#served(tile)
    this.#compared += 1
    if (served === undefined || !equalBytes(served.slice(0, expected.length), expected)) {
      this.#differing ??= formatTilePath(tile)
    }
  }

  async #served(tile: TileId): Promise<Uint8Array | undefined> {
    try {
      return await readTile(this.#source, tile, TILE_WIDTH * HASH_BYTES)
    } catch (error) {
      if (error instanceof Unreadable && error.notFound) return undefined
      throw error
    }
  }

  check(): ReasonedCheck<'tiles'> {
    const name = 'tiles'
    if (this.#differing === undefined) {
      const reason = `All ${this.#compared} tiles of hashes are those of the entries.`
      return { name, ok: 'held', code: 'held', verdict: 'verified', facts: { tiles: this.#compared }, reason }
    }
    const reason = `The log of ${this.#size} entries serves ${this.#differing} with other hashes, or not at all.`
    return { name, ok: 'failed', code: 'tile_differs', verdict: 'mismatch', facts: { tile: this.#differing }, reason }
  }
}
