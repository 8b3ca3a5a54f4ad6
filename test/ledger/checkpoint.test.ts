import fc from 'fast-check'
import t from 'tap'
import { hex, parseBase64, utf8 } from '../../ledger/bytes.ts'
import { formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from '../../ledger/checkpoint.ts'
import { emptyRoot, leafHash } from '../../ledger/hash.ts'
import { ed25519Verifier, isKeyName, parseVerifierKey, signNote } from '../../ledger/note.ts'
import { RightEdge, SIZE_MAX } from '../../ledger/tree.ts'
import vectors from '../vectors/log.json' with { type: 'json' }
import { refusalOf } from './reference.ts'
import { signerFromSeed, testSigner } from './signer.ts'

const signer = testSigner('log.example/brand')
const verifier = ed25519Verifier(signer.name, signer.publicKey)
const root = leafHash(utf8('any'))

t.test('the checkpoints of a published log open and name the roots of its entries', async (t) => {
  const known = parseVerifierKey(vectors.vkey)
  const edge = new RightEdge()
  const roots = [edge.root(), ...vectors.entries.map((entry) => (edge.append(leafHash(utf8(entry))), edge.root()))]
  for (const note of vectors.checkpoints) {
    const { origin, size, root } = openCheckpoint(note, known)
    t.equal(origin, known.name)
    t.equal(hex(root), hex(roots[size]!), `size ${size}`)
    t.equal(signCheckpoint({ origin, size, root }, signerFromSeed(origin, parseBase64(vectors.seed))), note)
  }
})

t.test('checkpoints survive being written, signed and read (I11)', async (t) => {
  const origins = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter(isKeyName)
  const roots = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(
      origins,
      fc
        .maxSafeNat()
        .map((size) => size + 1)
        .filter(Number.isSafeInteger),
      roots,
      (origin, size, root) => {
        const read = parseCheckpoint(formatCheckpoint({ origin, size, root }))
        return read.origin === origin && read.size === size && hex(read.root) === hex(root)
      },
    ),
    { numRuns: 500 },
  )
  const checkpoint = { origin: signer.name, size: SIZE_MAX, root }
  t.same(openCheckpoint(signCheckpoint(checkpoint, signer), verifier), checkpoint)
  const empty = { origin: signer.name, size: 0, root: emptyRoot() }
  t.same(openCheckpoint(utf8(signCheckpoint(empty, signer)), verifier), empty)
})

t.test('every text but the one form is refused (I11)', async (t) => {
  const good = formatCheckpoint({ origin: 'o', size: 12, root })
  t.equal(
    refusalOf(() => parseCheckpoint(good)),
    'accepted',
  )
  const encoded = good.split('\n')[2]!
  const refused: [string, string][] = [
    ['nothing', ''],
    ['no last line feed', good.slice(0, -1)],
    ['an extension line', `${good}extension\n`],
    ['an empty line at the end', `${good}\n`],
    ['an empty origin', good.replace('o', '')],
    ['an origin with a space', good.replace('o', 'o p')],
    ['an origin with a plus sign', good.replace('o', 'o+p')],
    ['an origin with a control character', good.replace('o', 'o\u0001')],
    ['a leading zero', good.replace('12', '012')],
    ['a sign', good.replace('12', '+12')],
    ['a fraction', good.replace('12', '12.0')],
    ['hex', good.replace('12', '0x12')],
    ['a size of 2^53', good.replace('12', '9007199254740992')],
    ['a size of 2^53+1, which no number can hold', good.replace('12', '9007199254740993')],
    ['a size of 17 digits', good.replace('12', '10000000000000000')],
    ['a size of 2^64-1', good.replace('12', '18446744073709551615')],
    ['size 0 with another root', good.replace('12', '0')],
    ['a root of 31 bytes', good.replace(encoded, Buffer.alloc(31).toString('base64'))],
    ['a root of 33 bytes', good.replace(encoded, Buffer.alloc(33).toString('base64'))],
    ['a root that ends in spare bits', good.replace(encoded, `${'A'.repeat(42)}B=`)],
    ['a root in base64url', good.replace(encoded, `${'_'.repeat(42)}8=`)],
    ['"bananas"', good.replace(encoded, 'YmFuYW5hcw==')],
    ['carriage returns', good.replaceAll('\n', '\r\n')],
  ]
  for (const [what, text] of refused)
    t.equal(
      refusalOf(() => parseCheckpoint(text)),
      'checkpoint_malformed',
      what,
    )
})

t.test('what no checkpoint may say is not written', async (t) => {
  const good = { origin: 'o', size: 12, root }
  for (const bad of [
    { ...good, origin: '' },
    { ...good, origin: 'a b' },
    { ...good, size: -1 },
    { ...good, size: 2 ** 53 },
    { ...good, size: 1.5 },
    { ...good, root: root.slice(1) },
    { ...good, size: 0 },
  ]) {
    t.equal(
      refusalOf(() => formatCheckpoint(bad)),
      'checkpoint_malformed',
      JSON.stringify(bad),
    )
  }
})

t.test('the name of the key is the origin, when signing and when opening (I11)', async (t) => {
  const foreign = { origin: 'log.example/other', size: 12, root }
  t.equal(
    refusalOf(() => signCheckpoint(foreign, signer)),
    'checkpoint_malformed',
  )
  const note = signNote(formatCheckpoint(foreign), signer)
  t.equal(
    refusalOf(() => openCheckpoint(note, verifier)),
    'checkpoint_malformed',
  )
})

t.test('a checkpoint altered after signing, or signed by a stranger, does not open', async (t) => {
  const note = signCheckpoint({ origin: signer.name, size: 12, root }, signer)
  t.equal(
    refusalOf(() => openCheckpoint(note.replace('\n12\n', '\n13\n'), verifier)),
    'signature_invalid',
  )
  const stranger = testSigner(signer.name, 2)
  t.equal(
    refusalOf(() => openCheckpoint(note, ed25519Verifier(stranger.name, stranger.publicKey))),
    'signature_unknown',
  )
  t.equal(
    refusalOf(() => openCheckpoint('no note', verifier)),
    'note_malformed',
  )
})
