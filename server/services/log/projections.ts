/**
 * What each entry changes in the tables beside the log. The sequencer applies it to the rows that it read under the
 * lock; fsck applies it to empty rows from index 0 and compares. One function for each type of entry; types that change
 * nothing are absent.
 */
import type { CrisisState } from '../../../ledger/crisis.ts'
import { foldCrisis } from '../../../ledger/crisis.ts'
import type { Entry } from '../../../ledger/entry.ts'
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import { isPointsType } from '../../../ledger/points-shape.ts'
import { openPromises } from '../../../ledger/promises.ts'
import { fileDigest } from '../../../ledger/redaction.ts'
import type {
  BatchRow,
  BrandRow,
  CrisisRow,
  EvidenceRow,
  KeyRow,
  ProductRow,
  Redactable,
  StreamRow,
} from './command.ts'
import { projectPoints } from './points-projections.ts'
import type { PointsTables } from './points-rows.ts'

export type PromiseRow = { stream: string; promise: string; due: string; outcomeIndex: number | null }
export type CrisisProductRow = { code: string; gtin: string }
export type LogKeyRow = { entryIndex: number; vkey: string }
export type LogContractRow = { entryIndex: number; chainId: number; contract: string }
export type VerifierFileRow = { entryIndex: number; sha256: string; lang: string }
/** `hasBasis`: the entry carries the digest of what a person's reason stands on (N2). */
export type ErasedRow = {
  registeredIndex: number
  entryIndex: number
  digest: string
  stream: string
  reason: string
  hasBasis: boolean
  recordedAt: string
}
export type CorrectionRow = {
  registeredIndex: number
  entryIndex: number
  stream: string
  reason: string
  recordedAt: string
}
/** An entry that put a file on record. `digest`: the file's SHA-256 in base64url, under which its erasure is registered. */
export type EvidenceCopyRow = { entryIndex: number; sha256: string; digest: string; stream: string }

/** Rows of one table by their key. A Map is one. */
export interface Rows<V> {
  /** Whether the row is known; in the sequencer also that it is known not to be there. */
  has(key: string): boolean
  get(key: string): V | undefined
  set(key: string, row: V): unknown
}

/** The projected tables. Keys of several columns are joined by a space, which none of them has but the last. */
export type ProjectedRows = {
  stream: Rows<StreamRow>
  brand: Rows<BrandRow>
  product: Rows<ProductRow>
  batch: Rows<BatchRow>
  crisis: Rows<CrisisRow>
  crisisProduct: Rows<CrisisProductRow>
  promise: Rows<PromiseRow>
  key: Rows<KeyRow>
  evidence: Rows<EvidenceRow>
  logKey: Rows<LogKeyRow>
  logContract: Rows<LogContractRow>
  verifierFile: Rows<VerifierFileRow>
  /** Disclosures and files whose erasure an entry registered. */
  erased: Rows<ErasedRow>
  correction: Rows<CorrectionRow>
  evidenceCopy: Rows<EvidenceCopyRow>
} & { [Table in keyof PointsTables]: Rows<PointsTables[Table]> }

/** An entry in the log. `openings`: what is behind the digests in its `xd`. */
export type PlacedEntry = { index: number; entry: Entry; leafHash: Uint8Array; openings?: readonly Redactable[] }

/**
 * Applies an entry to the rows.
 *
 * @throws Error when the entry breaks L2 or L5: its stream was not opened, or seq is not the next one
 */
export function project(rows: ProjectedRows, placed: PlacedEntry): void {
  const { entry, index, leafHash } = placed
  const stream = rows.stream.get(entry.stream)
  if (stream === undefined) throw new Error(`L5: stream ${entry.stream} has not been opened`)
  if (entry.seq !== stream.count + 1) throw new Error(`L2: ${entry.seq} is not the next seq of ${entry.stream}`)
  rows.stream.set(entry.stream, { ...stream, count: entry.seq, head: leafHash, lastIndex: index })
  if (entry.stream.startsWith(CRISIS)) projectCrisis(rows, placed)
  else if (entry.stream.startsWith(POINTS) && isPointsType(entry.type)) projectPoints(rows, placed)
  PROJECTIONS[entry.type]?.(rows, placed)
}

