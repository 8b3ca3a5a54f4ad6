/**
 * A small log made with the core alone: real entries, signatures, proofs and anchors in memory, for tests of what pages
 * are made from. Salts and times are counted up, so that every run makes the same bytes.
 */
import { createHash } from 'node:crypto'
import { BUNDLE_FORMAT } from '../../../ledger/bundle.ts'
import type { Bundle, BundleAnchor } from '../../../ledger/bundle.ts'
import type { AnchorRecord, ChainAnswers } from '../../../ledger/anchor.ts'
import { base64url } from '../../../ledger/bytes.ts'
import { signCheckpoint } from '../../../ledger/checkpoint.ts'
import { disclosureDigest, formatDisclosure } from '../../../ledger/disclosure.ts'
import { formatEntry } from '../../../ledger/entry.ts'
import type { Actor } from '../../../ledger/entry.ts'
import { formatHeads, headsLeaf, headsRoot } from '../../../ledger/heads.ts'
import { leafHash } from '../../../ledger/hash.ts'
import { formatInstant } from '../../../ledger/instant.ts'
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import { checksumAddress } from '../../../ledger/address.ts'
import { logId } from '../../../ledger/log-id.ts'
import { formatVerifierKey } from '../../../ledger/note.ts'
import { milestoneBody, readNote7Record } from '../../../server/demo/record.ts'
import { testSigner } from '../../ledger/signer.ts'
import { consistencyOf, inclusionOf, treeOver } from '../../support/tree-oracle.ts'

export type SampleOptions = { origin?: string; chainId?: number; contract?: string; startMs?: number }
type Item = { bytes: Uint8Array; leaf: Uint8Array; stream: string; disclosures: string[] }
type Anchored = AnchorRecord & { transaction: string }

export class SampleLog {
  readonly origin: string
  readonly chainId: number
  readonly contract: string
  readonly items: Item[] = []
  readonly anchors: Anchored[] = []
  #clock: number
  #salts = 0
  #signer

  constructor({ origin = 'id.example.com/log', chainId = 100, contract, startMs }: SampleOptions = {}) {
    this.origin = origin
    this.chainId = chainId
    this.contract = checksumAddress(contract ?? '0x5fbdb2315678afecb367f032d93f642f64180aa3')
    this.#clock = startMs ?? Date.parse('2026-11-22T06:00:00.000Z')
    this.#signer = testSigner(this.origin)
    this.append('ledger', 'ledger.opened', {
      origin: this.origin,
      vkey: this.vkey,
      chainId: this.chainId,
      contract: this.contract,
    })
  }

