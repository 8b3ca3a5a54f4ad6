/** SHA-512, against Node's. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { hex } from '../../ledger/bytes.ts'
import { sha512 } from '../../ledger/sha512.ts'

const expected = (bytes: Uint8Array): string => createHash('sha512').update(bytes).digest('hex')

t.test('the examples of FIPS 180-2 have the hashes that it gives', async (t) => {
  const one = Buffer.from('abc')
  const two = Buffer.from(
    'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
  )
  t.equal(
    hex(sha512(one)),
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  )
  t.equal(
    hex(sha512(two)),
    '8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909',
  )
})

t.test('it is what Node computes, whatever the length leaves in the last block', async (t) => {
  for (let length = 0; length <= 300; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) % 256)
    if (hex(sha512(bytes)) !== expected(bytes)) t.fail(`${length} bytes`)
  }
  for (const fill of [0, 255]) {
    const bytes = new Uint8Array(10_000).fill(fill)
    t.equal(hex(sha512(bytes)), expected(bytes))
  }
})

t.test('it is what Node computes of any bytes, which it leaves as they were', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600, size: 'max' }), (bytes) => {
      const before = Uint8Array.from(bytes)
      return hex(sha512(bytes)) === expected(bytes) && hex(bytes) === hex(before)
    }),
    { numRuns: 300 },
  )
  t.pass('held for 300 byte strings')
})
