/**
 * States of crises as they were after the last committed batch, so that a busy crisis is not read and parsed for every
 * entry. Nothing here is trusted by itself: a state is used only when the stream, read under the lock, still ends with
 * the entry after which the state was kept (S1). Entries never change, so the same last index means the same state.
 */
import type { CrisisRow } from './command.ts'
import type { LogSnapshot } from './snapshot.ts'

export type CachedCrisis = { row: CrisisRow; lastIndex: number }

/** States are a few kilobytes each. */
const KEPT_MAX = 4096

export class CrisisCache {
  readonly #kept = new Map<string, CachedCrisis>()

  /** The state that holds while the stream ends with entry `lastIndex`. */
  find(code: string): CachedCrisis | undefined {
    return this.#kept.get(code)
  }

  /** Keeps what a committed batch read and wrote. */
  keep({ rows }: LogSnapshot): void {
    if (this.#kept.size > KEPT_MAX) this.#kept.clear()
    for (const row of rows.crisis.loaded()) {
      const lastIndex = rows.stream.get(`crisis:${row.code}`)?.lastIndex
      if (typeof lastIndex === 'number') this.#kept.set(row.code, { row, lastIndex })
    }
  }
}
