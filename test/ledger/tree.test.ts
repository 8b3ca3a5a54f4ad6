import fc from 'fast-check'
import t from 'tap'
import { equalBytes, hex, parseHex } from '../../ledger/bytes.ts'
import { leafHash } from '../../ledger/hash.ts'
import {
  RightEdge,
  SIZE_MAX,
  appendLeaf,
  assertIndex,
  assertSize,
  edgeLength,
  isSize,
  rootHash,
  rootNodes,
} from '../../ledger/tree.ts'
import vectors from '../vectors/merkle.json' with { type: 'json' }
import { hashesOf, numberedLeaves, refusalOf, rememberedTree, sparseTree } from './reference.ts'

const NO_SIZES = [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]

t.test('sizes are the integers from 0 to 2^53-1 (I2)', async (t) => {
  for (const size of [0, 1, 2 ** 31, 2 ** 32 + 5, SIZE_MAX]) {
    t.ok(isSize(size))
    assertSize(size)
  }
  for (const size of NO_SIZES)
    t.equal(
      refusalOf(() => assertSize(size)),
      'size_out_of_range',
    )
  for (const value of ['1', null, undefined, 1n]) t.notOk(isSize(value))
})

t.test('an index lies below its size (I2)', async (t) => {
  assertIndex(0, 1)
  assertIndex(SIZE_MAX - 1, SIZE_MAX)
  for (const [index, size] of [
    [0, 0],
    [1, 1],
    [-1, 5],
    [0.5, 5],
    [Number.NaN, 5],
  ] as const) {
    t.equal(
      refusalOf(() => assertIndex(index, size)),
      'index_out_of_range',
      `${index} of ${size}`,
    )
  }
  t.equal(
    refusalOf(() => assertIndex(0, 2 ** 53)),
    'size_out_of_range',
  )
})

t.test('the right edge of 7 entries is subtrees of 4, 2 and 1', async (t) => {
  t.same(rootNodes(7), [
    { level: 2, index: 0 },
    { level: 1, index: 2 },
    { level: 0, index: 6 },
  ])
  t.same(rootNodes(0), [])
  for (const size of NO_SIZES)
    t.equal(
      refusalOf(() => rootNodes(size)),
      'size_out_of_range',
    )
})

t.test('the right edge covers any size without gap or overlap, with at most 53 hashes (I4)', async (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (size) => {
      let end = 0
      for (const { level, index } of rootNodes(size)) {
        if (index * 2 ** level !== end) return false
        end = (index + 1) * 2 ** level
      }
      const ones = BigInt(size).toString(2).replaceAll('0', '').length
      return end === size && edgeLength(size) === ones && ones <= 53
    }),
  )
  t.equal(edgeLength(SIZE_MAX), 53)
})

t.test('roots of the Certificate Transparency reference tree', async (t) => {
  const edge = new RightEdge()
  t.equal(hex(edge.root()), vectors.roots[0])
  for (const [index, input] of vectors.leafInputs.entries()) {
    edge.append(leafHash(parseHex(input)))
    t.equal(hex(edge.root()), vectors.roots[index + 1], `size ${index + 1}`)
  }
})

t.test('appending leaf by leaf gives the root and every finished subtree of sizes 0 to 300', async (t) => {
  const leaves = numberedLeaves(300)
  const tree = rememberedTree(leaves)
  let edge: Uint8Array[] = []
  const finished = new Map<string, Uint8Array>()
  for (const [size, leaf] of leaves.entries()) {
    if (!equalBytes(rootHash(edge), tree(0, size))) t.fail(`root at ${size}`)
    const before = [...edge]
    const appended = appendLeaf(edge, size, leaf)
    if (edge.length !== before.length || edge.some((hash, i) => hash !== before[i]))
      t.fail('the given edge was changed')
    for (const { level, index, hash } of appended.completed) {
      if (!equalBytes(hash, hashesOf(tree, [{ level, index }])[0]!)) t.fail(`node ${index} at level ${level}`)
      if ((index + 1) * 2 ** level !== size + 1) t.fail('a completed subtree ends with the new leaf')
      finished.set(`${level}/${index}`, hash)
    }
    edge = appended.edge
    if (
      edge.some((hash, i) => hash !== finished.get(`${rootNodes(size + 1)[i]!.level}/${rootNodes(size + 1)[i]!.index}`))
    ) {
      t.fail(`edge at ${size + 1}`)
    }
  }
  t.equal(hex(rootHash(edge)), hex(tree(0, 300)))
  t.equal(finished.size, 300 + 150 + 75 + 37 + 18 + 9 + 4 + 2 + 1, 'each perfect subtree is named once')
})

t.test('an edge resumed at any size grows like one that never stopped', async (t) => {
  const leaves = numberedLeaves(200)
  const tree = rememberedTree(leaves)
  for (let size = 0; size < 200; size += 7) {
    const edge = new RightEdge(size, hashesOf(tree, rootNodes(size)))
    for (const leaf of leaves.slice(size)) edge.append(leaf)
    t.equal(edge.size, 200)
    t.equal(hex(edge.root()), hex(tree(0, 200)))
  }
})

t.test('the last entries below 2^53-1 are appended, and then the log is full', async (t) => {
  const start = SIZE_MAX - 5
  const leaves = numberedLeaves(5)
  const tree = sparseTree(new Map(leaves.map((leaf, i) => [start + i, leaf])))
  const edge = new RightEdge(start, hashesOf(tree, rootNodes(start)))
  for (const [i, leaf] of leaves.entries()) {
    const completed = edge.appendAndList(leaf)
    t.same(completed[0], { level: 0, index: start + i, hash: leaf })
    t.equal(edge.hashes().length, edgeLength(start + i + 1))
    t.equal(hex(edge.root()), hex(tree(0, start + i + 1)), `size 2^53-1-${4 - i}`)
  }
  t.equal(edge.size, SIZE_MAX)
  t.equal(
    refusalOf(() => edge.append(leaves[0]!)),
    'size_out_of_range',
  )
})

t.test('sizes around 2^31 and 2^32, where bit operators fail, are right', async (t) => {
  for (const size of [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 5]) {
    const leaf = leafHash(Uint8Array.of(7))
    const tree = sparseTree(new Map([[size, leaf]]))
    const { edge } = appendLeaf(hashesOf(tree, rootNodes(size)), size, leaf)
    t.equal(hex(rootHash(edge)), hex(tree(0, size + 1)), `size ${size + 1}`)
  }
})

t.test('an edge of another size and hashes of another length are refused', async (t) => {
  const [a, b] = numberedLeaves(2) as [Uint8Array, Uint8Array]
  const short = new Uint8Array(31)
  t.equal(
    refusalOf(() => new RightEdge(2, [a, b])),
    'proof_malformed',
  )
  t.equal(
    refusalOf(() => new RightEdge(3, [a])),
    'proof_malformed',
  )
  t.equal(
    refusalOf(() => new RightEdge(1, [short])),
    'hash_length',
  )
  t.equal(
    refusalOf(() => new RightEdge().append(short)),
    'hash_length',
  )
  t.equal(
    refusalOf(() => appendLeaf([a], 2, short)),
    'hash_length',
  )
  t.equal(
    refusalOf(() => rootHash([short])),
    'hash_length',
  )
  t.equal(
    refusalOf(() => rootHash([a, short])),
    'hash_length',
  )
})

t.test('an edge copies the list that it is given', async (t) => {
  const list = numberedLeaves(1)
  const edge = new RightEdge(1, list)
  list.pop()
  edge.hashes().pop()
  t.equal(edge.hashes().length, 1)
})
