/**
 * How anchoring stands, for pages and monitors of every instance: kept in the database, because only one instance
 * anchors. An anchor that cannot be made is said, not hidden: entries stay pending, and readers see why.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Database } from '../../db/database.ts'
import type { Tables } from '../../db/tables.ts'
import type { LogReader } from '../log/reader.ts'
import { findNewestAnchor } from './anchor-store.ts'

/** `late`: an anchor is due and cannot be made. `reason`: fee_ceiling, not_anchorer, chain_unreachable, or an error code. */
export type AnchoringStatus = { state: 'current' | 'late'; reason: string }

const NAME = 'anchoring'

/** Writes the status down with the time of its beginning; the same status again changes nothing. */
export async function writeStatus(kysely: Kysely<Tables>, { state, reason }: AnchoringStatus): Promise<void> {
  await sql`
    INSERT INTO setting (name, value)
    VALUES (${NAME}, jsonb_build_object('state', ${state}::text, 'reason', ${reason}::text,
      'since', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
    WHERE setting.value - 'since' <> excluded.value - 'since'`.execute(kysely)
}

/** The status and since when, undefined before the first round. */
export async function findStatus(kysely: Kysely<Tables>): Promise<(AnchoringStatus & { since: string }) | undefined> {
  const row = await kysely.selectFrom('setting').select('value').where('name', '=', NAME).executeTakeFirst()
  return row && (row.value as AnchoringStatus & { since: string })
}

/** What monitors ask: where the log and its newest anchor stand, and whether anchoring keeps up. */
export async function readAnchoringFigures({ database, reader }: { database: Database; reader: LogReader }): Promise<{
  size: number
  anchoredSize: number
  anchoredAt?: number
  anchorLate: boolean
}> {
  const { size } = await reader.head()
  const anchor = await findNewestAnchor(database.kysely)
  const status = await findStatus(database.kysely)
  return {
    size,
    anchoredSize: anchor?.size ?? 0,
    ...(anchor === undefined ? {} : { anchoredAt: anchor.timestamp }),
    anchorLate: status?.state === 'late',
  }
}
