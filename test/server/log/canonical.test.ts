/** The writer's fast spelling of canonical JSON against the core's, which every reader uses. */
import fc from 'fast-check'
import t from 'tap'
import { text as textOf } from '../../../ledger/bytes.ts'
import { disclosureDigest, formatDisclosure, parseDisclosure } from '../../../ledger/disclosure.ts'
import { formatEntry, parseEntry } from '../../../ledger/entry.ts'
import { leafHash } from '../../../ledger/hash.ts'
import { formatCanonical } from '../../../ledger/json.ts'
import type { JsonValue } from '../../../ledger/json.ts'
import { canonicalText } from '../../../server/services/log/canonical.ts'
import { LEDGER_ROW } from '../../../server/services/log/projections.ts'
import { finishDraft } from '../../../server/services/log/draft.ts'
import { crisisCode, milestone } from '../../support/log.ts'

const CODE = crisisCode(0)
const RECORDED_AT = '2026-01-02T03:04:05.678Z'

/** What `spell` gives, or the code of its refusal. */
const outcome = (spell: () => string): string => {
  try {
    return `text ${spell()}`
  } catch (error) {
    return `code ${(error as { code: string }).code}`
  }
}

const oracle = (value: JsonValue): string => textOf(formatCanonical(value))

const word = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('10', '9', '__proto__', '"', '\\', '\n'),
)
const anyJson = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    word,
    fc.maxSafeInteger(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(word, fc.stringMatching(/^[a-z0-9A-Z]{0,4}$/)), tie('value'), { maxKeys: 6 }),
  ),
})).value

t.test('whatever the value, both spell the same text or both refuse it', async (t) => {
  fc.assert(
    fc.property(anyJson, (value) => outcome(() => canonicalText(value)) === outcome(() => oracle(value))),
    { numRuns: 2000 },
  )
  t.pass()
})

const VALUES: readonly [string, JsonValue][] = [
  ['characters that JSON escapes', '"\\\n/'],
  ['a control character', 'a\u0007'],
  ['DEL', '\u007f'],
  ['half of a pair', 'a\ud800'],
  ['a whole pair', '\u{1f534} 红'],
  ['members that look like numbers', { 10: 1, 9: 2, a: 3, B: 4 }],
  ['a member name outside ASCII', { 名: 1 }],
  ['a member name with a quotation mark', { '"': 1 }],
  ['negative zero', -0],
  ['the greatest integer', Number.MAX_SAFE_INTEGER],
  ['one more', 2 ** 53],
  ['a fraction', 0.5],
  ['16 levels', JSON.parse('['.repeat(16) + ']'.repeat(16)) as JsonValue],
  ['17 levels', JSON.parse('['.repeat(17) + ']'.repeat(17)) as JsonValue],
  ['nothing at all', [undefined as unknown as JsonValue]],
]

for (const [name, value] of VALUES) {
  t.test(`the same for ${name}`, async (t) => {
    t.equal(
      outcome(() => canonicalText(value)),
      outcome(() => oracle(value)),
    )
  })
}

t.test('a finished draft has the bytes, leaf hash and digests that a reader computes', async (t) => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), fc.nat(), (texts, count) => {
      const redactable = texts.map((value, i) => ({
        name: `/sources/${i}`,
        value: { title: value.replace(/\p{Cc}/gu, '') },
      }))
      const stream = { ...LEDGER_ROW, count, head: count === 0 ? null : new Uint8Array(32).fill(count % 256) }
      const draft = milestone(CODE, { kind: 'statement', about: [1, 2] }, redactable)
      const { entry, bytes, leafHash: hash, disclosures } = finishDraft(draft, stream, RECORDED_AT)
      t.same(bytes, Buffer.from(formatEntry(entry)))
      t.same(parseEntry(bytes), entry)
      t.same(hash, Buffer.from(leafHash(bytes)))
      for (const { digest, body } of disclosures) {
        t.equal(formatDisclosure(parseDisclosure(body)), body)
        t.equal(disclosureDigest(body), digest)
        t.ok(entry.sd?.includes(digest))
      }
    }),
    { numRuns: 50 },
  )
})

t.test('a draft that may not be recorded is refused with the code of what is wrong', async (t) => {
  const finish = (data: Parameters<typeof milestone>[1], redactable: Parameters<typeof milestone>[2] = []) =>
    finishDraft(milestone(CODE, data, redactable), LEDGER_ROW, RECORDED_AT)
  t.throws(() => finish({ kind: 'a\u0000' }), { code: 'entry_malformed' })
  t.throws(() => finish({ kind: 'statement', big: 'x'.repeat(65_536) }), { code: 'entry_too_large' })
  t.throws(() => finish({ kind: null }), { code: 'entry_malformed' })
  t.throws(() => finish({}, [{ name: '/text/en', value: 'a\u0000' }]), { code: 'disclosure_malformed' })
  t.throws(() => finish({}, [{ name: '/text/en', value: 'x'.repeat(12_300) }]), { code: 'disclosure_malformed' })
  t.throws(() => finish({}, [{ name: 'text', value: 'x' }]), { code: 'disclosure_malformed' })
  t.throws(() => finish({}, [{ name: '/text/en', value: [null] }]), { code: 'disclosure_malformed' })
})
