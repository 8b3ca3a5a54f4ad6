/**
 * Every `points.liabilities` entry of a programme, against what its postings leave outstanding. Such an entry counts the
 * log below a size that may lie before its own index, because entries go on being written while the tree is built: what
 * came since is kept until it counts. Specification: README.md, "Liabilities" (BT5).
 */
import type { PointsFault } from './grant-audit.ts'
import type { PointsLiabilities } from './points-data.ts'
import { outstandingOf } from './postings.ts'
import type { ProgrammeState } from './programme.ts'

export type LiabilitiesFault = 'liabilities_differ' | 'liabilities_order' | 'liabilities_other'

/** What is outstanding and how many holders there are, from an index of the log on. */
type Owed = { readonly index: number; readonly outstanding: number; readonly holders: number }

/** Follows what a programme owes, and judges what it says about it. */
export class LiabilitiesAudit {
  #counted: Owed = { index: 0, outstanding: 0, holders: 0 }
  #size = 0
  #since: Owed[] = []

  /** As of which size the newest entry counts; 0 when there is none. */
  get size(): number {
    return this.#size
  }

  /** Whether something changed that no liabilities entry counts, at an index below this size. */
  isBehind(size: number): boolean {
    return this.#since.some(({ index }) => index < size)
  }

  /** Takes note of the programme after an entry. */
  note(index: number, { totals, holders }: ProgrammeState): void {
    const last = this.#since[this.#since.length - 1] ?? this.#counted
    const outstanding = outstandingOf(totals)
    if (last.outstanding !== outstanding || last.holders !== holders) this.#since.push({ index, outstanding, holders })
  }

  /** BT5: the sum is what the entries below the size leave outstanding, with one leaf for each holder. */
  recount(
    index: number,
    { programme, size, leaves, sum }: PointsLiabilities,
    id: string | undefined,
  ): PointsFault<LiabilitiesFault> | undefined {
    if (programme !== id) return { code: 'liabilities_other', facts: { programme } }
    if (size > index || size <= this.#size) return { code: 'liabilities_order', facts: { size } }
    this.#size = size
    const later = this.#since.findIndex((owed) => owed.index >= size)
    const counted = this.#since.splice(0, later < 0 ? this.#since.length : later)
    this.#counted = counted[counted.length - 1] ?? this.#counted
    const { outstanding, holders } = this.#counted
    if (sum === outstanding && leaves === holders) return undefined
    return { code: 'liabilities_differ', facts: { size, sum, outstanding, leaves, holders } }
  }
}
