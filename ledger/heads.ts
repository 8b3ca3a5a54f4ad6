/**
 * Heads: the Merkle tree over (stream, count, head) that proves how many entries a stream has. An anchored log ends with
 * an entry `ledger.heads` that holds this tree's root, so that leaving an entry out of a timeline contradicts the anchor.
 *
 * Leaf i = SHA-256(0x00 ‖ JCS([stream, count, head])), one for every stream that has an entry below `size`, ascending by
 * the bytes of the name; nodes as in the log, an odd node promoted (RFC 6962 §2.1).
 */
import { base64url, equalBytes, parseBase64url } from './bytes.ts'
import { isDigest } from './entry.ts'
import { LedgerError, invariant } from './errors.ts'
import { emptyRoot, leafHash, nodeHash } from './hash.ts'
import { formatCanonical, member } from './json.ts'
import type { JsonObject } from './json.ts'
import { inclusionRoot } from './proof.ts'
import { RightEdge, isSize } from './tree.ts'

/** A stream as of some size: how many entries it has below it, and the base64url leaf hash of the last of them. */
export type StreamHead = { stream: string; count: number; head: string }

/** What a `ledger.heads` entry says: as of `size` entries there are `streams` streams, under this root. */
export type Heads = { size: number; streams: number; root: Uint8Array }

/** That a stream stands as leaf `index` in the heads tree over `streams` streams with this root. */
export type HeadsClaim = StreamHead & {
  index: number
  streams: number
  path: readonly Uint8Array[]
  root: Uint8Array
}

/** The leaf of a stream. */
export function headsLeaf(stream: string, count: number, head: string): Uint8Array {
  return leafHash(formatCanonical([stream, count, head]))
}

/** The root over leaves that are in the order of their streams' names. */
export function headsRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const edge = new RightEdge()
  for (const leaf of leaves) edge.append(leaf)
  return edge.root()
}

/**
 * Verifies that the heads tree counts a stream as the claim says.
 *
 * @throws LedgerError index_out_of_range, proof_malformed, hash_length; heads_mismatch when the path leads elsewhere
 */
export function verifyHeadsPath({ stream, count, head, index, streams, path, root }: HeadsClaim): void {
  if (!equalBytes(inclusionRoot(headsLeaf(stream, count, head), index, streams, path), root)) {
    throw new LedgerError('heads_mismatch', `${stream} with ${count} entries`)
  }
}

/** The data of a `ledger.heads` entry. */
export function formatHeads({ size, streams, root }: Heads): JsonObject {
  return { size, streams, root: base64url(root) }
}

/**
 * What the data of a `ledger.heads` entry says.
 *
 * @param index the index of that entry; it counts no entry at or after itself (I28)
 * @throws LedgerError heads_malformed
 */
export function parseHeads(data: JsonObject, index: number): Heads {
  const size = member(data, 'size')
  const streams = member(data, 'streams')
  const root = member(data, 'root')
  const isWellFormed = Object.keys(data).length === 3 && isSize(size) && isSize(streams) && isDigest(root)
  if (!isWellFormed || size < 1 || size > index || streams < 1 || streams > size) {
    throw new LedgerError('heads_malformed', `malformed heads at ${index}`)
  }
  return { size, streams, root: parseBase64url(root) }
}

/**
 * The heads tree of a growing log. It keeps every level, and recomputes only what a changed stream lies under, so that
 * recounting a log with many heads entries costs little more than reading it.
 */
export class HeadsTree {
  #names: string[] = []
  #heads = new Map<string, { count: number; head: string }>()
  #levels: Uint8Array[][] = [[]]
  #changed = new Set<string>()
  #added: string[] = []

  /** How many streams there are. */
  get streams(): number {
    return this.#heads.size
  }

  /** States how many entries a stream has now, and the leaf hash of the last. */
  set({ stream, count, head }: StreamHead): void {
    if (this.#heads.has(stream)) this.#changed.add(stream)
    else this.#added.push(stream)
    this.#heads.set(stream, { count, head })
  }

  /** The root as of now. */
  root(): Uint8Array {
    this.#insertAdded()
    for (const stream of this.#changed) this.#updateLeaf(this.#position(stream))
    this.#changed.clear()
    const top = this.#levels[this.#levels.length - 1]!
    return top[0] ?? emptyRoot()
  }

  /** New streams move every later leaf: all from the first of them on is computed again. */
  #insertAdded(): void {
    if (this.#added.length === 0) return
    // Names are ASCII: JavaScript's order is that of the bytes.
    // oxlint-disable-next-line unicorn/no-array-sort
    const added = this.#added.sort()
    const first = this.#position(added[0]!)
    const names = this.#names
    this.#names = merged(names, added)
    this.#added = []
    const moved = new Map<string, Uint8Array>()
    const leaves = this.#levels[0]!
    for (let i = first; i < names.length; i++) moved.set(names[i]!, leaves[i]!)
    leaves.length = first
    for (let i = first; i < this.#names.length; i++) {
      const stream = this.#names[i]!
      leaves.push(moved.get(stream) ?? this.#leaf(stream))
    }
    this.#rebuildAbove(first)
  }

  #rebuildAbove(first: number): void {
    let from = first
    let level = 0
    for (; this.#levels[level]!.length > 1; level++) {
      from = Math.floor(from / 2)
      const below = this.#levels[level]!
      const above = (this.#levels[level + 1] ??= [])
      above.length = Math.min(above.length, from)
      for (let i = above.length; 2 * i < below.length; i++) above.push(parent(below, i))
    }
    this.#levels.length = level + 1
  }

  #updateLeaf(position: number): void {
    this.#levels[0]![position] = this.#leaf(this.#names[position]!)
    let at = position
    for (let level = 1; level < this.#levels.length; level++) {
      at = Math.floor(at / 2)
      this.#levels[level]![at] = parent(this.#levels[level - 1]!, at)
    }
  }

  #leaf(stream: string): Uint8Array {
    const { count, head } = this.#heads.get(stream)!
    return headsLeaf(stream, count, head)
  }

  /** Where a stream stands, or would stand, among the names. */
  #position(stream: string): number {
    let low = 0
    let high = this.#names.length
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (this.#names[middle]! < stream) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The node above the children 2i and 2i + 1; a child without a sibling is promoted. */
function parent(below: readonly Uint8Array[], i: number): Uint8Array {
  const left = below[2 * i]
  invariant(left !== undefined, 'I27: a node of the heads tree has a child')
  const right = below[2 * i + 1]
  return right === undefined ? left : nodeHash(left, right)
}

function merged(names: readonly string[], added: readonly string[]): string[] {
  const all: string[] = []
  let next = 0
  for (const name of names) {
    while (next < added.length && added[next]! < name) all.push(added[next++]!)
    all.push(name)
  }
  return all.concat(added.slice(next))
}
