/**
 * Published lists of ballots, kept: a list never changes, and to count one with many thousands of votes again for everybody
 * who asks would let any visitor keep the service busy.
 */
import type { Database } from '../../db/database.ts'
import { readBallotList } from './tally-ballots.ts'

/** Of all kept lists together; the newest is kept however long it is. */
const KEPT_BYTES_MAX = 32 * 1024 * 1024

export class BallotLists {
  readonly #database: Database
  /** The one that was asked for last stands last. */
  readonly #kept = new Map<string, Uint8Array>()
  readonly #counting = new Map<string, Promise<Uint8Array>>()

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * The published list of a ballot.
   *
   * @throws AppError not_found while there is no tally
   */
  async read(programme: string, index: number): Promise<Uint8Array> {
    const key = `${programme} ${index}`
    const list = this.#kept.get(key) ?? (await this.#count(key, programme, index))
    this.#keep(key, list)
    return list
  }

  /** Who asks while it is counted waits for the same count. */
  async #count(key: string, programme: string, index: number): Promise<Uint8Array> {
    const counting =
      this.#counting.get(key) ??
      readBallotList(this.#database, programme, index).finally(() => this.#counting.delete(key))
    this.#counting.set(key, counting)
    return await counting
  }

  #keep(key: string, list: Uint8Array): void {
    this.#kept.delete(key)
    this.#kept.set(key, list)
    let bytes = [...this.#kept.values()].reduce((sum, { length }) => sum + length, 0)
    for (const [oldest, { length }] of this.#kept) {
      if (bytes <= KEPT_BYTES_MAX || oldest === key) return
      this.#kept.delete(oldest)
      bytes -= length
    }
  }
}
