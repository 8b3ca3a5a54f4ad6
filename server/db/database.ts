/**
 * The database behind one interface: PostgreSQL, or PGlite in the data folder. The same SQL runs on both.
 *
 * Two ways in. `kysely` is for reads and small writes. `transaction` holds one connection for a transaction whose round
 * trips are counted, and for reads that must all see one snapshot. Inside `transaction` use only what it hands you: on
 * PGlite there is one connection, and waiting for another waits for ever.
 */
import type { Kysely } from 'kysely'
import { openPglite } from './pglite.ts'
import { openPostgres } from './postgres.ts'
import type { Beginning, Notice, Row, Session, Statement } from './session.ts'
import type { Patience } from './silent-peer.ts'
import type { Tables } from './tables.ts'

export type Engine = 'postgres' | 'pglite'

export interface Database {
  readonly kysely: Kysely<Tables>
  readonly engine: Engine
  /** Runs one statement on any connection, prepared under its name. */
  query<R = Row>(statement: Statement, parameters: readonly unknown[]): Promise<R[]>
  /**
   * Runs `work` in a transaction: committed when it returns, rolled back when it throws.
   *
   * @throws OutcomeUnknownError when COMMIT was sent and its answer was lost: the work may be done or not
   */
  transaction<R>(beginning: Beginning, work: (session: Session) => Promise<R>): Promise<R>
  /**
   * Runs one statement outside of any transaction, such as VACUUM, however long it takes, and gives what the server told
   * on the way.
   */
  runAlone(text: string): Promise<Notice[]>
  close(): Promise<void>
}

export type DatabaseOptions = {
  /** A PostgreSQL connection string; absent: PGlite in `dataDir`/db. */
  url?: string | undefined
  dataDir: string
  /** Connections to PostgreSQL at most; default 10. */
  poolSize?: number
  /** How long PostgreSQL may take; default: that of the service. */
  patience?: Patience
}

/**
 * Opens the database for the service, under the role trust_ledger_app. PGlite is made and migrated here, and its folder
 * must be locked by the caller (`lockDataDir`); PostgreSQL must have been migrated by its owner.
 */
export async function openDatabase({ url, dataDir, poolSize = 10, patience }: DatabaseOptions): Promise<Database> {
  return url === undefined ? openPglite(dataDir) : openPostgres(url, poolSize, patience)
}
