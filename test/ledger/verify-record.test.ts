/** The record half of the verifier: `entries`, `disclosures` and `promises`. */
import { generateKeyPairSync, sign } from 'node:crypto'
import t from 'tap'
import { base64url } from '../../ledger/bytes.ts'
import { disclosureDigest, formatDisclosure } from '../../ledger/disclosure.ts'
import { entrySigMessage } from '../../ledger/entry.ts'
import { formatInstant } from '../../ledger/instant.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import { missesBefore } from '../../ledger/verify-record.ts'
import { at, checkNamed, flip, refuseAll, verify } from './bundle-faults.ts'
import type { Fault } from './bundle-faults.ts'
import { CRISIS, SampleLog, milestone, openCrisis, openedLog, sampleLog } from './sample-log.ts'
import type { Draft } from './sample-log.ts'

const foreign = formatDisclosure({ salt: 'A'.repeat(22), name: '/text/en', value: 'Invented.' })

const FAULTS: Fault[] = [
  { fault: 'no entries', check: 'entries', alter: (b) => (b.entries = []) },
  { fault: 'the first entry left out', check: 'entries', alter: (b) => b.entries.shift() },
  { fault: 'an entry left out', check: 'entries', alter: (b) => b.entries.splice(2, 1) },
  { fault: 'two entries swapped', check: 'entries', alter: (b) => b.entries.splice(1, 2, at(b, 2), at(b, 1)) },
  { fault: 'an entry given twice', check: 'entries', alter: (b) => b.entries.splice(1, 0, at(b, 1)) },
  { fault: 'an altered byte', check: 'entries', alter: (b) => (at(b, 1).bytes = flip(at(b, 1).bytes)) },
  { fault: 'another stream', check: 'entries', alter: (b) => (b.stream = 'crisis:CR-ZZZZ2222') },
  { fault: 'a text withheld', check: 'disclosures', alter: (b) => at(b, 1).disclosures.pop() },
  { fault: 'an invented text', check: 'disclosures', alter: (b) => at(b, 1).disclosures.push(foreign) },
  { fault: 'a text replaced', check: 'disclosures', alter: (b) => (at(b, 1).disclosures[0] = foreign) },
  { fault: 'a text at an entry that has none', check: 'disclosures', alter: (b) => at(b, 5).disclosures.push(foreign) },
  {
    fault: 'a text given twice',
    check: 'disclosures',
    alter: (b) => at(b, 1).disclosures.push(at(b, 1).disclosures[0]!),
  },
  { fault: 'a text that is none', check: 'disclosures', alter: (b) => (at(b, 1).disclosures[0] = 'e30') },
  {
    fault: 'the texts of two entries exchanged',
    check: 'disclosures',
    alter: (b) => ([at(b, 1).disclosures, at(b, 3).disclosures] = [at(b, 3).disclosures, at(b, 1).disclosures]),
  },
]

t.test('every fault of entries and texts is named', async (t) => refuseAll(t, FAULTS))

t.test('a due time of a live crisis without outcome and without miss is a mismatch', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const due = formatInstant((log.now + 600) * 1000)
  const made = milestone(log, { kind: 'commitment_made', commitment: { id: 'cm-1', due: { at: due } } })
  log.now += 86_400
  log.anchor()
  const report = verify(log)
  t.equal(report.verdict, 'mismatch')
  t.match(checkNamed(report, 'promises'), { ok: 'failed', code: 'miss_missing', entry: made })
})

/** A crisis whose last entry breaks a rule; the log itself is signed and anchored. */
function brokenLog(draft: Partial<Draft>): SampleLog {
  const log = openedLog()
  openCrisis(log)
  milestone(log)
  milestone(log, {}, draft)
  log.anchor()
  return log
}

t.test('an entry that the log itself wrote wrongly is named', async (t) => {
  const first = openedLog()
  openCrisis(first)
  const before = first.entry(4).recordedAt
  const faults: [string, Partial<Draft>][] = [
    ['seq_broken', { with: { seq: 2, prev: 'A'.repeat(43) } }],
    ['seq_broken', { with: { seq: 4 } }],
    ['prev_broken', { with: { prev: 'A'.repeat(43) } }],
    ['brand_differs', { with: { brand: 'zeta' } }],
    ['time_backward', { with: { recordedAt: before } }],
  ]
  for (const [code, draft] of faults) {
    const report = verify(brokenLog(draft))
    t.match(checkNamed(report, 'entries'), { ok: 'failed', code, entry: 6 })
    t.equal(report.verdict, 'mismatch')
  }
})

t.test('indexes ascend: an entry cannot stand before the one it follows', async (t) => {
  const log = brokenLog({})
  const bundle = log.bundle()
  bundle.entries[2]!.index = 5
  t.match(checkNamed(verify(log, bundle), 'entries'), { code: 'index_order' })
})

t.test('an erasure counts when an entry of the same stream registers it later', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const index = milestone(log)
  const [text] = log.disclosures.get(index)!
  const digest = disclosureDigest(text!)
  const registered: [JsonObject, boolean][] = [
    [{ index, digest, reason: 'request' }, true],
    [{ index: index + 5, digest, reason: 'request' }, false],
    [{ index, digest: 'A'.repeat(43), reason: 'request' }, false],
    [{ index: String(index), digest, reason: 'request' }, false],
    [{ index, digest: 1, reason: 'request' }, false],
  ]
  for (const [data, counts] of registered) {
    const again = new SampleLog()
    for (const bytes of log.bytes) again.addBytes(bytes)
    again.disclosures.set(index, log.disclosures.get(index)!.slice(1))
    again.add({ type: 'redaction.registered', stream: CRISIS, data })
    again.anchor()
    const check = checkNamed(verify(again), 'disclosures')
    t.match(
      check,
      counts ? { ok: 'held', facts: { erased: 1 } } : { ok: 'failed', code: 'text_withheld', entry: index },
    )
  }
})

