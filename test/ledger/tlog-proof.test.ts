import fc from 'fast-check'
import t from 'tap'
import { equalBytes, hex, utf8 } from '../../ledger/bytes.ts'
import { signCheckpoint } from '../../ledger/checkpoint.ts'
import { leafHash } from '../../ledger/hash.ts'
import { ed25519Verifier } from '../../ledger/note.ts'
import { inclusionNodes, inclusionProof } from '../../ledger/proof.ts'
import { formatTlogProof, parseTlogProof, verifyTlogProof } from '../../ledger/tlog-proof.ts'
import { SIZE_MAX } from '../../ledger/tree.ts'
import { flipped, hashesOf, numberedLeaves, refusalOf, rememberedTree, replaced, sparseTree } from './reference.ts'
import { testSigner } from './signer.ts'
import type { SubtreeHash } from '../support/tree-oracle.ts'

const signer = testSigner('log.example/brand')
const verifier = ed25519Verifier(signer.name, signer.publicKey)
const tree = rememberedTree(numberedLeaves(20))

const checkpointOf = (tree: SubtreeHash, size: number): string =>
  signCheckpoint({ origin: signer.name, size, root: tree(0, size) }, signer)
const partsOf = (tree: SubtreeHash, index: number, size: number) => ({
  index,
  proof: inclusionProof(index, size, hashesOf(tree, inclusionNodes(index, size))),
  checkpoint: checkpointOf(tree, size),
})
const parts = partsOf(tree, 6, 13)
const file = formatTlogProof(parts)
const leaf = tree(6, 7)

t.test('a file is lines of header, index and hashes, an empty line, and the checkpoint as it was signed', async (t) => {
  const lines = file.split('\n')
  t.same(lines.slice(0, 2), ['c2sp.org/tlog-proof@v1', 'index 6'])
  t.equal(lines.indexOf(''), 2 + parts.proof.length)
  t.ok(file.endsWith(`\n\n${parts.checkpoint}`))
  t.ok(
    formatTlogProof({ ...parts, extra: utf8('hello') }).startsWith('c2sp.org/tlog-proof@v1\nextra aGVsbG8=\nindex 6\n'),
  )
})

t.test('an entry is proven by its file and the key of the log', async (t) => {
  t.same(verifyTlogProof(file, leaf, verifier), {
    index: 6,
    checkpoint: { origin: signer.name, size: 13, root: tree(0, 13) },
  })
  t.equal(verifyTlogProof(formatTlogProof(partsOf(tree, 0, 1)), tree(0, 1), verifier).index, 0, 'a log of one entry')
  const extra = formatTlogProof({ ...parts, extra: utf8('note') })
  t.equal(verifyTlogProof(extra, leaf, verifier).index, 6)
})

t.test('the last entry of the largest log is proven', async (t) => {
  const index = SIZE_MAX - 1
  const named = leafHash(utf8('last'))
  const large = formatTlogProof(partsOf(sparseTree(new Map([[index, named]])), index, SIZE_MAX))
  t.equal(parseTlogProof(large).proof.length, 52)
  t.equal(verifyTlogProof(large, named, verifier).index, index)
})

t.test('the parts survive their file (I14)', async (t) => {
  const anyParts = fc.record({
    index: fc.integer({ min: 0, max: SIZE_MAX - 1 }),
    proof: fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 53 }),
    checkpoint: fc.constant(parts.checkpoint),
  })
  const anyExtra = fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 }), { nil: undefined })
  fc.assert(
    fc.property(anyParts, anyExtra, (some, extra) => {
      const written = formatTlogProof(extra === undefined ? some : { ...some, extra })
      const read = parseTlogProof(written)
      return (
        read.index === some.index &&
        read.proof.length === some.proof.length &&
        read.proof.every((hash, i) => equalBytes(hash, some.proof[i]!)) &&
        read.checkpoint === some.checkpoint &&
        (extra === undefined ? !('extra' in read) : hex(read.extra!) === hex(extra)) &&
        formatTlogProof(read) === written
      )
    }),
    { numRuns: 300 },
  )
  t.pass()
})

