/**
 * Entries: the units of the record. An entry is canonical JSON (I20) with exactly the members below; its bytes are a
 * leaf of the tree and never change.
 *
 *     {"actor":{"id":"k_7Q2M","kind":"staff"},"brand":"acme","data":{"kind":"statement",…},
 *      "prev":"kLx…","recordedAt":"2026-11-22T06:00:00.000Z","sd":["5Gd…"],"seq":3,
 *      "stream":"crisis:CR-7K2M9QPD","type":"milestone.recorded","v":1}
 *
 * Types that are not known here are entries all the same: what a type means is not this file's business.
 */
import { concat, parseBase64url, utf8 } from './bytes.ts'
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verifyEd25519 } from './ed25519.ts'
import { ENTRY_BYTES_MAX } from './entry-bundle.ts'
import { LedgerError } from './errors.ts'
import { isInstant } from './instant.ts'
import { formatCanonical, hasNull, isJsonObject, member, parseCanonical } from './json.ts'
import type { JsonObject, JsonValue } from './json.ts'

/** Who acted: a kind, and the public id of the key that was used; none for `system` and `holder`. */
export type Actor = { kind: string; id?: string }

/**
 * An entry. `seq` counts from 1 in its stream; `prev` is the base64url leaf hash of the stream's entry before, null for
 * the first. `sd` and `xd` are digests of values that may be, and that never are, disclosed: ascending, not empty.
 */
export type Entry = {
  v: 1
  type: string
  brand?: string
  stream: string
  seq: number
  prev: string | null
  recordedAt: string
  actor: Actor
  data: JsonObject
  sd?: string[]
  xd?: string[]
  sig?: string
}

/** The stream of the log's own entries; the only one without a brand, and the only one that nothing opens. */
export const LEDGER_STREAM = 'ledger'

/** The types that version 1 writes. Verifiers meet others as well. */
export const ENTRY_TYPES = [
  'ledger.opened',
  'ledger.key',
  'ledger.contract',
  'ledger.verifier',
  'ledger.heads',
  'stream.opened',
  'key.opened',
  'key.revoked',
  'brand.opened',
  'clocks.published',
  'product.registered',
  'batch.registered',
  'code.retired',
  'crisis.opened',
  'milestone.recorded',
  'evidence.recorded',
  'correction.recorded',
  'redaction.registered',
  'consent.given',
  'consent.withdrawn',
  'seal.recorded',
  'seal.opened',
  'audit.objection',
  'audit.statement',
  'audit.answered',
  'programme.opened',
  'terms.published',
  'rule.published',
  'rule.withdrawn',
  'holder.opened',
  'grant.pending',
  'grant.posted',
  'grant.voided',
  'grant.lapsed',
  'grant.reversed',
  'points.expiring',
  'points.expired',
  'points.liabilities',
  'reward.published',
  'reward.amended',
  'reward.closed',
  'redemption.held',
  'redemption.confirmed',
  'redemption.released',
  'redemption.refunded',
  'proposal.submitted',
  'proposal.moved',
  'proposal.answer_missed',
  'entitlement.granted',
  'ballot.drafted',
  'ballot.frozen',
  'ballot.opened',
  'ballot.cast',
  'ballot.closed',
  'ballot.tallied',
  'ballot.challenged',
  'ballot.finalised',
] as const

const MEMBERS = ['v', 'type', 'brand', 'stream', 'seq', 'prev', 'recordedAt', 'actor', 'data', 'sd', 'xd', 'sig']

/** What a signature of the actor covers: what the actor knew. */
const SIGNED_MEMBERS = ['type', 'brand', 'stream', 'actor', 'data', 'sd', 'xd'] as const

/** Whether a text is a brand's slug. */
export function isSlug(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9-]{1,40}$/.test(value)
}

/** Whether a text is the name of a stream. */
export function isStreamName(value: unknown): value is string {
  return (
    value === LEDGER_STREAM || (typeof value === 'string' && /^(?:brand|crisis|points):[A-Za-z0-9-]{1,64}$/.test(value))
  )
}

/** Base64url of 32 bytes: 42 digits, and one of which the two low bits are zero. */
const DIGEST = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

/** Whether a text is base64url of 32 bytes: a hash or a digest. */
export function isDigest(value: unknown): value is string {
  return typeof value === 'string' && DIGEST.test(value)
}

/**
 * The entry that the bytes are.
 *
 * @throws LedgerError entry_too_large, entry_not_canonical, entry_malformed unless `formatEntry` of the result is these
 *   very bytes (I21)
 */
export function parseEntry(bytes: Uint8Array): Entry {
  if (bytes.length > ENTRY_BYTES_MAX) throw tooLarge(bytes.length)
  return asEntry(canonicalValue(bytes))
}

/**
 * The bytes of an entry.
 *
 * @throws LedgerError entry_too_large, entry_malformed (I21)
 */
export function formatEntry(entry: Entry): Uint8Array {
  const bytes = canonicalBytes(asEntry(entry))
  if (bytes.length > ENTRY_BYTES_MAX) throw tooLarge(bytes.length)
  return bytes
}

/**
 * Makes sure that a value has the members of an entry: for writers that spell canonical JSON themselves.
 *
 * @param bytes the length of its canonical text
 * @throws LedgerError entry_too_large, entry_malformed (I21)
 */
export function assertEntry(entry: Entry, bytes: number): void {
  asEntry(entry)
  if (bytes > ENTRY_BYTES_MAX) throw tooLarge(bytes)
}

