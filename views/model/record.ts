/**
 * What a page is made from: the entries of one stream as a bundle holds them, with the disclosed texts in their places
 * and with the two anchors between which each was recorded. Nothing else feeds a page. It reads, it does not judge: the
 * judgement is `verifyBundle` of the core, and the page script rebuilds the page from the same bytes after it.
 */
import type { Anchor } from '../../ledger/anchor.ts'
import type { Bundle, BundleEntry } from '../../ledger/bundle.ts'
import { base64url, text } from '../../ledger/bytes.ts'
import { applyDisclosures, disclosureDigest, parseDisclosure } from '../../ledger/disclosure.ts'
import { parseEntry } from '../../ledger/entry.ts'
import type { Entry } from '../../ledger/entry.ts'
import { leafHash } from '../../ledger/hash.ts'
import type { JsonObject } from '../../ledger/json.ts'
import type { CrisisState } from '../../ledger/crisis.ts'
import { foldCrisis } from '../../ledger/crisis.ts'
import { fileDigest, redactionOf } from '../../ledger/redaction.ts'
import { plain } from './plain.ts'

/** A passage that was erased: the reason and the time stand in a later entry of the stream. */
export type Erasure = { reason: string; recordedAt: string }

export type RecordEntry = {
  /** Place in the log. */
  index: number
  entry: Entry
  /** The entry's data with the disclosed values in their places. */
  data: JsonObject
  /** The canonical text of the entry, as it lies in the log. */
  raw: string
  /** base64url leaf hash. */
  leaf: string
  erased: Erasure[]
  /** Digests without a disclosure and without a registered erasure. */
  withheld: number
  /** The erasure of the file that the entry put on record. */
  fileErased?: Erasure
  /** Seconds since 1970 of the first anchor that covers it, and of the last one that does not. */
  anchoredAt?: number
  notBefore?: number
}

export type StreamRecord = {
  stream: string
  entries: RecordEntry[]
  /** Size of the checkpoint. */
  size: number
  origin: string
  /** The newest anchor in the bundle. */
  newest?: Pick<Anchor, 'size' | 'timestamp' | 'chainId'>
}

/** What an entry is read from. */
export type StoredItem = Pick<BundleEntry, 'index' | 'bytes' | 'disclosures'>
export type AnchorTime = Pick<Anchor, 'size' | 'timestamp'>

/** A crisis as a page needs it: its record, and what the fold of its entries says. */
export type CrisisRecord = StreamRecord & { state: CrisisState }

/**
 * Reads a bundle.
 *
 * @throws LedgerError when an entry or a disclosure is not what it should be
 */
export function readRecord(bundle: Bundle): StreamRecord {
  const entries = readEntries(bundle.entries, bundle.anchors)
  const newest = bundle.anchors[bundle.anchors.length - 1]
  return {
    stream: bundle.stream,
    origin: bundle.origin,
    entries,
    size: Number(bundle.checkpoint.split('\n')[1]),
    ...(newest === undefined ? {} : { newest }),
  }
}

/**
 * Reads entries of a stream with their disclosures; erasures are found among them.
 *
 * @param anchors ascending; those that cover the entries and those before them
 * @throws LedgerError when an entry or a disclosure is not what it should be
 */
export function readEntries(items: readonly StoredItem[], anchors: readonly AnchorTime[]): RecordEntry[] {
  const entries = items.map((item) => readEntry(item, anchors))
  for (const entry of entries) accountForErasures(entry, entries)
  return entries
}

/** The record of a crisis stream with its state. */
export function readCrisis(bundle: Bundle): CrisisRecord {
  return asCrisis(readRecord(bundle))
}

/** Folds a crisis stream. */
export function asCrisis(record: StreamRecord): CrisisRecord {
  let state: CrisisState | undefined
  for (const { entry, index } of record.entries) state = foldCrisis(state, entry, index)
  if (state === undefined) throw new TypeError('a crisis stream without entries')
  return { ...record, state }
}

function readEntry(item: StoredItem, anchors: readonly AnchorTime[]): RecordEntry {
  const { index, bytes, disclosures } = item
  const entry = parseEntry(bytes)
  const covering = anchors.find(({ size }) => size > index)
  const before = anchors.filter(({ size }) => size <= index).pop()
  return {
    index,
    entry,
    data: applyDisclosures(entry.data, disclosures.map(parseDisclosure)),
    raw: text(bytes),
    leaf: base64url(leafHash(bytes)),
    erased: [],
    withheld: missingDigests(entry, disclosures).length,
    ...(covering === undefined ? {} : { anchoredAt: covering.timestamp }),
    ...(before === undefined ? {} : { notBefore: before.timestamp }),
  }
}

function missingDigests(entry: Entry, disclosures: readonly string[]): string[] {
  const given = new Set(disclosures.map(disclosureDigest))
  return (entry.sd ?? []).filter((digest) => !given.has(digest))
}

/** Moves a missing text from "withheld" to "erased" when the stream registers its erasure. */
function accountForErasures(target: RecordEntry, entries: readonly RecordEntry[]): void {
  const file = fileDigestOf(target.entry)
  if (target.withheld === 0 && file === undefined) return
  for (const { entry } of entries) {
    const redaction = redactionOf(entry)
    if (redaction?.index !== target.index) continue
    const { digest, reason } = redaction
    const erasure = { reason, recordedAt: entry.recordedAt }
    if (digest === file) target.fileErased ??= erasure
    if (!(target.entry.sd ?? []).includes(digest) || target.withheld === 0) continue
    target.erased.push(erasure)
    target.withheld -= 1
  }
}

/** The digest under which the erasure of an entry's file is registered; undefined when it put no file on record. */
function fileDigestOf({ type, data }: Entry): string | undefined {
  const sha256 = plain(data['sha256'])
  return type === 'evidence.recorded' && /^[0-9a-f]{64}$/.test(sha256) ? fileDigest(sha256) : undefined
}
