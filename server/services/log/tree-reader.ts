/**
 * Hashes of the tree from what is stored: full tiles as they are, partial ones from leaf hashes and the roots of the full
 * tiles below. In three beats: which tiles, one query, fold.
 */
import { TILE_WIDTH, tileOfNode } from '../../../ledger/tile.ts'
import type { NodeId } from '../../../ledger/tree.ts'
import type { Row, Statement } from '../../db/session.ts'
import { sha256 } from './sha256.ts'

/** Runs a statement: on any connection, or in a transaction. */
export type Query = <R = Row>(statement: Statement, parameters: readonly unknown[]) => Promise<R[]>

/** A tile of hashes, or as many of its first hashes as are asked for. `width`: 1..256. */
export type HashTileId = { level: number; index: number; width: number }

/** Only rows that are there are joined: a tile that the log has not yet comes back short. */
const TILES: Statement = {
  name: 'read-tiles',
  text: `
    SELECT coalesce(f.hashes, CASE WHEN t.level = 0 THEN
        (SELECT string_agg(e.leaf_hash, ''::bytea ORDER BY e.index) FROM entry e
          WHERE e.index >= t.index * 256 AND e.index < t.index * 256 + t.width)
      ELSE
        (SELECT string_agg(below.root, ''::bytea ORDER BY below.index) FROM tile below
          WHERE below.level = t.level - 1 AND below.index >= t.index * 256 AND below.index < t.index * 256 + t.width)
      END, ''::bytea) AS hashes
    FROM unnest($1::smallint[], $2::bigint[], $3::int[]) WITH ORDINALITY AS t (level, index, width, place)
    LEFT JOIN tile f ON f.level = t.level AND f.index = t.index
    ORDER BY t.place`,
}

/** The log has fewer entries than a node spans. */
export class BeyondLogError extends Error {
  constructor({ level, index }: NodeId) {
    super(`the log does not reach node ${index} at ${level}`)
    this.name = 'BeyondLogError'
  }
}

const HASH_BYTES = 32

/** The bytes of tiles, in the order asked, each cut to its width; shorter when the log has not that many hashes. */
export async function readTiles(query: Query, tiles: readonly HashTileId[]): Promise<Uint8Array[]> {
  if (tiles.length === 0) return []
  const rows = await query<{ hashes: Uint8Array }>(TILES, [
    tiles.map(({ level }) => level),
    tiles.map(({ index }) => index),
    tiles.map(({ width }) => width),
  ])
  return rows.map(({ hashes }, i) => hashes.subarray(0, (tiles[i]?.width ?? 0) * HASH_BYTES))
}

/**
 * The hashes of nodes, in the order asked, by one query.
 *
 * @throws BeyondLogError
 */
export async function readNodes(query: Query, nodes: readonly NodeId[]): Promise<Uint8Array[]> {
  const wanted = new Map<string, HashTileId>()
  const spans = nodes.map((node) => {
    const { tile, offset, count } = tileOfNode(node)
    const key = `${tile.level} ${tile.index}`
    const width = Math.max(wanted.get(key)?.width ?? 0, offset + count)
    wanted.set(key, { level: Number(tile.level), index: tile.index, width })
    return { key, offset, count }
  })
  const tiles = [...wanted.values()]
  const bytes = await readTiles(query, tiles)
  const folds = new Map([...wanted.keys()].map((key, i) => [key, new TileFold(bytes[i] ?? new Uint8Array())]))
  return spans.map(({ key, offset, count }, i) => {
    const hash = folds.get(key)?.fold(offset, count)
    if (hash === undefined) throw new BeyondLogError(nodes[i]!)
    return hash
  })
}

const NODE_PREFIX = Uint8Array.of(1)

/** Folds spans of a tile, each inner node once: the proofs of entries of one tile share most of them. */
class TileFold {
  readonly #hashes: Uint8Array
  readonly #inner = new Map<number, Uint8Array>()

  constructor(hashes: Uint8Array) {
    this.#hashes = hashes
  }

  fold(offset: number, count: number): Uint8Array | undefined {
    const end = (offset + count) * HASH_BYTES
    if (end > this.#hashes.length) return undefined
    if (count === 1) return this.#hashes.slice(offset * HASH_BYTES, end)
    const place = count * TILE_WIDTH + offset
    const known = this.#inner.get(place)
    if (known !== undefined) return known
    const half = count / 2
    const left = this.fold(offset, half)
    const right = this.fold(offset + half, half)
    if (left === undefined || right === undefined) return undefined
    const hash = sha256(NODE_PREFIX, left, right)
    this.#inner.set(place, hash)
    return hash
  }
}
