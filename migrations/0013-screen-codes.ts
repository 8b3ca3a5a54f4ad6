/**
 * Codes that a phone showed to a store screen (ledger/README.md, "Screen codes"): each opens the thank-you view once. A
 * row says when somebody stood in a store, so it is kept for ten minutes only, which is longer than a code counts.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE screen_code_used (
      key_id bytea NOT NULL CHECK (octet_length(key_id) = 16),
      nonce bytea NOT NULL CHECK (octet_length(nonce) = 8),
      used_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (key_id, nonce)
    )`.execute(db)
  await sql`CREATE INDEX screen_code_used_at ON screen_code_used (used_at)`.execute(db)
  await sql`CREATE INDEX holder_secret_screen ON holder_secret (substring(screen_key FROM 1 FOR 16))`.execute(db)
  await sql`GRANT SELECT, INSERT, DELETE ON screen_code_used TO trust_ledger_app`.execute(db)
}
