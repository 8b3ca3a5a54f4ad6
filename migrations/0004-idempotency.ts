/**
 * Answers of writes by their Idempotency-Key (S5). A row has no text of the request: a hash of key id, method, path and
 * Idempotency-Key, a keyed hash of the body, and the numbers and hashes of the answer. Kept for 48 hours.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE idempotency (
      request bytea PRIMARY KEY CHECK (octet_length(request) = 32),
      body_hmac bytea NOT NULL CHECK (octet_length(body_hmac) = 32),
      status smallint NOT NULL CHECK (status BETWEEN 200 AND 299),
      answer text COLLATE "C" NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db)
  // Rows come in the order of time, so a summary of page ranges finds the old ones at next to no cost for a write.
  await sql`CREATE INDEX idempotency_created_at ON idempotency USING brin (created_at)`.execute(db)
  await sql`GRANT SELECT, INSERT, DELETE ON idempotency TO trust_ledger_app`.execute(db)
}
