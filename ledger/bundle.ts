/**
 * Bundles: one JSON file that proves a timeline offline (`trust-ledger/timeline@1`).
 *
 *     { "format": "trust-ledger/timeline@1", "origin", "vkey", "stream", "checkpoint",
 *       "key": { "index", "bytes", "proof" },
 *       "entries": [ { "index", "bytes", "disclosures", "proof" } ],
 *       "heads": { "index", "bytes", "proof", "leaf", "path" },
 *       "anchors": [ { "chainId", "contract", "transaction", "block", "timestamp", "size", "root", "consistency",
 *                      "last": { "bytes", "proof" } } ] }
 *
 * Exactly these members; `heads` is absent before the first anchor and while no anchor counts the stream. All proofs
 * are at the size of the checkpoint. Hashes and bytes are base64url. Any JSON text of it is a bundle (I30): nothing
 * hashes the file itself.
 */
import { assertAnchor } from './anchor.ts'
import type { Anchor } from './anchor.ts'
import { base64url, parseBase64url } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { isJsonObject, member, parseJson } from './json.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { isSize } from './tree.ts'

/** The name of the format and its version. */
export const BUNDLE_FORMAT = 'trust-ledger/timeline@1'

/** An entry and its inclusion proof at the size of the checkpoint. */
export type ProvenBytes = { index: number; bytes: Uint8Array; proof: Uint8Array[] }

/** An entry of the stream with the disclosures that go with it. */
export type BundleEntry = ProvenBytes & { disclosures: string[] }

/** The newest anchor's heads entry, and the stream's place and path in its tree. */
export type BundleHeads = ProvenBytes & { leaf: number; path: Uint8Array[] }

/** An anchor, its consistency with the checkpoint, and the entry at size - 1. */
export type BundleAnchor = Anchor & { consistency: Uint8Array[]; last: { bytes: Uint8Array; proof: Uint8Array[] } }

/** A timeline with its proofs. `key`: the entry of stream `ledger` that names `vkey`. `anchors`: ascending by size. */
export type Bundle = {
  format: typeof BUNDLE_FORMAT
  origin: string
  vkey: string
  stream: string
  checkpoint: string
  key: ProvenBytes
  entries: BundleEntry[]
  heads?: BundleHeads
  anchors: BundleAnchor[]
}

/** The bundle as JSON text. */
export function formatBundle(bundle: Bundle): string {
  const { format, origin, vkey, stream, checkpoint, key, entries, heads, anchors } = bundle
  return JSON.stringify({
    format,
    origin,
    vkey,
    stream,
    checkpoint,
    key: provenJson(key),
    entries: entries.map((entry) => ({ ...provenJson(entry), disclosures: entry.disclosures })),
    ...(heads === undefined
      ? {}
      : { heads: { ...provenJson(heads), leaf: heads.leaf, path: heads.path.map(base64url) } }),
    anchors: anchors.map(anchorJson),
  })
}

/**
 * The bundle of a JSON text. Its shape is checked here, and nothing that it claims.
 *
 * @throws LedgerError json_malformed with the byte position, bundle_malformed with the place, anchor_malformed
 */
export function parseBundle(bytes: Uint8Array): Bundle {
  return bundleOf(parseJson(bytes))
}

/**
 * The bundle that a JSON value is.
 *
 * @throws LedgerError bundle_malformed with the place, anchor_malformed
 */
export function bundleOf(value: JsonValue): Bundle {
  const top = membersOf(
    value,
    'bundle',
    ['format', 'origin', 'vkey', 'stream', 'checkpoint', 'key', 'entries', 'anchors'],
    ['heads'],
  )
  if (top['format'] !== BUNDLE_FORMAT) throw malformed('format')
  const heads = top['heads']
  return {
    format: BUNDLE_FORMAT,
    origin: textOf(top['origin'], 'origin'),
    vkey: textOf(top['vkey'], 'vkey'),
    stream: textOf(top['stream'], 'stream'),
    checkpoint: textOf(top['checkpoint'], 'checkpoint'),
    key: parseProven(membersOf(top['key'], 'key', PROVEN), 'key'),
    entries: listOf(top['entries'], 'entries').map(parseBundleEntry),
    ...(heads === undefined ? {} : { heads: parseBundleHeads(heads) }),
    anchors: listOf(top['anchors'], 'anchors').map(parseBundleAnchor),
  }
}

/** The members of an entry with its inclusion proof. */
export const PROVEN = ['index', 'bytes', 'proof']

const ANCHOR_MEMBERS = ['chainId', 'contract', 'transaction', 'block', 'timestamp', 'size', 'root']

