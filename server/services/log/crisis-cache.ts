/**
 * States of crises and programmes as the last batches left them, so that a busy one is not read and parsed for every
 * entry. Nothing here is trusted by itself: a state is used only when the stream, read under the lock, ends with the
 * leaf hash after which the state was kept (S1). Each entry names the hash of the one before, so the same head means
 * the same stream; what was kept of a batch that was rolled back in the end is found by nobody.
 */
import { hex } from '../../../ledger/bytes.ts'
import type { CrisisRow } from './command.ts'
import { pointsStream } from './points-rows.ts'
import type { ProgrammeRow } from './points-rows.ts'
import type { LogSnapshot } from './snapshot.ts'

/** `head`: the leaf hash of the stream's last entry, as hex. */
export type CachedCrisis = { row: CrisisRow; head: string }
export type CachedProgramme = { row: ProgrammeRow; head: string }

/** No entry has this hash. */
export const NO_HEAD = ''

/** States are a few kilobytes each. */
const KEPT_MAX = 4096

export class CrisisCache {
  readonly #kept = new Map<string, CachedCrisis>()
  readonly #programmes = new Map<string, CachedProgramme>()

  /** The state that holds while the stream has this head. */
  find(code: string): CachedCrisis | undefined {
    return this.#kept.get(code)
  }

  /** The state of a programme, totals included, that holds while its stream has this head. */
  findProgramme(id: string): CachedProgramme | undefined {
    return this.#programmes.get(id)
  }

  /** Keeps what a batch read and wrote. */
  keep({ rows }: LogSnapshot): void {
    if (this.#kept.size > KEPT_MAX) this.#kept.clear()
    for (const row of rows.crisis.loaded()) {
      const head = rows.stream.get(`crisis:${row.code}`)?.head
      if (head) this.#kept.set(row.code, { row, head: hex(head) })
    }
    if (this.#programmes.size > KEPT_MAX) this.#programmes.clear()
    for (const row of rows.programme.loaded()) {
      const head = rows.stream.get(pointsStream(row.id))?.head
      if (head) this.#programmes.set(row.id, { row, head: hex(head) })
    }
  }
}
