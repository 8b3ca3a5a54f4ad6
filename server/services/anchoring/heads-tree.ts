/**
 * Heads trees of this instance (ledger/README.md, part 12): the tree over every stream as of a size of the log, its
 * root for the `ledger.heads` entry, and the path of a stream for bundles. The hashing runs in a thread of its own;
 * here the rows are read in pages, so that neither the event loop nor the embedded database is held for long.
 *
 * No snapshot is needed for one consistent tree. A stream whose last entry lies below the size stands in its projection
 * as it was then; for any other the last entry below the size is looked up in `entry`, whose rows never change.
 */
import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Tables } from '../../db/tables.ts'
import { base64url } from '../../../ledger/bytes.ts'
import type { StreamHead } from '../../../ledger/heads.ts'
import { QuestionThread } from '../question-thread.ts'
import type { HeadsReply, HeadsRequest } from './heads-messages.ts'

/** The embedded database answers one statement at a time, on the event loop: a page must be short. */
const PAGE_ROWS = 500

export type HeadsRoot = { streams: number; root: Uint8Array }

/** `leaf`: the index of the stream's leaf; `path`: its RFC 6962 audit path, the leaf's sibling first. */
export type HeadsProof = { leaf: number; path: Uint8Array[] }

/** Builds and keeps heads trees. One per instance; `close` ends its thread. */
export class HeadsTrees {
  readonly #kysely: Kysely<Tables>
  readonly #thread: QuestionThread<HeadsRequest, HeadsReply>
  /** Builds under way, so that many readers of one new tree cause one build. */
  readonly #building = new Map<number, Promise<HeadsRoot>>()

  constructor(kysely: Kysely<Tables>) {
    this.#kysely = kysely
    this.#thread = new QuestionThread(new URL('heads-worker.ts', import.meta.url), 'the heads thread')
  }

  /**
   * The root over every stream with an entry below `below`, and how many these are.
   *
   * @param below 1 <= below <= size of the log
   */
  async root(below: number): Promise<HeadsRoot> {
    const running = this.#building.get(below)
    if (running !== undefined) return await running
    const build = this.#build(below).finally(() => this.#building.delete(below))
    this.#building.set(below, build)
    return await build
  }

  /**
   * The path of a stream in the tree as of `below`; undefined when the stream has no entry below it.
   *
   * @param below the `size` in the data of a heads entry of this log
   */
  async proof(stream: string, below: number): Promise<HeadsProof | undefined> {
    let reply = await this.#thread.ask({ kind: 'proof', below, stream })
    if (reply.kind === 'unknown') {
      await this.root(below)
      reply = await this.#thread.ask({ kind: 'proof', below, stream })
    }
    if (reply.kind === 'absent') return undefined
    if (reply.kind !== 'proof') throw new Error('the heads tree was dropped before its proof was taken')
    return { leaf: reply.leaf, path: reply.path }
  }

  async close(): Promise<void> {
    await this.#thread.close()
  }

  async #build(below: number): Promise<HeadsRoot> {
    await this.#thread.ask({ kind: 'begin', below })
    let after = ''
    for (;;) {
      const page = await readStreamHeads(this.#kysely, below, after)
      if (page.heads.length > 0) await this.#thread.ask({ kind: 'rows', below, rows: page.heads })
      if (page.last === undefined) break
      after = page.last
      // The embedded database answers without leaving the event loop for long: let requests have their turn.
      await setImmediate()
    }
    const reply = await this.#thread.ask({ kind: 'finish', below })
    if (reply.kind !== 'root') throw new Error('the heads thread did not answer with a root')
    return { streams: reply.streams, root: reply.root }
  }
}

/**
 * One page of streams after a name, ascending by bytes, as of `below`. `last` is the name to go on from, absent at the
 * end. Streams that began later are left out, so a page may be empty before the end.
 */
async function readStreamHeads(
  kysely: Kysely<Tables>,
  below: number,
  after: string,
): Promise<{ heads: StreamHead[]; last?: string }> {
  const rows = await kysely
    .selectFrom('stream')
    .select(['name', 'count', 'head', 'last_index'])
    .where('name', '>', after)
    .where('count', '>', 0)
    .orderBy('name')
    .limit(PAGE_ROWS)
    .execute()
  const grown = rows.flatMap(({ name, last_index: index }) => (index !== null && index >= below ? [name] : []))
  const earlier = await readEarlierHeads(kysely, below, grown)
  const heads = rows.flatMap(({ name, count, head, last_index: index }) => {
    if (head === null || index === null || index >= below) return earlier.get(name) ?? []
    return { stream: name, count, head: base64url(head) }
  })
  const last = rows.length === PAGE_ROWS ? rows.at(-1)?.name : undefined
  return last === undefined ? { heads } : { heads, last }
}

/** The heads of streams that have grown since, as they were. */
async function readEarlierHeads(
  kysely: Kysely<Tables>,
  below: number,
  streams: readonly string[],
): Promise<Map<string, StreamHead>> {
  if (streams.length === 0) return new Map()
  const { rows } = await sql<{ stream: string; seq: number; leaf_hash: Uint8Array }>`
    SELECT e.stream, e.seq, e.leaf_hash
    FROM unnest(${streams}::text[]) AS s (name) CROSS JOIN LATERAL (
      SELECT stream, seq, leaf_hash FROM entry
      WHERE stream = s.name COLLATE "C" AND index < ${below} ORDER BY seq DESC LIMIT 1
    ) e`.execute(kysely)
  return new Map(
    rows.map(({ stream, seq, leaf_hash: hash }) => [stream, { stream, count: seq, head: base64url(hash) }]),
  )
}
