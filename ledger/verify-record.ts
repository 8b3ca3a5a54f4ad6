/**
 * The record half of a bundle's verification: `entries`, `disclosures` and `promises`. What the entries say is judged
 * only as far as a reader must not be deceived: order, links, withheld texts, unkept promises.
 */
import { base64url } from './bytes.ts'
import { applyDisclosures, disclosureDigest, parseDisclosure } from './disclosure.ts'
import type { Disclosure } from './disclosure.ts'
import { parseEntry, verifyEntrySig } from './entry.ts'
import type { Entry } from './entry.ts'
import type { Findings, ParsedEntry } from './findings.ts'
import { leafHash } from './hash.ts'
import { formatInstant, parseInstant } from './instant.ts'
import { missingMisses } from './promises.ts'
import { redactionOf } from './redaction.ts'
import { SealAudit } from './seal.ts'
import { CheckFailure, aboutEntry, checkEach, held } from './verdict.ts'
import type { Finding } from './verdict.ts'

/**
 * A due time counts as missed without a miss once it is this much older than the heads: the system writes misses by a
 * timer, and an anchor may fall between the due time and the timer.
 */
const MISS_TOLERANCE_MS = 60_000

/** `entries`: canonical, of one stream and brand, numbered from 1 without a gap, linked, index and time ascending. */
export function checkEntries(findings: Findings): Finding {
  const { bundle } = findings
  if (bundle.entries.length === 0) throw new CheckFailure('entries_missing')
  const parsed = bundle.entries.map(({ index, bytes, disclosures }) => {
    const entry = aboutEntry(index, () => parseEntry(bytes))
    return { index, entry, leafHash: leafHash(bytes), disclosures }
  })
  let before: ParsedEntry | undefined
  for (const next of parsed) {
    assertFollows(before, next, bundle.stream)
    before = next
  }
  const unjudged = checkActorSignatures(parsed)
  findings.entries = parsed
  return held({ entries: parsed.length, unjudged })
}

function assertFollows(before: ParsedEntry | undefined, { index, entry }: ParsedEntry, stream: string): void {
  const seq = (before?.entry.seq ?? 0) + 1
  const brand = before === undefined ? entry.brand : before.entry.brand
  if (entry.stream !== stream) throw new CheckFailure('stream_differs', index, { stream })
  if (entry.brand !== brand) throw new CheckFailure('brand_differs', index, { stream })
  if (entry.seq !== seq) throw new CheckFailure('seq_broken', index, { stream, seq: entry.seq, follows: seq })
  if (before === undefined) return
  if (entry.prev !== base64url(before.leafHash)) throw new CheckFailure('prev_broken', index, { stream })
  if (index <= before.index) throw new CheckFailure('index_order', index, { before: before.index })
  if (entry.recordedAt < before.entry.recordedAt) throw new CheckFailure('time_backward', index)
}

/**
 * Signatures of actors are judged by the keys that this very stream opened before: those of a brand. A crisis does not
 * carry them, so there they are only counted: the result.
 */
function checkActorSignatures(entries: readonly ParsedEntry[]): number {
  const keys = new Map<string, string>()
  let unjudged = 0
  for (const { index, entry } of entries) {
    if (entry.sig !== undefined) {
      const key = keys.get(entry.actor.id ?? '')
      if (key === undefined) unjudged++
      else assertActorSignature(entry, index, key)
    }
    noteKey(entry, keys)
  }
  return unjudged
}

/** Keeps the public key that an entry opens, by its id. */
export function noteKey({ type, data }: Entry, keys: Map<string, string>): void {
  const { id, publicKey } = data
  if (type === 'key.opened' && typeof id === 'string' && typeof publicKey === 'string') keys.set(id, publicKey)
}

/** Refuses an entry whose actor's signature is not of this key. */
export function assertActorSignature(entry: Entry, index: number, publicKey: string): void {
  try {
    verifyEntrySig(entry, publicKey)
  } catch {
    throw new CheckFailure('actor_signature', index)
  }
}

/** `disclosures`: every text belongs to its entry, and every digest has its text or a registered erasure. */
export function checkDisclosures({ entries, texts }: Findings): Finding {
  const registered = registeredErasures(entries)
  const seals = new SealAudit()
  checkEach(entries, (parsed) => {
    const { index, entry } = parsed
    const fault = seals.add(parsed)
    if (fault !== undefined) throw new CheckFailure(fault, index, { seal: entry.data['seal'] ?? '' })
    const disclosures = ownDisclosures(parsed)
    const erased = (entry.sd ?? []).filter((digest) => !disclosures.has(digest))
    const withheld = erased.filter((digest) => !registered.has(`${index} ${digest}`))
    if (withheld.length > 0) throw new CheckFailure('text_withheld', index, { withheld })
    const values = [...disclosures.values()]
    const data = aboutEntry(index, () => applyDisclosures(entry.data, values, entry.sd?.length))
    texts.set(index, { data, disclosed: values.map(({ name }) => name), erased })
  })
  const all = [...texts.values()]
  return held({
    texts: all.flatMap(({ disclosed }) => disclosed).length,
    erased: all.flatMap(({ erased }) => erased).length,
  })
}

/** The disclosures of an entry by their digests, each of which is the entry's own, and given once. */
function ownDisclosures({ index, entry, disclosures }: ParsedEntry): Map<string, Disclosure> {
  const own = new Map<string, Disclosure>()
  for (const text of disclosures) {
    const disclosure = aboutEntry(index, () => parseDisclosure(text))
    const digest = disclosureDigest(text)
    if (entry.sd?.includes(digest) !== true) throw new CheckFailure('disclosure_unknown', index)
    if (own.has(digest)) throw new CheckFailure('disclosure_repeated', index)
    own.set(digest, disclosure)
  }
  return own
}

/** "index digest" of every erasure that a later entry of the stream registers. */
function registeredErasures(entries: readonly ParsedEntry[]): Set<string> {
  const registered = new Set<string>()
  for (const { index: at, entry } of entries) {
    const redaction = redactionOf(entry)
    if (redaction !== undefined && redaction.index < at) registered.add(`${redaction.index} ${redaction.digest}`)
  }
  return registered
}

/** `promises`: every due time of a live crisis before the newest anchor has its outcome or its miss. */
export function checkPromises({ bundle, entries, lastEntries }: Findings): Finding {
  const last = lastEntries[lastEntries.length - 1]
  if (last === undefined) return held({ anchored: false })
  if (!bundle.stream.startsWith('crisis:')) return held({ promises: false })
  const before = missesBefore(last.recordedAt)
  const [missing] = missingMisses(entries, before)
  if (missing !== undefined) throw missFailure(missing)
  return held({ before })
}

/** The instant before which due times must have their outcome or miss, given when the newest heads were recorded. */
export function missesBefore(headsRecordedAt: string): string {
  return formatInstant(Math.max(0, parseInstant(headsRecordedAt) - MISS_TOLERANCE_MS))
}

/** The failure that names a promise without outcome and miss. */
export function missFailure({ promise, due, madeBy }: { promise: string; due: string; madeBy: number }): CheckFailure {
  return new CheckFailure('miss_missing', madeBy, { promise, due, madeBy })
}
