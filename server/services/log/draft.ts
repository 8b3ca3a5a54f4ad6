/** From a draft to the bytes of an entry: NFC, salts, digests, and the members that only the sequencer knows. */
import { assertDisclosure, parseDisclosure } from '../../../ledger/disclosure.ts'
import { assertEntry } from '../../../ledger/entry.ts'
import type { Entry } from '../../../ledger/entry.ts'
import { LedgerError } from '../../../ledger/errors.ts'
import { canonicalText, isJsonObject } from '../../../ledger/json.ts'
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import type { Draft, Redactable, StreamRow } from './command.ts'
import { newSalt } from './salt.ts'
import { sha256Bytes, sha256Text } from './sha256.ts'

/** A disclosure as it is stored. `body`: base64url of the canonical [salt, name, value]. */
export type StoredDisclosure = { digest: string; body: string }

/** An opening as it is stored; `holder`: whom it may be shown to, null when nobody. */
export type StoredOpening = StoredDisclosure & { holder: string | null }

export type FinishedDraft = {
  entry: Entry
  bytes: Uint8Array
  leafHash: Uint8Array
  disclosures: StoredDisclosure[]
  openings: StoredOpening[]
}

/**
 * The entry of a draft as the next one of its stream.
 *
 * @throws LedgerError disclosure_malformed, entry_malformed, entry_too_large when the draft may not be recorded
 */
export function finishDraft(draft: Draft, stream: StreamRow, recordedAt: string): FinishedDraft {
  const made = (draft.redactable ?? []).map(({ name, value }) => disclose(name, toNfc(value)))
  const disclosures = [...made, ...(draft.disclosed ?? []).map(disclosedElsewhere)]
  const openings = (draft.private ?? []).map(openingOf)
  const entry: Entry = {
    v: 1,
    type: draft.type,
    ...(draft.brand === undefined ? {} : { brand: draft.brand }),
    stream: draft.stream,
    seq: stream.count + 1,
    prev: stream.head === null ? null : base64url(stream.head),
    recordedAt,
    actor: { ...draft.actor },
    data: toNfc(draft.data) as JsonObject,
  }
  if (disclosures.length > 0) entry.sd = disclosures.map(({ digest }) => digest).toSorted()
  const undisclosed = [...openings.map(({ digest }) => digest), ...(draft.keptElsewhere ?? [])]
  if (undisclosed.length > 0) entry.xd = undisclosed.toSorted()
  if (draft.sig !== undefined) entry.sig = draft.sig
  return { entry, ...formatLeaf(entry), disclosures, openings }
}

/** A disclosure with the salt of whoever made it; it is recorded as it came, since its digest is on record already. */
function disclosedElsewhere(body: string): StoredDisclosure {
  parseDisclosure(body)
  return { digest: sha256Text(body), body }
}

/** A fact about a holder names him in its value; what names nobody belongs to nobody. */
function openingOf({ name, value }: Redactable): StoredOpening {
  const holder = isJsonObject(value) ? value['holder'] : undefined
  return { ...disclose(name, value), holder: typeof holder === 'string' ? holder : null }
}

/** The bytes of an entry and their leaf hash (RFC 6962: SHA-256 behind a zero byte), from one buffer. */
function formatLeaf(entry: Entry): { bytes: Uint8Array; leafHash: Uint8Array } {
  const text = canonical(entry, 'entry_malformed')
  const length = Buffer.byteLength(text)
  assertEntry(entry, length)
  const leaf = Buffer.allocUnsafe(1 + length)
  leaf[0] = 0
  leaf.write(text, 1)
  return { bytes: leaf.subarray(1), leafHash: sha256Bytes(leaf) }
}

function disclose(name: string, value: JsonValue): StoredDisclosure {
  const parts = [newSalt(), name, value]
  const body = Buffer.from(canonical(parts, 'disclosure_malformed')).toString('base64url')
  assertDisclosure(body, parts)
  return { digest: sha256Text(body), body }
}

function canonical(value: JsonValue, code: 'entry_malformed' | 'disclosure_malformed'): string {
  try {
    return canonicalText(value)
  } catch (error) {
    throw error instanceof LedgerError ? new LedgerError(code, error.message) : error
  }
}

function base64url({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('base64url')
}

/** Two spellings of one text must not be two texts: the writer composes, verifiers do not ask. */
export function toNfc(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.normalize('NFC')
  if (Array.isArray(value)) return value.map(toNfc)
  if (typeof value !== 'object' || value === null) return value
  const composed: JsonObject = {}
  for (const name of Object.keys(value)) composed[name] = toNfc(value[name]!)
  return composed
}
