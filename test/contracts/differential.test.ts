/** The contract accepts and refuses exactly what ledger/proof.ts does, and both agree with RFC 6962 read literally. */
import fc from 'fast-check'
import t from 'tap'
import type { Test } from 'tap'
import type { ConsistencyClaim, InclusionClaim } from '../../ledger/proof.ts'
import { startTestChain } from '../support/chain.ts'
import { consistencyOf, inclusionOf, leafOf, treeOver, uniformTree } from '../support/tree-oracle.ts'
import { altered, coreOnConsistency, coreOnInclusion, damaged, deployJudge, roomyChain } from './claims.ts'

const sizeMax = Number.MAX_SAFE_INTEGER
const largest = 20
const leaves = Array.from({ length: largest }, (_, i) => leafOf(Uint8Array.of(i)))
const tree = treeOver(leaves)
const root = (size: number): Uint8Array => tree(0, size)
const stranger = leafOf(new TextEncoder().encode('not of this log'))
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)
const pairs = upTo(largest).flatMap((to) => upTo(to - 1).map((from) => [from, to] as const))

const chain = await startTestChain(roomyChain)
t.teardown(async () => await chain.stop())
const judge = await deployJudge(chain)

/** Compares answer for answer; reports the first few claims that are judged differently. */
async function sameOnConsistency(t: Test, claims: readonly ConsistencyClaim[]): Promise<void> {
  const answers = await judge.onConsistency(claims)
  const different = claims.filter((claim, i) => answers[i] !== coreOnConsistency(claim))
  t.same(different.slice(0, 3), [], `all ${claims.length} answers are the same`)
}

async function sameOnInclusion(t: Test, claims: readonly InclusionClaim[]): Promise<void> {
  const answers = await judge.onInclusion(claims)
  const different = claims.filter((claim, i) => answers[i] !== coreOnInclusion(claim))
  t.same(different.slice(0, 3), [], `all ${claims.length} answers are the same`)
}

t.test(`every true consistency proof between sizes up to ${largest} is accepted`, async (t) => {
  const claims = pairs.map(([from, to]) => consistencyClaim(from, to))
  t.same(new Set(await judge.onConsistency(claims)), new Set(['accepted']))
  await sameOnConsistency(t, claims)
})

t.test('every damaged consistency proof, other root and other size is judged as by the core', async (t) => {
  const claims = pairs.flatMap(([from, to]) => {
    const claim = consistencyClaim(from, to)
    return [
      ...damaged(claim.proof, stranger).map((proof) => ({ ...claim, proof })),
      { ...claim, fromRoot: altered(claim.fromRoot) },
      { ...claim, toRoot: altered(claim.toRoot) },
      { ...claim, fromRoot: claim.toRoot, toRoot: claim.fromRoot },
      ...upTo(largest + 1)
        .filter((size) => size > from && size !== to)
        .map((size) => ({ ...claim, to: size })),
      ...upTo(to - 1)
        .filter((size) => size !== from)
        .map((size) => ({ ...claim, from: size })),
    ]
  })
  t.ok(claims.length > 5000)
  await sameOnConsistency(t, claims)
})

t.test(`every true inclusion proof of sizes up to ${largest} is accepted`, async (t) => {
  const claims = upTo(largest).flatMap((size) => upTo(size).map((n) => inclusionClaim(n - 1, size)))
  t.same(new Set(await judge.onInclusion(claims)), new Set([true]))
  await sameOnInclusion(t, claims)
})

t.test('every damaged inclusion proof, other index, size, leaf and root is judged as by the core', async (t) => {
  const claims = upTo(largest).flatMap((size) =>
    upTo(size).flatMap((n) => {
      const claim = inclusionClaim(n - 1, size)
      return [
        ...damaged(claim.proof, stranger).map((proof) => ({ ...claim, proof })),
        { ...claim, leafHash: stranger },
        { ...claim, root: stranger },
        ...upTo(size + 2).map((index) => ({ ...claim, index })),
        ...upTo(largest + 1).map((other) => ({ ...claim, size: other })),
        { ...claim, index: sizeMax },
        { ...claim, size: sizeMax },
      ]
    }),
  )
  t.ok(claims.length > 5000)
  await sameOnInclusion(t, claims)
})

/*
 * Sizes up to 2^53-1, where only a tree with one leaf everywhere can be built. Near powers of two and near each other,
 * where the shapes are that a uniform choice would never meet.
 */
