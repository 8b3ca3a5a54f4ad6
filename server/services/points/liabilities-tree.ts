/**
 * Sum trees of balances of this instance (ledger/README.md, "Proof of liabilities"): drawn afresh for the entry
 * `points.liabilities`, and built again from the kept rows for the proof of one holder. The hashing runs in a thread of
 * its own; rows go to and fro in pages, so that no request waits for a tree.
 */
import { setImmediate } from 'node:timers/promises'
import { base64url } from '../../../ledger/bytes.ts'
import { HASH_BYTES } from '../../../ledger/hash.ts'
import { QuestionThread } from '../question-thread.ts'
import type { LiabilitiesReply, LiabilitiesRequest, LiabilityRow, OwedBalance } from './liabilities-messages.ts'

/** Rows that go to another thread, or to the database, at once. */
export const PAGE_ROWS = 500

/** A tree that was just drawn. `root`: base64url of the 32 bytes of its hash. */
export type DrawnTree = {
  leaves: number
  root: string
  sum: number
  /** Its rows by position, in pages of PAGE_ROWS. */
  readonly pages: () => AsyncIterable<LiabilityRow[]>
}

/** Builds and keeps trees of balances. One per instance; `close` ends its thread. */
export class LiabilitiesTrees {
  readonly #thread = new QuestionThread<LiabilitiesRequest, LiabilitiesReply>(
    new URL('liabilities-worker.ts', import.meta.url),
    'the liabilities thread',
  )
  /** Trees that are being built again, so that many readers of one root cause one build. */
  readonly #building = new Map<string, Promise<void>>()
  #drawn = 0

  /**
   * Draws a tree over the balances of a programme: fresh salts, random order.
   *
   * @param balances pages of them; at least one balance
   * @throws Error when their sum is above 2^53-1
   */
  async draw(programme: string, balances: AsyncIterable<OwedBalance[]>): Promise<DrawnTree> {
    const tree = `drawn ${this.#drawn++}`
    await this.#thread.ask({ kind: 'begin', tree, programme })
    for await (const rows of balances) await this.#thread.ask({ kind: 'balances', tree, rows })
    const reply = await this.#thread.ask({ kind: 'finish', tree, draw: true })
    if (reply.kind !== 'root') throw new Error('the liabilities thread did not answer with a root')
    const { leaves, root, sum } = reply
    return { leaves, root: hashOf(root), sum, pages: () => this.#pages(tree, leaves) }
  }

  /**
   * The path of a leaf in a tree that was drawn before: values of 40 bytes, the sibling of the leaf first.
   *
   * @param kept how to read the rows of this root in the order of their positions, in pages
   * @throws Error when the rows do not lead to this root
   */
  async proof(
    { programme, root, position }: { programme: string; root: string; position: number },
    kept: () => AsyncIterable<LiabilityRow[]>,
  ): Promise<Uint8Array[]> {
    const tree = `${programme} ${root}`
    let reply = await this.#thread.ask({ kind: 'proof', tree, position })
    if (reply.kind === 'unknown') {
      const building = this.#building.get(tree) ?? this.#build(tree, programme, kept())
      this.#building.set(tree, building)
      await building.finally(() => this.#building.delete(tree))
      reply = await this.#thread.ask({ kind: 'proof', tree, position })
    }
    if (reply.kind !== 'proof') throw new Error('the tree of balances was dropped before its proof was taken')
    return reply.path
  }

  async close(): Promise<void> {
    await this.#thread.close()
  }

  /** After the last page the tree is dropped: readers of receipts build it from the kept rows. */
  async *#pages(tree: string, leaves: number): AsyncIterable<LiabilityRow[]> {
    for (let from = 0; from < leaves; from += PAGE_ROWS) {
      const reply = await this.#thread.ask({ kind: 'page', tree, from, to: from + PAGE_ROWS })
      if (reply.kind !== 'page') throw new Error('the tree of balances was dropped before its rows were taken')
      yield reply.rows
      await setImmediate()
    }
    await this.#thread.ask({ kind: 'drop', tree })
  }

  async #build(tree: string, programme: string, kept: AsyncIterable<LiabilityRow[]>): Promise<void> {
    await this.#thread.ask({ kind: 'begin', tree, programme })
    for await (const rows of kept) await this.#thread.ask({ kind: 'rows', tree, rows })
    const reply = await this.#thread.ask({ kind: 'finish', tree, draw: false })
    if (reply.kind !== 'root' || tree !== `${programme} ${hashOf(reply.root)}`) {
      await this.#thread.ask({ kind: 'drop', tree })
      throw new Error(`the kept balances of ${programme} do not lead to their root`)
    }
  }
}

/** The hash of a value of the tree, whose last 8 bytes are its sum. */
function hashOf(value: Uint8Array): string {
  return base64url(value.subarray(0, HASH_BYTES))
}
