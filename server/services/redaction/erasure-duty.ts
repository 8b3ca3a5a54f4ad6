/**
 * What is still owed after an erasure was registered: the disclosure's row was deleted in the same transaction, but its
 * bytes lie dead in the table's file, and an erased file still lies on disk. A row of `erasure_duty` says since when;
 * whichever instance runs does it, within seconds, and may do it twice. Nothing here knows what was erased.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Database } from '../../db/database.ts'
import { readCheckpointStart, readWalEnd, requestCheckpoint, rewriteDisclosures } from '../../db/rewrite.ts'
import type { Tables } from '../../db/tables.ts'
import { repeat } from '../log/repeat.ts'
import type { Repeated } from '../log/repeat.ts'
import { eraseFiles } from './erase-files.ts'
import type { FileEraser } from './erase-files.ts'

/** Longer than this is told to the operator: the promise is a minute. */
const OWED_TOO_LONG_SECONDS = 60

/** Why something that is owed could not be done yet. */
export type Hindrance = 'no_right_to_vacuum' | 'no_right_to_checkpoint' | 'old_transaction'

/** What a round did. `upTo`: erasures registered up to this index are gone from the files. */
export type DutyRound = { done: boolean; upTo?: number; hindrance?: Hindrance }

export class ErasureDuty {
  readonly #database: Database
  readonly #files: FileEraser
  /** The table was written anew; now a checkpoint that began after this position is waited for. */
  #rewritten: { walEnd: number; upTo: number } | undefined
  #hindrance: Hindrance | undefined

  constructor(database: Database, files: FileEraser) {
    this.#database = database
    this.#files = files
  }

  /** What hindered the last round. */
  get hindrance(): Hindrance | undefined {
    return this.#hindrance
  }

  /** Does what is owed at this moment, as far as it can be done. */
  async round(): Promise<DutyRound> {
    const { kysely } = this.#database
    const upTo = await newestOwed(kysely)
    if (upTo === undefined) {
      this.#hindrance = undefined
      return { done: true }
    }
    await eraseFiles(this.#database, this.#files)
    const round = await this.#eraseDeadRows(upTo)
    this.#hindrance = round.hindrance
    if (round.done && round.upTo !== undefined) await noteGone(kysely, round.upTo)
    return round
  }

  async #eraseDeadRows(upTo: number): Promise<DutyRound> {
    const waiting = this.#rewritten
    if (waiting === undefined || waiting.upTo < upTo) {
      const rewrite = await rewriteDisclosures(this.#database)
      if (!rewrite.permitted) return { done: false, hindrance: 'no_right_to_vacuum' }
      if (rewrite.deadRows > 0) return { done: false, hindrance: 'old_transaction' }
      if (await requestCheckpoint(this.#database)) return { done: true, upTo }
      this.#rewritten = { walEnd: await readWalEnd(this.#database), upTo }
      return { done: false, hindrance: 'no_right_to_checkpoint' }
    }
    // Without the right to ask for one, the server's own checkpoint comes in its own time.
    if ((await readCheckpointStart(this.#database)) < waiting.walEnd) {
      return { done: false, hindrance: 'no_right_to_checkpoint' }
    }
    this.#rewritten = undefined
    return { done: true, upTo: waiting.upTo }
  }
}

/** The newest registered erasure that is owed; undefined when nothing is. */
async function newestOwed(kysely: Kysely<Tables>): Promise<number | undefined> {
  const row = await kysely
    .selectFrom('erasure_duty')
    .select('registered_index')
    .where('gone_at', 'is', null)
    .orderBy('registered_index', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.registered_index
}

/** A file whose bytes are still needed by another entry is no longer owed: it was erased from this one's record. */
async function noteGone(kysely: Kysely<Tables>, upTo: number): Promise<void> {
  await sql`
    UPDATE erasure_duty SET gone_at = greatest(clock_timestamp(), owed_since)
    WHERE gone_at IS NULL AND registered_index <= ${upTo}`.execute(kysely)
}

/** What is owed, and since when the longest. */
export type Owed = { count: number; seconds: number }

export async function readOwed({ kysely }: Pick<Database, 'kysely'>): Promise<Owed> {
  const { rows } = await sql<{ count: number; seconds: number }>`
    SELECT count(*)::int AS count,
      coalesce(extract(epoch FROM clock_timestamp() - min(owed_since)), 0)::float8 AS seconds
    FROM erasure_duty WHERE gone_at IS NULL`.execute(kysely)
  return rows[0] ?? { count: 0, seconds: 0 }
}

/** For each hindrance what an operator must do. */
export const WAYS_OUT: Readonly<Record<Hindrance, string>> = {
  no_right_to_vacuum:
    'trust_ledger_app may not VACUUM FULL the table disclosure: GRANT MAINTAIN ON disclosure TO trust_ledger_app (PostgreSQL 17 or later), or run VACUUM FULL disclosure and CHECKPOINT as the owner after each erasure',
  no_right_to_checkpoint:
    'trust_ledger_app may not CHECKPOINT, so erased rows leave the disk only with the next checkpoint of the server: GRANT pg_checkpoint TO trust_ledger_app as a superuser',
  old_transaction: 'a transaction is open that is older than an erasure: end it, it keeps erased rows alive',
}

/** Repeats the rounds, and warns while something is owed for longer than was promised. */
export function startErasureDuty(
  duty: ErasureDuty,
  pace: { intervalMs: number; onError: (error: unknown) => void; warn: (message: string) => void },
): Repeated {
  let warned: Hindrance | undefined
  return repeat(async () => {
    const { hindrance } = await duty.round()
    if (hindrance !== undefined && hindrance !== warned) pace.warn(`Erasing is not finished: ${WAYS_OUT[hindrance]}.`)
    warned = hindrance
  }, pace)
}

/** What `/readyz` says while an erasure is owed for longer than was promised, or cannot be finished here at all. */
export async function erasureWarnings(database: Database, duty: ErasureDuty): Promise<string[]> {
  const { count, seconds } = await readOwed(database)
  if (count === 0) return []
  const why = duty.hindrance === undefined ? [] : [`erasure_owed: ${WAYS_OUT[duty.hindrance]}`]
  if (why.length > 0 || seconds <= OWED_TOO_LONG_SECONDS) return why
  return [`erasure_owed: ${count} erased values or files may still be on disk, since ${Math.round(seconds)} s`]
}
