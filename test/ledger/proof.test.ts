import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { concat, hex, parseBase64, parseHex, utf8 } from '../../ledger/bytes.ts'
import { emptyRoot, leafHash } from '../../ledger/hash.ts'
import {
  consistencyNodes,
  consistencyProof,
  inclusionNodes,
  inclusionProof,
  inclusionRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../ledger/proof.ts'
import type { ConsistencyClaim, InclusionClaim } from '../../ledger/proof.ts'
import { SIZE_MAX } from '../../ledger/tree.ts'
import { consistencyOf, inclusionOf } from '../support/tree-oracle.ts'
import type { SubtreeHash } from '../support/tree-oracle.ts'
import vectors from '../vectors/merkle.json' with { type: 'json' }
import { consistency, consistentIn, includedIn, inclusion, sameHashes } from './claims.ts'
import type { Sums } from './every-proof.ts'
import { flipped, numberedLeaves, refusalOf, rememberedTree, replaced, sparseTree } from './reference.ts'

const SIZES = 300
const leaves = numberedLeaves(8)
const tree = rememberedTree(leaves)
const rootAt = (size: number): Uint8Array => tree(0, size)

/** Runs `every-proof.ts` in a worker that none of our coverage counters reach: they make hashing eight times slower. */
async function everyProof(kind: 'inclusion' | 'consistency'): Promise<Sums> {
  const program = new URL('every-proof.ts', import.meta.url)
  const worker = new Worker(program, { workerData: { kind, sizes: SIZES }, execArgv: [], env: {} })
  const [sums] = (await once(worker, 'message')) as [Sums]
  return sums
}

t.test('every proof of every tree of 0 to 300 entries verifies, agrees, and is refused when corrupted', async (t) => {
  const claims = (SIZES * (SIZES + 1)) / 2
  const [inclusion, consistency] = await Promise.all([everyProof('inclusion'), everyProof('consistency')])
  t.equal(inclusion.verified, claims)
  t.ok(inclusion.refused > 12 * claims, `${inclusion.refused} corrupted inclusion claims refused (I5)`)
  t.equal(consistency.verified, claims)
  t.ok(consistency.refused > 12 * claims, `${consistency.refused} corrupted consistency claims refused`)
})

t.test('sizes up to 2^53-1 are planned, proven and verified', async (t) => {
  const named = leafHash(utf8('named'))
  for (const size of [2 ** 31 + 1, 2 ** 32 + 5, 2 ** 52, 2 ** 52 + 1, SIZE_MAX - 1, SIZE_MAX]) {
    for (const index of [0, 1, 2 ** 31 - 1, Math.floor(size / 2), size - 2, size - 1]) {
      const tree = sparseTree(new Map([[index, named]]))
      const claim = includedIn(tree, index, size)
      t.ok(sameHashes(claim.proof, inclusionOf(tree, index, size)), `the proof of ${index} in ${size}`)
      t.ok(inclusionNodes(index, size).every((node) => (node.index + 1) * 2 ** node.level <= size))
      t.equal(inclusion(claim), 'accepted')
      t.equal(inclusion({ ...claim, index: index === 0 ? 1 : index - 1 }) === 'accepted', false)
    }
    const tree = sparseTree(new Map([[size - 1, named]]))
    for (const from of [1, 2, 2 ** 31, 2 ** 31 + 1, Math.floor(size / 3), size - 1]) {
      const claim = consistentIn(tree, from, size)
      t.ok(sameHashes(claim.proof, consistencyOf(tree, from, size)), `the proof from ${from} to ${size}`)
      t.equal(consistency(claim), 'accepted')
      t.equal(consistency({ ...claim, toRoot: tree(0, size - 1) }), 'root_mismatch')
    }
  }
})

t.test('only a ragged right border needs more than one node for a hash', async (t) => {
  t.same(inclusionNodes(0, 7), [
    { level: 0, index: 1 },
    { level: 1, index: 1 },
    { level: 1, index: 2 },
    { level: 0, index: 6 },
  ])
  t.equal(includedIn(tree, 0, 7).proof.length, 3)
  t.same(consistencyNodes(4, 7), [
    { level: 1, index: 2 },
    { level: 0, index: 6 },
  ])
  t.same(consistencyNodes(7, 7), [])
})

t.test('hashes too few or too many (I5) and what is out of range are refused', async (t) => {
  const claim = includedIn(tree, 2, 5)
  const growth = consistentIn(tree, 3, 5)
  const short = new Uint8Array(31)
  const refused: [string, string, () => unknown][] = [
    ['inclusion in the empty tree', 'index_out_of_range', () => inclusionNodes(0, 0)],
    ['an index at the size', 'index_out_of_range', () => inclusionProof(5, 5, [])],
    ['a size above 2^53-1', 'size_out_of_range', () => inclusionNodes(0, 2 ** 53)],
    ['a short leaf hash', 'hash_length', () => verifyInclusion({ ...claim, leafHash: short })],
    ['a short root', 'hash_length', () => verifyInclusion({ ...claim, root: short })],
    ['a short hash', 'hash_length', () => verifyInclusion({ ...claim, proof: replaced(claim.proof, 1, short) })],
    ['a planned hash too few', 'proof_malformed', () => inclusionProof(2, 5, claim.proof.slice(1))],
    ['a planned hash too many', 'proof_malformed', () => consistencyProof(3, 5, [...growth.proof, short])],
    ['consistency from the empty tree (I6)', 'size_out_of_range', () => consistencyNodes(0, 5)],
    ['consistency from 0 to 0 (I6)', 'size_out_of_range', () => consistencyProof(0, 0, [])],
    ['a log that shrinks', 'size_out_of_range', () => consistencyNodes(6, 5)],
    ['a fraction of a size', 'size_out_of_range', () => consistencyNodes(1.5, 5)],
    ['a short old root', 'hash_length', () => verifyConsistency({ ...growth, fromRoot: short })],
    ['a short new root', 'hash_length', () => verifyConsistency({ ...growth, toRoot: short })],
    [
      'a short first hash',
      'hash_length',
      () => verifyConsistency({ ...growth, proof: replaced(growth.proof, 0, short) }),
    ],
  ]
  for (const [what, code, call] of refused) t.equal(refusalOf(call), code, what)
})

t.test('a tree of one entry is proven by nothing', async (t) => {
  t.equal(hex(inclusionRoot(leaves[0]!, 0, 1, [])), hex(rootAt(1)))
})

const referenceTree = rememberedTree(vectors.leafInputs.map((input) => leafHash(parseHex(input))))
const someHash = parseHex('abacaba000000000000000000000000000000000000000000060061e00123456')
const nothing = new Uint8Array(0)
const named = (name: string): Uint8Array => (name === 'EMPTY' ? emptyRoot() : utf8(name))

t.test('published inclusion proofs verify, are the ones made here, and fail when damaged', async (t) => {
  for (const { index, size, proof: encoded } of vectors.inclusion) {
    const proof = encoded.map(parseBase64)
    const leaf = referenceTree(index, index + 1)
    const claim: InclusionClaim = { leafHash: leaf, index, size, proof, root: parseHex(vectors.roots[size]!) }
    t.equal(inclusion(claim), 'accepted', `${index} in ${size}`)
    t.ok(sameHashes(includedIn(referenceTree, index, size).proof, proof))
    const damaged: Record<string, Partial<InclusionClaim>> = {
      'leafIndex - 1': { index: index - 1 },
      'leafIndex + 1': { index: index + 1 },
      'leafIndex ^ 2': { index: index ^ 2 },
      'treeSize * 2': { size: size * 2 },
      'treeSize / 2': { size: Math.floor(size / 2) },
      'wrong leaf': { leafHash: utf8('WrongLeaf') },
      'empty root': { root: emptyRoot() },
      'random root': { root: someHash },
      'trailing garbage': { proof: [...proof, nothing] },
      'trailing root': { proof: [...proof, claim.root] },
      'preceding garbage': { proof: [nothing, ...proof] },
      'preceding root': { proof: [claim.root, ...proof] },
    }
    if (proof.length > 0) damaged['removed component'] = { proof: proof.slice(0, -1) }
    if (proof.length > 1) damaged['inserted component'] = { proof: [proof[0]!, someHash, ...proof.slice(1)] }
    for (const [i, hash] of proof.entries()) {
      damaged[`modified proof[${i}] bit 3`] = { proof: replaced(proof, i, flipped(hash, 0, 3)) }
    }
    for (const [name, change] of Object.entries(damaged)) t.not(inclusion({ ...claim, ...change }), 'accepted', name)
  }
})

t.test('published consistency proofs verify, are the ones made here, and fail when damaged', async (t) => {
  for (const { from, to, proof: encoded } of vectors.consistency) {
    const proof = encoded.map(parseBase64)
    const [fromRoot, toRoot] = [parseHex(vectors.roots[from]!), parseHex(vectors.roots[to]!)]
    const claim: ConsistencyClaim = { from, to, fromRoot, toRoot, proof }
    t.equal(consistency(claim), 'accepted', `${from} to ${to}`)
    t.ok(sameHashes(consistentIn(referenceTree, from, to).proof, proof))
    if (from === to) continue
    const damaged: Record<string, Partial<ConsistencyClaim>> = {
      'size1 - 1': { from: from - 1 },
      'size1 + 1': { from: from + 1 },
      'size1 ^ 2': { from: from ^ 2 },
      'size2 * 2': { to: to * 2 },
      'size2 / 2': { to: Math.floor(to / 2) },
      'wrong root1': { fromRoot: utf8('WrongRoot') },
      'wrong root2': { toRoot: utf8('WrongRoot') },
      'swapped roots': { fromRoot: toRoot, toRoot: fromRoot },
      'empty proof': { proof: [] },
      'trailing garbage': { proof: [...proof, nothing] },
      'trailing root1': { proof: [...proof, fromRoot] },
      'trailing root2': { proof: [...proof, toRoot] },
      'preceding garbage': { proof: [nothing, ...proof] },
      'preceding root1': { proof: [fromRoot, ...proof] },
      'preceding root2': { proof: [toRoot, ...proof] },
      'preceding proof[0]': { proof: [proof[0]!, ...proof] },
      'truncated proof': { proof: proof.slice(0, -1) },
    }
    for (const [i, hash] of proof.entries()) {
      damaged[`modified proof[${i}] bit 4`] = { proof: replaced(proof, i, flipped(hash, 0, 4)) }
    }
    for (const [name, change] of Object.entries(damaged)) t.not(consistency({ ...claim, ...change }), 'accepted', name)
  }
})

t.test('published claims that no tree can satisfy are refused', async (t) => {
  for (const { index, size } of vectors.refusedInclusion) {
    for (const [leaf, root] of [
      [someHash, nothing],
      [nothing, emptyRoot()],
      [someHash, emptyRoot()],
    ] as const) {
      const claim = { leafHash: leaf, index: Number(index), size: Number(size), proof: [], root }
      t.not(inclusion(claim), 'accepted', `${index} in ${size}`)
    }
  }
  for (const { from, to, fromRoot, toRoot, proof } of vectors.refusedConsistency) {
    const claim = { from, to, fromRoot: named(fromRoot), toRoot: named(toRoot), proof: proof.map(named) }
    t.not(consistency(claim), 'accepted', `${from} to ${to}`)
  }
})

t.test('every subtree hash and inclusion proof up to 130 entries adds up to the published digest', async (t) => {
  const { sizes } = vectors.subtrees
  const bytes = rememberedTree(Array.from({ length: sizes }, (_, i) => leafHash(Uint8Array.of(i))))
  const hashes = createHash('sha256')
  const proofs = createHash('sha256')
  for (let end = 1; end <= sizes; end++) {
    for (let start = 0; start < end; start++) {
      let width = 1
      while (width < end - start) width *= 2
      if (start % width !== 0) continue
      const subtree: SubtreeHash = (from, to) => bytes(start + from, start + to)
      hashes.update(`[${start}, ${end}) ${hex(bytes(start, end))}\n`)
      for (let index = start; index < end; index++) {
        const { proof } = includedIn(subtree, index - start, end - start)
        proofs.update(`${index} [${start}, ${end})${proof.map((hash) => ` ${hex(hash)}`).join('')}\n`)
      }
    }
  }
  t.equal(hashes.digest('hex'), vectors.subtrees.hashes)
  t.equal(proofs.digest('hex'), vectors.subtrees.inclusion)
})

t.test('an inclusion proof does not bind the size: the signed checkpoint does', async (t) => {
  // Index 0 has a path of the same shape in trees of 3 and 4, so a proof from one leads to its own root in the other.
  // What is refused is the root that the checkpoint of that size names.
  const claim = includedIn(tree, 0, 3)
  t.equal(inclusion({ ...claim, size: 4 }), 'accepted')
  t.equal(inclusion({ ...claim, size: 4, root: rootAt(4) }), 'root_mismatch')
  t.equal(hex(concat(...claim.proof)), hex(concat(tree(1, 2), tree(2, 3))))
})
