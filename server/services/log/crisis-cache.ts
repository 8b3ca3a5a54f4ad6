/**
 * States of crises and programmes as they were after the last committed batch, so that a busy one is not read and parsed for every
 * entry. Nothing here is trusted by itself: a state is used only when the stream, read under the lock, still ends with
 * the entry after which the state was kept (S1). Entries never change, so the same last index means the same state.
 */
import type { CrisisRow } from './command.ts'
import { pointsStream } from './points-rows.ts'
import type { ProgrammeRow } from './points-rows.ts'
import type { LogSnapshot } from './snapshot.ts'

export type CachedCrisis = { row: CrisisRow; lastIndex: number }
export type CachedProgramme = { row: ProgrammeRow; lastIndex: number }

/** States are a few kilobytes each. */
const KEPT_MAX = 4096

export class CrisisCache {
  readonly #kept = new Map<string, CachedCrisis>()
  readonly #programmes = new Map<string, CachedProgramme>()

  /** The state that holds while the stream ends with entry `lastIndex`. */
  find(code: string): CachedCrisis | undefined {
    return this.#kept.get(code)
  }

  /** The state of a programme, totals included, that holds while its stream ends with entry `lastIndex`. */
  findProgramme(id: string): CachedProgramme | undefined {
    return this.#programmes.get(id)
  }

  /** Keeps what a committed batch read and wrote. */
  keep({ rows }: LogSnapshot): void {
    if (this.#kept.size > KEPT_MAX) this.#kept.clear()
    for (const row of rows.crisis.loaded()) {
      const lastIndex = rows.stream.get(`crisis:${row.code}`)?.lastIndex
      if (typeof lastIndex === 'number') this.#kept.set(row.code, { row, lastIndex })
    }
    if (this.#programmes.size > KEPT_MAX) this.#programmes.clear()
    for (const row of rows.programme.loaded()) {
      const lastIndex = rows.stream.get(pointsStream(row.id))?.lastIndex
      if (typeof lastIndex === 'number') this.#programmes.set(row.id, { row, lastIndex })
    }
  }
}
