/**
 * The points part of `fsck`: every opening is hashed again and held against the digests of its entry; accounts, tranches,
 * transfers and totals are computed again from entries and openings, and compared with what the database booked.
 */
import { disclosureDigest, parseDisclosure } from '../../../ledger/disclosure.ts'
import type { Entry } from '../../../ledger/entry.ts'
import { NO_TOTALS, foldTotals } from '../../../ledger/postings.ts'
import type { Totals } from '../../../ledger/postings.ts'
import type { Database } from '../../db/database.ts'
import type { MemoryRows } from './check-projections.ts'
import type { Redactable } from './command.ts'
import { WRITTEN_TABLES, columnOf } from './points-rows.ts'
import type { TransferRow } from './points-rows.ts'

type Report = (where: string, what: string) => void
type OpeningRow = { entry_index: number; digest: string; body: string; holder: string | null }

/** The checks of one run, page by page of the log. */
export class PointsCheck {
  readonly #database: Database
  readonly #rows: MemoryRows
  readonly #report: Report
  readonly #totals = new Map<string, Totals>()
  #openings = new Map<number, OpeningRow[]>()

  constructor(database: Database, rows: MemoryRows, report: Report) {
    this.#database = database
    this.#rows = rows
    this.#report = report
  }

  /** Reads the openings of the entries from `from` up to, not including, `to`. */
  async readOpenings(from: number, to: number): Promise<void> {
    const rows = await this.#database.kysely
      .selectFrom('opening')
      .selectAll()
      .where('entry_index', '>=', from)
      .where('entry_index', '<', to)
      .orderBy('entry_index')
      .execute()
    this.#openings = Map.groupBy(rows, (row) => row.entry_index)
  }

  /** The openings of an entry, each with a digest that the entry has; what does not fit is reported. */
  openingsOf(index: number, { stream, xd = [] }: Entry): Redactable[] {
    const missing = new Set(xd)
    const openings: Redactable[] = []
    for (const { digest, body, holder } of this.#openings.get(index) ?? []) {
      const where = `opening of entry ${index}`
      if (disclosureDigest(body) !== digest) this.#report(where, 'it does not fit its digest')
      if (!missing.delete(digest)) this.#report(where, 'the entry does not have its digest')
      const { name, value } = parseDisclosure(body)
      const named = typeof value === 'object' && value !== null && !Array.isArray(value) ? value['holder'] : undefined
      if ((named ?? null) !== holder) this.#report(where, 'its row names another holder')
      openings.push({ name, value })
    }
    // In other streams a digest may be opened by somebody else only, such as the person who gave a consent.
    if (missing.size > 0 && stream.startsWith('points:')) this.#report(`entry ${index}`, 'an opening is missing')
    return openings
  }

  /** Compares the transfers of a page of entries, which are then forgotten but for the totals. */
  async compareTransfers(from: number, to: number): Promise<void> {
    const stored = await this.#database.kysely
      .selectFrom('transfer')
      .selectAll()
      .where('entry_index', '>=', from)
      .where('entry_index', '<', to)
      .execute()
    const byKey = new Map(stored.map((row) => [`${row.entry_index} ${row.posting}`, row as Record<string, unknown>]))
    for (const [key, row] of this.#rows.transfer) {
      this.#count(row)
      const found = byKey.get(key)
      byKey.delete(key)
      if (found === undefined) this.#report(`transfer ${key}`, 'it is missing')
      else if (!isSameTransfer(found, row)) this.#report(`transfer ${key}`, 'it is not what the entry says')
    }
    for (const key of byKey.keys()) this.#report(`transfer ${key}`, 'no entry says so')
    this.#rows.transfer.clear()
  }

  /** Compares the totals of each programme (P1). */
  async compareTotals(): Promise<void> {
    const stored = await this.#database.kysely.selectFrom('programme_balance').selectAll().execute()
    const byProgramme = new Map(stored.map((row) => [row.programme, row]))
    for (const [programme, totals] of this.#totals) {
      const found = byProgramme.get(programme)
      byProgramme.delete(programme)
      const kinds = Object.keys(totals) as (keyof Totals)[]
      if (found === undefined || kinds.some((kind) => found[kind] !== totals[kind])) {
        this.#report(`programme_balance ${programme}`, 'it is not the sum of the transfers')
      }
    }
    for (const programme of byProgramme.keys()) this.#report(`programme_balance ${programme}`, 'no entry says so')
  }

  #count({ programme, fromKind: from, toKind: to, amount }: TransferRow): void {
    this.#totals.set(programme, foldTotals(this.#totals.get(programme) ?? NO_TOTALS, [{ from, to, amount }]))
  }
}

function isSameTransfer(stored: Record<string, unknown>, row: TransferRow): boolean {
  return (Object.keys(WRITTEN_TABLES.transfer.columns) as (keyof TransferRow)[]).every((member) => {
    const value = stored[columnOf(member)]
    return member === 'tranches' ? sharesText(value) === sharesText(row.tranches) : value === row[member]
  })
}

function sharesText(value: unknown): string {
  if (!Array.isArray(value)) return 'none'
  return JSON.stringify(
    value.map(({ grant, amount, expiresAt }: Record<string, unknown>) => [grant, amount, expiresAt]),
  )
}
