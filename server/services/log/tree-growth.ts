/** How a batch changes the tree: the right edge, the root, and the tiles that it fills. */
import { concat } from '../../../ledger/bytes.ts'
import { TILE_WIDTH, fullTilesCompleted } from '../../../ledger/tile.ts'
import { RightEdge } from '../../../ledger/tree.ts'
import type { FilledTile } from './append-write.ts'

/** A tile spans 8 levels of the tree. */
const TILE_HEIGHT = 8

export type Growth = { size: number; edge: Uint8Array[]; root: Uint8Array; tiles: FilledTile[] }

/**
 * The tree after more entries.
 *
 * @param from where it stands. `edge`: the right edge, largest first
 */
export function growTree(
  { size, edge }: Pick<Growth, 'size' | 'edge'>,
  entries: readonly { leafHash: Uint8Array }[],
): Growth {
  const tree = new RightEdge(size, edge)
  // Hashes that stand in tiles, or are the root of one: those of every eighth level.
  const made = new Map<string, Uint8Array>()
  for (const { leafHash } of entries) {
    for (const { level, index, hash } of tree.appendAndList(leafHash)) {
      if (level % TILE_HEIGHT === 0) made.set(`${level / TILE_HEIGHT} ${index}`, hash)
    }
  }
  const tiles = fullTilesCompleted(size, tree.size).map(({ level, index }) => filledTile(made, Number(level), index))
  return { size: tree.size, edge: tree.hashes(), root: tree.root(), tiles }
}

function filledTile(made: ReadonlyMap<string, Uint8Array>, level: number, index: number): FilledTile {
  const added: Uint8Array[] = []
  for (let i = index * TILE_WIDTH; i < (index + 1) * TILE_WIDTH; i++) {
    const hash = made.get(`${level} ${i}`)
    if (hash !== undefined) added.push(hash)
  }
  const root = made.get(`${level + 1} ${index}`)
  if (root === undefined) throw new Error('I12: a tile that is filled has a root')
  return { level, index, added: concat(...added), root }
}

/** The right edge as the head row holds it: 32 bytes a hash. */
export function splitHashes(bytes: Uint8Array): Uint8Array[] {
  const hashes: Uint8Array[] = []
  for (let i = 0; i < bytes.length; i += 32) hashes.push(bytes.slice(i, i + 32))
  return hashes
}