t.test('only the entry whose text is withheld is at fault', async (t) => {
  const log = sampleLog()
  const bundle = log.bundle()
  bundle.entries[1]!.disclosures.pop()
  const { entries } = verify(log, bundle)
  t.strictSame(
    entries.map(({ verdict }) => verdict),
    ['verified', 'mismatch', 'verified', 'verified', 'verified', 'verified'],
  )
  t.equal(entries[1]!.data, undefined, 'and nothing of it is shown')
})

t.test('a text whose place is taken by public data is refused', async (t) => {
  const log = brokenLog({ data: { text: 'public' }, texts: { '/text/en': 'hidden' } })
  t.match(checkNamed(verify(log), 'disclosures'), { ok: 'failed', code: 'disclosure_malformed', entry: 6 })
})

t.test("signatures of actors are judged by the keys that the brand's stream opened", async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const key = publicKey.export({ format: 'jwk' }).x as string
  const data: JsonObject = { gtin: '09520123456788', name: { en: 'Kettle' } }
  const actor = { kind: 'staff', id: 'k_7' }
  const unsigned = { type: 'product.registered', brand: 'acme', stream: 'brand:acme', actor, data }
  const sig = base64url(new Uint8Array(sign(null, entrySigMessage(unsigned), privateKey)))
  const signedLog = (publicKey: JsonValue, sig: string): SampleLog => {
    const log = openedLog()
    log.add({ type: 'key.opened', stream: 'brand:acme', data: { id: 'k_7', role: 'staff', publicKey } })
    log.add({ type: 'product.registered', stream: 'brand:acme', data, with: { actor, sig } })
    log.anchor()
    return log
  }
  const entriesOf = (log: SampleLog): unknown => checkNamed(verify(log, log.bundle('brand:acme')), 'entries')
  t.match(entriesOf(signedLog(key, sig)), { ok: 'held', reason: /linked\.$/ })
  t.match(entriesOf(signedLog(key, 'A'.repeat(86))), { ok: 'failed', code: 'actor_signature', entry: 4 })
  t.match(entriesOf(signedLog(5, sig)), { ok: 'held', reason: /1 also carry a signature/ }, 'no key to judge it by')
  const system = brokenLog({ with: { actor: { kind: 'system' }, sig } })
  t.match(checkNamed(verify(system), 'entries'), { ok: 'held', reason: /1 also carry a signature/ })
})

t.test('a promise that was kept or marked missed is in order, and a home page makes none', async (t) => {
  const log = openedLog()
  openCrisis(log)
  milestone(log)
  t.match(checkNamed(verify(log), 'promises'), { ok: 'held', reason: /Nothing is anchored/ })
  log.anchor()
  t.match(checkNamed(verify(log), 'promises'), { ok: 'held', reason: /Every promise/ })
  t.match(checkNamed(verify(log, log.bundle('brand:acme')), 'promises'), { ok: 'held', reason: /no promises/ })
  t.equal(missesBefore('2026-06-14T08:00:00.000Z'), '2026-06-14T07:59:00.000Z')
  t.equal(missesBefore('0000-01-01T00:00:00.000Z'), '1970-01-01T00:00:00.000Z')
})

t.test(
  'SE1: a seal that was opened with another text is a mismatch of that entry, and one erased later is none',
  async (t) => {
    const sealed = formatDisclosure({ salt: 'A'.repeat(22), name: '/text', value: { en: 'We knew.' } })
    const other = formatDisclosure({ salt: 'A'.repeat(22), name: '/text', value: { en: 'We did not know.' } })
    const told = (text: string, seal: number | 'none' = 0, isErased = false): ReturnType<typeof verify> => {
      const log = openedLog()
      openCrisis(log)
      const made = log.add({ type: 'seal.recorded', stream: CRISIS, data: { digest: disclosureDigest(sealed) } })
      const digest = disclosureDigest(text)
      const index = log.add({
        type: 'seal.opened',
        stream: CRISIS,
        data: seal === 'none' ? {} : { seal: made + seal },
        with: { sd: [digest] },
      })
      if (isErased) log.add({ type: 'redaction.registered', stream: CRISIS, data: { index, digest, reason: 'safety' } })
      else log.disclosures.set(index, [text])
      log.anchor()
      return verify(log)
    }
    t.equal(told(sealed).verdict, 'verified')
    t.equal(told(sealed, 0, true).verdict, 'verified', 'who sealed what stays provable')
    const differs = checkNamed(told(other), 'disclosures')
    t.match(differs, { ok: 'failed', code: 'seal_differs', reason: /another text than was sealed/ })
    t.match(checkNamed(told(other, 0, true), 'disclosures'), { code: 'seal_differs' }, 'nor does erasing it hide that')
    t.match(checkNamed(told(sealed, 1), 'disclosures'), { code: 'seal_unknown', reason: /no earlier entry/ })
    t.match(checkNamed(told(sealed, 'none'), 'disclosures'), { code: 'seal_unknown' }, 'nor does naming no seal')
  },
)
