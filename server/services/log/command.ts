/**
 * What a use case hands to the sequencer and what it gets back (append protocol S1–S8).
 *
 * A command says what it must see, judges it under the lock of the log, and answers with drafts: entries without the
 * members that only the sequencer can know. Judging is pure and synchronous, so that nothing is awaited while the lock
 * is held, and a batch that failed can be judged again.
 */
import type { Actor, Entry } from '../../../ledger/entry.ts'
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import type { DryRun } from './dry-run.ts'
import type { PointsNeeds } from './points-rows.ts'
import type { PointsView } from './points-view.ts'
import type { ApprovalRow, SecondKeyNeeds } from './second-keys.ts'
import { sha256Hex } from './sha256.ts'

/** A value that stands in the log only as a salted digest. `name`: JSON Pointer (RFC 6901) into the entry's data. */
export type Redactable = { name: string; value: JsonValue }

/** An entry without index, seq, prev, recordedAt, salts and digests. */
export type Draft = {
  readonly type: string
  readonly stream: string
  /** The slug of the stream's brand; absent in stream `ledger`. */
  readonly brand?: string
  readonly actor: Readonly<Actor>
  /** Public members only; strings are put into NFC by the sequencer. */
  readonly data: JsonObject
  readonly redactable?: readonly Redactable[]
  /** What nobody but the holder is ever shown: digests in `xd`, kept in table opening. */
  readonly private?: readonly Redactable[]
  /** Disclosures that were made elsewhere and have their salt: what a seal opens. */
  readonly disclosed?: readonly string[]
  /** Digests for `xd` of openings that are kept by somebody else, and not here. */
  readonly keptElsewhere?: readonly string[]
  readonly sig?: string
  /** With key.opened: the hash of the key's secret, 32 bytes. Kept beside the log (admin_secret), never in it. */
  readonly secretHash?: Uint8Array
  /** The id of the approval that this entry uses up (second-keys.ts). */
  readonly approval?: string
  /** With holder.opened: what is kept beside the log (holder_secret), never in it. */
  readonly holderSecret?: HolderSecret
}

/** Hashes of a holder's codes, 32 bytes each, and what follows from the view code. `commitment`: base64url of 32 bytes. */
export type HolderSecret = {
  holder: string
  viewHash: Uint8Array
  spendHash: Uint8Array
  commitment: string
  /** An Ed25519 public key, 32 bytes. */
  screenKey: Uint8Array
  /** The admin key of the person behind the holder, who may not grant to him (GR2). */
  staffKey: string | null
  /** What the holder told us to reach him; kept in holder_contact, where it can be erased. */
  contact: string | null
}

export type StreamRow = {
  name: string
  brand: string | null
  /** Index of the stream.opened entry that names the stream; null for `ledger`, which needs none. */
  openedIndex: number | null
  /** How many entries the stream has: 0 between its opening and its first entry. */
  count: number
  /** Leaf hash of the last entry; null when count = 0. */
  head: Uint8Array | null
  lastIndex: number | null
}
export type BrandRow = {
  slug: string
  openedIndex: number
  name: JsonObject
  legalName: string | null
  /** The newest preset of clocks: its version, entry and severities; 0 and null while the brand has published none. */
  clocksVersion: number
  clocksIndex: number | null
  clocks: JsonObject | null
}
export type ProductRow = { gtin: string; brand: string; entryIndex: number; name: JsonObject; category: string | null }
export type BatchRow = { gtin: string; lot: string; entryIndex: number; label: JsonObject | null }
export type CrisisRow = {
  code: string
  brand: string
  mode: 'live' | 'reconstructed'
  openedIndex: number
  state: CrisisState
}
export type KeyRow = {
  id: string
  role: string
  /** Null for keys of the operator, which belong to no brand. */
  brand: string | null
  publicKey: string | null
  openedIndex: number
  revokedIndex: number | null
}
export type EvidenceRow = { sha256: string; stream: string; entryIndex: number; bytes: number; mediaType: string }
/** `held`: digests of the disclosures that are still there. `erased`: digests registered as erased, files included. */
export type EntryRow = {
  index: number
  leafHash: Uint8Array
  entry: Entry
  held: readonly string[]
  erased: readonly string[]
}

