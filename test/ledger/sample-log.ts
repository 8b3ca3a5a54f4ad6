/**
 * A signed, anchored log in memory, made from the core alone: many streams, several anchors, disclosures, and what the
 * contract would answer. Every rule can be broken on purpose, so that each fault is a row of a table.
 */
import type { AnchorRecord, ChainAnswers } from '../../ledger/anchor.ts'
import { BUNDLE_FORMAT } from '../../ledger/bundle.ts'
import type { Bundle, BundleAnchor, ProvenBytes } from '../../ledger/bundle.ts'
import { base64url, compareBytes, utf8 } from '../../ledger/bytes.ts'
import { signCheckpoint } from '../../ledger/checkpoint.ts'
import { disclosureDigest, formatDisclosure } from '../../ledger/disclosure.ts'
import { parseEntry } from '../../ledger/entry.ts'
import type { Entry } from '../../ledger/entry.ts'
import { leafHash, sha256 } from '../../ledger/hash.ts'
import { formatHeads, headsLeaf, headsRoot, parseHeads } from '../../ledger/heads.ts'
import type { StreamHead } from '../../ledger/heads.ts'
import { formatInstant } from '../../ledger/instant.ts'
import { formatCanonical } from '../../ledger/json.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import { logId } from '../../ledger/log-id.ts'
import { formatVerifierKey } from '../../ledger/note.ts'
import type { Signer } from '../../ledger/note.ts'
import { consistencyNodes, consistencyProof, inclusionNodes, inclusionProof } from '../../ledger/proof.ts'
import type { AnchorHistory } from '../../ledger/replay-report.ts'
import { RightEdge } from '../../ledger/tree.ts'
import type { NodeId } from '../../ledger/tree.ts'
import { testSigner } from './signer.ts'

export const ORIGIN = 'ledger.example/log'
export const CHAIN_ID = 1
export const CONTRACT = '0x52908400098527886E0F7030069857D2E4169EE7'
export const LOG_ID = logId({ origin: ORIGIN, chainId: CHAIN_ID, contract: CONTRACT })
export const CRISIS = 'crisis:CR-7K2M9QPD'

/** 2026-06-14T08:00:00.000Z, in seconds. */
export const START = 1_781_424_000

/** What to write; `with` overrides members of the finished entry, to break a rule. */
export type Draft = {
  type: string
  stream: string
  data?: JsonObject
  texts?: Record<string, JsonValue>
  with?: Partial<Record<keyof Entry, JsonValue | undefined>>
}

/** A log that grows, one entry a minute. */
export class SampleLog {
  readonly bytes: Uint8Array[] = []
  readonly disclosures = new Map<number, string[]>()
  readonly anchors: AnchorRecord[] = []
  readonly signer: Signer
  /** Seconds that the clock of the log stands at. */
  now = START
  readonly #nodes = new Map<string, Uint8Array>()
  #edge = new RightEdge()

  readonly chainId: number
  readonly contract: string

  constructor({ signer = testSigner(ORIGIN), chainId = CHAIN_ID, contract = CONTRACT } = {}) {
    this.signer = signer
    this.chainId = chainId
    this.contract = contract
  }

  get size(): number {
    return this.#edge.size
  }

  get vkey(): string {
    return formatVerifierKey(this.signer)
  }

  /** The root of the first `size` entries. */
  root(size = this.size): Uint8Array {
    const edge = new RightEdge()
    for (const bytes of this.bytes.slice(0, size)) edge.append(leafHash(bytes))
    return edge.root()
  }

  /** Writes an entry as the rules say, but for what the draft overrides; gives its index. */
  add({ type, stream, data = {}, texts = {}, with: overrides = {} }: Draft): number {
    const index = this.size
    const disclosures = Object.entries(texts).map(([name, value]) => {
      const salt = base64url(sha256(utf8(`${index}${name}`)).slice(0, 16))
      return formatDisclosure({ salt, name, value })
    })
    const before = this.headsBelow(index).find((head) => head.stream === stream)
    const brand = stream.startsWith('brand:') ? stream.slice('brand:'.length) : 'acme'
    const entry: Record<string, JsonValue | undefined> = {
      v: 1,
      type,
      ...(stream === 'ledger' ? {} : { brand }),
      stream,
      seq: (before?.count ?? 0) + 1,
      prev: before?.head ?? null,
      recordedAt: formatInstant(this.now * 1000),
      actor: stream === 'ledger' ? { kind: 'system' } : { kind: 'staff', id: 'k_1' },
      data,
      ...(disclosures.length === 0 ? {} : { sd: disclosures.map(disclosureDigest).toSorted() }),
      ...overrides,
    }
    for (const [name, value] of Object.entries(entry)) if (value === undefined) delete entry[name]
    if (disclosures.length > 0) this.disclosures.set(index, disclosures)
    return this.addBytes(formatCanonical(entry as JsonObject))
  }

