/**
 * A bundle as a busy crisis would have it, made in memory from the core alone: one crisis stream with two texts and a
 * source for each milestone, among the log's own entries, with an anchor after every 25 of them.
 */
import type { AnchorRecord, ChainAnswers } from '../../ledger/anchor.ts'
import { BUNDLE_FORMAT, formatBundle } from '../../ledger/bundle.ts'
import type { Bundle, BundleAnchor, BundleHeads, ProvenBytes } from '../../ledger/bundle.ts'
import { base64url, utf8 } from '../../ledger/bytes.ts'
import { signCheckpoint } from '../../ledger/checkpoint.ts'
import { disclosureDigest, formatDisclosure } from '../../ledger/disclosure.ts'
import { formatEntry } from '../../ledger/entry.ts'
import { leafHash, sha256 } from '../../ledger/hash.ts'
import { formatHeads, headsLeaf, headsRoot } from '../../ledger/heads.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import { logId } from '../../ledger/log-id.ts'
import { consistencyNodes, consistencyProof, inclusionNodes, inclusionProof } from '../../ledger/proof.ts'
import { RightEdge } from '../../ledger/tree.ts'
import type { NodeId } from '../../ledger/tree.ts'
import { signerOf } from '../../server/services/log/signer.ts'
import { generateKeyPairSync } from 'node:crypto'

const ORIGIN = 'bench.example/log'
const CONTRACT = '0x52908400098527886E0F7030069857D2E4169EE7'
const CHAIN_ID = 1
const CODE = 'CR-7K2M9QPD'
const STREAM = `crisis:${CODE}`
const START_MS = Date.UTC(2026, 5, 14, 8)
const ANCHOR_EVERY = 25

export type SampleBundle = { bytes: Uint8Array; logId: string; chain: ChainAnswers }

type Stream = { count: number; head: string }

/** A log in memory: enough of one to write the entries of a bundle and to prove them. */
class MemoryLog {
  readonly bytes: Uint8Array[] = []
  readonly streams = new Map<string, Stream>()
  readonly #nodes = new Map<string, Uint8Array>()
  readonly #edge = new RightEdge()

  get size(): number {
    return this.#edge.size
  }

  root(): Uint8Array {
    return this.#edge.root()
  }

  /** When the entry at an index is recorded: one a minute. */
  recordedAt(index: number): string {
    return new Date(START_MS + index * 60_000).toISOString()
  }

