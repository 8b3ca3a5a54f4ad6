/**
 * A log in memory: the judge of the real service (guards, fold, projections) without its database, so that tens of
 * thousands of commands can be judged in seconds. What a command needs and nobody wrote is known to be absent.
 */
import { parseEntry } from '../../ledger/entry.ts'
import type { IndexedEntry } from '../../ledger/milestone.ts'
import { dueMisses } from '../../ledger/promises.ts'
import { judgeBatch } from '../../server/services/log/batch.ts'
import type { Command, Needs } from '../../server/services/log/command.ts'
import { batchKey, evidenceKey } from '../../server/services/log/projections.ts'
import { LogSnapshot } from '../../server/services/log/snapshot.ts'

/** What became of a command: the entries that it and the system wrote, and the error of a refusal. */
export type Outcome = { readonly entries: readonly IndexedEntry[]; readonly error?: unknown }

export class MemoryLog {
  readonly snapshot = new LogSnapshot(0)
  readonly entries: IndexedEntry[] = []

  /** Judges one command at a time, as a batch of its own. */
  append(command: Command, recordedAt: string): Outcome {
    this.#load(command.needs)
    const state = { nowMs: Date.parse(recordedAt), snapshot: this.snapshot, answers: new Map() }
    const { judged, entries } = judgeBatch([command], state, recordedAt, dueMisses)
    const written = entries.map(({ index, bytes, leafHash }) => {
      const entry = parseEntry(bytes)
      this.snapshot.loadEntry(index, { index, leafHash, entry, held: [], erased: [] })
      return { index, entry }
    })
    this.entries.push(...written)
    const [verdict] = judged
    return verdict?.outcome === 'refused' ? { entries: written, error: verdict.error } : { entries: written }
  }

  /** What is asked for and was never written is known to be absent. */
  #load({ streams = [], brands = [], crises = [], ...needs }: Needs): void {
    const { rows } = this.snapshot
    const { products = [], batches = [], keys = [], evidence = [], entries = [] } = needs
    const allStreams = [...streams, ...brands.map((slug) => `brand:${slug}`), ...crises.map((code) => `crisis:${code}`)]
    for (const name of allStreams) settle(rows.stream, name)
    for (const slug of brands) settle(rows.brand, slug)
    for (const code of crises) settle(rows.crisis, code)
    for (const gtin of products) settle(rows.product, gtin)
    for (const { gtin, lot } of batches) settle(rows.batch, batchKey(gtin, lot))
    for (const id of keys) settle(rows.key, id)
    for (const { sha256, stream } of evidence) settle(rows.evidence, evidenceKey(sha256, stream))
    for (const index of entries) if (index >= this.snapshot.size) this.snapshot.loadEntry(index, undefined)
  }
}

/** A row that nobody asked for before throws; then it is absent, because everything ever written went through here. */
function settle(rows: { get(key: string): unknown; load(key: string, row: undefined): void }, key: string): void {
  try {
    rows.get(key)
  } catch {
    rows.load(key, undefined)
  }
}
