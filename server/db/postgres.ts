/** PostgreSQL through pg: one pool for Kysely and for counted transactions. */
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { ClientBase, PoolClient, QueryResult } from 'pg'
import type { Database } from './database.ts'
import { APP_ROLE, OutcomeUnknownError, sqlState } from './session.ts'
import type { Beginning, Notice, Row, Session, Statement } from './session.ts'
import type { Tables } from './tables.ts'
import { BYTEA, INT8, INT8_ARRAY, parseBytea, parseInt8, parseInt8Array } from './types.ts'

/**
 * A pool under the role of the service. A transaction that stops half-way would keep every instance from writing, so the
 * server ends it after 5 s, and nobody waits longer than 10 s for a lock (S8).
 */
export function openPostgres(url: string, poolSize: number): Database {
  const pool = openPool(
    url,
    poolSize,
    `SET ROLE ${APP_ROLE}; SET idle_in_transaction_session_timeout = '5s'; SET lock_timeout = '10s'; SET TimeZone = 'UTC'`,
  )
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return {
    kysely,
    engine: 'postgres',
    query: async <R>({ name, text }: Statement, parameters: readonly unknown[]) =>
      (await pool.query({ name, text, values: [...parameters] })).rows as R[],
    transaction: async (beginning, work) => runTransaction(pool, beginning, work),
    runAlone: async (text) => runAlone(pool, text),
    close: async () => {
      await kysely.destroy()
    },
  }
}

/** A connection of the owner of the tables, for migrations only. */
export function openOwner(url: string): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: openPool(url, 1, `SET lock_timeout = '60s'`) }) })
}

function openPool(url: string, max: number, greeting: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser },
    onConnect: (client) => greet(client, greeting) as unknown as void,
  })
  // A connection that breaks while nobody uses it is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  return pool
}

async function greet(client: ClientBase, greeting: string): Promise<void> {
  // The query that is under way when a connection breaks is rejected; this event is only a second report of it.
  client.on('error', () => undefined)
  await client.query(greeting)
}

/** Parsers of this pool only: the library's global table belongs to everybody in the process. */
const getTypeParser = ((oid: number, format?: 'text' | 'binary') => {
  if (format !== 'binary') {
    if (oid === INT8) return parseInt8
    if (oid === INT8_ARRAY) return parseInt8Array
    if (oid === BYTEA) return parseBytea
  }
  return pg.types.getTypeParser(oid, format)
}) as typeof pg.types.getTypeParser

/**
 * Planning the large statement of an append costs more than running it, so its plan is made once for each connection. It
 * may be made while the tables are small, and must be right when they are large: no plan may scan a whole table.
 */
const BEGIN = {
  'read committed':
    'BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off',
  snapshot: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
}

async function runTransaction<R>(
  pool: pg.Pool,
  beginning: Beginning,
  work: (session: Session) => Promise<R>,
): Promise<R> {
  const client = await pool.connect()
  let result: R
  try {
    result = await work(new PostgresSession(client, await begin(client, beginning)))
  } catch (error) {
    await rollback(client)
    throw error
  }
  await commit(client)
  return result
}

async function runAlone(pool: pg.Pool, text: string): Promise<Notice[]> {
  const client = await pool.connect()
  const notices: Notice[] = []
  const hear = ({ routine = '', detail = '' }: { routine?: string | undefined; detail?: string | undefined }): void => {
    notices.push({ routine, detail })
  }
  client.on('notice', hear)
  try {
    await client.query(text)
  } finally {
    client.off('notice', hear)
    client.release()
  }
  return notices
}

async function begin(client: PoolClient, { isolation, first }: Beginning): Promise<Row[]> {
  const text = first === undefined ? BEGIN[isolation] : `${BEGIN[isolation]}; ${first}`
  // Several statements in one simple query give several results, which the library's types do not say.
  const results = (await client.query(text)) as unknown as QueryResult<Row> | QueryResult<Row>[]
  return Array.isArray(results) ? (results.at(-1)?.rows ?? []) : results.rows
}

async function rollback(client: PoolClient): Promise<void> {
  try {
    await client.query('ROLLBACK')
    client.release()
  } catch (error) {
    // The connection is gone, and the transaction with it.
    client.release(error instanceof Error ? error : true)
  }
}

/** Violated constraints and serialization failures: the errors by which COMMIT says for certain that nothing happened. */
const NOT_COMMITTED = /^(23|40)/

async function commit(client: PoolClient): Promise<void> {
  let result: QueryResult
  try {
    result = await client.query('COMMIT')
  } catch (error) {
    client.release(true)
    if (NOT_COMMITTED.test(sqlState(error) ?? '')) throw error
    throw new OutcomeUnknownError(error)
  }
  client.release()
  // A transaction in which a statement failed answers COMMIT with ROLLBACK, and without an error.
  if (result.command !== 'COMMIT') throw new Error(`COMMIT was answered by ${result.command}`)
}

class PostgresSession implements Session {
  readonly first: Row[]
  readonly #client: PoolClient

  constructor(client: PoolClient, first: Row[]) {
    this.#client = client
    this.first = first
  }

  async query<R = Row>({ name, text }: Statement, parameters: readonly unknown[]): Promise<R[]> {
    const result = await this.#client.query({ name, text, values: [...parameters] })
    return result.rows as R[]
  }
}
