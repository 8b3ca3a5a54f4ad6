import fc from 'fast-check'
import t from 'tap'
import { concat, hex, parseBase64, utf8 } from '../../ledger/bytes.ts'
import {
  ED25519_TYPE,
  SIGNATURES_MAX,
  assertNoteText,
  ed25519Verifier,
  formatNote,
  formatVerifierKey,
  isKeyName,
  keyId,
  openNote,
  parseNote,
  parseVerifierKey,
  signNote,
} from '../../ledger/note.ts'
import type { NoteSignature } from '../../ledger/note.ts'
import vectors from '../vectors/notes.json' with { type: 'json' }
import { refusalOf } from './reference.ts'
import { signerFromSeed, testSigner } from './signer.ts'

const [example, peter, enoch] = vectors.notes as [
  (typeof vectors.notes)[0],
  (typeof vectors.notes)[0],
  (typeof vectors.notes)[0],
]
const verifierOf = ({ vkey }: { vkey: string }) => parseVerifierKey(vkey)
const opens = (note: string | Uint8Array, ...known: { vkey: string }[]): string =>
  refusalOf(() => openNote(note, known.map(verifierOf)))

t.test('published notes open, and their verifier keys are read and written', async (t) => {
  for (const note of vectors.notes) {
    const opened = openNote(`${note.text}\n${note.signature}`, [verifierOf(note)])
    t.equal(opened.text, note.text)
    t.same(opened.verified, [verifierOf(note)])
    const { name, keyId: id, publicKey } = verifierOf(note)
    t.equal(formatVerifierKey({ name, publicKey }), note.vkey)
    t.equal(keyId(name, ED25519_TYPE, publicKey), id)
    t.same(ed25519Verifier(name, publicKey), verifierOf(note))
  }
})

t.test('signing gives the published bytes', async (t) => {
  const { name } = verifierOf(peter)
  const signer = signerFromSeed(name, parseBase64(peter.seed!))
  t.equal(signNote(peter.text, signer), `${peter.text}\n${peter.signature}`)
})

t.test('a published verifier key fails when any part is missing or any character is moved on', async (t) => {
  const { vkey } = peter
  for (let from = 0; from <= vkey.length; from++) {
    for (let to = from; to <= vkey.length; to++) {
      if (to - from === vkey.length) continue
      const code = refusalOf(() => parseVerifierKey(vkey.slice(from, to)))
      if (code !== 'verifier_key_malformed') t.fail(`${vkey.slice(from, to)}: ${code}`)
    }
  }
  for (let i = 0; i < vkey.length; i++) {
    const moved = vkey.slice(0, i) + String.fromCharCode(vkey.charCodeAt(i) + 1) + vkey.slice(i + 1)
    t.equal(
      refusalOf(() => parseVerifierKey(moved)),
      'verifier_key_malformed',
      moved,
    )
  }
  for (const refused of [
    ...vectors.refusedKeys,
    vkey.replace('c74f20a3', 'C74F20A3'),
    `${vkey}\n`,
    `a b${vkey.slice(12)}`,
  ]) {
    t.equal(
      refusalOf(() => parseVerifierKey(refused)),
      'verifier_key_malformed',
      refused,
    )
  }
})

t.test('a verifier has a name that a key may have and a key of 32 bytes', async (t) => {
  const { publicKey } = testSigner('any')
  t.equal(
    refusalOf(() => ed25519Verifier('a+b', publicKey)),
    'verifier_key_malformed',
  )
  t.equal(
    refusalOf(() => ed25519Verifier('name', publicKey.slice(1))),
    'verifier_key_malformed',
  )
  t.equal(
    refusalOf(() => formatVerifierKey({ name: '', publicKey })),
    'verifier_key_malformed',
  )
})

t.test('names of keys', async (t) => {
  for (const name of ['a', 'log.example/brand', '账本', 'a-b_c.d/e?f']) t.ok(isKeyName(name), name)
  for (const name of ['', 'a b', 'a+b', 'a\u00a0b', 'a\u3000b', 'a\u0085b', 'a\tb', 'a\nb', 'a\u0000', '\ud800']) {
    t.notOk(isKeyName(name), JSON.stringify(name))
  }
})

t.test('one line per key: the known are verified, the others ignored (I9)', async (t) => {
  const both = `${peter.text}\n${peter.signature}${enoch.signature}`
  t.equal(openNote(both, [verifierOf(peter)]).verified.length, 1)
  t.equal(openNote(both, [verifierOf(peter), verifierOf(enoch)]).verified.length, 2)
  t.equal(opens(both), 'signature_unknown')
  t.equal(opens(both, example), 'signature_unknown')
  t.equal(opens(utf8(both).slice(), enoch), 'accepted', 'as bytes')
  const twice = `${peter.text}\n${peter.signature}${peter.signature}`
  t.equal(openNote(twice, [verifierOf(peter)]).verified.length, 1, 'a repeated line counts once')
})

t.test('a line of a known key that fails spoils the note, whatever the other lines say (I9)', async (t) => {
  const wrong = peter.signature.replace('go/ZJ', 'go/ZK')
  t.equal(opens(`${peter.text}\n${wrong}`, peter), 'signature_invalid')
  t.equal(opens(`${peter.text}\n${peter.signature}${wrong}`, peter), 'signature_invalid')
  t.equal(opens(`${peter.text}\n${enoch.signature}${wrong}`, peter, enoch), 'signature_invalid')
  t.equal(opens(`${peter.text}\n${enoch.signature}${wrong}`, enoch), 'accepted', 'when the key is not known')
  t.equal(opens(`${peter.text}x\n\n${peter.signature}`, peter), 'signature_invalid', 'another text')
  const longer = `${peter.signature.slice(0, 60)}ABCD${peter.signature.slice(60)}`
  t.equal(opens(`${peter.text}\n${longer}`, peter), 'signature_invalid', 'a signature of 67 bytes')
})