/**
 * What a command must see. Only what is named here can be asked of the snapshot; asking for more is a bug and throws.
 * The streams of named brands and crises, and stream `ledger`, are loaded without being named.
 */
export type Needs = {
  streams?: readonly string[]
  brands?: readonly string[]
  products?: readonly string[]
  batches?: readonly { gtin: string; lot: string }[]
  crises?: readonly string[]
  keys?: readonly string[]
  /** SHA-256 as hex: whether the file is on record in a stream. */
  evidence?: readonly { sha256: string; stream: string }[]
  entries?: readonly number[]
  /** Reviewers in force, and the approval that the request names. */
  secondKey?: SecondKeyNeeds
  points?: PointsNeeds
}

/** The state of the log under its lock, the accepted drafts of earlier commands of the batch included. */
export interface Snapshot {
  /** The index that the first draft of this command gets; the next draft gets the next one. */
  readonly size: number
  stream(name: string): StreamRow | undefined
  brand(slug: string): BrandRow | undefined
  product(gtin: string): ProductRow | undefined
  batch(gtin: string, lot: string): BatchRow | undefined
  crisis(code: string): CrisisRow | undefined
  key(id: string): KeyRow | undefined
  /** The reviewers of a brand in force; only of brands whose second keys are among the needs. */
  reviewersOf(brand: string): KeyRow[]
  approval(id: string): ApprovalRow | undefined
  evidence(sha256: string, stream: string): EvidenceRow | undefined
  /** Undefined when the log has no such index. */
  entry(index: number): EntryRow | undefined
  /** What was asked for in `needs.points`. */
  readonly points: PointsView
}

/** What the stored answer of an idempotent request is found by. */
export type Idempotency = {
  /** Of `requestHash`: hex, 64 digits. */
  request: string
  /** HMAC-SHA-256(server key, body), 32 bytes. */
  bodyHmac: Uint8Array
}

/**
 * SHA-256 of the four parts under which an answer is stored, as hex: its key in the table and in memory.
 *
 * @param key the value of the header Idempotency-Key
 */
export function requestHash(keyId: string, method: string, path: string, key: string): string {
  return sha256Hex(JSON.stringify([keyId, method, path, key]))
}

/** An entry as the answer names it. `leafHash`: base64url. */
export type Written = { index: number; leafHash: string; stream: string; seq: number }

export type Command = {
  needs: Needs
  idempotency?: Idempotency
  /**
   * The entries to write, in order; none when there is nothing to do. Pure. Where they come one by one, as from a
   * generator, each is accepted before the next is asked for, and seen in the snapshot.
   *
   * @param recordedAt the 24 characters that every draft of this command gets
   * @throws AppError to refuse: nothing of this command is written
   */
  judge(snapshot: Snapshot, recordedAt: string): Iterable<Draft>
  /** Further members of the 201 answer, without any text of the request: the answer is stored. */
  answer?(written: readonly Written[]): JsonObject
  /** Judged as always, and then nothing is written (dry-run.ts). */
  dryRun?: true
  /** What judging looked at, filled in by `judge`: for the answer of a dry run. */
  checks?: readonly Check[]
  /** What an editor would ask about the texts of the request: for the answer of a dry run. */
  warnings?: readonly JsonObject[]
}

/** One thing that was looked at. `detail`: what follows, and the way out where it does not hold. */
export type Check = { readonly check: string; readonly ok: boolean; readonly detail?: string }

/**
 * `status` 201 and `body` { index, leafHash, stream, seq, checkpoint, also?, … }: index and so on are those of the
 * command's first entry, `also` those of its others. 200 and {} when it wrote nothing. `checkpoint` is a signed note of
 * a size above every index of the answer.
 */
export type AppendResult = {
  status: number
  body: JsonObject
  replayed: boolean
  written: readonly Written[]
  /** What the command would have written, when it was a dry run: then status is 200 and the rest is empty. */
  dryRun?: DryRun
}

/** Where commands go. */
export interface Appender {
  /**
   * Resolves when the entries are durable, in the tree and under a signed checkpoint (S5, S6).
   *
   * @throws AppError of the command, or idempotency_conflict, entry_refused, clock, busy, unavailable (also when it is not
   *   known whether the entries were written: the same request answers that), log_stopped
   */
  append(command: Command): Promise<AppendResult>
}
