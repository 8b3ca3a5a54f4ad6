/** PostgreSQL through pg: one pool for Kysely and for counted transactions. */
import type { Socket } from 'node:net'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { PoolClient } from 'pg'
import type { Database } from './database.ts'
import { APP_ROLE, OutcomeUnknownError, sqlState } from './session.ts'
import type { Beginning, Notice, Row, Session, Statement } from './session.ts'
import { PATIENCE, bearSilence, endWhenSilent } from './silent-peer.ts'
import type { Patience } from './silent-peer.ts'
import type { Tables } from './tables.ts'
import { BYTEA, INT8, INT8_ARRAY, parseBytea, parseInt8, parseInt8Array } from './types.ts'

/**
 * A pool under the role of the service. A transaction that stops half-way would keep every instance from writing, so the
 * server ends it after 5 s, and nobody waits longer than 10 s for a lock (S8). It ends a statement that takes too
 * long, but never COMMIT; what then is silent still has lost its connection.
 */
export function openPostgres(url: string, poolSize: number, patience = PATIENCE): Database {
  const pool = openPool(url, poolSize, async (client) => {
    endWhenSilent(socketOf(client), patience.silenceMs)
    await client.query(greetingOf(patience))
  })
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
  const pool = openPool(url, 1, async (client) => client.query(`SET lock_timeout = '60s'`))
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}

function greetingOf({ statementMs }: Patience): string {
  return `SET ROLE ${APP_ROLE}; SET statement_timeout = ${statementMs}; SET idle_in_transaction_session_timeout = '5s';
    SET lock_timeout = '10s'; SET TimeZone = 'UTC'`
}

/** Of a connection that stands: before, its socket may still be exchanged for one that encrypts. */
function socketOf(client: pg.Client): Socket {
  return client.connection.stream as Socket
}

function openPool(url: string, max: number, greet: (client: pg.Client) => Promise<unknown>): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    pipeline: true,
    connectionTimeoutMillis: 10_000,
    // What nobody needs is not kept long enough to be taken for silent.
    idleTimeoutMillis: 10_000,
    // A long statement is silent by itself; the system asks the other end whether it is there, ten times in ten seconds.
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    types: { getTypeParser },
    onConnect: (client) => {
      // The query that is under way when a connection breaks is rejected; this event is only a second report of it.
      client.on('error', () => undefined)
      return greet(client as pg.Client) as unknown as void
    },
  })
  // A connection that breaks while nobody uses it is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  return pool
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
  const session = new PostgresSession(client, begin(client, beginning))
  let result: R
  try {
    result = await work(session)
  } catch (error) {
    await rollback(client)
    throw error
  }
  await commit(client, session.sent)
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
    // What runs alone, such as VACUUM, takes as long as it takes. The answer to the first says that somebody is there.
    await client.query('SET statement_timeout = 0')
    await bearSilence(socketOf(client), async () => client.query(text))
  } finally {
    client.off('notice', hear)
    // Nobody else gets a connection without limits.
    client.release(true)
  }
  return notices
}

async function begin(client: PoolClient, { isolation, first }: Beginning): Promise<void> {
  await client.query(first === undefined ? BEGIN[isolation] : `${BEGIN[isolation]}; ${first}`)
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

/** @param sent what was sent before without waiting: COMMIT goes right after it, and rolls back when any of it failed */
async function commit(client: PoolClient, sent: readonly Promise<unknown>[]): Promise<void> {
  const [committed, ...written] = await Promise.allSettled([client.query('COMMIT'), ...sent])
  const failed = written.find((result) => result.status === 'rejected')
  const isRefused = failed !== undefined && sqlState(failed.reason) !== undefined
  const isUnsent = failed !== undefined && !isRefused
  client.release(committed.status === 'rejected' || isUnsent)
  // What the server refused before it read COMMIT is not committed.
  if (isRefused) throw failed.reason
  if (committed.status === 'rejected') {
    if (NOT_COMMITTED.test(sqlState(committed.reason) ?? '')) throw committed.reason
    throw new OutcomeUnknownError(committed.reason)
  }
  // A transaction in which a statement failed answers COMMIT with ROLLBACK, and without an error.
  const { command } = committed.value
  if (command !== 'COMMIT') throw new Error(`COMMIT was answered by ${command}`)
  // What never got to the server was not refused by it: the rest is committed.
  if (isUnsent) throw new OutcomeUnknownError(failed.reason)
}

class PostgresSession implements Session {
  /** What was sent without waiting: BEGIN, to begin with. */
  readonly sent: Promise<unknown>[] = []
  readonly #client: PoolClient

  constructor(client: PoolClient, begun: Promise<unknown>) {
    this.#client = client
    this.#keep(begun)
  }

  async query<R = Row>({ name, text }: Statement, parameters: readonly unknown[]): Promise<R[]> {
    const before = [...this.sent]
    try {
      return (await this.#client.query({ name, text, values: [...parameters] })).rows as R[]
    } catch (error) {
      // Behind a statement that failed, such as a lock that was not given, everything fails: that one is what to tell.
      await Promise.all(before)
      throw error
    }
  }

  send(statement: Statement, parameters: readonly unknown[]): void {
    this.#keep(this.query(statement, parameters))
  }

  #keep(answer: Promise<unknown>): void {
    // Whether it failed is asked when the transaction ends.
    answer.catch(() => undefined)
    this.sent.push(answer)
  }
}
