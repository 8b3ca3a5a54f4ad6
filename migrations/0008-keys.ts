/** Keys of the admin API: what is public about them is on record, their secrets are hashed here and nowhere else. */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE admin_key (
      id text COLLATE "C" PRIMARY KEY,
      role text NOT NULL,
      brand text COLLATE "C" REFERENCES brand (slug),
      public_key text,
      opened_index bigint NOT NULL UNIQUE REFERENCES entry (index),
      revoked_index bigint UNIQUE REFERENCES entry (index)
    )`.execute(db)
  await sql`
    CREATE TABLE admin_secret (
      key_id text COLLATE "C" PRIMARY KEY REFERENCES admin_key (id),
      hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32)
    )`.execute(db)
  await sql`GRANT SELECT, INSERT, UPDATE ON admin_key, admin_secret TO trust_ledger_app`.execute(db)
}