/**
 * The message that `sig` signs: the line `trust-ledger/entry-sig@1`, LF, and the canonical JSON of the members type,
 * brand, stream, actor, data, sd and xd, as far as they are present.
 *
 * @throws LedgerError entry_malformed
 */
export function entrySigMessage(entry: Pick<Entry, (typeof SIGNED_MEMBERS)[number]>): Uint8Array {
  const signed: JsonObject = {}
  for (const name of SIGNED_MEMBERS) {
    const value = entry[name]
    if (value !== undefined) signed[name] = value
  }
  return concat(utf8('trust-ledger/entry-sig@1\n'), canonicalBytes(signed))
}

/**
 * Verifies the signature of an entry's actor.
 *
 * @param publicKey base64url of 32 bytes, as the brand's stream opened it under `actor.id`
 * @throws LedgerError signature_invalid, also when there is no signature or the key is malformed
 */
export function verifyEntrySig(entry: Entry, publicKey: string): void {
  if (entry.sig === undefined) throw new LedgerError('signature_invalid', 'none')
  const signature = parseBase64url(entry.sig)
  if (
    !isBase64urlOf(publicKey, PUBLIC_KEY_BYTES) ||
    !verifyEd25519(signature, entrySigMessage(entry), parseBase64url(publicKey))
  ) {
    throw new LedgerError('signature_invalid', 'signature')
  }
}

function asEntry(value: JsonValue): Entry {
  if (!isJsonObject(value)) throw malformed('not an object')
  const unknown = Object.keys(value).find((name) => !MEMBERS.includes(name))
  if (unknown !== undefined) throw malformed('unknown member')
  const get = (name: string): JsonValue | undefined => member(value, name)
  if (get('v') !== 1) throw malformed('v')
  const type = get('type')
  if (typeof type !== 'string' || !/^[A-Za-z0-9._-]{1,64}$/.test(type)) throw malformed('type')
  assertStream(get('stream'), get('brand'))
  assertPosition(get('seq'), get('prev'))
  if (!isInstant(get('recordedAt'))) throw malformed('recordedAt')
  assertActor(get('actor'))
  const data = get('data')
  if (!isJsonObject(data)) throw malformed('data')
  if (hasNull(data)) throw malformed('null')
  assertDigests(get('sd'), get('xd'))
  const sig = get('sig')
  if (sig !== undefined && !isBase64urlOf(sig, SIGNATURE_BYTES)) throw malformed('sig')
  return value as unknown as Entry
}

function assertStream(stream: JsonValue | undefined, brand: JsonValue | undefined): void {
  if (!isStreamName(stream)) throw malformed('stream')
  if (stream === LEDGER_STREAM) {
    if (brand !== undefined) throw malformed('brand')
    return
  }
  if (!isSlug(brand)) throw malformed('brand')
  if (stream.startsWith('brand:') && stream !== `brand:${brand}`) throw malformed('brand')
}

function assertPosition(seq: JsonValue | undefined, prev: JsonValue | undefined): void {
  if (!Number.isSafeInteger(seq) || (seq as number) < 1) throw malformed('seq')
  if (seq === 1 ? prev !== null : !isDigest(prev)) throw malformed('prev')
}

function assertActor(actor: JsonValue | undefined): void {
  if (!isJsonObject(actor)) throw malformed('actor')
  if (Object.keys(actor).some((name) => name !== 'kind' && name !== 'id')) {
    throw malformed('actor')
  }
  const kind = member(actor, 'kind')
  if (typeof kind !== 'string' || kind === '' || kind.length > 64) throw malformed('actor.kind')
  const id = member(actor, 'id')
  if (id === undefined) return
  if (kind === 'system' || kind === 'holder') throw malformed('actor.id')
  if (typeof id !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw malformed('actor.id')
}

function assertDigests(sd: JsonValue | undefined, xd: JsonValue | undefined): void {
  const disclosable = new Set(digestList(sd, 'sd'))
  if (digestList(xd, 'xd').some((digest) => disclosable.has(digest))) throw malformed('xd')
}

function digestList(value: JsonValue | undefined, name: string): string[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || value.length === 0) throw malformed(name)
  let last = ''
  for (const digest of value) {
    if (!isDigest(digest) || digest <= last) throw malformed(name)
    last = digest
  }
  return value as string[]
}

function isBase64urlOf(value: unknown, bytes: number): value is string {
  if (typeof value !== 'string' || value.length !== Math.ceil((bytes * 4) / 3)) return false
  try {
    return parseBase64url(value).length === bytes
  } catch {
    return false
  }
}

function canonicalValue(bytes: Uint8Array): JsonValue {
  try {
    return parseCanonical(bytes)
  } catch (error) {
    throw translated(error)
  }
}

function canonicalBytes(value: JsonValue): Uint8Array {
  try {
    return formatCanonical(value)
  } catch (error) {
    throw translated(error)
  }
}

function translated(error: unknown): LedgerError {
  const { code, message } = error as LedgerError
  return code === 'json_not_canonical' ? new LedgerError('entry_not_canonical', message) : malformed(message)
}

function malformed(what: string): LedgerError {
  return new LedgerError('entry_malformed', `malformed entry: ${what}`)
}

function tooLarge(bytes: number): LedgerError {
  return new LedgerError('entry_too_large', `an entry of ${bytes} bytes`)
}