  /** Writes any bytes as an entry. */
  addBytes(bytes: Uint8Array): number {
    this.bytes.push(bytes)
    for (const { level, index, hash } of this.#edge.appendAndList(leafHash(bytes))) {
      this.#nodes.set(`${level}/${index}`, hash)
    }
    this.now += 60
    return this.size - 1
  }

  /** The entry at an index. */
  entry(index: number): Entry {
    return parseEntry(this.bytes[index]!)
  }

  /** Every stream as of a size, by name. */
  headsBelow(size: number): StreamHead[] {
    const heads = new Map<string, StreamHead>()
    for (const bytes of this.bytes.slice(0, size)) {
      const stream = streamOf(bytes)
      if (stream === undefined) continue
      const count = (heads.get(stream)?.count ?? 0) + 1
      heads.set(stream, { stream, count, head: base64url(leafHash(bytes)) })
    }
    return [...heads.values()].toSorted((a, b) => compareBytes(utf8(a.stream), utf8(b.stream)))
  }

  /** Writes a heads entry. @param heads what it counts, when that is not the truth */
  addHeads(size = this.size, heads = this.headsBelow(size), data: JsonObject = {}): number {
    const root = headsRoot(heads.map(({ stream, count, head }) => headsLeaf(stream, count, head)))
    const truth = formatHeads({ size, streams: heads.length, root })
    return this.add({ type: 'ledger.heads', stream: 'ledger', data: { ...truth, ...data } })
  }

  /** Writes the heads and has the contract accept the log as it then is. @param wait seconds until the block */
  anchor(wait = 30, heads?: StreamHead[]): AnchorRecord {
    this.addHeads(this.size, heads)
    return this.accept(wait)
  }

  /** The contract accepts the log as it is. */
  accept(wait = 30): AnchorRecord {
    const block = 100 + this.anchors.length
    const record = { size: this.size, root: this.root(), block, timestamp: this.now - 60 + wait }
    this.anchors.push(record)
    return record
  }

  /** The signed checkpoint of the log as it is. */
  checkpoint(signer = this.signer): string {
    return signCheckpoint({ origin: signer.name, size: this.size, root: this.root() }, signer)
  }

