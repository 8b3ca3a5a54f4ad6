/**
 * The real service on PGlite under a clock of our own: `clock_timestamp()` and `transaction_timestamp()` of a schema before
 * pg_catalog answer with the time that was set. Program and database know nothing of it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { CrisisState } from '../../ledger/crisis.ts'
import { parseEntry } from '../../ledger/entry.ts'
import { PARSERS, openMigrated } from '../../server/db/pglite.ts'
import type { Database } from '../../server/db/database.ts'
import type { Command } from '../../server/services/log/command.ts'
import type { Log } from '../../server/services/log/open-log.ts'
import { openTestLog } from '../support/log.ts'
import type { Outcome } from './memory-log.ts'

const CLOCK = `
  RESET ROLE;
  CREATE SCHEMA test_clock;
  CREATE FUNCTION test_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$ SELECT timestamptz 'epoch' + current_setting('test.now')::bigint * interval '1 millisecond' $$;
  CREATE FUNCTION test_clock.transaction_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$ SELECT test_clock.clock_timestamp() $$;
  GRANT USAGE ON SCHEMA test_clock TO trust_ledger_app;
  SET ROLE trust_ledger_app;
  SET search_path = test_clock, pg_catalog, public`

export class ServiceLog {
  /** States of crises as the table has them after the last command. */
  readonly states = new Map<string, CrisisState>()
  readonly #database: Database
  readonly #log: Log
  readonly #set: (now: number) => Promise<void>
  #size: number

  private constructor(database: Database, log: Log, set: (now: number) => Promise<void>, size: number) {
    this.#database = database
    this.#log = log
    this.#set = set
    this.#size = size
  }

  static async open(test: { teardown(work: () => Promise<void>): void }, start: number): Promise<ServiceLog> {
    const pglite = await PGlite.create({ parsers: PARSERS })
    const database = await openMigrated(pglite)
    await pglite.exec(CLOCK)
    let now = start
    const set = async (ms: number): Promise<void> => {
      now = ms
      await pglite.query(`SELECT set_config('test.now', $1, false)`, [String(ms)])
    }
    await set(start)
    const dataDir = await mkdtemp(join(tmpdir(), 'tl-model-'))
    const log = await openTestLog({ database, dataDir, clock: () => now })
    test.teardown(async () => {
      await log.close()
      await database.close()
      await rm(dataDir, { recursive: true })
    })
    const { size } = await log.reader.head()
    return new ServiceLog(database, log, set, size)
  }

  async append(command: Command, recordedAt: string): Promise<Outcome> {
    await this.#set(Date.parse(recordedAt))
    const error = await this.#log.sequencer.append(command).then(
      () => undefined,
      (refused: unknown) => refused,
    )
    const { kysely } = this.#database
    const rows = await kysely
      .selectFrom('entry')
      .selectAll()
      .where('index', '>=', this.#size)
      .orderBy('index')
      .execute()
    this.#size += rows.length
    for (const { code, state } of await kysely.selectFrom('crisis').select(['code', 'state']).execute()) {
      this.states.set(code, state as unknown as CrisisState)
    }
    const entries = rows.map(({ index, bytes }) => ({ index, entry: parseEntry(bytes) }))
    return error === undefined ? { entries } : { entries, error }
  }
}
