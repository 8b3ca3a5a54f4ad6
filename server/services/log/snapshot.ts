/**
 * The log as a batch sees it under the lock: the rows that one read loaded, changed by every draft that is accepted, and
 * the list of what must be written. A command that fails half-way is taken back without a trace.
 */
import type { EntryRow, Snapshot } from './command.ts'
import { LEDGER_ROW, batchKey, evidenceKey } from './projections.ts'
import { PointsView } from './points-view.ts'
import type { ProjectedRows, Rows } from './projections.ts'
import type { ApprovalRow } from './second-keys.ts'

/** Undoes one change. */
type Undo = () => void

/** Rows that were loaded, and which of them have changed since. */
export class TrackedRows<V> implements Rows<V> {
  readonly #table: string
  readonly #rows = new Map<string, V | undefined>()
  readonly #changed = new Map<string, V>()
  readonly #undo: Undo[]

  constructor(table: string, undo: Undo[]) {
    this.#table = table
    this.#undo = undo
  }

  /** Notes what the read found: a row, or that there is none. */
  load(key: string, row: V | undefined): void {
    this.#rows.set(key, row)
  }

  has(key: string): boolean {
    return this.#rows.has(key)
  }

  /** @throws Error when the row was never asked for: then "there is none" would be a guess */
  get(key: string): V | undefined {
    const row = this.#rows.get(key)
    if (row === undefined && !this.#rows.has(key))
      throw new Error(`${this.#table} ${key} is not among the command's needs`)
    return row
  }

  set(key: string, row: V): void {
    const known = this.#rows.has(key)
    const before = this.#rows.get(key)
    const changed = this.#changed.get(key)
    this.#undo.push(() => {
      if (known) this.#rows.set(key, before)
      else this.#rows.delete(key)
      if (changed === undefined) this.#changed.delete(key)
      else this.#changed.set(key, changed)
    })
    this.#rows.set(key, row)
    this.#changed.set(key, row)
  }

  /** Every row that is there, as it stands now. */
  loaded(): V[] {
    return [...this.#rows.values()].filter((row) => row !== undefined)
  }

  /** The rows to write, each once, as they stand now. */
  changed(): V[] {
    return [...this.#changed.values()]
  }

  /** What changed until now is being written. */
  written(): void {
    this.#changed.clear()
  }
}

export type TrackedTables = {
  [Table in keyof ProjectedRows]: ProjectedRows[Table] extends Rows<infer V> ? TrackedRows<V> : never
}

export class LogSnapshot implements Snapshot {
  readonly rows: TrackedTables
  /** Approvals that the batch read, and which entries use them. */
  readonly approvals: TrackedRows<ApprovalRow>
  readonly points: PointsView
  readonly #undo: Undo[] = []
  readonly #entries = new Map<number, EntryRow | undefined>()
  #size: number

  constructor(size: number) {
    this.#size = size
    const tracked = <V>(table: string): TrackedRows<V> => new TrackedRows<V>(table, this.#undo)
    this.rows = {
      stream: tracked('stream'),
      brand: tracked('brand'),
      product: tracked('product'),
      batch: tracked('batch'),
      crisis: tracked('crisis'),
      crisisProduct: tracked('crisis_product'),
      promise: tracked('promise'),
      key: tracked('admin_key'),
      evidence: tracked('evidence'),
      logKey: tracked('log_key'),
      logContract: tracked('log_contract'),
      verifierFile: tracked('verifier_file'),
      erased: tracked('erasure'),
      correction: tracked('correction'),
      evidenceCopy: tracked('evidence_copy'),
      programme: tracked('programme'),
      rule: tracked('earning_rule'),
      holder: tracked('holder'),
      account: tracked('account'),
      tranche: tracked('tranche'),
      grant: tracked('point_grant'),
      transfer: tracked('transfer'),
      notice: tracked('expiry_notice'),
      grantKey: tracked('grant of'),
      use: tracked('use of'),
      notes: tracked('notes of'),
      reward: tracked('reward'),
      redemption: tracked('redemption'),
      proposal: tracked('proposal'),
      proposalStep: tracked('proposal_step'),
      ballot: tracked('ballot'),
      entitlement: tracked('entitlement'),
      ballotCast: tracked('ballot_cast'),
      liabilityRoot: tracked('liability_root'),
      entitlementKey: tracked('entitlement in'),
      entitlementSource: tracked('entitlement for'),
      entitlementUse: tracked('entitlements under'),
    }
    this.points = new PointsView(this.rows)
    this.approvals = tracked('approval')
    this.rows.stream.load('ledger', LEDGER_ROW)
  }

  get size(): number {
    return this.#size
  }

  /** Counts an accepted entry. */
  grow(): void {
    this.#size += 1
    this.#undo.push(() => (this.#size -= 1))
  }

  /** Everything until now stands. */
  keep(): void {
    this.#undo.length = 0
  }

  /** What changed until now, and stands, is being written. */
  written(): void {
    for (const table of Object.values(this.rows)) table.written()
  }

  /** Takes back everything since the last `keep`. */
  takeBack(): void {
    while (this.#undo.length > 0) this.#undo.pop()?.()
  }

  loadEntry(index: number, row: EntryRow | undefined): void {
    this.#entries.set(index, row)
  }

  entry(index: number): EntryRow | undefined {
    const row = this.#entries.get(index)
    if (row === undefined && !this.#entries.has(index))
      throw new Error(`entry ${index} is not among the command's needs`)
    return row === undefined ? undefined : this.#withErasures(row)
  }

  /** What earlier commands of the batch erased is gone already. */
  #withErasures(row: EntryRow): EntryRow {
    const gone = this.rows.erased.loaded().filter(({ entryIndex }) => entryIndex === row.index)
    if (gone.length === 0) return row
    const erased = gone.map(({ digest }) => digest)
    return { ...row, held: row.held.filter((digest) => !erased.includes(digest)), erased: [...row.erased, ...erased] }
  }

  stream = (name: string) => this.rows.stream.get(name)
  brand = (slug: string) => this.rows.brand.get(slug)
  product = (gtin: string) => this.rows.product.get(gtin)
  batch = (gtin: string, lot: string) => this.rows.batch.get(batchKey(gtin, lot))
  crisis = (code: string) => this.rows.crisis.get(code)
  key = (id: string) => this.rows.key.get(id)
  approval = (id: string) => this.approvals.get(id)
  reviewersOf = (brand: string) =>
    this.rows.key.loaded().filter((key) => key.brand === brand && key.role === 'reviewer' && key.revokedIndex === null)
  evidence = (sha256: string, stream: string) => this.rows.evidence.get(evidenceKey(sha256, stream))
}
