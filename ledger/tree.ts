/**
 * The shape of the tree and how it grows (RFC 9162 §2.1.1).
 *
 * A tree of any size is a row of perfect subtrees, the largest first, one for each one bit of the size: 7 entries are
 * subtrees of 4, 2 and 1. Their hashes are the right edge. The edge alone suffices to append and to compute the root,
 * so a writer holds at most 53 hashes however large the log is.
 *
 * Sizes and indexes are numbers up to 2^53-1 and are only divided: JavaScript's bit operators stop at 32 bits (I2).
 */
import { LedgerError, invariant } from './errors.ts'
import { assertHash, emptyRoot, nodeHash } from './hash.ts'

/** The greatest size of a log. Indexes are smaller than their size. */
export const SIZE_MAX = Number.MAX_SAFE_INTEGER

/** A perfect subtree: the leaves from index * 2^level up to, not including, (index + 1) * 2^level. */
export type NodeId = { level: number; index: number }

/** A perfect subtree and its hash. */
export type HashedNode = NodeId & { hash: Uint8Array }

/** Whether a value is a number of entries: an integer with 0 <= value <= 2^53-1. */
export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/**
 * I2: a size is an integer with 0 <= size <= 2^53-1.
 *
 * @throws LedgerError size_out_of_range otherwise
 */
export function assertSize(size: number): void {
  if (!isSize(size)) throw new LedgerError('size_out_of_range', `size ${String(size)}`)
}

/**
 * I2: an index stands in a log of this size, 0 <= index < size <= 2^53-1.
 *
 * @throws LedgerError size_out_of_range, index_out_of_range
 */
export function assertIndex(index: number, size: number): void {
  assertSize(size)
  if (!isSize(index) || index >= size) {
    throw new LedgerError('index_out_of_range', `index ${index} at size ${size}`)
  }
}

/**
 * The perfect subtrees that make up the first `size` entries, the largest first: one for each one bit of `size`, so none
 * for an empty log and at most 53.
 *
 * @throws LedgerError size_out_of_range
 */
export function rootNodes(size: number): NodeId[] {
  assertSize(size)
  const nodes: NodeId[] = []
  for (let level = 0, count = size; count > 0; level++) {
    // An odd number of subtrees at this level leaves the last one without a sibling: it stands on the edge.
    if (count % 2 === 1) nodes.unshift({ level, index: count - 1 })
    count = Math.floor(count / 2)
  }
  return nodes
}

/** How many hashes the right edge of a tree of this size has: the number of one bits of the size. */
export function edgeLength(size: number): number {
  return rootNodes(size).length
}

/**
 * The root of the tree whose right edge is given, the largest subtree first; the empty root for an empty edge.
 *
 * @throws LedgerError hash_length
 */
export function rootHash(edge: readonly Uint8Array[]): Uint8Array {
  if (edge.length === 0) return emptyRoot()
  let root = edge[edge.length - 1]!
  assertHash(root)
  for (let i = edge.length - 2; i >= 0; i--) root = nodeHash(edge[i]!, root)
  return root
}

/** What an append leaves: the new right edge, and every perfect subtree that this leaf completed, itself first. */
export type Appended = { edge: Uint8Array[]; completed: HashedNode[] }

/**
 * Appends one leaf to a tree of `size` entries; nothing given is changed.
 *
 * @param edge the right edge at `size`, largest first
 * @throws LedgerError size_out_of_range when the log is full, hash_length, proof_malformed when the edge is not of `size`
 */
export function appendLeaf(edge: readonly Uint8Array[], size: number, leafHash: Uint8Array): Appended {
  const grown = new RightEdge(size, edge)
  const completed = grown.appendAndList(leafHash)
  return { edge: grown.hashes(), completed }
}

/** The right edge of a growing tree: for appending many leaves without an allocation beyond each new hash. */
export class RightEdge {
  #size: number
  #edge: Uint8Array[]

  /**
   * @param size how many leaves the tree has
   * @param edge its right edge, largest first; copied
   * @throws LedgerError size_out_of_range, hash_length, proof_malformed when the edge is not of that size (I4)
   */
  constructor(size = 0, edge: readonly Uint8Array[] = []) {
    if (edge.length !== edgeLength(size)) {
      throw new LedgerError('proof_malformed', `the right edge at size ${size} has ${edgeLength(size)} hashes`)
    }
    for (const hash of edge) assertHash(hash)
    this.#size = size
    this.#edge = [...edge]
  }

  /** How many leaves the tree has. */
  get size(): number {
    return this.#size
  }

  /** The right edge, largest first; a copy of the list. */
  hashes(): Uint8Array[] {
    return [...this.#edge]
  }

  /** The root of the tree as it stands. */
  root(): Uint8Array {
    return rootHash(this.#edge)
  }

  /**
   * Appends a leaf.
   *
   * @throws LedgerError hash_length, size_out_of_range when the log is full
   */
  append(leafHash: Uint8Array): void {
    this.#grow(leafHash, undefined)
  }

  /** Appends a leaf and names every perfect subtree that it completed, from the leaf itself (level 0) upward. */
  appendAndList(leafHash: Uint8Array): HashedNode[] {
    const completed: HashedNode[] = []
    this.#grow(leafHash, completed)
    return completed
  }

  #grow(leafHash: Uint8Array, completed: HashedNode[] | undefined): void {
    assertHash(leafHash)
    if (this.#size === SIZE_MAX) throw new LedgerError('size_out_of_range', 'the log is full')
    let hash = leafHash
    let index = this.#size
    completed?.push({ level: 0, index, hash })
    // Each trailing one bit of the size is a subtree that waits on the edge for a sibling of its own size: this one.
    for (let level = 1; index % 2 === 1; level++) {
      const left = this.#edge.pop()
      invariant(left !== undefined, 'I4: the right edge has one hash for each one bit of the size')
      hash = nodeHash(left, hash)
      index = (index - 1) / 2
      completed?.push({ level, index, hash })
    }
    this.#edge.push(hash)
    this.#size += 1
  }
}
