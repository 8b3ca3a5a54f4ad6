/** Streams and brands: the first projections. Every row can be computed again from the entries, and fsck does. */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // L2, L5: a stream is opened once, by the entry that names it, and its entries are counted without gaps.
  await sql`
    CREATE TABLE stream (
      name text COLLATE "C" PRIMARY KEY,
      brand text COLLATE "C",
      opened_index bigint REFERENCES entry (index),
      count bigint NOT NULL CHECK (count >= 0),
      head bytea CHECK (octet_length(head) = 32),
      last_index bigint,
      CHECK ((opened_index IS NULL) = (name = 'ledger')),
      CHECK ((brand IS NULL) = (name = 'ledger')),
      CHECK ((head IS NULL) = (count = 0) AND (last_index IS NULL) = (count = 0))
    ) WITH (fillfactor = 70)`.execute(db)
  await sql`
    CREATE TABLE brand (
      slug text COLLATE "C" PRIMARY KEY CHECK (slug ~ '^[a-z0-9-]{1,40}$'),
      opened_index bigint NOT NULL UNIQUE REFERENCES entry (index),
      name json NOT NULL,
      legal_name text
    )`.execute(db)
  await sql`GRANT SELECT, INSERT, UPDATE ON stream, brand TO trust_ledger_app`.execute(db)
}
