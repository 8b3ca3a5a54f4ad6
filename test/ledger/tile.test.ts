import fc from 'fast-check'
import t from 'tap'
import { concat, hex } from '../../ledger/bytes.ts'
import {
  TILE_WIDTH,
  formatTilePath,
  fullTilesCompleted,
  nodeFromTile,
  parseTilePath,
  partialTiles,
  tileOfNode,
  tileWidth,
  tilesForSize,
} from '../../ledger/tile.ts'
import type { TileId } from '../../ledger/tile.ts'
import { SIZE_MAX } from '../../ledger/tree.ts'
import type { NodeId } from '../../ledger/tree.ts'
import vectors from '../vectors/tiles.json' with { type: 'json' }
import { hashesOf, numberedLeaves, refusalOf, rememberedTree } from './reference.ts'

const level = (value: string | number): number | 'entries' => (value === 'entries' ? value : Number(value))
const anyTile = fc.record({
  level: fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })),
  index: fc.maxSafeNat(),
  width: fc.integer({ min: 1, max: 256 }),
})

t.test('published paths are written and read', async (t) => {
  for (const { path, ...tile } of vectors.paths) {
    t.equal(formatTilePath({ ...tile, level: level(tile.level) }), path)
    t.same(parseTilePath(path), tile)
  }
})

t.test('every tile survives its path (I12)', async (t) => {
  fc.assert(
    fc.property(anyTile, (tile) => {
      const read = parseTilePath(formatTilePath(tile))
      return read.level === tile.level && read.index === tile.index && read.width === tile.width
    }),
    { numRuns: 1000 },
  )
  t.pass()
})

t.test('a path that is read is written the same, and everything else is refused (I12)', async (t) => {
  const pieces = fc.constantFrom(
    'tile',
    'entries',
    '/',
    '0',
    '00',
    '7',
    '63',
    '64',
    'x',
    '000',
    '001',
    'x001',
    '.p',
    '255',
    '256',
  )
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 9 }).map((parts) => parts.join('')),
      (path) => {
        let tile
        try {
          tile = parseTilePath(path)
        } catch {
          return refusalOf(() => parseTilePath(path)) === 'tile_path_malformed'
        }
        return formatTilePath(tile) === path
      },
    ),
    { numRuns: 3000 },
  )
  const more = [
    '',
    'tile/0/000.p/0',
    'tile/0/000.p/05',
    'tile/00/000',
    'tile/0/x000/001',
    '/tile/0/000',
    'tile/0/000\n',
  ]
  for (const path of [...vectors.refused, ...more]) {
    t.equal(
      refusalOf(() => parseTilePath(path)),
      'tile_path_malformed',
      JSON.stringify(path),
    )
  }
})

t.test('a tile that cannot be has no path', async (t) => {
  const good: TileId = { level: 0, index: 0, width: 256 }
  const bad: Partial<TileId>[] = [
    { level: 64 },
    { level: -1 },
    { level: 0.5 },
    { index: -1 },
    { index: 2 ** 53 },
    { width: 0 },
    { width: 257 },
    { width: 1.5 },
  ]
  for (const change of bad) {
    t.equal(
      refusalOf(() => formatTilePath({ ...good, ...change })),
      'tile_path_malformed',
      JSON.stringify(change),
    )
  }
})

t.test('a tree of 70,000 entries has the tiles that the specification counts', async (t) => {
  const tiles = tilesForSize(70_000)
  const full = (level: number): number =>
    tiles.filter((tile) => tile.level === level && tile.width === TILE_WIDTH).length
  t.equal(full(0), 273)
  t.equal(full(1), 1)
  t.same(partialTiles(70_000), [
    { level: 0, index: 273, width: 112 },
    { level: 1, index: 1, width: 17 },
    { level: 2, index: 0, width: 1 },
  ])
  t.equal(tiles.length, 273 + 1 + 3)
  t.same(tilesForSize(256), [
    { level: 0, index: 0, width: 256 },
    { level: 1, index: 0, width: 1 },
  ])
  t.same(tilesForSize(0), [])
})

