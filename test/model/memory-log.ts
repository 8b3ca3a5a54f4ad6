/**
 * A log in memory: the judge of the real service (guards, fold, projections) without its database, so that tens of
 * thousands of commands can be judged in seconds. What a command needs and nobody wrote is known to be absent.
 */
import { parseEntry } from '../../ledger/entry.ts'
import type { IndexedEntry } from '../../ledger/milestone.ts'
import { dueMisses } from '../../ledger/promises.ts'
import { judgeAlone } from '../../server/services/log/batch.ts'
import type { PointsNeeds } from '../../server/services/log/points-rows.ts'
import type { Command, Needs } from '../../server/services/log/command.ts'
import { batchKey, evidenceKey } from '../../server/services/log/projections.ts'
import { LogSnapshot } from '../../server/services/log/snapshot.ts'

/** What became of a command: the entries that it and the system wrote, and the error of a refusal. */
export type Outcome = { readonly entries: readonly IndexedEntry[]; readonly error?: unknown }

export class MemoryLog {
  readonly snapshot = new LogSnapshot(0)
  readonly entries: IndexedEntry[] = []
  /** What entries say of holders, by index: the texts behind the digests in `xd`. */
  readonly openings = new Map<number, readonly { body: string; holder: string | null }[]>()

  /** Judges one command at a time, as a batch of its own. */
  append(command: Command, recordedAt: string): Outcome {
    this.#load(command.needs)
    const state = { snapshot: this.snapshot, answers: new Map() }
    const { judged, entries } = judgeAlone(command, state, recordedAt, dueMisses)
    const written = entries.map(({ index, bytes, leafHash, openings }) => {
      if (openings.length > 0) this.openings.set(index, openings)
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
    if (needs.points !== undefined) this.#loadPoints(needs.points)
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

  #loadPoints({ holders = [], tranches = [], programmes = [], ...needs }: PointsNeeds): void {
    const { rows, points } = this.snapshot
    const settleAll = (table: Settled, keys: readonly (string | number)[] = []): void => {
      for (const key of keys) settle(table, String(key))
    }
    settleAll(rows.programme, programmes)
    settleAll(
      rows.stream,
      programmes.map((id) => `points:${id}`),
    )
    for (const table of [rows.holder, rows.account]) settleAll(table, [...holders, ...tranches])
    for (const holder of tranches) points.loadTranchesOf(holder)
    for (const table of [rows.grant, rows.tranche]) settleAll(table, needs.grants)
    for (const { holder, rule, source } of needs.grantKeys ?? []) {
      settle(rows.grantKey, `${holder} ${rule} ${source}`)
      settle(rows.use, `${holder} ${rule}`)
    }
    for (const index of needs.sources ?? []) {
      const known = this.entries[index]?.entry
      points.loadSource(index, known === undefined ? undefined : { stream: known.stream, brand: known.brand ?? null })
    }
    settleAll(rows.notes, needs.notes)
    settleAll(
      rows.reward,
      needs.rewards?.map(({ programme, reward }) => `${programme} ${reward}`),
    )
    settleAll(rows.redemption, needs.redemptions)
    settleAll(rows.proposal, needs.proposals)
    settleAll(rows.ballot, needs.ballots)
    for (const { ballot, holder } of needs.entitlementKeys ?? []) settle(rows.entitlementKey, `${ballot} ${holder}`)
    for (const { holder, rule } of needs.entitlementUses ?? []) settle(rows.entitlementUse, `${holder} ${rule}`)
    for (const { holder, rule, source } of needs.entitlementSources ?? []) {
      settle(rows.entitlementSource, `${holder} ${rule} ${source}`)
    }
  }
}

type Settled = { get(key: string): unknown; load(key: string, row: undefined): void }

/** A row that nobody asked for before throws; then it is absent, because everything ever written went through here. */
function settle(rows: Settled, key: string): void {
  try {
    rows.get(key)
  } catch {
    rows.load(key, undefined)
  }
}
