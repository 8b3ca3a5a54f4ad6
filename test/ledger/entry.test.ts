/** Entries: strict both ways, and open to types of the future. */
import { generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { base64url, text, utf8 } from '../../ledger/bytes.ts'
import {
  ENTRY_TYPES,
  assertEntry,
  entrySigMessage,
  formatEntry,
  isDigest,
  isSlug,
  isStreamName,
  parseEntry,
  verifyEntrySig,
} from '../../ledger/entry.ts'
import type { Entry } from '../../ledger/entry.ts'
import { ENTRY_BYTES_MAX } from '../../ledger/entry-bundle.ts'

const A = 'A'.repeat(43)
const B = `B${'A'.repeat(42)}`
const ENTRY: Entry = {
  v: 1,
  type: 'milestone.recorded',
  brand: 'acme',
  stream: 'crisis:CR-7K2M9QPD',
  seq: 2,
  prev: A,
  recordedAt: '2026-11-22T06:00:00.000Z',
  actor: { kind: 'staff', id: 'k_1' },
  data: { kind: 'statement', n: 3, text: { 'zh-CN': '停用' } },
  sd: [A],
  xd: [B],
}
const OPENED: Entry = {
  v: 1,
  type: 'ledger.opened',
  stream: 'ledger',
  seq: 1,
  prev: null,
  recordedAt: '2026-11-22T06:00:00.000Z',
  actor: { kind: 'system' },
  data: {},
}

t.test('an entry is the canonical JSON of its members', async (t) => {
  t.equal(
    text(formatEntry(ENTRY)),
    `{"actor":{"id":"k_1","kind":"staff"},"brand":"acme","data":{"kind":"statement","n":3,"text":{"zh-CN":"停用"}},` +
      `"prev":"${A}","recordedAt":"2026-11-22T06:00:00.000Z","sd":["${A}"],"seq":2,"stream":"crisis:CR-7K2M9QPD",` +
      `"type":"milestone.recorded","v":1,"xd":["${B}"]}`,
  )
  t.same(parseEntry(formatEntry(ENTRY)), ENTRY)
  t.same(parseEntry(formatEntry(OPENED)), OPENED)
})

t.test('what is formatted is parsed as the same entry', async (t) => {
  const data = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,5}$/),
    fc.oneof(fc.maxSafeInteger(), fc.stringMatching(/^[ -~]*$/)),
  )
  fc.assert(
    fc.property(data, fc.integer({ min: 2 }), fc.constantFrom(...ENTRY_TYPES, 'future.type'), (data, seq, type) => {
      const entry = { ...ENTRY, data: { ...data }, seq, type }
      t.same(parseEntry(formatEntry(entry)), entry)
    }),
    { numRuns: 100 },
  )
})

type Change = Partial<Record<string, unknown>>

const FAULTS: [string, Change, Entry?][] = [
  ['another version', { v: 2 }],
  ['no version', { v: undefined }],
  ['an unknown member', { extra: 1 }],
  ['a member that objects inherit', { constructor: 1 }],
  ['no type', { type: undefined }],
  ['an empty type', { type: '' }],
  ['a type with a space', { type: 'a b' }],
  ['no stream', { stream: undefined }],
  ['a stream of no kind', { stream: 'other:1' }],
  ['an empty stream', { stream: 'crisis:' }],
  ['a stream with a space', { stream: 'crisis:a b' }],
  ['a stream that is too long', { stream: `crisis:${'a'.repeat(65)}` }],
  ['no brand', { brand: undefined }],
  ['a brand in capitals', { brand: 'Acme' }],
  ['a brand that is too long', { brand: 'a'.repeat(41) }],
  ["another brand's stream", { stream: 'brand:other' }],
  ['a brand in the stream ledger', { brand: 'acme' }, OPENED],
  ['no seq', { seq: undefined }],
  ['seq 0', { seq: 0, prev: null }],
  ['seq that is no number', { seq: '2' }],
  ['no prev', { prev: undefined }],
  ['null after the first', { prev: null }],
  ['a prev that is no hash', { prev: 'AAAA' }],
  ['a prev of the first', { prev: A }, OPENED],
  ['no time', { recordedAt: undefined }],
  ['a time without milliseconds', { recordedAt: '2026-11-22T06:00:00Z' }],
  ['a day that does not exist', { recordedAt: '2026-02-30T06:00:00.000Z' }],
  ['no actor', { actor: undefined }],
  ['an actor that is a name', { actor: 'staff' }],
  ['an actor without a kind', { actor: {} }],
  ['an actor of an empty kind', { actor: { kind: '' } }],
  ['an actor of a very long kind', { actor: { kind: 'a'.repeat(65) } }],
  ['an actor with more members', { actor: { kind: 'staff', name: 'Li' } }],
  ['an id of the system', { actor: { kind: 'system', id: 'k_1' } }],
  ['an id of a holder', { actor: { kind: 'holder', id: 'k_1' } }],
  ['an id with a space', { actor: { kind: 'staff', id: 'Li Lei' } }],
  ['no data', { data: undefined }],
  ['data that is a list', { data: [] }],
  ['null in the data', { data: { a: { b: [null] } } }],
  ['a fraction in the data', { data: { a: 0.5 } }],
  ['an empty sd', { sd: [] }],
  ['an sd that is no list', { sd: A }],
  ['a digest that is none', { sd: ['A'] }],
  ['a digest with spare bits', { sd: [`${'A'.repeat(42)}B`] }],
  ['digests out of order', { sd: [B, A], xd: undefined }],
  ['a digest twice', { sd: [A, A] }],
  ['a digest in both', { xd: [A] }],
  ['an empty xd', { xd: [] }],
  ['a short signature', { sig: A }],
  ['a signature that is no text', { sig: 1 }],
  ['a signature that is not base64url', { sig: '='.repeat(86) }],
]

