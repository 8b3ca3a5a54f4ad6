/** Heads: the tree that counts the entries of every stream. */
import fc from 'fast-check'
import t from 'tap'
import { base64url, text } from '../../ledger/bytes.ts'
import { emptyRoot, leafHash, sha256 } from '../../ledger/hash.ts'
import { HeadsTree, formatHeads, headsLeaf, headsRoot, parseHeads, verifyHeadsPath } from '../../ledger/heads.ts'
import type { StreamHead } from '../../ledger/heads.ts'
import { formatCanonical } from '../../ledger/json.ts'
import { headsPath } from './sample-log.ts'

const HEAD = 'A'.repeat(43)
const streams = (count: number): StreamHead[] =>
  Array.from({ length: count }, (_, i) => ({
    stream: `crisis:${String(i).padStart(4, '0')}`,
    count: i + 1,
    head: HEAD,
  }))
const rootOf = (heads: readonly StreamHead[]): Uint8Array =>
  headsRoot(heads.map(({ stream, count, head }) => headsLeaf(stream, count, head)))

t.test('a leaf is the leaf hash of the canonical JSON of name, count and head', async (t) => {
  t.equal(text(formatCanonical(['ledger', 3, HEAD])), `["ledger",3,"${HEAD}"]`)
  t.same(headsLeaf('ledger', 3, HEAD), leafHash(new TextEncoder().encode(`["ledger",3,"${HEAD}"]`)))
})

t.test('every stream of every tree has a path that verifies, and only as it is', async (t) => {
  for (let size = 1; size <= 20; size++) {
    const heads = streams(size)
    const root = rootOf(heads)
    for (const [index, head] of heads.entries()) {
      const claim = { ...head, index, streams: size, path: headsPath(heads, index), root }
      verifyHeadsPath(claim)
      const wrong = [
        { count: head.count + 1 },
        { stream: 'ledger' },
        { head: `B${HEAD.slice(1)}` },
        { root: sha256(root) },
      ]
      for (const change of wrong) t.throws(() => verifyHeadsPath({ ...claim, ...change }), { code: 'heads_mismatch' })
      t.throws(() => verifyHeadsPath({ ...claim, index: size }), { code: 'index_out_of_range' })
      t.throws(() => verifyHeadsPath({ ...claim, path: [...claim.path, root] }), { code: 'proof_malformed' })
    }
  }
})

t.test('the data of a heads entry is formatted and parsed', async (t) => {
  const heads = { size: 9, streams: 4, root: sha256(new Uint8Array(1)) }
  t.same(formatHeads(heads), { size: 9, streams: 4, root: base64url(heads.root) })
  t.same(parseHeads(formatHeads(heads), 9), heads)
})

t.test('I28: heads that count what they cannot are refused', async (t) => {
  const truth = formatHeads({ size: 9, streams: 4, root: emptyRoot() })
  const faults: [string, Record<string, unknown>, number?][] = [
    ['itself', {}, 8],
    ['nothing', { size: 0, streams: 0 }],
    ['no stream', { streams: 0 }],
    ['more streams than entries', { streams: 10 }],
    ['a size that is no number', { size: '9' }],
    ['streams that are no number', { streams: 4.5 }],
    ['a root that is no hash', { root: 'A' }],
    ['more than that', { more: 1 }],
  ]
  for (const [name, change, index = 9] of faults) {
    t.throws(() => parseHeads({ ...truth, ...change } as typeof truth, index), { code: 'heads_malformed' }, name)
  }
})

t.test('I27: a growing tree has the root of the whole, however streams come and change', async (t) => {
  t.same(new HeadsTree().root(), emptyRoot())
  const step = fc.record({ name: fc.integer({ min: 0, max: 40 }), look: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const tree = new HeadsTree()
      const heads = new Map<string, StreamHead>()
      for (const { name, look } of steps) {
        const stream = `crisis:${String(name).padStart(2, '0')}`
        const head = { stream, count: (heads.get(stream)?.count ?? 0) + 1, head: HEAD }
        heads.set(stream, head)
        tree.set(head)
        t.equal(tree.streams, heads.size)
        const sorted = [...heads.values()].toSorted((a, b) => (a.stream < b.stream ? -1 : 1))
        if (look) t.same(tree.root(), rootOf(sorted))
      }
    }),
    { numRuns: 60 },
  )
})
