/** Finished drafts: the bytes, hashes and digests that the writer makes, against those that every reader computes. */
import fc from 'fast-check'
import t from 'tap'
import { disclosureDigest, formatDisclosure, parseDisclosure } from '../../../ledger/disclosure.ts'
import { formatEntry, parseEntry } from '../../../ledger/entry.ts'
import { leafHash } from '../../../ledger/hash.ts'
import { LEDGER_ROW } from '../../../server/services/log/projections.ts'
import { finishDraft } from '../../../server/services/log/draft.ts'
import { crisisCode, milestone } from '../../support/log.ts'

const CODE = crisisCode(0)
const RECORDED_AT = '2026-01-02T03:04:05.678Z'

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
