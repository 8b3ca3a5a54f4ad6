/**
 * Proof of liabilities: a tree over the balances of all holders of a programme, in which every node commits to the sum
 * below it. Whoever holds points sees that the own balance is counted, and everybody sees that the sum is what the log's
 * postings leave outstanding.
 *
 *     leaf        H(0x00 ‖ JCS([salt, programme, commitment, balance])) ‖ u64be(balance)
 *     node        H(0x01 ‖ left ‖ right) ‖ u64be(sum)        left, right: the whole 40 bytes of each
 *     commitment  base64url(H(view code ‖ programme))
 *
 * A node hashes the sums of both its children and not only the total: else the operator could claim less. The commitment
 * is of a secret that only the holder has besides the operator: else two holders of the same balance could be shown one
 * leaf. The tree has the shape of RFC 6962. Specification: README.md, "Liabilities" (BT1–BT4).
 */
import { base64url, concat, equalBytes, parseBase64url, u64be, utf8 } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { HASH_BYTES, leafHash, sha256 } from './hash.ts'
import { formatCanonical } from './json.ts'
import { pathRoot } from './proof.ts'

/** The length of a value of the tree: a hash and a sum. */
const BALANCE_NODE_BYTES = HASH_BYTES + 8

const SALT_BYTES = 16
const NODE_PREFIX = Uint8Array.of(0x01)

/** A holder's line in the tree. `salt`: base64url of 16 random bytes, fresh at every root. */
export type BalanceLeaf = {
  readonly salt: string
  readonly programme: string
  readonly commitment: string
  readonly balance: number
}

/** That a balance stands as leaf `index` among `leaves`, under a root that a `points.liabilities` entry names. */
export type BalanceClaim = BalanceLeaf & {
  readonly index: number
  readonly leaves: number
  readonly path: readonly Uint8Array[]
  /** 32 bytes. */
  readonly root: Uint8Array
  readonly sum: number
}

/** What ties a leaf to one holder: nobody else knows the view code. */
export function balanceCommitment(viewCode: string, programme: string): string {
  return base64url(sha256(utf8(viewCode + programme)))
}

/**
 * The 40 bytes of a leaf.
 *
 * @throws LedgerError balance_malformed when the salt is not one or the balance is no size
 */
export function balanceLeaf({ salt, programme, commitment, balance }: BalanceLeaf): Uint8Array {
  if (!isSalt(salt)) throw malformed('salt')
  return concat(leafHash(formatCanonical([salt, programme, commitment, balance])), u64be(balance))
}

/**
 * The 40 bytes of the node above two others.
 *
 * @throws LedgerError balance_malformed when a child is not 40 bytes, or a sum is above 2^53-1 (BT2)
 */
export function balanceNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  const sum = balanceSum(left) + balanceSum(right)
  if (!Number.isSafeInteger(sum)) throw malformed('sum')
  return concat(sha256(concat(NODE_PREFIX, left, right)), u64be(sum))
}

/**
 * The sum that a value of the tree commits to.
 *
 * @throws LedgerError balance_malformed unless it is 40 bytes and the sum at most 2^53-1 (BT2)
 */
export function balanceSum(value: Uint8Array): number {
  if (value.length !== BALANCE_NODE_BYTES) throw malformed('length')
  const sum = value.slice(HASH_BYTES).reduce((before, byte) => before * 256 + byte, 0)
  // A sum that is too large was rounded on the way, but never down to a safe integer.
  if (!Number.isSafeInteger(sum)) throw malformed('sum')
  return sum
}

/** The 40 bytes of a root whose hash and sum a `points.liabilities` entry names. */
export function balanceRoot(root: Uint8Array, sum: number): Uint8Array {
  return concat(root, u64be(sum))
}

/**
 * Verifies that a balance is counted: that its leaf and path lead to the hash and to the sum of the root.
 *
 * @throws LedgerError balance_malformed, proof_malformed, index_out_of_range; balance_mismatch when they lead elsewhere
 */
export function verifyBalance({ index, leaves, path, root, sum, ...leaf }: BalanceClaim): void {
  const found = pathRoot(balanceLeaf(leaf), index, leaves, path, balanceNode)
  if (!equalBytes(found, balanceRoot(root, sum))) {
    throw new LedgerError('balance_mismatch', `the balance ${leaf.balance} is not under this root of ${sum}`)
  }
}

function isSalt(salt: string): boolean {
  try {
    return parseBase64url(salt).length === SALT_BYTES
  } catch {
    return false
  }
}

function malformed(what: string): LedgerError {
  return new LedgerError('balance_malformed', `malformed balance: ${what}`)
}