/** The row that stream `ledger` begins with: no entry opens it. */
export const LEDGER_ROW: StreamRow = {
  name: 'ledger',
  brand: null,
  openedIndex: null,
  count: 0,
  head: null,
  lastIndex: null,
}

export function batchKey(gtin: string, lot: string): string {
  return `${gtin} ${lot}`
}

export function evidenceKey(sha256: string, stream: string): string {
  return `${sha256} ${stream}`
}

const CRISIS = 'crisis:'
const POINTS = 'points:'

type Projection = (rows: ProjectedRows, placed: PlacedEntry) => void

const PROJECTIONS: Readonly<Record<string, Projection>> = {
  'ledger.opened': (rows, placed) => {
    projectLogKey(rows, placed)
    projectLogContract(rows, placed)
  },
  'ledger.key': projectLogKey,
  'ledger.contract': projectLogContract,
  'ledger.verifier': projectVerifierFile,
  'stream.opened': projectStream,
  'brand.opened': projectBrand,
  'clocks.published': projectClocks,
  'product.registered': projectProduct,
  'batch.registered': projectBatch,
  'evidence.recorded': projectEvidence,
  'key.opened': projectKey,
  'key.revoked': projectRevocation,
  'redaction.registered': projectErasure,
  'correction.recorded': projectCorrection,
}

function projectLogKey(rows: ProjectedRows, { index, entry }: PlacedEntry): void {
  rows.logKey.set(String(index), { entryIndex: index, vkey: text(entry, 'vkey') })
}

function projectLogContract(rows: ProjectedRows, { index, entry }: PlacedEntry): void {
  const { chainId } = entry.data
  rows.logContract.set(String(index), {
    entryIndex: index,
    chainId: Number(chainId),
    contract: text(entry, 'contract'),
  })
}

function projectVerifierFile(rows: ProjectedRows, { index, entry }: PlacedEntry): void {
  rows.verifierFile.set(String(index), { entryIndex: index, sha256: text(entry, 'sha256'), lang: text(entry, 'lang') })
}

function projectStream(rows: ProjectedRows, { index, entry }: PlacedEntry): void {
  const name = text(entry, 'opens')
  if (rows.stream.get(name) !== undefined) throw new Error(`L5: stream ${name} is opened twice`)
  // L5: the ledger opens brands, a brand's stream opens the streams of the same brand.
  const brand = entry.brand ?? name.slice('brand:'.length)
  rows.stream.set(name, { ...LEDGER_ROW, name, brand, openedIndex: index })
}

function projectBrand(rows: ProjectedRows, { index, entry }: PlacedEntry): void {
  const slug = text(entry, 'slug')
  rows.brand.set(slug, {
    slug,
    openedIndex: index,
    name: object(entry.data['name']) ?? {},
    legalName: optionalText(entry, 'legalName'),
    clocksVersion: 0,
    clocksIndex: null,
    clocks: null,
  })
}

/** CL1: the newest preset counts for crises that are opened after it. */
function projectClocks(rows: ProjectedRows, { index, entry }: PlacedEntry): void {
  const brand = rows.brand.get(entry.brand ?? '')
  if (brand === undefined) return
  const { version, severities } = entry.data
  rows.brand.set(brand.slug, {
    ...brand,
    clocksVersion: Number(version),
    clocksIndex: index,
    clocks: object(severities) ?? {},
  })
}

function projectProduct(rows: ProjectedRows, { index, entry }: PlacedEntry): void {
  const gtin = text(entry, 'gtin')
  rows.product.set(gtin, {
    gtin,
    brand: entry.brand ?? '',
    entryIndex: index,
    name: object(entry.data['name']) ?? {},
    category: optionalText(entry, 'category'),
  })
}

function projectBatch(rows: ProjectedRows, { index, entry }: PlacedEntry): void {
  const gtin = text(entry, 'gtin')
  const lot = text(entry, 'lot')
  rows.batch.set(batchKey(gtin, lot), { gtin, lot, entryIndex: index, label: object(entry.data['label']) ?? null })
}

