/**
 * What is still owed after an erasure: the row of a disclosure or of a holder's contact was deleted, but its bytes lie dead
 * in the table's file, and an erased file still lies on disk. A row of `erasure_duty` or `contact_erasure` says since when;
 * whichever instance runs does it, within seconds, and may do it twice. Nothing here knows what was erased.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Database } from '../../db/database.ts'
import type { Tables } from '../../db/tables.ts'
import { repeat } from '../log/repeat.ts'
import type { Repeated } from '../log/repeat.ts'
import { DeadRows } from './dead-rows.ts'
import type { DutyRound, Hindrance } from './dead-rows.ts'
import { eraseFiles } from './erase-files.ts'
import type { FileEraser } from './erase-files.ts'

/** Longer than this is told to the operator: the promise is a minute. */
const OWED_TOO_LONG_SECONDS = 60

export class ErasureDuty {
  readonly #database: Database
  readonly #files: FileEraser
  readonly #disclosures: DeadRows
  readonly #contacts: DeadRows
  #hindrance: Hindrance | undefined

  constructor(database: Database, files: FileEraser) {
    this.#database = database
    this.#files = files
    this.#disclosures = new DeadRows(database, 'disclosure')
    this.#contacts = new DeadRows(database, 'holder_contact')
  }

  /** What hindered the last round. */
  get hindrance(): Hindrance | undefined {
    return this.#hindrance
  }

  /** Does what is owed at this moment, as far as it can be done. */
  async round(): Promise<DutyRound> {
    const registered = await this.#eraseRegistered()
    const contacts = await this.#eraseContacts()
    const hindered = [registered, contacts].find(({ hindrance }) => hindrance !== undefined)
    this.#hindrance = hindered?.hindrance
    return hindered ?? { done: registered.done && contacts.done }
  }

  /** What was erased of entries. */
  async #eraseRegistered(): Promise<DutyRound> {
    const { kysely } = this.#database
    const upTo = await newestOwed(kysely)
    if (upTo === undefined) return { done: true }
    await eraseFiles(this.#database, this.#files)
    const round = await this.#disclosures.erase(upTo)
    if (round.upTo !== undefined) await noteGone(kysely, round.upTo)
    return round
  }

  /** What was erased of holders, beside the log. A number is drawn once the table is locked, so that none is left behind. */
  async #eraseContacts(): Promise<DutyRound> {
    const { kysely } = this.#database
    const upTo = await newestContactOwed(kysely)
    if (upTo === undefined) return { done: true }
    const round = await this.#contacts.erase(upTo)
    if (round.upTo !== undefined) await noteContactGone(kysely, round.upTo)
    return round
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

/** The newest erasure of a contact that is owed. */
async function newestContactOwed(kysely: Kysely<Tables>): Promise<number | undefined> {
  const row = await kysely
    .selectFrom('contact_erasure')
    .select('id')
    .where('gone_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

async function noteContactGone(kysely: Kysely<Tables>, upTo: number): Promise<void> {
  await sql`
    UPDATE contact_erasure SET gone_at = greatest(clock_timestamp(), owed_since)
    WHERE gone_at IS NULL AND id <= ${upTo}`.execute(kysely)
}

/** What is owed, and since when the longest. */
export type Owed = { count: number; seconds: number }

export async function readOwed({ kysely }: Pick<Database, 'kysely'>): Promise<Owed> {
  const { rows } = await sql<{ count: number; seconds: number }>`
    SELECT count(*)::int AS count,
      coalesce(extract(epoch FROM clock_timestamp() - min(owed_since)), 0)::float8 AS seconds
    FROM (
      SELECT owed_since FROM erasure_duty WHERE gone_at IS NULL
      UNION ALL SELECT owed_since FROM contact_erasure WHERE gone_at IS NULL) AS owed`.execute(kysely)
  return rows[0] ?? { count: 0, seconds: 0 }
}

/** For each hindrance what an operator must do. */
export const WAYS_OUT: Readonly<Record<Hindrance, string>> = {
  no_right_to_vacuum:
    'trust_ledger_app may not VACUUM FULL a table from which values are erased: GRANT MAINTAIN ON disclosure, holder_contact TO trust_ledger_app (PostgreSQL 17 or later), or run VACUUM FULL disclosure, holder_contact and CHECKPOINT as the owner after each erasure',
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
