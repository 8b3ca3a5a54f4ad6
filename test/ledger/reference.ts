/**
 * What the core is compared with: the recursive definitions of RFC 6962 (from the shared oracle, remembered here so that
 * every proof of every small tree is cheap), a sparse tree of any size, and the code with which a call is refused.
 */
import { createHash } from 'node:crypto'
import { LedgerError } from '../../ledger/errors.ts'
import type { NodeId } from '../../ledger/tree.ts'
import { leafOf, splitOf, treeOver } from '../support/tree-oracle.ts'
import type { SubtreeHash } from '../support/tree-oracle.ts'

/** The leaf hashes of entries "0", "1", … */
export const numberedLeaves = (size: number): Uint8Array[] =>
  Array.from({ length: size }, (_, index) => leafOf(new TextEncoder().encode(String(index))))

/** The oracle over these leaf hashes, each range computed once. The empty range has the hash of no bytes. */
export function rememberedTree(leaves: readonly Uint8Array[]): SubtreeHash {
  const tree = treeOver(leaves)
  const known = new Map<string, Uint8Array>([['0-0', new Uint8Array(createHash('sha256').digest())]])
  return (start, end) => {
    const range = `${start}-${end}`
    const hash = known.get(range) ?? tree(start, end)
    known.set(range, hash)
    return hash
  }
}

const nodeOf = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest())

/**
 * A tree of any size in which all leaves are equal but those named: a subtree without a named leaf depends on its size
 * only, so sizes up to 2^53-1 are cheap and a proof of a wrong place still fails.
 */
export function sparseTree(named: ReadonlyMap<number, Uint8Array>): SubtreeHash {
  const common = createHash('sha256').update('common leaf').digest()
  const uniform = new Map<number, Uint8Array>([[1, new Uint8Array(common)]])
  const hash: SubtreeHash = (start, end) => {
    const size = end - start
    const isUniform = ![...named.keys()].some((index) => index >= start && index < end)
    const known = isUniform ? uniform.get(size) : size === 1 ? named.get(start) : undefined
    if (known) return known
    const middle = start + splitOf(size)
    const found = nodeOf(hash(start, middle), hash(middle, end))
    if (isUniform) uniform.set(size, found)
    return found
  }
  return hash
}

/** The hashes of the planned nodes, taken from an oracle. */
export const hashesOf = (tree: SubtreeHash, nodes: readonly NodeId[]): Uint8Array[] =>
  nodes.map(({ level, index }) => tree(index * 2 ** level, (index + 1) * 2 ** level))

/** The code with which a call is refused, or "accepted"; any other error is a failure of the test. */
export function refusalOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof LedgerError) return error.code
    throw error
  }
  return 'accepted'
}

/** A copy with one bit of one byte flipped. */
export function flipped(bytes: Uint8Array, position = 0, bit = 0): Uint8Array {
  const copy = bytes.slice()
  copy[position] = (copy[position] as number) ^ (1 << bit)
  return copy
}

/** The list with one member replaced. */
export const replaced = <T>(list: readonly T[], position: number, value: T): T[] =>
  list.map((member, index) => (index === position ? value : member))
