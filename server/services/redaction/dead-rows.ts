/**
 * The dead rows of one table from which values were erased: deleted in a transaction, they lie in the table's file until
 * it is written anew and a checkpoint lets the old one go. Whichever instance runs does it, and may do it twice.
 */
import type { Database } from '../../db/database.ts'
import { readCheckpointStart, readWalEnd, requestCheckpoint, rewriteTable } from '../../db/rewrite.ts'
import type { ErasableTable } from '../../db/rewrite.ts'

/** Why something that is owed could not be done yet. */
export type Hindrance = 'no_right_to_vacuum' | 'no_right_to_checkpoint' | 'old_transaction'

/** What a round did. `upTo`: what was owed under numbers up to this one is gone from the files. */
export type DutyRound = { done: boolean; upTo?: number; hindrance?: Hindrance }

export class DeadRows {
  readonly #database: Database
  readonly #table: ErasableTable
  /** The table was written anew; now a checkpoint that began after this position is waited for. */
  #rewritten: { walEnd: number; upTo: number } | undefined

  constructor(database: Database, table: ErasableTable) {
    this.#database = database
    this.#table = table
  }

  /**
   * Makes sure that what was deleted is in no file any more, as far as it can be done now.
   *
   * @param upTo the newest number that is owed
   */
  async erase(upTo: number): Promise<DutyRound> {
    const waiting = this.#rewritten
    if (waiting === undefined || waiting.upTo < upTo) {
      const rewrite = await rewriteTable(this.#database, this.#table)
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
