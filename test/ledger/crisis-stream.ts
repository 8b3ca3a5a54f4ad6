/**
 * Crisis streams for tests, made in memory: entries as the writer would make them, but without the log around them. The
 * fold and the answers look only at what an entry says and where it stands.
 */
import type { Entry } from '../../ledger/entry.ts'
import type { JsonObject } from '../../ledger/json.ts'
import type { IndexedEntry } from '../../ledger/milestone.ts'
import { milestoneBody, readNote7Record } from '../../server/demo/record.ts'
import type { DemoRecord } from '../../server/demo/record.ts'

export const GTIN = '09520123456788'

/** A stream that grows; indexes leave gaps, as they do in a log that others write to as well. */
export class CrisisStream {
  readonly entries: IndexedEntry[] = []

  constructor(data: JsonObject = {}, recordedAt = '2026-06-14T08:00:00.000Z') {
    this.add('crisis.opened', { ...openedData(), ...data }, recordedAt)
  }

  /** Adds a milestone of the brand, recorded when it happened unless told otherwise. */
  milestone(data: JsonObject, recordedAt?: string, actor = 'staff'): number {
    const occurredAt = (data['occurredAt'] as string | undefined) ?? recordedAt ?? this.last().entry.recordedAt
    const whole = { assertedBy: ['brand'], original: 'en', ...data, occurredAt }
    return this.add('milestone.recorded', whole, recordedAt ?? this.last().entry.recordedAt, actor)
  }

  add(type: string, data: JsonObject, recordedAt: string, actor = 'staff'): number {
    const index = 10 + this.entries.length * 3
    const entry: Entry = {
      v: 1,
      type,
      brand: 'acme',
      stream: 'crisis:CR-7K2M9QPD',
      seq: this.entries.length + 1,
      prev: null,
      recordedAt,
      actor: actor === 'system' ? { kind: 'system' } : { kind: actor, id: 'k_1' },
      data,
    }
    this.entries.push({ index, entry })
    return index
  }

  last(): IndexedEntry {
    return this.entries[this.entries.length - 1]!
  }
}

function openedData(): JsonObject {
  const name = { 'zh-CN': '示例', en: 'Example' }
  return {
    code: 'CR-7K2M9QPD',
    mode: 'live',
    brandName: name,
    title: name,
    original: 'zh-CN',
    type: 'product_quality',
    severity: 'S2',
    safety: false,
    ownerRole: 'quality lead',
    products: [{ gtin: GTIN, name, batches: [{ lot: 'L1' }, { lot: 'L2' }] }],
    parties: [{ id: 'brand', kind: 'brand', name }],
  }
}

/** The real record as the stream that the service makes of it, and where each of its events stands. */
export function note7Stream(): { record: DemoRecord; stream: CrisisStream; indexes: Map<string, number> } {
  const record = readNote7Record()
  const { crisis, product, batches } = record
  const products = [
    { gtin: product.gtin, name: product.name, batches: batches.map(({ lot, label }) => ({ lot, label })) },
  ]
  const opened = { ...crisis, products, brandName: record.brand.name } as unknown as JsonObject
  const stream = new CrisisStream(opened, '2026-11-22T06:00:00.000Z')
  const indexes = new Map<string, number>()
  for (const event of record.events) {
    const { text: _text, recorderNote: _note, sources: _sources, ...data } = milestoneBody(record, event, indexes)
    indexes.set(event.id, stream.milestone(data as JsonObject))
  }
  return { record, stream, indexes }
}
