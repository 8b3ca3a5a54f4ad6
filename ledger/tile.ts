/**
 * Tiles: the tree as static files of 256 hashes (C2SP tlog-tiles). Tile `index` at `level` holds the hashes of the
 * perfect subtrees of 256^level leaves numbered index * 256 and on; a tile that is not full yet is partial and holds the
 * first `width` of them. A bundle of entries has the numbering of level 0.
 *
 *     tile/0/x001/234        the full level-0 tile 1234
 *     tile/1/000.p/17        the first 17 hashes of the level-1 tile 0
 *     tile/entries/x273.p/5  five entries
 */
import { LedgerError, invariant } from './errors.ts'
import { HASH_BYTES, nodeHash } from './hash.ts'
import { SIZE_MAX, assertSize, isSize } from './tree.ts'
import type { NodeId } from './tree.ts'

/** How many hashes, or entries, a full tile has. */
export const TILE_WIDTH = 256

/** How many levels of the tree a tile spans: 2^8 = 256. */
const TILE_HEIGHT = 8

const LEVEL_MAX = 63

/** `level` is 0..63 or that of entry bundles; `width` is 1..256, and below 256 for a partial tile. */
export type TileId = { level: number | 'entries'; index: number; width: number }

/** The place of a node: it is folded from `count` hashes of the tile, from `offset` on. */
export type TileSpan = { tile: TileId; offset: number; count: number }

/**
 * The path of a tile below the log's prefix.
 *
 * @throws LedgerError tile_path_malformed when there is no such tile
 */
export function formatTilePath({ level, index, width }: TileId): string {
  if (level !== 'entries' && !(isSize(level) && level <= LEVEL_MAX)) throw malformed('the level is not 0 to 63')
  if (!isSize(index)) throw malformed('the index is not 0 to 2^53-1')
  if (!isSize(width) || width === 0 || width > TILE_WIDTH) throw malformed('the width is not 1 to 256')
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const groups = padded.replace(/\d{3}(?=\d)/g, 'x$&/')
  return `tile/${level}/${groups}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

const TILE_PATH = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/

/**
 * The tile of a path such as `tile/0/x001/234.p/5`.
 *
 * @throws LedgerError tile_path_malformed unless `formatTilePath` of the tile is this very path (I12)
 */
export function parseTilePath(path: string): TileId {
  const match = TILE_PATH.exec(path)
  if (match === null) throw malformed(path)
  const [, level, groups, width] = match as unknown as [string, string, string, string | undefined]
  const tile: TileId = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replace(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  }
  if (formatTilePath(tile) !== path) throw malformed(path)
  return tile
}

/**
 * How many hashes (or entries) a tile has in a tree of `size`: 256 when full, 0 when it does not exist.
 *
 * @param level 0..63, or entries
 * @param index 0 or more
 * @throws LedgerError size_out_of_range
 */
export function tileWidth(level: number | 'entries', index: number, size: number): number {
  assertSize(size)
  // Exact: both scalings are by powers of two, and the floor of a double below 2^53 is exact.
  const hashes = Math.floor(size / 2 ** (TILE_HEIGHT * levelNumber(level)))
  return Math.min(Math.max(hashes - index * TILE_WIDTH, 0), TILE_WIDTH)
}

/**
 * Every tile of hashes in a tree of `size`: the full ones by level and index, then the partial ones by level.
 *
 * @throws LedgerError size_out_of_range
 */
export function tilesForSize(size: number): TileId[] {
  return [...fullTilesCompleted(0, size), ...partialTiles(size)]
}

/**
 * The partial tiles of hashes at the right edge of a tree of `size`, at most one for each level.
 *
 * @throws LedgerError size_out_of_range
 */
export function partialTiles(size: number): TileId[] {
  assertSize(size)
  const tiles: TileId[] = []
  for (let level = 0, hashes = size; hashes > 0; level++) {
    const width = hashes % TILE_WIDTH
    const full = (hashes - width) / TILE_WIDTH
    if (width > 0) tiles.push({ level, index: full, width })
    hashes = full
  }
  return tiles
}

/**
 * The tiles of hashes that are full at `toSize` and were not at `fromSize`, by level and index. The bundles of entries
 * completed meanwhile have the indexes of those at level 0.
 *
 * @throws LedgerError size_out_of_range, also when fromSize > toSize
 */
export function fullTilesCompleted(fromSize: number, toSize: number): TileId[] {
  assertSize(fromSize)
  assertSize(toSize)
  if (fromSize > toSize) throw new LedgerError('size_out_of_range', `a log does not shrink: ${fromSize} to ${toSize}`)
  const tiles: TileId[] = []
  let from = Math.floor(fromSize / TILE_WIDTH)
  let to = Math.floor(toSize / TILE_WIDTH)
  for (let level = 0; to > 0; level++) {
    for (let index = from; index < to; index++) tiles.push({ level, index, width: TILE_WIDTH })
    from = Math.floor(from / TILE_WIDTH)
    to = Math.floor(to / TILE_WIDTH)
  }
  return tiles
}

/**
 * The one tile from which a node can be computed. The tile's `width` is the smallest that contains the node: whoever
 * knows the size of the tree asks for `tileWidth(tile.level, tile.index, size)`, which is no smaller once the node exists.
 *
 * @throws LedgerError index_out_of_range when the node lies beyond 2^53-1 leaves
 */
export function tileOfNode(node: NodeId): TileSpan {
  if (!isSize(node.level) || !isSize(node.index) || (node.index + 1) * 2 ** node.level > SIZE_MAX) {
    throw new LedgerError('index_out_of_range', `no node ${node.index} at level ${node.level}`)
  }
  const within = node.level % TILE_HEIGHT
  const count = 2 ** within
  const first = node.index * count
  const offset = first % TILE_WIDTH
  return {
    tile: {
      level: (node.level - within) / TILE_HEIGHT,
      index: (first - offset) / TILE_WIDTH,
      width: offset + count,
    },
    offset,
    count,
  }
}

/**
 * The hash of a node, folded from the bytes of its tile.
 *
 * @param tileBytes the hashes of the tile of `tileOfNode(node)`, one after the other; at least up to the node's last
 * @throws LedgerError hash_length when the bytes end before the node, or are no whole number of hashes
 */
export function nodeFromTile(node: NodeId, tileBytes: Uint8Array): Uint8Array {
  const { offset, count } = tileOfNode(node)
  if (tileBytes.length % HASH_BYTES !== 0 || tileBytes.length < (offset + count) * HASH_BYTES) {
    throw new LedgerError('hash_length', `the tile of ${tileBytes.length} bytes does not contain the node`)
  }
  let row: Uint8Array[] = []
  for (let i = offset; i < offset + count; i++) row.push(tileBytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES))
  while (row.length > 1) {
    const above: Uint8Array[] = []
    for (let i = 0; i < row.length; i += 2) above.push(nodeHash(row[i]!, row[i + 1]!))
    row = above
  }
  const [hash] = row
  invariant(hash !== undefined, 'I12: a node is folded from one hash or more')
  return hash
}

function levelNumber(level: number | 'entries'): number {
  return level === 'entries' ? 0 : level
}

function malformed(what: string): LedgerError {
  return new LedgerError('tile_path_malformed', `not a tile: ${what}`)
}
