import { monitorEventLoopDelay } from 'node:perf_hooks'
import { sql } from 'kysely'
import t from 'tap'
import { base64url } from '../../../ledger/bytes.ts'
import { headsLeaf, headsRoot, verifyHeadsPath } from '../../../ledger/heads.ts'
import type { StreamHead } from '../../../ledger/heads.ts'
import type { Database } from '../../../server/db/database.ts'
import { HeadsTrees } from '../../../server/services/anchoring/heads-tree.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'

/** Entries whose bytes are only their index: heads look at streams, counts and hashes. Stream i begins at its turn. */
async function insertStreams(database: Database, names: readonly string[]): Promise<void> {
  for (let from = 0; from < names.length; from += 10_000) {
    const page = names.slice(from, from + 10_000)
    await sql`
      INSERT INTO entry (index, stream, seq, bytes, leaf_hash)
      SELECT index, stream, seq, convert_to('entry ' || index, 'UTF8'),
        sha256('\\x00'::bytea || convert_to('entry ' || index, 'UTF8'))
      FROM unnest(${page}::text[], ${page.map((_, i) => from + i)}::bigint[],
        ${page.map((name, i) => seqOf(names, name, from + i))}::bigint[]) AS e (stream, index, seq)`.execute(
      database.kysely,
    )
  }
  await sql`
    INSERT INTO stream (name, brand, opened_index, count, head, last_index)
    SELECT DISTINCT ON (stream) stream, CASE WHEN stream <> 'ledger' THEN 'acme' END,
      CASE WHEN stream <> 'ledger' THEN 0 END, seq, leaf_hash, index
    FROM entry ORDER BY stream, seq DESC`.execute(database.kysely)
}

const counts = new Map<string, number>()
function seqOf(_names: readonly string[], name: string, index: number): number {
  if (index === 0) counts.clear()
  const seq = (counts.get(name) ?? 0) + 1
  counts.set(name, seq)
  return seq
}

/** The slow way: fold all entries below a size. */
async function foldHeads(database: Database, below: number): Promise<StreamHead[]> {
  const rows = await database.kysely
    .selectFrom('entry')
    .selectAll()
    .where('index', '<', below)
    .orderBy('index')
    .execute()
  const heads = new Map<string, StreamHead>()
  for (const { stream, seq, leaf_hash: leafHash } of rows)
    heads.set(stream, { stream, count: seq, head: base64url(leafHash) })
  return [...heads.values()].toSorted((a, b) => (a.stream < b.stream ? -1 : 1))
}

for (const engine of ENGINES) {
  void t.test(`heads as of every size equal a fold of the entries, by root and by path, on ${engine}`, async (t) => {
    const { database } = await openTestDatabase(t, engine)
    const names = [
      'ledger',
      'brand:acme',
      'crisis:b',
      'crisis:A',
      'ledger',
      'brand:acme',
      'crisis:a-1',
      'crisis:A',
      'brand:zoo',
    ]
    await insertStreams(database, names)
    const trees = new HeadsTrees(database.kysely)
    t.teardown(async () => await trees.close())
    for (let below = 1; below <= names.length; below++) {
      const expected = await foldHeads(database, below)
      const { streams, root } = await trees.root(below)
      t.equal(streams, expected.length)
      t.strictSame(root, headsRoot(expected.map(({ stream, count, head }) => headsLeaf(stream, count, head))))
      for (const [index, head] of expected.entries()) {
        const proof = await trees.proof(head.stream, below)
        t.equal(proof?.leaf, index)
        verifyHeadsPath({ ...head, index, streams, path: proof?.path ?? [], root })
      }
    }
    t.equal(await trees.proof('brand:zoo', 3), undefined, 'a stream that began later has no path')
    const [first, second] = await Promise.all([trees.proof('ledger', 2), trees.proof('crisis:b', 4)])
    t.ok(first !== undefined && second !== undefined, 'proofs of trees that were dropped are built again, side by side')
  })
}

void t.test('100,000 streams do not hold the event loop, and their paths verify', async (t) => {
  const { database } = await openTestDatabase(t, 'pglite')
  const names = ['ledger', ...Array.from({ length: 99_999 }, (_, i) => `crisis:CR-${i}`)]
  await insertStreams(database, names)
  const trees = new HeadsTrees(database.kysely)
  t.teardown(async () => await trees.close())
  await trees.root(1)
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const { streams, root } = await trees.root(names.length)
  delay.disable()
  t.equal(streams, names.length)
  t.comment(
    `event-loop delay p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, max ${(delay.max / 1e6).toFixed(1)} ms`,
  )
  for (const stream of ['ledger', 'crisis:CR-0', 'crisis:CR-99998', 'crisis:CR-54321']) {
    const proof = await trees.proof(stream, names.length)
    const row = await database.kysely
      .selectFrom('stream')
      .selectAll()
      .where('name', '=', stream)
      .executeTakeFirstOrThrow()
    const head = { stream, count: row.count, head: base64url(row.head ?? new Uint8Array()) }
    verifyHeadsPath({ ...head, index: proof?.leaf ?? -1, streams, path: proof?.path ?? [], root })
  }
})