/** An entry with its inclusion proof, as JSON. */
export function provenJson({ index, bytes, proof }: ProvenBytes): { index: number; bytes: string; proof: string[] } {
  return { index, bytes: base64url(bytes), proof: proof.map(base64url) }
}

/** An anchor with its proofs, as JSON. */
export function anchorJson({ consistency, last, root, ...anchor }: BundleAnchor): JsonObject {
  const { chainId, contract, transaction, block, timestamp, size } = anchor
  return {
    chainId,
    contract,
    transaction,
    block,
    timestamp,
    size,
    root: base64url(root),
    consistency: consistency.map(base64url),
    last: { bytes: base64url(last.bytes), proof: last.proof.map(base64url) },
  }
}

function parseBundleEntry(value: JsonValue, position: number): BundleEntry {
  const at = `entries[${position}]`
  const members = membersOf(value, at, [...PROVEN, 'disclosures'])
  const disclosures = listOf(members['disclosures'], `${at}.disclosures`)
  return {
    ...parseProven(members, at),
    disclosures: disclosures.map((disclosure, i) => textOf(disclosure, `${at}.disclosures[${i}]`)),
  }
}

function parseBundleHeads(value: JsonValue): BundleHeads {
  const members = membersOf(value, 'heads', [...PROVEN, 'leaf', 'path'])
  return {
    ...parseProven(members, 'heads'),
    leaf: sizeOf(members['leaf'], 'heads.leaf'),
    path: hashesOf(members['path'], 'heads.path'),
  }
}

/** The anchor at a position of `anchors`. */
export function parseBundleAnchor(value: JsonValue, position: number): BundleAnchor {
  const at = `anchors[${position}]`
  const members = membersOf(value, at, [...ANCHOR_MEMBERS, 'consistency', 'last'])
  const last = membersOf(members['last'], `${at}.last`, ['bytes', 'proof'])
  const anchor = {
    chainId: sizeOf(members['chainId'], `${at}.chainId`),
    contract: textOf(members['contract'], `${at}.contract`),
    transaction: textOf(members['transaction'], `${at}.transaction`),
    block: sizeOf(members['block'], `${at}.block`),
    timestamp: sizeOf(members['timestamp'], `${at}.timestamp`),
    size: sizeOf(members['size'], `${at}.size`),
    root: bytesOf(members['root'], `${at}.root`),
  }
  assertAnchor(anchor)
  return {
    ...anchor,
    consistency: hashesOf(members['consistency'], `${at}.consistency`),
    last: { bytes: bytesOf(last['bytes'], `${at}.last.bytes`), proof: hashesOf(last['proof'], `${at}.last.proof`) },
  }
}

/** An entry with its inclusion proof, of its members. */
export function parseProven(members: Members, at: string): ProvenBytes {
  return {
    index: sizeOf(members['index'], `${at}.index`),
    bytes: bytesOf(members['bytes'], `${at}.bytes`),
    proof: hashesOf(members['proof'], `${at}.proof`),
  }
}

/** Members by name; undefined where an optional one is absent. */
export type Members = Record<string, JsonValue | undefined>

/** The members of an object that has all of `required`, may have `optional`, and has no other. */
export function membersOf(
  value: JsonValue | undefined,
  at: string,
  required: string[],
  optional: string[] = [],
): Members {
  if (!isJsonObject(value)) throw malformed(at)
  const members: Members = {}
  for (const name of required.concat(optional)) {
    const found = member(value, name)
    if (found === undefined && required.includes(name)) throw malformed(`${at}.${name}`)
    members[name] = found
  }
  if (Object.keys(value).some((name) => !required.includes(name) && !optional.includes(name))) {
    throw malformed(`${at} with another member`)
  }
  return members
}

/** A member that must be a list. */
export function listOf(value: JsonValue | undefined, at: string): JsonValue[] {
  if (!Array.isArray(value)) throw malformed(at)
  return value
}

/** A member that must be text. */
export function textOf(value: JsonValue | undefined, at: string): string {
  if (typeof value !== 'string') throw malformed(at)
  return value
}

/** A member that must be a size or an index. */
export function sizeOf(value: JsonValue | undefined, at: string): number {
  if (!isSize(value)) throw malformed(at)
  return value
}

function bytesOf(value: JsonValue | undefined, at: string): Uint8Array {
  const digits = textOf(value, at)
  try {
    return parseBase64url(digits)
  } catch {
    throw malformed(at)
  }
}

/** A member that must be a list of base64url. */
export function hashesOf(value: JsonValue | undefined, at: string): Uint8Array[] {
  return listOf(value, at).map((hash, i) => bytesOf(hash, `${at}[${i}]`))
}

function malformed(at: string): LedgerError {
  return new LedgerError('bundle_malformed', `malformed bundle: ${at}`)
}
