/** Stored answers outside of an append: for requests whose COMMIT was not answered (S7), and their clearing away. */
import { hex } from '../../../ledger/bytes.ts'
import { rootHash } from '../../../ledger/tree.ts'
import type { JsonObject } from '../../../ledger/json.ts'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Database } from '../../db/database.ts'
import type { Statement } from '../../db/session.ts'
import type { Tables } from '../../db/tables.ts'
import { LOCK_LOG } from './append.ts'
import { byteaArray } from './append-pack.ts'
import type { StoredAnswer } from './append-read.ts'
import type { Idempotency } from './command.ts'
import type { Mark } from './high-water.ts'
import { splitHashes } from './tree-growth.ts'

const HEAD: Statement = { name: 'find-answers-head', text: 'SELECT size, edge FROM log_head' }
const FIND: Statement = {
  name: 'find-answers',
  text: 'SELECT request, body_hmac, status, answer FROM idempotency WHERE request = ANY ($1::bytea[])',
}

type AnswerRow = { request: Uint8Array; body_hmac: Uint8Array; status: number; answer: string }

/**
 * The stored answers of requests, and the head of the log that contains them. The lock is waited for first: a COMMIT
 * whose connection was lost may still be under way, and would be missed.
 */
export async function findAnswers(
  database: Database,
  requests: readonly Idempotency[],
): Promise<{ answers: Map<string, StoredAnswer>; head: Mark }> {
  return database.transaction({ isolation: 'read committed', first: LOCK_LOG }, async (session) => {
    const [head] = await session.query<{ size: number; edge: Uint8Array }>(HEAD, [])
    if (head === undefined) throw new Error('S1: the log has no head row: it was not opened')
    const rows = await session.query<AnswerRow>(FIND, [byteaArray(requests.map(({ request }) => request))])
    const answers = new Map<string, StoredAnswer>()
    for (const { request, body_hmac: bodyHmac, status, answer } of rows) {
      answers.set(hex(request), { bodyHmac, status, answer: JSON.parse(answer) as JsonObject })
    }
    return { answers, head: { size: head.size, root: rootHash(splitHashes(head.edge)) } }
  })
}

/** Deletes stored answers that are older than 48 hours; for a timer. Returns how many. */
export async function deleteOldAnswers(db: Kysely<Tables>): Promise<number> {
  const result = await sql`DELETE FROM idempotency WHERE created_at < now() - interval '48 hours'`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}
