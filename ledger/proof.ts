/**
 * Inclusion and consistency proofs (RFC 9162 §2.1.3 and §2.1.4) in three beats. `…Nodes` says which perfect subtrees a
 * proof is made of, the caller fetches their hashes in one query, `…Proof` folds them: no I/O stands between the
 * arithmetic, and each half is tested alone. `verify…` is the other side and needs only the proof.
 *
 * A hash of a proof covers a range of leaves. All ranges are perfect subtrees but for the one, if any, that ends at a
 * ragged right border: the plan lists several nodes for it, and `…Proof` folds them into one hash.
 */
import { equalBytes } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { assertHash, nodeHash } from './hash.ts'
import { assertIndex, assertSize, rootHash, rootNodes } from './tree.ts'
import type { NodeId } from './tree.ts'

/** The leaves that one hash of a proof covers: `start` and how many. */
type Range = { start: number; size: number }

/** That an entry with this leaf hash stands at `index` in the tree with this size and root. */
export type InclusionClaim = {
  leafHash: Uint8Array
  index: number
  size: number
  proof: readonly Uint8Array[]
  root: Uint8Array
}

/** That the tree of `to` entries begins with the tree of `from` entries. */
export type ConsistencyClaim = {
  from: number
  to: number
  fromRoot: Uint8Array
  toRoot: Uint8Array
  proof: readonly Uint8Array[]
}

/**
 * The nodes whose hashes make the proof that `index` is in a tree of `size`, in the order of the proof.
 *
 * @param index 0 <= index < size
 * @throws LedgerError size_out_of_range, index_out_of_range
 */
export function inclusionNodes(index: number, size: number): NodeId[] {
  return inclusionRanges(index, size).flatMap(rangeNodes)
}

/**
 * The inclusion proof: the sibling of the leaf first, the child of the root last.
 *
 * @param hashes the hashes of `inclusionNodes(index, size)`, in that order
 * @throws LedgerError size_out_of_range, index_out_of_range, hash_length, proof_malformed when hashes lack or are left
 */
export function inclusionProof(index: number, size: number, hashes: readonly Uint8Array[]): Uint8Array[] {
  return fold(inclusionRanges(index, size), hashes)
}

/**
 * The root that a leaf and its inclusion proof lead to (RFC 9162 §2.1.3.2).
 *
 * @throws LedgerError size_out_of_range, index_out_of_range, hash_length (I1), proof_malformed when the proof has not
 *   exactly the hashes that index and size demand (I5)
 */
export function inclusionRoot(
  leafHash: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
): Uint8Array {
  assertHash(leafHash)
  return pathRoot(leafHash, index, size, proof, nodeHash)
}

/**
 * The value that a leaf and the siblings on its way lead to, in a tree of the shape of RFC 6962 whatever its nodes are.
 *
 * @param join the node above two others
 * @throws LedgerError index_out_of_range, size_out_of_range, proof_malformed (I5), and what `join` throws
 */