t.test('I21, I22: every fault of an entry is refused when read and when written', async (t) => {
  for (const [name, change, base = ENTRY] of FAULTS) {
    const entry: Record<string, unknown> = { ...base, ...change }
    for (const [member, value] of Object.entries(entry)) if (value === undefined) delete entry[member]
    const sorted = Object.fromEntries(Object.entries(entry).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    t.throws(() => parseEntry(utf8(canonicalText(sorted))), { code: 'entry_malformed' }, name)
    t.throws(() => formatEntry(entry as Entry), { code: 'entry_malformed' }, `${name}, written`)
  }
  for (const value of ['null', '[]', '1', '"entry"']) {
    t.throws(() => parseEntry(utf8(value)), { code: 'entry_malformed' }, value)
  }
})

/** The canonical text of any value, without the rules of the record. */
function canonicalText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalText(inner)}`).join(',')}}`
}

t.test('I21: any other text of an entry is refused, also when only the order or the white space differs', async (t) => {
  const canonical = text(formatEntry(ENTRY))
  const others = [` ${canonical}`, `${canonical}\n`, JSON.stringify(ENTRY), canonical.replace('"n":3', '"n":3.0')]
  for (const other of others)
    t.throws(() => parseEntry(utf8(other)), { code: 'entry_not_canonical' }, other.slice(0, 40))
  const twice = canonical.replace('"v":1', '"v":1,"v":1')
  t.throws(() => parseEntry(utf8(twice)), { code: 'entry_malformed' }, 'a member twice')
  t.throws(() => parseEntry(Uint8Array.of(0xff)), { code: 'entry_malformed' }, 'not UTF-8')
})

t.test('an entry has at most 65,535 bytes', async (t) => {
  const withText = (length: number): Entry => ({ ...OPENED, data: { a: 'x'.repeat(length) } })
  const room = ENTRY_BYTES_MAX - formatEntry(withText(0)).length
  t.equal(formatEntry(withText(room)).length, ENTRY_BYTES_MAX)
  t.ok(parseEntry(formatEntry(withText(room))))
  t.throws(() => formatEntry(withText(room + 1)), { code: 'entry_too_large' })
  t.throws(() => parseEntry(new Uint8Array(ENTRY_BYTES_MAX + 1)), { code: 'entry_too_large' })
})

t.test('unknown types and unknown kinds of actors are entries all the same', async (t) => {
  const entry: Entry = { ...ENTRY, type: 'future-type.v2', actor: { kind: '外部见证' } }
  t.same(parseEntry(formatEntry(entry)), entry)
})

t.test('names of streams and brands are told from others', async (t) => {
  const names = [
    'ledger',
    'brand:a',
    'crisis:CR-7K2M9QPD',
    'points:P1',
    'Ledger',
    'brand:',
    'crisis:a/b',
    'product:x',
    7,
  ]
  t.strictSame(names.map(isStreamName), [true, true, true, true, false, false, false, false, false])
  t.strictSame(['a', 'a-1', 'a'.repeat(40), '', 'a'.repeat(41), 'A', 'a_b', 5].map(isSlug), [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ])
  t.strictSame([A, B, `${'A'.repeat(42)}B`, 'A'.repeat(44), 'A'.repeat(42) + '=', null].map(isDigest), [
    true,
    true,
    false,
    false,
    false,
    false,
  ])
})

t.test('what a writer spells itself must be an entry all the same, and no longer', async (t) => {
  assertEntry(ENTRY, ENTRY_BYTES_MAX)
  t.throws(() => assertEntry(ENTRY, ENTRY_BYTES_MAX + 1), { code: 'entry_too_large' })
  t.throws(() => assertEntry({ ...ENTRY, seq: 0 }, 100), { code: 'entry_malformed' })
})

t.test("an actor's signature covers what the actor knew, and nothing else", async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const key = publicKey.export({ format: 'jwk' }).x as string
  const message = entrySigMessage(ENTRY)
  t.equal(text(message).split('\n')[0], 'trust-ledger/entry-sig@1')
  t.notMatch(text(message), /recordedAt|seq|prev/)
  const signed: Entry = { ...ENTRY, sig: base64url(new Uint8Array(sign(null, message, privateKey))) }
  verifyEntrySig(parseEntry(formatEntry(signed)), key)
  verifyEntrySig({ ...signed, seq: 9, recordedAt: '2027-01-01T00:00:00.000Z' }, key)
  t.throws(() => verifyEntrySig({ ...signed, data: {} }, key), { code: 'signature_invalid' })
  t.throws(() => verifyEntrySig(ENTRY, key), { code: 'signature_invalid' }, 'no signature')
  t.throws(() => verifyEntrySig(signed, 'AAAA'), { code: 'signature_invalid' }, 'no key')
  t.throws(() => verifyEntrySig(signed, A), { code: 'signature_invalid' }, 'a key of small order')
})