  get vkey(): string {
    return formatVerifierKey(this.#signer)
  }

  get logId(): string {
    return logId({ origin: this.origin, chainId: this.chainId, contract: this.contract })
  }

  /** When the next entry is recorded, if no time passes. */
  get nextAt(): string {
    return formatInstant(this.#clock + 1000)
  }

  /** Lets time pass before the next entry. */
  wait(ms: number): void {
    this.#clock += ms
  }

  /** Appends an entry; the members of `data` that `redactable` names by pointer are disclosed. */
  append(
    stream: string,
    type: string,
    data: JsonObject,
    {
      brand,
      actor = { kind: 'operator' },
      redactable = {},
      hidden = [],
      sig,
    }: {
      brand?: string
      actor?: Actor
      redactable?: Record<string, JsonValue>
      /** Digests of what is never public, ascending. */
      hidden?: string[]
      /** The actor's signature, base64url. */
      sig?: string
    } = {},
  ): number {
    this.#clock += 1000
    const before = this.items.filter((item) => item.stream === stream)
    const disclosures = Object.entries(redactable).map(([name, value]) =>
      formatDisclosure({ salt: this.#salt(), name, value }),
    )
    const sd = disclosures.map(disclosureDigest).sort()
    const last = before[before.length - 1]
    const bytes = formatEntry({
      v: 1,
      type,
      ...(brand === undefined ? {} : { brand }),
      stream,
      seq: before.length + 1,
      prev: last === undefined ? null : base64url(last.leaf),
      recordedAt: formatInstant(this.#clock),
      actor,
      data,
      ...(sd.length === 0 ? {} : { sd }),
      ...(hidden.length === 0 ? {} : { xd: hidden }),
      ...(sig === undefined ? {} : { sig }),
    })
    this.items.push({ bytes, leaf: leafHash(bytes), stream, disclosures })
    return this.items.length - 1
  }

  /** Appends a heads entry and anchors the log that ends with it. */
  anchor(): Anchored {
    const size = this.items.length
    const leaves = this.#heads(size)
    this.append(
      'ledger',
      'ledger.heads',
      formatHeads({ size, streams: leaves.length, root: headsRoot(leaves.map(({ leaf }) => leaf)) }),
      {
        actor: { kind: 'system' },
      },
    )
    this.#clock += 12_000
    const anchored = {
      size: this.items.length,
      root: this.#root(this.items.length),
      block: this.anchors.length + 7,
      timestamp: Math.floor(this.#clock / 1000),
      transaction: `0x${createHash('sha256').update(String(this.items.length)).digest('hex')}`,
    }
    this.anchors.push(anchored)
    return anchored
  }

  /** Forgets the texts of an entry and registers that. */
  erase(index: number, brand: string, reason: string): void {
    const item = this.items[index]!
    const digests = item.disclosures.map(disclosureDigest)
    item.disclosures = []
    for (const digest of digests) this.append(item.stream, 'redaction.registered', { index, digest, reason }, { brand })
  }

  bundle(stream: string): Bundle {
    const size = this.items.length
    const tree = treeOver(this.items.map(({ leaf }) => leaf))
    const proven = (index: number) => ({
      index,
      bytes: this.items[index]!.bytes,
      proof: inclusionOf(tree, index, size),
    })
    const entries = this.items.flatMap((item, index) =>
      item.stream === stream ? [{ ...proven(index), disclosures: item.disclosures }] : [],
    )
    const anchors = this.#anchorsFor(entries.map(({ index }) => index)).map((anchored) => {
      const { bytes, proof } = proven(anchored.size - 1)
      const consistency = consistencyOf(tree, anchored.size, size)
      return {
        chainId: this.chainId,
        contract: this.contract,
        ...anchored,
        consistency,
        last: { bytes, proof },
      } satisfies BundleAnchor
    })
    const newest = anchors[anchors.length - 1]
    const heads = newest === undefined ? undefined : this.#headsFor(stream, newest.size)
    return {
      format: BUNDLE_FORMAT,
      origin: this.origin,
      vkey: this.vkey,
      stream,
      checkpoint: signCheckpoint({ origin: this.origin, size, root: this.#root(size) }, this.#signer),
      key: proven(0),
      entries,
      ...(heads === undefined ? {} : { heads: { ...proven(newest!.size - 1), ...heads } }),
      anchors,
    }
  }

  /** What the contract would answer to somebody who asks about these sizes. */
  answers(sizes: readonly number[]): ChainAnswers {
    const record = ({ size, root, block, timestamp }: Anchored): AnchorRecord => ({ size, root, block, timestamp })
    const [first] = this.anchors
    const latest = this.anchors[this.anchors.length - 1]
    return {
      chainId: this.chainId,
      contract: this.contract,
      origin: this.origin,
      latest: latest && record(latest),
      first: first && record(first),
      asked: [...sizes],
      anchors: this.anchors.filter(({ size }) => sizes.includes(size)).map(record),
    }
  }

  #root(size: number): Uint8Array {
    return treeOver(this.items.slice(0, size).map(({ leaf }) => leaf))(0, size)
  }

  #anchorsFor(indexes: readonly number[]): Anchored[] {
    const needed = new Set<Anchored | undefined>([this.anchors[this.anchors.length - 1]])
    for (const index of indexes) {
      needed.add(this.anchors.find(({ size }) => size > index))
      needed.add(this.anchors.filter(({ size }) => size <= index).pop())
    }
    return this.anchors.filter((anchored) => needed.has(anchored))
  }

  #heads(size: number): { stream: string; leaf: Uint8Array }[] {
    const last = new Map<string, { count: number; head: string }>()
    for (const { stream, leaf } of this.items.slice(0, size)) {
      last.set(stream, { count: (last.get(stream)?.count ?? 0) + 1, head: base64url(leaf) })
    }
    return [...last]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([stream, { count, head }]) => ({ stream, leaf: headsLeaf(stream, count, head) }))
  }

  #headsFor(stream: string, anchoredSize: number): { leaf: number; path: Uint8Array[] } | undefined {
    const leaves = this.#heads(anchoredSize - 1)
    const leaf = leaves.findIndex((item) => item.stream === stream)
    if (leaf < 0) return undefined
    return { leaf, path: inclusionOf(treeOver(leaves.map((item) => item.leaf)), leaf, leaves.length) }
  }

  #salt(): string {
    return base64url(createHash('sha256').update(`salt ${this.#salts++}`).digest().subarray(0, 16))
  }
}

