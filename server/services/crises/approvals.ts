/** Giving approvals: a row beside the log, because an entry would tell everybody that something is about to be said. */
import { equalBytes } from '../../../ledger/bytes.ts'
import { sql } from 'kysely'
import type { Database } from '../../db/database.ts'
import { AppError } from '../../errors.ts'

export type NewApproval = {
  readonly id: string
  readonly tag: Uint8Array
  readonly keyId: string
  readonly brand: string
}

export class Approvals {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Stores an approval, which is good for 24 hours. The same one again is answered as before.
   *
   * @throws AppError idempotency_conflict when another request was approved under this id
   */
  async insert({ id, tag, keyId, brand }: NewApproval): Promise<{ expiresAt: string; isNew: boolean }> {
    const { kysely } = this.#database
    const inserted = await kysely
      .insertInto('approval')
      .values({ id, tag, key_id: keyId, brand, expires_at: sql<Date>`now() + interval '24 hours'` })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst()
    const row = await kysely
      .selectFrom('approval')
      .select(['tag', 'expires_at'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    if (!equalBytes(row.tag, tag)) {
      throw new AppError('idempotency_conflict', 'This Idempotency-Key was used with another body.')
    }
    return { expiresAt: row.expires_at.toISOString(), isNew: inserted !== undefined }
  }
}