export function pathRoot(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  join: (left: Uint8Array, right: Uint8Array) => Uint8Array,
): Uint8Array {
  assertIndex(index, size)
  let value = leaf
  // `node` and `last` are the positions of our ancestor and of the last node, one level higher in every round.
  let node = index
  let last = size - 1
  for (const sibling of path) {
    if (last === 0) throw tooLong()
    // A node that is last at its level and has no sibling is promoted until it has one on its left.
    while (node === last && node % 2 === 0) {
      node /= 2
      last /= 2
    }
    value = node % 2 === 1 ? join(sibling, value) : join(value, sibling)
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  if (last !== 0) throw tooShort()
  return value
}

/**
 * Verifies that a leaf stands at an index of a tree.
 *
 * @throws LedgerError as `inclusionRoot`, and root_mismatch when the proof leads to another root
 */
export function verifyInclusion({ leafHash, index, size, proof, root }: InclusionClaim): void {
  assertHash(root)
  if (!equalBytes(inclusionRoot(leafHash, index, size, proof), root)) {
    throw new LedgerError('root_mismatch', `index ${index} at ${size}`)
  }
}

/**
 * The nodes whose hashes make the proof that a tree of `to` entries begins with the one of `from`, in proof order; none
 * when the sizes are equal.
 *
 * @param from 1 <= from <= to (I6)
 * @throws LedgerError size_out_of_range
 */
export function consistencyNodes(from: number, to: number): NodeId[] {
  return consistencyRanges(from, to).flatMap(rangeNodes)
}

/**
 * The consistency proof (RFC 9162 §2.1.4.1).
 *
 * @param hashes the hashes of `consistencyNodes(from, to)`, in that order
 * @throws LedgerError size_out_of_range, hash_length, proof_malformed when hashes lack or are left
 */
export function consistencyProof(from: number, to: number, hashes: readonly Uint8Array[]): Uint8Array[] {
  return fold(consistencyRanges(from, to), hashes)
}

/**
 * Verifies that a tree begins with an earlier one (RFC 9162 §2.1.4.2, with 1 <= from and 32-byte hashes demanded).
 *
 * @throws LedgerError size_out_of_range, hash_length (I1), proof_malformed when the proof has not exactly the hashes that
 *   the two sizes demand (I5), root_mismatch when it leads to another old or new root
 */
export function verifyConsistency({ from, to, fromRoot, toRoot, proof }: ConsistencyClaim): void {
  assertGrowth(from, to)
  assertHash(fromRoot)
  assertHash(toRoot)
  const roots = from === to ? sameTree(fromRoot, proof) : consistencyRoots(from, to, fromRoot, proof)
  if (!equalBytes(roots.from, fromRoot)) throw new LedgerError('root_mismatch', `size ${from}`)
  if (!equalBytes(roots.to, toRoot)) throw new LedgerError('root_mismatch', `size ${to}`)
}

type Roots = { from: Uint8Array; to: Uint8Array }

function sameTree(root: Uint8Array, proof: readonly Uint8Array[]): Roots {
  if (proof.length > 0) throw tooLong()
  return { from: root, to: root }
}

/** Both roots as the proof gives them. When the old tree is perfect its root opens the proof unwritten. */
function consistencyRoots(from: number, to: number, fromRoot: Uint8Array, proof: readonly Uint8Array[]): Roots {
  let node = from - 1
  let last = to - 1
  // Climb to the largest perfect subtree at the end of the old tree: below it both trees are the same.
  while (node % 2 === 1) {
    node = (node - 1) / 2
    last = Math.floor(last / 2)
  }
  const path = node === 0 ? [fromRoot, ...proof] : proof
  const first = path[0]
  if (first === undefined) throw tooShort()
  assertHash(first)
  let old = first
  let grown = first
  for (const sibling of path.slice(1)) {
    if (last === 0) throw tooLong()
    while (node === last && node % 2 === 0) {
      node /= 2
      last /= 2
    }
    if (node % 2 === 1) {
      old = nodeHash(sibling, old)
      grown = nodeHash(sibling, grown)
    } else {
      grown = nodeHash(grown, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  if (last !== 0) throw tooShort()
  return { from: old, to: grown }
}

/** Walks from the root to the leaf and collects, leaf first, the subtree beside the path at each step. */
function inclusionRanges(index: number, size: number): Range[] {
  assertIndex(index, size)
  const beside: Range[] = []
  let here: Range = { start: 0, size }
  while (here.size > 1) {
    const [left, right] = halves(here)
    const isLeft = index < right.start
    beside.unshift(isLeft ? right : left)
    here = isLeft ? left : right
  }
  return beside
}

/** Walks from the new root to where the old tree ends and collects the subtrees beside the path (RFC 9162 §2.1.4.1). */
function consistencyRanges(from: number, to: number): Range[] {
  assertGrowth(from, to)
  const beside: Range[] = []
  let here: Range = { start: 0, size: to }
  while (here.start + here.size !== from) {
    const [left, right] = halves(here)
    const isLeft = from <= right.start
    beside.unshift(isLeft ? right : left)
    here = isLeft ? left : right
  }
  // A verifier knows the subtree where the walk ends only if it is the whole old tree.
  if (here.start > 0) beside.unshift(here)
  return beside
}

/** The children of a subtree of two or more leaves: the left one is the largest perfect tree smaller than the whole. */
function halves({ start, size }: Range): [Range, Range] {
  let left = 1
  while (left * 2 < size) left *= 2
  return [
    { start, size: left },
    { start: start + left, size: size - left },
  ]
}

/** The perfect subtrees of a range that is a subtree: its start is a multiple of a power of two not below its size. */
function rangeNodes({ start, size }: Range): NodeId[] {
  return rootNodes(size).map(({ level, index }) => ({ level, index: start / 2 ** level + index }))
}

function fold(ranges: readonly Range[], hashes: readonly Uint8Array[]): Uint8Array[] {
  let used = 0
  const proof = ranges.map((range) => {
    const count = rootNodes(range.size).length
    const part = hashes.slice(used, used + count)
    used += count
    return part
  })
  if (hashes.length !== used) {
    throw new LedgerError('proof_malformed', `the proof is made of ${used} hashes, not of ${hashes.length}`)
  }
  return proof.map(rootHash)
}

function assertGrowth(from: number, to: number): void {
  assertSize(from)
  assertSize(to)
  if (from === 0 || from > to) {
    throw new LedgerError('size_out_of_range', `from ${from} to ${to}`)
  }
}

function tooShort(): LedgerError {
  return new LedgerError('proof_malformed', 'too few')
}

function tooLong(): LedgerError {
  return new LedgerError('proof_malformed', 'too many')
}