const uniform = uniformTree(stranger)
const anySize = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: sizeMax - 1 }),
  fc
    .tuple(fc.integer({ min: 1, max: 52 }), fc.integer({ min: -3, max: 3 }))
    .map(([power, off]) => Math.max(1, 2 ** power + off)),
)
const anyGrowth = fc
  .tuple(anySize, fc.oneof(anySize, fc.integer({ min: 1, max: 5 })))
  .map(([from, more]) => [from, Math.min(sizeMax, from + more)] as const)
const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 })
const anyDamage = fc.record({
  kind: fc.constantFrom('none', 'alter', 'drop', 'insert', 'swap', 'cut'),
  at: fc.nat({ max: 60 }),
  bit: fc.nat({ max: 255 }),
  hash: anyHash,
})
type Damage = typeof anyDamage extends fc.Arbitrary<infer T> ? T : never

t.test('random consistency claims of any size are judged as by the core', async (t) => {
  const anyClaim = fc
    .tuple(anyGrowth, anyDamage, fc.constantFrom('none', 'none', 'from', 'to'), fc.constantFrom(0, 0, 0, 1))
    .map(([[from, to], damage, otherRoot, shift]) => ({
      from,
      to: Math.min(sizeMax, to + shift),
      fromRoot: otherRoot === 'from' ? altered(uniform(0, from), damage.bit) : uniform(0, from),
      toRoot: otherRoot === 'to' ? altered(uniform(0, to), damage.bit) : uniform(0, to),
      proof: inflict(consistencyOf(uniform, from, to), damage),
    }))
  await fc.assert(
    fc.asyncProperty(fc.array(anyClaim, { minLength: 50, maxLength: 50 }), async (claims) => {
      const answers = await judge.onConsistency(claims)
      return claims.every((claim, i) => answers[i] === coreOnConsistency(claim))
    }),
    { numRuns: 40 },
  )
  t.pass('2,000 claims')
})

t.test('random inclusion claims of any size are judged as by the core', async (t) => {
  const anyClaim = fc
    .tuple(anyGrowth, anyDamage, fc.constantFrom(0, 0, 0, 1, -1), fc.boolean())
    .map(([[index, size], damage, shift, otherRoot]) => ({
      leafHash: stranger,
      index: Math.max(0, index - 1 + shift),
      size,
      root: otherRoot && damage.kind === 'none' ? altered(uniform(0, size), damage.bit) : uniform(0, size),
      proof: inflict(inclusionOf(uniform, index - 1, size), damage),
    }))
  await fc.assert(
    fc.asyncProperty(fc.array(anyClaim, { minLength: 50, maxLength: 50 }), async (claims) => {
      const answers = await judge.onInclusion(claims)
      return claims.every((claim, i) => answers[i] === coreOnInclusion(claim))
    }),
    { numRuns: 40 },
  )
  t.pass('2,000 claims')
})

t.test('sizes end at 2^53-1 for both', async (t) => {
  const claim = { ...consistencyClaim(1, 2), to: sizeMax + 1 }
  t.same(await judge.onConsistency([claim]), ['SizeOutOfRange'])
  t.equal(coreOnConsistency(claim), 'SizeOutOfRange')
  const last = { from: sizeMax - 1, to: sizeMax, fromRoot: uniform(0, sizeMax - 1), toRoot: uniform(0, sizeMax) }
  const proof = consistencyOf(uniform, sizeMax - 1, sizeMax)
  t.same(await judge.onConsistency([{ ...last, proof }]), ['accepted'])
  t.equal(coreOnConsistency({ ...last, proof }), 'accepted')
})

function consistencyClaim(from: number, to: number): ConsistencyClaim {
  return { from, to, fromRoot: root(from), toRoot: root(to), proof: consistencyOf(tree, from, to) }
}

function inclusionClaim(index: number, size: number): InclusionClaim {
  return {
    leafHash: leaves[index] as Uint8Array,
    index,
    size,
    root: root(size),
    proof: inclusionOf(tree, index, size),
  }
}

function inflict(proof: Uint8Array[], { kind, at, bit, hash }: Damage): Uint8Array[] {
  if (kind === 'insert') return proof.toSpliced(at % (proof.length + 1), 0, hash)
  if (kind === 'none' || proof.length === 0) return proof
  const i = at % proof.length
  const j = bit % proof.length
  if (kind === 'alter') return proof.with(i, altered(proof[i] as Uint8Array, bit))
  if (kind === 'drop') return proof.toSpliced(i, 1)
  if (kind === 'cut') return proof.slice(0, i)
  return proof.with(i, proof[j] as Uint8Array).with(j, proof[i] as Uint8Array)
}