  add(type: string, stream: string, data: JsonObject, disclosures: readonly string[] = []): number {
    const index = this.size
    const before = this.streams.get(stream)
    const bytes = formatEntry({
      v: 1,
      type,
      ...(stream === 'ledger' ? {} : { brand: 'bench' }),
      stream,
      seq: (before?.count ?? 0) + 1,
      prev: before?.head ?? null,
      recordedAt: this.recordedAt(index),
      actor: stream === 'ledger' ? { kind: 'system' } : { kind: 'staff', id: 'k_bench' },
      data,
      ...(disclosures.length === 0 ? {} : { sd: disclosures.map(disclosureDigest).toSorted() }),
    })
    const leaf = leafHash(bytes)
    this.bytes.push(bytes)
    this.streams.set(stream, { count: (before?.count ?? 0) + 1, head: base64url(leaf) })
    for (const { level, index, hash } of this.#edge.appendAndList(leaf)) this.#nodes.set(`${level}/${index}`, hash)
    return index
  }

  inclusion(index: number): Uint8Array[] {
    return inclusionProof(index, this.size, this.#hashes(inclusionNodes(index, this.size)))
  }

  consistency(from: number): Uint8Array[] {
    return consistencyProof(from, this.size, this.#hashes(consistencyNodes(from, this.size)))
  }

  #hashes(nodes: readonly NodeId[]): Uint8Array[] {
    return nodes.map(({ level, index }) => this.#nodes.get(`${level}/${index}`)!)
  }
}

/** @param entries how many entries the timeline has */
export function sampleBundle(entries: number): SampleBundle {
  const signer = signerOf(generateKeyPairSync('ed25519').privateKey, ORIGIN)
  const log = new MemoryLog()
  const disclosed = new Map<number, string[]>()
  const anchors: AnchorRecord[] = []
  let heads: Omit<BundleHeads, keyof ProvenBytes> | undefined
  const anchor = (): void => {
    heads = addHeads(log)
    const timestamp = START_MS / 1000 + log.size * 60
    anchors.push({ size: log.size, root: log.root(), block: 100 + anchors.length, timestamp })
  }

  log.add('ledger.opened', 'ledger', { origin: ORIGIN, vkey: signer.vkey, chainId: CHAIN_ID, contract: CONTRACT })
  log.add('stream.opened', 'ledger', { opens: 'brand:bench' })
  log.add('brand.opened', 'brand:bench', { slug: 'bench', name: { 'zh-CN': '示例', en: 'Example' } })
  log.add('stream.opened', 'brand:bench', { opens: STREAM, code: CODE })
  anchor()
  const timeline = [log.add('crisis.opened', STREAM, openedData())]
  while (timeline.length < entries) {
    const disclosures = milestoneDisclosures(timeline.length)
    const index = log.add('milestone.recorded', STREAM, milestoneData(log.recordedAt(log.size)), disclosures)
    disclosed.set(index, disclosures)
    timeline.push(index)
    if (timeline.length % ANCHOR_EVERY === 0) anchor()
  }
  if (anchors[anchors.length - 1]!.size < log.size) anchor()

  const proven = (index: number): ProvenBytes => ({ index, bytes: log.bytes[index]!, proof: log.inclusion(index) })
  const bundle: Bundle = {
    format: BUNDLE_FORMAT,
    origin: ORIGIN,
    vkey: signer.vkey,
    stream: STREAM,
    checkpoint: signCheckpoint({ origin: ORIGIN, size: log.size, root: log.root() }, signer),
    key: proven(0),
    entries: timeline.map((index) => ({ ...proven(index), disclosures: disclosed.get(index) ?? [] })),
    heads: { ...proven(log.size - 1), ...heads! },
    anchors: anchors.map(({ size, root, block, timestamp }): BundleAnchor => {
      const { bytes, proof } = proven(size - 1)
      const transaction = `0x${String(block).padStart(64, '0')}`
      const consistency = log.consistency(size)
      return {
        chainId: CHAIN_ID,
        contract: CONTRACT,
        transaction,
        block,
        timestamp,
        size,
        root,
        consistency,
        last: { bytes, proof },
      }
    }),
  }
  return {
    bytes: utf8(formatBundle(bundle)),
    logId: logId({ origin: ORIGIN, chainId: CHAIN_ID, contract: CONTRACT }),
    chain: {
      chainId: CHAIN_ID,
      contract: CONTRACT,
      origin: ORIGIN,
      latest: anchors[anchors.length - 1],
      first: anchors[0],
      asked: anchors.map(({ size }) => size),
      anchors,
    },
  }
}

/** Appends a heads entry over all streams; gives the place and the path of the timeline in its tree. */
function addHeads(log: MemoryLog): Omit<BundleHeads, keyof ProvenBytes> {
  const streams = [...log.streams].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const leaves = streams.map(([stream, { count, head }]) => headsLeaf(stream, count, head))
  const leaf = streams.findIndex(([stream]) => stream === STREAM)
  const nodes = new Map<string, Uint8Array>()
  const edge = new RightEdge()
  for (const hash of leaves) {
    for (const { level, index, hash: node } of edge.appendAndList(hash)) nodes.set(`${level}/${index}`, node)
  }
  log.add('ledger.heads', 'ledger', formatHeads({ size: log.size, streams: leaves.length, root: headsRoot(leaves) }))
  if (leaf < 0) return { leaf: 0, path: [] }
  const needed = inclusionNodes(leaf, leaves.length).map(({ level, index }) => nodes.get(`${level}/${index}`)!)
  return { leaf, path: inclusionProof(leaf, leaves.length, needed) }
}

function openedData(): JsonObject {
  const name = { 'zh-CN': '示例', en: 'Example' }
  return {
    code: CODE,
    mode: 'live',
    brandName: name,
    title: name,
    original: 'en',
    type: 'product_quality',
    severity: 'S3',
    safety: false,
    products: [{ gtin: '09520123456788', name, batches: [{ lot: 'L0611' }] }],
    parties: [{ id: 'brand', kind: 'brand', name }],
  }
}

const milestoneData = (occurredAt: string): JsonObject => ({
  kind: 'investigation_update',
  occurredAt,
  original: 'en',
  assertedBy: ['brand'],
  scope: [{ by: 'batch', gtin: '09520123456788', lot: 'L0611' }],
})

function milestoneDisclosures(number: number): string[] {
  const values: [string, JsonValue][] = [
    ['/text/en', `Update ${number}: samples of the batch are with two laboratories; results are expected in two days.`],
    ['/text/zh-CN', `第 ${number} 次更新：同批次样品已送两家实验室检测，预计两天内公布结果。`],
    ['/sources/0', { title: 'Sampling protocol', publisher: 'Example Dairy', date: '2026-06-14' }],
  ]
  return values.map(([name, value]) => {
    const salt = base64url(sha256(utf8(`${number} ${name}`)).subarray(0, 16))
    return formatDisclosure({ salt, name, value })
  })
}