t.test('a wrong leaf, index, hash, size, root or key is named', async (t) => {
  const verify = (changed: Partial<typeof parts>, hash = leaf, known = verifier): string =>
    refusalOf(() => verifyTlogProof(formatTlogProof({ ...parts, ...changed }), hash, known))
  t.equal(verify({}, flipped(leaf)), 'root_mismatch')
  t.equal(verify({}, leaf.slice(1)), 'hash_length')
  t.equal(verify({ index: 7 }), 'root_mismatch')
  t.equal(verify({ index: 13 }), 'index_out_of_range')
  t.equal(verify({ proof: replaced(parts.proof, 1, flipped(parts.proof[1]!)) }), 'root_mismatch')
  t.equal(verify({ proof: parts.proof.slice(1) }), 'proof_malformed')
  t.equal(verify({ checkpoint: checkpointOf(tree, 14) }), 'root_mismatch')
  t.equal(verify({ checkpoint: parts.checkpoint.replace('\n13\n', '\n14\n') }), 'signature_invalid')
  const stranger = testSigner(signer.name, 2)
  t.equal(verify({}, leaf, ed25519Verifier(stranger.name, stranger.publicKey)), 'signature_unknown')
})

t.test('malformed files are refused', async (t) => {
  const hash = 'gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ='
  const start = 'c2sp.org/tlog-proof@v1\n'
  const refused: [string, string][] = [
    ['nothing', ''],
    ['no empty line', `${start}index 0\n`],
    ['another header', `wrong-header\nindex 0\n\n${parts.checkpoint}`],
    ['no index', `${start}\n${parts.checkpoint}`],
    ['an index that is no number', `${start}index six\n\n${parts.checkpoint}`],
    ['a negative index', `${start}index -5\n\n${parts.checkpoint}`],
    ['a leading zero', `${start}index 06\n\n${parts.checkpoint}`],
    ['an index of 2^53-1, above every size', `${start}index 9007199254740991\n\n${parts.checkpoint}`],
    ['an index of 2^53', `${start}index 9007199254740992\n\n${parts.checkpoint}`],
    ['extra data that is not base64', `${start}extra !!\nindex 0\n\n${parts.checkpoint}`],
    ['empty extra data', `${start}extra \nindex 0\n\n${parts.checkpoint}`],
    ['extra data after the index', `${start}index 0\nextra aGVsbG8=\n\n${parts.checkpoint}`],
    ['a hash that is not base64', `${start}index 0\n!!notbase64!!\n\n${parts.checkpoint}`],
    ['a hash of 64 bytes', `${start}index 0\n${Buffer.alloc(64).toString('base64')}\n\n${parts.checkpoint}`],
    ['a hash of 31 bytes', `${start}index 0\n${Buffer.alloc(31).toString('base64')}\n\n${parts.checkpoint}`],
    ['54 hashes', `${start}index 0\n${`${hash}\n`.repeat(54)}\n${parts.checkpoint}`],
    ['a million hashes', `${start}index 0\n${`${hash}\n`.repeat(1_000_000)}\n${parts.checkpoint}`],
    ['carriage returns', file.replaceAll('\n', '\r\n')],
  ]
  for (const [what, text] of refused)
    t.equal(
      refusalOf(() => parseTlogProof(text)),
      'tlog_proof_malformed',
      what,
    )
  t.equal(
    refusalOf(() => parseTlogProof(`${start}index 0\n\ncheckpoint\n`)),
    'note_malformed',
  )
})

t.test('what could not be read back is not written', async (t) => {
  const many = Array.from({ length: 54 }, () => leaf)
  for (const bad of [
    { index: -1 },
    { index: SIZE_MAX },
    { proof: many },
    { proof: [leaf.slice(1)] },
    { extra: new Uint8Array(0) },
  ]) {
    t.equal(
      refusalOf(() => formatTlogProof({ ...parts, ...bad })),
      'tlog_proof_malformed',
      JSON.stringify(Object.keys(bad)),
    )
  }
  t.equal(
    refusalOf(() => formatTlogProof({ ...parts, checkpoint: 'unsigned\n' })),
    'note_malformed',
  )
})
