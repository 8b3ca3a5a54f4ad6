import fc from 'fast-check'
import t from 'tap'
import { concat, parseHex, utf8 } from '../../ledger/bytes.ts'
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verifyEd25519 } from '../../ledger/ed25519.ts'
import { flipped } from './reference.ts'
import { testSigner } from './signer.ts'

/** RFC 8032 section 7.1, tests 1 to 3: public key, message, signature. */
const RFC8032: [string, string, string][] = [
  [
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
]

t.test('the signatures of RFC 8032 verify', async (t) => {
  for (const [key, message, signature] of RFC8032) {
    t.ok(verifyEd25519(parseHex(signature), parseHex(message), parseHex(key)))
    t.notOk(verifyEd25519(parseHex(signature), utf8('another'), parseHex(key)))
  }
})

t.test('what node:crypto signs verifies, and no flipped bit does', async (t) => {
  const signer = testSigner('any')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(31), fc.nat(7), (message, position, bit) => {
      const signature = signer.sign(message)
      return (
        verifyEd25519(signature, message, signer.publicKey) &&
        !verifyEd25519(flipped(signature, position, bit), message, signer.publicKey) &&
        !verifyEd25519(flipped(signature, 32 + position, bit), message, signer.publicKey) &&
        !verifyEd25519(signature, message, flipped(signer.publicKey, position, bit)) &&
        !verifyEd25519(signature, concat(message, Uint8Array.of(0)), signer.publicKey)
      )
    }),
    { numRuns: 20 },
  )
  t.pass()
})

t.test('an all-zero signature under an all-zero key does not verify (I10)', async (t) => {
  t.notOk(verifyEd25519(new Uint8Array(SIGNATURE_BYTES), utf8('anything'), new Uint8Array(PUBLIC_KEY_BYTES)))
})

t.test('keys of small order verify nothing (I10)', async (t) => {
  const identity = new Uint8Array(32)
  identity[0] = 1
  t.notOk(verifyEd25519(concat(identity, new Uint8Array(32)), utf8('anything'), identity))
})

t.test('a signature has one form: the order of the group added to its scalar is refused (I10)', async (t) => {
  const [key, message, signature] = RFC8032[1]!
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const bytes = parseHex(signature)
  const scalar = BigInt(`0x${Buffer.from(bytes.slice(32).toReversed()).toString('hex')}`) + order
  const shifted = parseHex(scalar.toString(16).padStart(64, '0')).toReversed()
  t.notOk(verifyEd25519(concat(bytes.slice(0, 32), shifted), parseHex(message), parseHex(key)))
})

t.test('signatures and keys of another length do not verify', async (t) => {
  const signer = testSigner('any')
  const signature = signer.sign(utf8('text'))
  t.notOk(verifyEd25519(signature.slice(1), utf8('text'), signer.publicKey))
  t.notOk(verifyEd25519(concat(signature, Uint8Array.of(0)), utf8('text'), signer.publicKey))
  t.notOk(verifyEd25519(signature, utf8('text'), signer.publicKey.slice(1)))
  t.notOk(verifyEd25519(signature, utf8('text'), new Uint8Array(0)))
})
