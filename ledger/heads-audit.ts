/**
 * Every heads entry of a whole log, counted again (L4). A heads entry counts the entries below a size that may lie before
 * its own index, because entries go on being written while the tree is built: what came since is kept until it counts.
 */
import { equalBytes } from './bytes.ts'
import { LEDGER_STREAM } from './entry.ts'
import type { Entry } from './entry.ts'
import { HeadsTree } from './heads.ts'
import type { StreamHead } from './heads.ts'
import { CheckFailure } from './verdict.ts'
import { headsOf } from './verify-proofs.ts'

/** Follows the heads entries of a log. */
export class HeadsAudit {
  readonly #tree = new HeadsTree()
  #size = 0
  #since: { index: number; head: StreamHead }[] = []

  /** Whether an entry is a heads entry of the log. */
  isHeads({ stream, type }: Entry): boolean {
    return stream === LEDGER_STREAM && type === 'ledger.heads'
  }

  /** Takes note of an entry, by what its stream became. */
  count(index: number, head: StreamHead): void {
    this.#since.push({ index, head })
  }

  /**
   * L4: a heads entry says what is so.
   *
   * @throws CheckFailure
   */
  recount(index: number, entry: Entry): void {
    const heads = headsOf(entry, index)
    if (heads.size <= this.#size) throw new CheckFailure('heads_order', index, { size: heads.size })
    this.#size = heads.size
    const later = this.#since.findIndex((noted) => noted.index >= heads.size)
    const counted = this.#since.splice(0, later < 0 ? this.#since.length : later)
    for (const { head } of counted) this.#tree.set(head)
    const { streams } = this.#tree
    if (streams !== heads.streams || !equalBytes(this.#tree.root(), heads.root)) {
      throw new CheckFailure('heads_mismatch', index, { size: heads.size, counted: heads.streams, streams })
    }
  }
}
