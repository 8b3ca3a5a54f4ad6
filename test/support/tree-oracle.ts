/**
 * RFC 6962 section 2.1, word for word: slow, recursive, and sharing no code with ledger/. The second opinion on roots
 * and proofs in the contract's tests, and the maker of the large trees of the gas figures.
 */
import { createHash } from 'node:crypto'

/** The hash of the subtree over the entries from `start` up to but not including `end`. */
export type SubtreeHash = (start: number, end: number) => Uint8Array

const sha256 = (...parts: Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

/** The leaf hash of an entry. */
export const leafOf = (entry: Uint8Array): Uint8Array => sha256(Uint8Array.of(0), entry)

/** The largest power of two below n, for n > 1. */
export function splitOf(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/** A tree over these leaf hashes. */
export function treeOver(leaves: readonly Uint8Array[]): SubtreeHash {
  const hash: SubtreeHash = (start, end) => {
    if (end - start === 1) return leaves[start] as Uint8Array
    const middle = start + splitOf(end - start)
    return sha256(Uint8Array.of(1), hash(start, middle), hash(middle, end))
  }
  return hash
}

/** A tree of any size with the same leaf everywhere: a subtree's hash depends on its size only, so a million is cheap. */
export function uniformTree(leaf: Uint8Array): SubtreeHash {
  const known = new Map<number, Uint8Array>([[1, leaf]])
  const ofSize = (size: number): Uint8Array => {
    const found = known.get(size)
    if (found) return found
    const k = splitOf(size)
    const hash = sha256(Uint8Array.of(1), ofSize(k), ofSize(size - k))
    known.set(size, hash)
    return hash
  }
  return (start, end) => ofSize(end - start)
}

/** PATH(index, D[size]): the inclusion proof of an entry, from the leaf up. */
export function inclusionOf(tree: SubtreeHash, index: number, size: number, start = 0): Uint8Array[] {
  if (size === 1) return []
  const k = splitOf(size)
  return index < k
    ? [...inclusionOf(tree, index, k, start), tree(start + k, start + size)]
    : [...inclusionOf(tree, index - k, size - k, start + k), tree(start, start + k)]
}

/** PROOF(from, D[to]): the consistency proof between two sizes, 0 < from <= to. */
export function consistencyOf(tree: SubtreeHash, from: number, to: number, start = 0, whole = true): Uint8Array[] {
  if (from === to) return whole ? [] : [tree(start, start + to)]
  const k = splitOf(to)
  return from <= k
    ? [...consistencyOf(tree, from, k, start, whole), tree(start + k, start + to)]
    : [...consistencyOf(tree, from - k, to - k, start + k, false), tree(start, start + k)]
}