t.test('a key under another name or id is another key', async (t) => {
  const renamed = peter.signature.replace('PeterNeumann', 'CarmenSandiego')
  t.equal(opens(`${peter.text}\n${renamed}`, peter), 'signature_unknown')
  const otherId = peter.signature.replace(' x08g', ' xxxx')
  t.equal(opens(`${peter.text}\n${otherId}`, peter), 'signature_unknown')
})

t.test('two known keys that share name and id are both tried', async (t) => {
  const real = verifierOf(peter)
  const twin = { ...real, publicKey: testSigner('twin').publicKey }
  const note = `${peter.text}\n${peter.signature}`
  t.same(openNote(note, [twin, real]).verified, [real])
  t.equal(
    refusalOf(() => openNote(note, [twin])),
    'signature_invalid',
  )
})

t.test('notes survive being written and read', async (t) => {
  const names = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter(isKeyName)
  const ids = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(hex)
  const signatures = fc.array(
    fc.record({ name: names, keyId: ids, signature: fc.uint8Array({ minLength: 1, maxLength: 80 }) }),
    { minLength: 1, maxLength: 5 },
  )
  const texts = fc
    .string({ unit: 'binary', maxLength: 40 })
    .map((text) => `${text}\n`)
    .filter((text) => refusalOf(() => assertNoteText(text)) === 'accepted')
  fc.assert(
    fc.property(fc.oneof(texts, fc.constantFrom('\n', '\n\n', 'a\n\nb\n', 'a\n\n\n')), signatures, (text, list) => {
      const note = parseNote(formatNote(text, list))
      return note.text === text && JSON.stringify(note.signatures) === JSON.stringify(list)
    }),
    { numRuns: 1000 },
  )
  t.pass()
})

t.test('the text is split from the signatures at the last empty line', async (t) => {
  const signer = testSigner('poet')
  const text = 'one\n\ntwo\n\n— looks like a signature\n'
  t.equal(openNote(signNote(text, signer), [ed25519Verifier('poet', signer.publicKey)]).text, text)
})

t.test('malformed notes are refused (I8)', async (t) => {
  const { text, signature } = peter
  const refused: [string, string][] = [
    ['no signature', text],
    ['an empty line and no signature', `${text}\n`],
    ['no empty line', `${text}${signature}`],
    ['no last line feed', `${text}\n${signature.slice(0, -1)}`],
    ['a control character', `\u0001${text}\n${signature}`],
    ['a carriage return', `${text}\n${signature.slice(0, -1)}\r\n`],
    ['a tab', `\t${text}\n${signature}`],
    ['half a surrogate pair', `\ud83d${text}\n${signature}`],
    ['a name with a space', `${text}\n${signature.replace('Peter', 'Peter ')}`],
    ['a name with a wide space', `${text}\n${signature.replace('Peter', 'Peter\u3000')}`],
    ['a name with a plus sign', `${text}\n${signature.replace('Peter', 'Peter+')}`],
    ['a line that is no signature', `${text}\n${signature}Unexpected line.\n`],
    ['a hyphen for the dash', `${text}\n${signature.replace('—', '-')}`],
    ['a signature that is not base64', `${text}\n— PeterNeumann x08go_ZJ\n`],
    ['a key id and no signature', `${text}\n— PeterNeumann x08gow==\n`],
    ['101 signatures', `${text}\n${signature.repeat(SIGNATURES_MAX + 1)}`],
    ['nothing', ''],
  ]
  for (const [what, note] of refused) t.equal(opens(note, peter), 'note_malformed', what)
  t.equal(opens(concat(Uint8Array.of(0xff), utf8(`${text}\n${signature}`)), peter), 'note_malformed', 'not UTF-8')
  t.equal(parseNote(`${text}\n${signature.repeat(SIGNATURES_MAX)}`).signatures.length, 100)
})

t.test('a signer that signs with anything but 64 bytes is a bug of ours', async (t) => {
  const signer = { ...testSigner('n'), sign: () => new Uint8Array(63) }
  t.throws(() => signNote('abc\n', signer), { name: 'InvariantError' })
})

t.test('what could not be read back is not written', async (t) => {
  const good: NoteSignature = { name: 'n', keyId: '01020304', signature: Uint8Array.of(1) }
  const bad: [string, () => string][] = [
    ['a text without line feed', () => formatNote('abc', [good])],
    ['an empty text', () => formatNote('', [good])],
    ['no signature', () => formatNote('abc\n', [])],
    [
      '101 signatures',
      () =>
        formatNote(
          'abc\n',
          Array.from({ length: 101 }, () => good),
        ),
    ],
    ['a malformed name', () => formatNote('abc\n', [{ ...good, name: 'a+b' }])],
    ['a key id that is too short', () => formatNote('abc\n', [{ ...good, keyId: '0102' }])],
    ['an upper-case key id', () => formatNote('abc\n', [{ ...good, keyId: '0102030A' }])],
    ['an empty signature', () => formatNote('abc\n', [{ ...good, signature: new Uint8Array(0) }])],
    ['a text without line feed, signed', () => signNote('abc', testSigner('n'))],
  ]
  for (const [what, call] of bad) t.equal(refusalOf(call), 'note_malformed', what)
})
