/** Claims that a proof settles, made from any tree that can name the hash of a subtree, and how the core judges them. */
import { equalBytes } from '../../ledger/bytes.ts'
import {
  consistencyNodes,
  consistencyProof,
  inclusionNodes,
  inclusionProof,
  verifyConsistency,
  verifyInclusion,
} from '../../ledger/proof.ts'
import type { ConsistencyClaim, InclusionClaim } from '../../ledger/proof.ts'
import type { SubtreeHash } from '../support/tree-oracle.ts'
import { hashesOf, refusalOf } from './reference.ts'

/** The true claim that `index` is in a tree of `size`, with the proof that the core makes: plan, fetch, compute. */
export const includedIn = (tree: SubtreeHash, index: number, size: number): InclusionClaim => ({
  leafHash: tree(index, index + 1),
  index,
  size,
  proof: inclusionProof(index, size, hashesOf(tree, inclusionNodes(index, size))),
  root: tree(0, size),
})

/** The true claim that a tree of `to` begins with the one of `from`, with the proof that the core makes. */
export const consistentIn = (tree: SubtreeHash, from: number, to: number): ConsistencyClaim => ({
  from,
  to,
  fromRoot: tree(0, from),
  toRoot: tree(0, to),
  proof: consistencyProof(from, to, hashesOf(tree, consistencyNodes(from, to))),
})

/** "accepted", or the code with which the core refuses. */
export const inclusion = (claim: InclusionClaim): string => refusalOf(() => verifyInclusion(claim))

/** "accepted", or the code with which the core refuses. */
export const consistency = (claim: ConsistencyClaim): string => refusalOf(() => verifyConsistency(claim))

/** Whether two proofs are the same. */
export const sameHashes = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean =>
  a.length === b.length && a.every((hash, i) => equalBytes(hash, b[i]!))