export type Told = {
  log: SampleLog
  brand: string
  code: string
  stream: string
  gtin: string
  entries: Map<string, number>
}

const CODE = 'CR-7K2M9QPD'

/** Takes the texts of a milestone's body out of its public data. */
function splitTexts(body: Record<string, unknown>): { data: JsonObject; redactable: Record<string, JsonValue> } {
  const { text, recorderNote, sources, ...rest } = structuredClone(body) as Record<string, JsonValue>
  const redactable: Record<string, JsonValue> = {}
  for (const [name, texts] of Object.entries({ text, recorderNote })) {
    for (const [lang, value] of Object.entries((texts ?? {}) as JsonObject)) redactable[`/${name}/${lang}`] = value
  }
  for (const [i, source] of ((sources ?? []) as JsonValue[]).entries()) redactable[`/sources/${i}`] = source
  const commitment = rest['commitment'] as JsonObject | undefined
  for (const [lang, value] of Object.entries((commitment?.['measure'] ?? {}) as JsonObject)) {
    redactable[`/commitment/measure/${lang}`] = value
  }
  if (commitment !== undefined) delete commitment['measure']
  return { data: rest, redactable }
}

/** The demo's record, recorded and anchored. */
export function tellNote7(options: SampleOptions = {}): Told {
  const record = readNote7Record()
  const log = new SampleLog(options)
  const { slug, name } = record.brand
  const { gtin } = record.product
  const brand = `brand:${slug}`
  const stream = `crisis:${CODE}`
  const by = { brand: slug, actor: { kind: 'staff', id: 'k_1' } }
  log.append('ledger', 'stream.opened', { opens: brand })
  log.append(brand, 'brand.opened', { slug, name }, by)
  log.append(brand, 'product.registered', { gtin, name: record.product.name }, by)
  for (const { lot, label } of record.batches) log.append(brand, 'batch.registered', { gtin, lot, label }, by)
  log.append(brand, 'stream.opened', { opens: stream, code: CODE }, by)
  log.anchor()
  log.wait(3_600_000)
  const products = [
    { gtin, name: record.product.name, batches: record.batches.map(({ lot, label }) => ({ lot, label })) },
  ]
  log.append(stream, 'crisis.opened', { ...(record.crisis as JsonObject), code: CODE, brandName: name, products }, by)
  const entries = new Map<string, number>()
  for (const event of record.events) {
    const { data, redactable } = splitTexts(milestoneBody(record, event, entries))
    entries.set(event.id, log.append(stream, 'milestone.recorded', data, { ...by, redactable }))
  }
  log.anchor()
  return { log, brand: slug, code: CODE, stream, gtin, entries }
}
