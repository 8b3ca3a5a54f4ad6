/** Compares the projected tables with what the entries say: the same functions as the sequencer's, from empty rows. */
import type { Kysely } from 'kysely'
import type { Tables } from '../../db/tables.ts'
import { LEDGER_ROW } from './projections.ts'
import type { ProjectedRows, Rows } from './projections.ts'

/** Rows in memory, as `project` fills them. */
export type MemoryRows = {
  [Table in keyof ProjectedRows]: ProjectedRows[Table] extends Rows<infer V> ? Map<string, V> : never
}

/** The rows before the first entry. */
export function emptyRows(): MemoryRows {
  return {
    stream: new Map([['ledger', LEDGER_ROW]]),
    brand: new Map(),
    product: new Map(),
    batch: new Map(),
    crisis: new Map(),
    crisisProduct: new Map(),
    promise: new Map(),
    key: new Map(),
    evidence: new Map(),
    logKey: new Map(),
    logContract: new Map(),
    verifierFile: new Map(),
    erased: new Map(),
    correction: new Map(),
    evidenceCopy: new Map(),
    programme: new Map(),
    rule: new Map(),
    holder: new Map(),
    account: new Map(),
    tranche: new Map(),
    grant: new Map(),
    transfer: new Map(),
    notice: new Map(),
    grantKey: new Map(),
    use: new Map(),
    notes: new Map(),
    reward: new Map(),
    redemption: new Map(),
    proposal: new Map(),
    proposalStep: new Map(),
    ballot: new Map(),
    entitlement: new Map(),
    ballotCast: new Map(),
    liabilityRoot: new Map(),
    entitlementKey: new Map(),
    entitlementSource: new Map(),
    entitlementUse: new Map(),
  }
}

type Problem = { where: string; what: string }

/** What a table should hold: rows by the values of its key columns. */
type Expected = { table: keyof Tables; key: readonly string[]; rows: readonly Record<string, unknown>[] }

/** Differences between the tables and the rows, in words. */
export async function compareProjections(kysely: Kysely<Tables>, rows: MemoryRows): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const expected of expectedTables(rows)) problems.push(...(await compareTable(kysely, expected)))
  return problems
}

function table(name: keyof Tables, key: string[], rows: ReadonlyMap<string, object>): Expected {
  return { table: name, key, rows: [...rows.values()].map(columnsOf) }
}

function mapped<Row>(rows: ReadonlyMap<string, Row>, change: (row: Row) => object): Map<string, object> {
  return new Map([...rows].map(([key, row]) => [key, change(row)]))
}

function expectedTables(rows: MemoryRows): Expected[] {
  return [
    table('stream', ['name'], rows.stream),
    table('brand', ['slug'], rows.brand),
    table('product', ['gtin'], rows.product),
    table('batch', ['gtin', 'lot'], rows.batch),
    table('crisis', ['code'], rows.crisis),
    table('crisis_product', ['code', 'gtin'], rows.crisisProduct),
    table('promise', ['stream', 'promise', 'due'], rows.promise),
    table('admin_key', ['id'], rows.key),
    table('evidence', ['sha256', 'stream'], rows.evidence),
    table('log_key', ['entry_index'], rows.logKey),
    table('erasure', ['registered_index'], rows.erased),
    table('correction', ['registered_index'], rows.correction),
    table('evidence_copy', ['entry_index'], rows.evidenceCopy),
    table('log_contract', ['entry_index'], rows.logContract),
    table('verifier_file', ['entry_index'], rows.verifierFile),
    // Totals are compared by themselves: the database keeps them in a table of their own.
    table(
      'programme',
      ['id'],
      mapped(rows.programme, (row) => ({ ...row, state: { ...row.state, totals: undefined } })),
    ),
    table('earning_rule', ['programme', 'rule', 'version'], rows.rule),
    table('holder', ['id'], rows.holder),
    table('account', ['holder'], rows.account),
    table('tranche', ['grant_index'], rows.tranche),
    table('point_grant', ['entry_index'], rows.grant),
    table('expiry_notice', ['programme', 'expires_at', 'entry_index'], rows.notice),
    table('reward', ['programme', 'reward'], rows.reward),
    table('redemption', ['entry_index'], rows.redemption),
    table('proposal', ['entry_index'], rows.proposal),
    table('proposal_step', ['entry_index'], rows.proposalStep),
    table('ballot', ['entry_index'], rows.ballot),
    table('entitlement', ['entry_index'], rows.entitlement),
    table('ballot_cast', ['entry_index'], rows.ballotCast),
    table('liability_root', ['entry_index'], rows.liabilityRoot),
  ]
}

async function compareTable(kysely: Kysely<Tables>, { table: name, key, rows }: Expected): Promise<Problem[]> {
  const stored = (await kysely.selectFrom(name).selectAll().execute()) as Record<string, unknown>[]
  const keyOf = (row: Record<string, unknown>): string => key.map((column) => textOf(row[column])).join(' ')
  const byKey = new Map(stored.map((row) => [keyOf(row), row]))
  const problems: Problem[] = []
  for (const row of rows) {
    const where = `${name} ${keyOf(row)}`
    const found = byKey.get(keyOf(row))
    byKey.delete(keyOf(row))
    if (found === undefined) problems.push({ where, what: 'it is missing' })
    else {
      const column = Object.keys(row).find((member) => textOf(found[member]) !== textOf(row[member]))
      if (column !== undefined) problems.push({ where, what: `${column} is not what the entries say` })
    }
  }
  for (const extra of byKey.keys()) problems.push({ where: `${name} ${extra}`, what: 'no entry says so' })
  return problems
}

/** Members are camelCase in the code and snake_case in tables. */
function columnsOf(row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  )
}

/** One text for a value whether it comes from a row or from an entry: bytes as hex, times in 24 characters. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'object' && value !== null) return JSON.stringify(sorted(value))
  return String(value)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  )
}