  proven(index: number): ProvenBytes {
    const proof = inclusionProof(index, this.size, this.#hashes(inclusionNodes(index, this.size)))
    return { index, bytes: this.bytes[index]!, proof }
  }

  /** The proof that the log of `to` entries begins with the one of `from`. */
  consistency(from: number, to = this.size): Uint8Array[] {
    return consistencyProof(from, to, this.#hashes(consistencyNodes(from, to)))
  }

  /** The bundle of a stream, as the server makes it. @param key index of the entry that names the key */
  bundle(stream = CRISIS, { key = 0, signer = this.signer } = {}): Bundle {
    const indexes = this.bytes.flatMap((bytes, index) => (streamOf(bytes) === stream ? [index] : []))
    const anchors = this.anchors.map((anchor) => this.#bundleAnchor(anchor))
    const heads = this.#bundleHeads(stream)
    return {
      format: BUNDLE_FORMAT,
      origin: ORIGIN,
      vkey: formatVerifierKey(signer),
      stream,
      checkpoint: this.checkpoint(signer),
      key: this.proven(key),
      entries: indexes.map((index) => ({ ...this.proven(index), disclosures: this.disclosures.get(index) ?? [] })),
      ...(heads === undefined ? {} : { heads }),
      anchors,
    }
  }

  #bundleAnchor({ size, root, block, timestamp }: AnchorRecord): BundleAnchor {
    const { bytes, proof } = this.proven(size - 1)
    const consistency = this.consistency(size)
    const transaction = `0x${String(block).padStart(64, '0')}`
    return {
      chainId: this.chainId,
      contract: this.contract,
      transaction,
      block,
      timestamp,
      size,
      root,
      consistency,
      last: { bytes, proof },
    }
  }

  #bundleHeads(stream: string): Bundle['heads'] {
    const newest = this.anchors[this.anchors.length - 1]
    if (newest === undefined) return undefined
    const index = newest.size - 1
    const { type, data } = this.entry(index)
    if (type !== 'ledger.heads') return undefined
    const heads = this.headsBelow(parseHeads(data, index).size)
    const leaf = heads.findIndex((head) => head.stream === stream)
    if (leaf < 0) return undefined
    return { ...this.proven(index), leaf, path: headsPath(heads, leaf) }
  }

  /** What the contract answers to a verifier of a bundle. */
  answers(sizes = this.anchors.map(({ size }) => size)): ChainAnswers {
    const { anchors } = this
    return {
      chainId: this.chainId,
      contract: this.contract,
      origin: ORIGIN,
      latest: anchors[anchors.length - 1],
      first: anchors[0],
      asked: sizes,
      anchors: anchors.filter(({ size }) => sizes.includes(size)),
    }
  }

  /** All that the contract holds. */
  history(): AnchorHistory {
    return { chainId: this.chainId, contract: this.contract, origin: ORIGIN, anchors: [...this.anchors] }
  }

  #hashes(nodes: readonly NodeId[]): Uint8Array[] {
    return nodes.map(({ level, index }) => this.#nodes.get(`${level}/${index}`)!)
  }
}

/** The inclusion path of a leaf of the heads tree. */
export function headsPath(heads: readonly StreamHead[], leaf: number): Uint8Array[] {
  const nodes = new Map<string, Uint8Array>()
  const edge = new RightEdge()
  for (const { stream, count, head } of heads) {
    for (const { level, index, hash } of edge.appendAndList(headsLeaf(stream, count, head))) {
      nodes.set(`${level}/${index}`, hash)
    }
  }
  const wanted = inclusionNodes(leaf, heads.length).map(({ level, index }) => nodes.get(`${level}/${index}`)!)
  return inclusionProof(leaf, heads.length, wanted)
}

function streamOf(bytes: Uint8Array): string | undefined {
  try {
    return parseEntry(bytes).stream
  } catch {
    return undefined
  }
}

/** The entries that open a log and a brand. */
export function openedLog(log = new SampleLog(), brand = 'acme'): SampleLog {
  if (log.size === 0) {
    const data = { origin: ORIGIN, vkey: log.vkey, chainId: log.chainId, contract: log.contract }
    log.add({ type: 'ledger.opened', stream: 'ledger', data })
  }
  log.add({ type: 'stream.opened', stream: 'ledger', data: { opens: `brand:${brand}` } })
  const name = { 'zh-CN': '示例', en: 'Example' }
  log.add({ type: 'brand.opened', stream: `brand:${brand}`, data: { slug: brand, name } })
  return log
}

/** Opens a crisis of a brand. */
export function openCrisis(log: SampleLog, stream = CRISIS, data: JsonObject = {}): number {
  const code = stream.slice('crisis:'.length)
  const name = { 'zh-CN': '示例', en: 'Example' }
  log.add({ type: 'stream.opened', stream: 'brand:acme', data: { opens: stream, code } })
  return log.add({
    type: 'crisis.opened',
    stream,
    data: {
      code,
      mode: 'live',
      brandName: name,
      title: name,
      original: 'en',
      type: 'product_quality',
      severity: 'S2',
      safety: false,
      products: [{ gtin: '09520123456788', name, batches: [{ lot: 'L1' }] }],
      parties: [{ id: 'brand', kind: 'brand', name }],
      ...data,
    },
  })
}

/** Records a milestone with a text in two languages. */
export function milestone(log: SampleLog, data: JsonObject = {}, draft: Partial<Draft> = {}): number {
  return log.add({
    type: 'milestone.recorded',
    stream: CRISIS,
    data: {
      kind: 'statement',
      occurredAt: formatInstant(log.now * 1000),
      assertedBy: ['brand'],
      original: 'en',
      ...data,
    },
    texts: { '/text/en': `What happened at ${log.size}.`, '/text/zh-CN': `第 ${log.size} 条` },
    ...draft,
  })
}

/**
 * The log that most tests start from: two brands, two crises; three anchors; a text that was erased and is registered
 * so; the newest anchor covers everything but its own heads entry.
 */
export function sampleLog(log = new SampleLog()): SampleLog {
  openedLog(log)
  openCrisis(log)
  milestone(log)
  const erased = milestone(log)
  log.anchor()
  milestone(log)
  openedLog(log, 'zeta')
  openCrisis(log, 'crisis:CR-ZZZZ2222')
  log.anchor()
  milestone(log)
  eraseText(log, erased)
  log.anchor()
  return log
}

/** Erases a text: its disclosure is gone, and an entry says so. Gives the digest. */
export function eraseText(log: SampleLog, index: number): string {
  const [gone, ...kept] = log.disclosures.get(index)!
  const digest = disclosureDigest(gone!)
  log.disclosures.set(index, kept)
  log.add({ type: 'redaction.registered', stream: CRISIS, data: { index, digest, reason: 'request' } })
  return digest
}