function projectEvidence(rows: ProjectedRows, { index, entry }: PlacedEntry): void {
  const sha256 = text(entry, 'sha256')
  rows.evidence.set(evidenceKey(sha256, entry.stream), {
    sha256,
    stream: entry.stream,
    entryIndex: index,
    bytes: Number(entry.data['bytes']),
    mediaType: text(entry, 'mediaType'),
  })
  rows.evidenceCopy.set(String(index), {
    entryIndex: index,
    sha256,
    digest: fileDigest(sha256),
    stream: entry.stream,
  })
}

function projectKey(rows: ProjectedRows, { index, entry }: PlacedEntry): void {
  const id = text(entry, 'id')
  rows.key.set(id, {
    id,
    role: text(entry, 'role'),
    brand: entry.brand ?? null,
    publicKey: optionalText(entry, 'publicKey'),
    openedIndex: index,
    revokedIndex: null,
  })
}

function projectRevocation(rows: ProjectedRows, { index, entry }: PlacedEntry): void {
  const key = rows.key.get(text(entry, 'id'))
  // The first revocation counts.
  if (key !== undefined && key.revokedIndex === null) rows.key.set(key.id, { ...key, revokedIndex: index })
}

function projectErasure(rows: ProjectedRows, { index, entry }: PlacedEntry): void {
  const erased: ErasedRow = {
    registeredIndex: index,
    entryIndex: Number(entry.data['index']),
    digest: text(entry, 'digest'),
    stream: entry.stream,
    reason: text(entry, 'reason'),
    hasBasis: entry.xd !== undefined,
    recordedAt: entry.recordedAt,
  }
  rows.erased.set(`${erased.entryIndex} ${erased.digest}`, erased)
}

function projectCorrection(rows: ProjectedRows, { index, entry }: PlacedEntry): void {
  rows.correction.set(String(index), {
    registeredIndex: index,
    entryIndex: Number(entry.data['corrects']),
    stream: entry.stream,
    reason: text(entry, 'reason'),
    recordedAt: entry.recordedAt,
  })
}

/**
 * Every entry of a crisis is folded into its state; what it promises is kept by due time, so that a timer finds it. Most
 * entries only tell: the state stays as it is, and its row is not written again.
 */
function projectCrisis(rows: ProjectedRows, { entry, index }: PlacedEntry): void {
  const code = entry.stream.slice(CRISIS.length)
  const crisis = rows.crisis.get(code)
  const state = foldCrisis(crisis?.state, entry, index)
  if (state === crisis?.state) return
  rows.crisis.set(code, {
    code,
    brand: entry.brand ?? '',
    mode: state.mode,
    openedIndex: crisis?.openedIndex ?? index,
    state,
  })
  if (crisis === undefined) {
    for (const { gtin } of state.products) rows.crisisProduct.set(`${code} ${gtin}`, { code, gtin })
  }
  projectPromises(rows, { entry, index }, crisis?.state, state)
}

/** A promise that is no longer open was settled, moved or missed by this entry. */
function projectPromises(
  rows: ProjectedRows,
  { entry, index }: Pick<PlacedEntry, 'entry' | 'index'>,
  before: CrisisState | undefined,
  after: CrisisState,
): void {
  if (after.mode !== 'live') return
  const { stream } = entry
  const keyOf = ({ promise, due }: { promise: string; due: string }): string => `${stream} ${due} ${promise}`
  const open = new Map(openPromises(after).map((row) => [keyOf(row), row]))
  for (const { promise, due } of before === undefined ? [] : openPromises(before)) {
    const key = keyOf({ promise, due })
    if (!open.delete(key)) rows.promise.set(key, { stream, promise, due, outcomeIndex: index })
  }
  for (const [key, { promise, due }] of open) rows.promise.set(key, { stream, promise, due, outcomeIndex: null })
}

function text(entry: Entry, name: string): string {
  const value = entry.data[name]
  if (typeof value !== 'string') throw new Error(`an entry ${entry.type} has no ${name}`)
  return value
}

function optionalText(entry: Entry, name: string): string | null {
  const value = entry.data[name]
  return typeof value === 'string' ? value : null
}

function object(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}
