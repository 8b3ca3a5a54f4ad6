/**
 * The balances tree, word for word after the specification: recursive, with its own hashing, sharing no code with
 * ledger/. The second opinion on values and paths.
 */
import { createHash } from 'node:crypto'
import { splitOf } from '../support/tree-oracle.ts'

const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

const sumOf = (value: Uint8Array): number => Number(Buffer.from(value).readBigUInt64BE(32))

/** The leaf of a balance; the order of members is that of RFC 8785 because it is a list. */
export function leafValue(salt: string, programme: string, commitment: string, balance: number): Uint8Array {
  const text = JSON.stringify([salt, programme, commitment, balance])
  const hash = createHash('sha256').update(Buffer.of(0)).update(text, 'utf8').digest()
  return new Uint8Array(Buffer.concat([hash, u64(balance)]))
}

/** The node above two values. */
export function nodeValue(left: Uint8Array, right: Uint8Array): Uint8Array {
  const hash = createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest()
  return new Uint8Array(Buffer.concat([hash, u64(sumOf(left) + sumOf(right))]))
}

/** The root over some leaves, at least one. */
export function rootValue(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0]!
  const k = splitOf(leaves.length)
  return nodeValue(rootValue(leaves.slice(0, k)), rootValue(leaves.slice(k)))
}

/** The values beside the way from a leaf to the root, from the leaf up. */
export function pathTo(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (leaves.length === 1) return []
  const k = splitOf(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return index < k ? [...pathTo(left, index), rootValue(right)] : [...pathTo(right, index - k), rootValue(left)]
}
