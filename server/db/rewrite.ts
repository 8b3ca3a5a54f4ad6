/**
 * Making sure that what was deleted is no longer in the files of the database: the table is written anew without its
 * dead rows, and a checkpoint lets the old file go. DELETE alone leaves the row where it was.
 */
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { sqlState } from './session.ts'

/** `deadRows`: how many had to be kept, because a transaction is still open that might look at them. */
export type Rewrite = { permitted: false } | { permitted: true; deadRows: number }

/** The tables that hold what may have to be erased; the service has MAINTAIN on them. */
export type ErasableTable = 'disclosure' | 'holder_contact'

/** Writes a table anew. Nobody reads or writes it meanwhile. */
export async function rewriteTable(database: Database, table: ErasableTable): Promise<Rewrite> {
  const notices = await database.runAlone(`VACUUM (FULL, VERBOSE) ${table}`)
  // Without the right to it PostgreSQL skips the table with a warning. The counts are told in the server's language, but
  // by this routine, and the first number of the detail is that of the rows that could not be left out.
  const counted = notices.filter(({ routine, detail }) => routine === 'copy_table_data' && detail !== '').at(-1)
  const number = counted === undefined ? null : /\d+/.exec(counted.detail)
  return number === null ? { permitted: false } : { permitted: true, deadRows: Number(number[0]) }
}

/** Asks for a checkpoint. Whether the role may. */
export async function requestCheckpoint(database: Database): Promise<boolean> {
  try {
    await database.runAlone('CHECKPOINT')
    return true
  } catch (error) {
    if (sqlState(error) === PERMISSION_DENIED) return false
    throw error
  }
}

const PERMISSION_DENIED = '42501'

/** Where the write-ahead log ends now: a position that only grows. */
export async function readWalEnd({ kysely }: Database): Promise<number> {
  const { rows } = await sql<{ at: number }>`
    SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS at`.execute(kysely)
  return rows[0]?.at ?? 0
}

/** Where the server's last checkpoint of its own began: what was written before lies in the files as it should. */
export async function readCheckpointStart({ kysely }: Database): Promise<number> {
  const { rows } = await sql<{ at: number }>`
    SELECT (redo_lsn - '0/0'::pg_lsn)::bigint AS at FROM pg_control_checkpoint()`.execute(kysely)
  return rows[0]?.at ?? 0
}
