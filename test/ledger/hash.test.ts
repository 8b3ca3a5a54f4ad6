import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { concat, equalBytes, hex, parseHex } from '../../ledger/bytes.ts'
import { HASH_BYTES, assertHash, emptyRoot, leafHash, nodeHash, sha256 } from '../../ledger/hash.ts'
import vectors from '../vectors/merkle.json' with { type: 'json' }
import { refusalOf } from './reference.ts'

const nodeSha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const hashBytes = fc.uint8Array({ minLength: 32, maxLength: 32 })

t.test('leaf and node hashes are SHA-256 behind their prefixes (I3)', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), hashBytes, hashBytes, (entry, left, right) => {
      return (
        hex(sha256(entry)) === nodeSha256(entry) &&
        hex(leafHash(entry)) === nodeSha256(concat(Uint8Array.of(0), entry)) &&
        hex(nodeHash(left, right)) === nodeSha256(concat(Uint8Array.of(1), left, right))
      )
    }),
  )
  t.pass()
})

t.test('the nodes of the Certificate Transparency reference tree', async (t) => {
  const entries = vectors.leafInputs.map(parseHex)
  t.same(
    entries.map((entry) => hex(leafHash(entry))),
    vectors.nodes[0],
  )
  for (let level = 1; level < vectors.nodes.length; level++) {
    const below = vectors.nodes[level - 1]!.map(parseHex)
    const row = below.flatMap((left, index) => (index % 2 === 0 ? [hex(nodeHash(left, below[index + 1]!))] : []))
    t.same(row, vectors.nodes[level])
  }
  t.equal(hex(emptyRoot()), vectors.roots[0])
})

t.test('the bytes of a node are not those of a leaf with the same hash (I3)', async (t) => {
  const [left, right] = [leafHash(Uint8Array.of(1)), leafHash(Uint8Array.of(2))]
  t.notOk(equalBytes(leafHash(concat(left, right)), nodeHash(left, right)))
})

t.test('the empty root cannot be changed for others', async (t) => {
  emptyRoot().fill(0)
  t.equal(hex(emptyRoot()), vectors.roots[0])
})

t.test('a hash of any other length than 32 bytes is refused (I1)', async (t) => {
  const good = new Uint8Array(HASH_BYTES)
  assertHash(good)
  for (const length of [0, 31, 33, 64]) {
    const bad = new Uint8Array(length)
    for (const call of [() => assertHash(bad), () => nodeHash(bad, good), () => nodeHash(good, bad)]) {
      t.equal(refusalOf(call), 'hash_length')
    }
  }
})
