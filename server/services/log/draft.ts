/** From a draft to the bytes of an entry: NFC, salts, digests, and the members that only the sequencer knows. */
import { base64url } from '../../../ledger/bytes.ts'
import { formatDisclosure } from '../../../ledger/disclosure.ts'
import type { Entry } from '../../../ledger/entry.ts'
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import type { Draft, StreamRow } from './command.ts'
import { newSalt } from './salt.ts'
import { sha256Text } from './sha256.ts'

/** A disclosure as it is stored. `body`: base64url of the canonical [salt, name, value]. */
export type StoredDisclosure = { digest: string; body: string }

export type FinishedDraft = { entry: Entry; disclosures: StoredDisclosure[] }

/**
 * The entry of a draft as the next one of its stream.
 *
 * @throws LedgerError disclosure_malformed when a redactable value may not be recorded
 */
export function finishDraft(draft: Draft, stream: StreamRow, recordedAt: string): FinishedDraft {
  const disclosures = (draft.redactable ?? []).map(({ name, value }) => disclose(name, toNfc(value)))
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
  if (draft.sig !== undefined) entry.sig = draft.sig
  return { entry, disclosures }
}

function disclose(name: string, value: JsonValue): StoredDisclosure {
  const body = formatDisclosure({ salt: base64url(newSalt()), name, value })
  return { digest: sha256Text(body), body }
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
