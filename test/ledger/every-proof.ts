/**
 * Every proof of every small tree, as a worker: it stops at the first surprise and posts how many claims it saw verified
 * and how many corrupted ones refused. A million verifications take seconds here and minutes under coverage counters,
 * so proof.test.ts starts it without them.
 */
import { createHash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { MerkleTree } from 'merkletreejs'
import { equalBytes } from '../../ledger/bytes.ts'
import type { ConsistencyClaim, InclusionClaim } from '../../ledger/proof.ts'
import { consistencyOf, inclusionOf } from '../support/tree-oracle.ts'
import { consistency, consistentIn, includedIn, inclusion, sameHashes } from './claims.ts'
import { flipped, numberedLeaves, rememberedTree, replaced } from './reference.ts'

/** What the worker posts. */
export type Sums = { verified: number; refused: number }

// Most calls are refused here, and nobody reads where.
Error.stackTraceLimit = 0

const { kind, sizes } = workerData as { kind: 'inclusion' | 'consistency'; sizes: number }
const leaves = numberedLeaves(sizes + 1)
const tree = rememberedTree(leaves)
const rootAt = (size: number): Uint8Array => tree(0, size)
const sums: Sums = { verified: 0, refused: 0 }

if (kind === 'inclusion') {
  for (let size = 0; size <= sizes; size++) {
    const theirs = otherTree(size)
    for (let index = 0; index < size; index++) {
      const claim = includedIn(tree, index, size)
      const where = `${index} in ${size}`
      check(sameHashes(claim.proof, inclusionOf(tree, index, size)), `the oracle has another proof of ${where}`)
      check(sameHashes(claim.proof, theirs.proof(index)), `merkletreejs has another proof of ${where}`)
      check(inclusion(claim) === 'accepted', `${where} is refused`)
      sums.verified++
      corruptInclusion(claim, where)
    }
  }
} else {
  for (let to = 1; to <= sizes; to++) {
    for (let from = 1; from <= to; from++) {
      const claim = consistentIn(tree, from, to)
      const where = `${from} to ${to}`
      check(sameHashes(claim.proof, consistencyOf(tree, from, to)), `the oracle has another proof from ${where}`)
      check(consistency(claim) === 'accepted', `${where} is refused`)
      sums.verified++
      corruptConsistency(claim, where)
    }
  }
}
// The port of a worker has no origin that could be named.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage(sums)

function nodeOf(children: Uint8Array): Buffer {
  return createHash('sha256').update(Uint8Array.of(1)).update(children).digest()
}

/** The same tree in a library of another family, which promotes an odd node as RFC 6962 does. */
function otherTree(size: number): { proof: (index: number) => Uint8Array[] } {
  const hashes = leaves.slice(0, size).map((leaf) => Buffer.from(leaf))
  const other = new MerkleTree(hashes, nodeOf, { hashLeaves: false, sort: false, duplicateOdd: false })
  check(size === 0 || equalBytes(other.getRoot(), rootAt(size)), `merkletreejs has another root at ${size}`)
  return { proof: (index) => other.getProof(hashes[index]!, index).map(({ data }) => data as Uint8Array) }
}

function corruptInclusion(claim: InclusionClaim, where: string): void {
  const { index, size, proof } = claim
  const bit = (index + size) % 8
  const refuse = (change: Partial<InclusionClaim>, code: string | undefined, what: string): void =>
    refused(inclusion({ ...claim, ...change }), code, `${what} for ${where}`)
  for (const [i, hash] of proof.entries()) {
    refuse({ proof: replaced(proof, i, flipped(hash, (index * 7 + i) % 32, bit)) }, 'root_mismatch', `hash ${i}`)
  }
  refuse({ leafHash: flipped(claim.leafHash, size % 32, bit) }, 'root_mismatch', 'leaf')
  refuse({ root: flipped(claim.root, index % 32, bit) }, 'root_mismatch', 'root')
  if (size > 1) refuse({ proof: proof.slice(0, -1) }, 'proof_malformed', 'short proof')
  refuse({ proof: [...proof, claim.root] }, 'proof_malformed', 'long proof')
  refuse({ index: size }, 'index_out_of_range', 'index at the size')
  // In small trees every other index, in the others the neighbours and the mirror image.
  const others = size <= 40 ? leaves.slice(0, size).keys() : [index - 1, index + 1, size - 1 - index]
  for (const other of others) if (other !== index) refuse({ index: other }, undefined, `index ${other}`)
  for (const other of [size - 1, size + 1]) refuse({ size: other, root: rootAt(other) }, undefined, `size ${other}`)
  refuse({ size: size * 2 }, undefined, 'doubled size')
}

function corruptConsistency(claim: ConsistencyClaim, where: string): void {
  const { from, to, fromRoot, toRoot, proof } = claim
  const bit = (from + to) % 8
  const refuse = (change: Partial<ConsistencyClaim>, code: string | undefined, what: string): void =>
    refused(consistency({ ...claim, ...change }), code, `${what} for ${where}`)
  for (const [i, hash] of proof.entries()) {
    refuse({ proof: replaced(proof, i, flipped(hash, (from * 7 + i) % 32, bit)) }, 'root_mismatch', `hash ${i}`)
  }
  refuse({ fromRoot: flipped(fromRoot, to % 32, bit) }, 'root_mismatch', 'old root')
  refuse({ toRoot: flipped(toRoot, from % 32, bit) }, 'root_mismatch', 'new root')
  refuse({ proof: [...proof, toRoot] }, 'proof_malformed', 'long proof')
  if (from < to) {
    refuse({ proof: proof.slice(0, -1) }, 'proof_malformed', 'short proof')
    refuse({ proof: [] }, 'proof_malformed', 'empty proof')
    refuse({ fromRoot: toRoot, toRoot: fromRoot }, undefined, 'swapped roots')
  }
  for (const other of [from - 1, from + 1]) {
    if (other === to) continue
    const code = other === 0 || other > to ? 'size_out_of_range' : undefined
    refuse({ from: other, fromRoot: rootAt(other) }, code, `old size ${other}`)
  }
  refuse({ to: to + 1, toRoot: rootAt(to + 1) }, undefined, `new size ${to + 1}`)
}

/** Counts a refusal, with this code where one is given; anything else ends the worker. */
function refused(found: string, code: string | undefined, what: string): void {
  check(code === undefined ? found !== 'accepted' : found === code, `${what}: ${found}`)
  sums.refused++
}

function check(condition: boolean, message: string): void {
  if (!condition) throw new Error(message)
}