t.test('published widths', async (t) => {
  for (const { index, size, width, ...rest } of vectors.widths) {
    t.equal(tileWidth(level(rest.level), index, size), width, `${rest.level}/${index} at ${size}`)
  }
})

t.test('tileWidth agrees with the list of tiles, at any size', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300_000 }), (size) =>
      tilesForSize(size).every(({ level, index, width }) => tileWidth(level, index, size) === width),
    ),
    { numRuns: 50 },
  )
  for (const { level, index, width } of partialTiles(SIZE_MAX)) {
    t.equal(tileWidth(level, index, SIZE_MAX), width)
    t.equal(tileWidth(level, index + 1, SIZE_MAX), 0)
  }
  t.equal(partialTiles(SIZE_MAX).length, 7)
  t.equal(tileWidth(63, 0, SIZE_MAX), 0)
})

t.test('the tiles completed on the way add up to those of the whole log', async (t) => {
  const sizes = [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000]
  const found = sizes.slice(1).flatMap((to, i) => fullTilesCompleted(sizes[i]!, to))
  t.same(found.map(formatTilePath).toSorted(), fullTilesCompleted(0, 70_000).map(formatTilePath).toSorted())
  t.same(fullTilesCompleted(65_535, 65_536).map(formatTilePath), ['tile/0/255', 'tile/1/000'])
  t.same(fullTilesCompleted(SIZE_MAX - 1, SIZE_MAX), [])
  t.same(fullTilesCompleted(2 ** 48 - 1, 2 ** 48).length, 6, 'level 5 is completed by the last of 256^6 entries')
  t.equal(
    refusalOf(() => fullTilesCompleted(2, 1)),
    'size_out_of_range',
  )
})

t.test('every node of a tree of 1,000 entries is computed from the one tile that has it', async (t) => {
  const size = 1000
  const tree = rememberedTree(numberedLeaves(size))
  let computed = 0
  for (let level = 0; 2 ** level <= size; level++) {
    for (let index = 0; (index + 1) * 2 ** level <= size; index++) {
      const node: NodeId = { level, index }
      const { tile, offset, count } = tileOfNode(node)
      const width = tileWidth(tile.level, tile.index, size)
      if (offset + count !== tile.width || tile.width > width) t.fail(`width of node ${index} at level ${level}`)
      const row = Array.from({ length: width }, (_, i) => ({
        level: Number(tile.level) * 8,
        index: tile.index * TILE_WIDTH + i,
      }))
      const bytes = concat(...hashesOf(tree, row))
      if (hex(nodeFromTile(node, bytes)) !== hex(hashesOf(tree, [node])[0]!)) t.fail(`node ${index} at level ${level}`)
      computed++
    }
  }
  t.equal(computed, 1000 + 500 + 250 + 125 + 62 + 31 + 15 + 7 + 3 + 1)
})

t.test('nodes of the highest levels have a tile', async (t) => {
  t.same(tileOfNode({ level: 52, index: 0 }), { tile: { level: 6, index: 0, width: 16 }, offset: 0, count: 16 })
  t.same(tileOfNode({ level: 8, index: 257 }), { tile: { level: 1, index: 1, width: 2 }, offset: 1, count: 1 })
  t.same(tileOfNode({ level: 0, index: SIZE_MAX - 1 }).tile, { level: 0, index: 2 ** 45 - 1, width: 255 })
  for (const node of [
    { level: 53, index: 0 },
    { level: 0, index: SIZE_MAX },
    { level: -1, index: 0 },
    { level: 0, index: -1 },
    { level: 0.5, index: 0 },
  ]) {
    t.equal(
      refusalOf(() => tileOfNode(node)),
      'index_out_of_range',
      JSON.stringify(node),
    )
  }
})

t.test('a tile that ends before the node, or within a hash, is refused', async (t) => {
  const node: NodeId = { level: 1, index: 0 }
  for (const length of [0, 32, 63, 65]) {
    t.equal(
      refusalOf(() => nodeFromTile(node, new Uint8Array(length))),
      'hash_length',
      `${length} bytes`,
    )
  }
})
