/**
 * The rows of proof of liabilities: what a programme owes each holder at one moment, and the leaves of the newest roots.
 */
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { NO_TOTALS, outstandingOf } from '../../../ledger/postings.ts'
import type { Totals } from '../../../ledger/postings.ts'
import type { Database } from '../../db/database.ts'
import type { Session, Statement } from '../../db/session.ts'
import type { Tables } from '../../db/tables.ts'
import { PAGE_ROWS } from './liabilities-tree.ts'
import type { LiabilityRow, OwedBalance } from './liabilities-messages.ts'

/** A programme whose balances, or codes, changed since its newest root. */
export type ChangedProgramme = { id: string; brand: string }

/**
 * The balances of a programme as of `size` entries, all read at one moment. `isChanged`: since its newest root; `outstanding`: what its totals say it owes;
 * `wanted`: the version of a wish for a new root, if there was one; `newest`: the entry of the newest root.
 */
export type Balances = {
  size: number
  isChanged: boolean
  rows: OwedBalance[]
  outstanding: number
  wanted: number | null
  newest: number | null
}

/** A root of a programme that stands in the log. */
export type RootRow = { entryIndex: number; size: number; leaves: number; root: string; sum: number }

/** Of one programme, or of all. A place is only taken or given back within what is owed: that changes no balance. */
const CHANGED: Statement = {
  name: 'liabilities-changed',
  text: `
    SELECT p.id, p.brand FROM programme p
    CROSS JOIN LATERAL (
      SELECT coalesce((SELECT r.size FROM liability_root r WHERE r.programme = p.id ORDER BY r.entry_index DESC LIMIT 1), 0)
        AS size) AS last
    WHERE ($1::text IS NULL OR p.id = $1) AND (
      EXISTS (SELECT FROM liability_wanted w WHERE w.programme = p.id)
      OR EXISTS (SELECT FROM holder h WHERE h.programme = p.id AND h.entry_index >= last.size)
      OR EXISTS (SELECT FROM transfer t WHERE t.entry_index >= last.size AND t.programme = p.id
        AND num_nonnulls(t.from_version, t.to_version) = 1))
    ORDER BY p.id`,
}

const MOMENT: Statement = {
  name: 'liabilities-moment',
  text: `
    SELECT (SELECT size FROM log_head) AS size,
      (SELECT json_build_object('available', available, 'pending', pending, 'held', held)
        FROM programme_balance WHERE programme = $1) AS owed,
      (SELECT version FROM liability_wanted WHERE programme = $1) AS wanted,
      (SELECT max(entry_index) FROM liability_root WHERE programme = $1) AS newest`,
}

const BALANCES: Statement = {
  name: 'liabilities-balances',
  text: `
    SELECT h.id AS holder, s.commitment,
      coalesce(a.available + a.pending + a.held, 0)::bigint AS balance
    FROM holder h JOIN holder_secret s ON s.holder = h.id LEFT JOIN account a ON a.holder = h.id
    WHERE h.programme = $1 AND h.id > $2 ORDER BY h.id LIMIT ${PAGE_ROWS}`,
}

/** The programmes that need a new root. */
export async function readChangedProgrammes(database: Database): Promise<ChangedProgramme[]> {
  return await database.query<ChangedProgramme>(CHANGED, [null])
}

/** What a programme owes everybody who takes part in it, from one snapshot. */
export async function readBalances(database: Database, programme: string): Promise<Balances> {
  return await database.transaction({ isolation: 'snapshot' }, async (session) => {
    type Moment = { size: number; owed: Partial<Totals> | null; wanted: number | null; newest: number | null }
    const [moment] = await session.query<Moment>(MOMENT, [programme])
    if (moment === undefined) throw new Error('the log has no head')
    const { size, owed, wanted, newest } = moment
    const isChanged = (await session.query(CHANGED, [programme])).length > 0
    const rows = isChanged ? await readAllBalances(session, programme) : []
    return { size, isChanged, rows, outstanding: outstandingOf({ ...NO_TOTALS, ...owed }), wanted, newest }
  })
}

async function readAllBalances(session: Session, programme: string): Promise<OwedBalance[]> {
  const rows: OwedBalance[] = []
  for (;;) {
    const page = await session.query<OwedBalance>(BALANCES, [programme, rows.at(-1)?.holder ?? ''])
    rows.push(...page)
    if (page.length < PAGE_ROWS) return rows
  }
}

/** Keeps the leaves of a root, one page of them. */
export async function insertLiabilities(
  kysely: Kysely<Tables>,
  { programme, root }: { programme: string; root: string },
  from: number,
  rows: readonly LiabilityRow[],
): Promise<void> {
  if (rows.length === 0) return
  const values = rows.map((row, i) => ({ programme, root, position: from + i, ...row }))
  await kysely.insertInto('liability').values(values).execute()
}

/** The leaves of a root in the order of their positions, in pages. */
export async function* readLiabilities(
  kysely: Kysely<Tables>,
  { programme, root }: { programme: string; root: string },
): AsyncIterable<LiabilityRow[]> {
  for (let from = 0; ; from += PAGE_ROWS) {
    const page = await kysely
      .selectFrom('liability')
      .select(['holder', 'salt', 'commitment', 'balance'])
      .where('programme', '=', programme)
      .where('root', '=', root)
      .where('position', '>=', from)
      .where('position', '<', from + PAGE_ROWS)
      .orderBy('position')
      .execute()
    if (page.length > 0) yield page
    if (page.length < PAGE_ROWS) return
  }
}

/** The newest roots of a programme that stand in the log, the newest first. */
export async function readRoots(kysely: Kysely<Tables>, programme: string, limit: number): Promise<RootRow[]> {
  const rows = await kysely
    .selectFrom('liability_root')
    .select(['entry_index', 'size', 'leaves', 'root', 'sum'])
    .where('programme', '=', programme)
    .orderBy('entry_index', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ entry_index: entryIndex, ...row }) => ({ entryIndex, ...row }))
}

/**
 * Takes the leaves away of all roots before an entry, and those of which no entry came: a crash left them. What another
 * instance staged a moment ago stays.
 */
export async function deleteOldLiabilities(kysely: Kysely<Tables>, programme: string, before: number): Promise<void> {
  await sql`
    DELETE FROM liability l WHERE l.programme = ${programme} AND NOT EXISTS (
      SELECT FROM liability_root r
      WHERE r.programme = l.programme AND r.root = l.root AND r.entry_index >= ${before})
    AND (l.staged_at < now() - interval '1 hour' OR EXISTS (
      SELECT FROM liability_root r WHERE r.programme = l.programme AND r.root = l.root))`.execute(kysely)
}

/** Takes the leaves of one root away. */
export async function deleteLiabilities(kysely: Kysely<Tables>, programme: string, root: string): Promise<void> {
  await kysely.deleteFrom('liability').where('programme', '=', programme).where('root', '=', root).execute()
}

/** Whether a programme needs a new root though nothing was written. */
export async function isRootWanted(kysely: Kysely<Tables>): Promise<boolean> {
  return (await kysely.selectFrom('liability_wanted').select('programme').limit(1).execute()).length > 0
}

/** A wish that was met ends, unless it was made again meanwhile. */
export async function endWish(kysely: Kysely<Tables>, programme: string, version: number): Promise<void> {
  await sql`DELETE FROM liability_wanted WHERE programme = ${programme} AND version = ${version}`.execute(kysely)
}
