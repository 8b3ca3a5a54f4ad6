/**
 * SHA-256 and the two domain-separated hashes of the tree (RFC 6962 §2.1, RFC 9162 §2.1.1).
 *
 * A leaf and a node start with different bytes (I3): without them the two children of a node, put together, would be
 * the bytes of a leaf with the same hash, and one tree could be passed off as another.
 */
import { _SHA256 as Sha256 } from '@noble/hashes/sha2.js'
import { LedgerError } from './errors.ts'

/** The length of every hash in the log. */
export const HASH_BYTES = 32

const LEAF_PREFIX = 0x00
const NODE_PREFIX = 0x01

/**
 * SHA-256 of the bytes. By the library's class itself: its function of this name brings options and object identifiers
 * along, which weigh a fiftieth of what a phone loads for a check.
 */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Sha256().update(bytes).digest()
}

/** The root of the tree without entries: SHA-256 of no bytes. A fresh copy, so that nobody can change it for others. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0))
}

/** SHA-256(0x00 ‖ entry), for an entry of any length. */
export function leafHash(entryBytes: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + entryBytes.length)
  input[0] = LEAF_PREFIX
  input.set(entryBytes, 1)
  return sha256(input)
}

/**
 * One buffer for all calls: measured, more than a tenth faster than a new one each time. Safe, because the core is
 * synchronous and no reference to it leaves `nodeHash`.
 */
const nodeInput = new Uint8Array(1 + 2 * HASH_BYTES)
nodeInput[0] = NODE_PREFIX

/**
 * SHA-256(0x01 ‖ left ‖ right).
 *
 * @throws LedgerError hash_length unless both are 32 bytes (I1)
 */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  assertHash(left)
  assertHash(right)
  nodeInput.set(left, 1)
  nodeInput.set(right, 1 + HASH_BYTES)
  return sha256(nodeInput)
}

/**
 * I1: a hash is exactly 32 bytes.
 *
 * @throws LedgerError hash_length otherwise
 */
export function assertHash(hash: Uint8Array): void {
  if (hash.length !== HASH_BYTES) throw new LedgerError('hash_length', `a hash of ${hash.length} bytes`)
}
