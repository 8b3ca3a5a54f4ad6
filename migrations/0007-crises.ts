/** Crises with their folded state, the products they touch, what they owe, and the evidence on record. */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE crisis (
      code text COLLATE "C" PRIMARY KEY CHECK (code ~ '^CR-[2-9A-HJKMNP-TV-Z]+$' AND octet_length(code) = 11),
      brand text COLLATE "C" NOT NULL REFERENCES brand (slug),
      mode text NOT NULL CHECK (mode IN ('live', 'reconstructed')),
      opened_index bigint NOT NULL UNIQUE REFERENCES entry (index),
      state json NOT NULL
    ) WITH (fillfactor = 50)`.execute(db)
  await sql`CREATE INDEX crisis_brand ON crisis (brand)`.execute(db)
  await sql`
    CREATE TABLE crisis_product (
      code text COLLATE "C" NOT NULL REFERENCES crisis (code),
      gtin text COLLATE "C" NOT NULL,
      PRIMARY KEY (code, gtin)
    )`.execute(db)
  await sql`CREATE INDEX crisis_product_gtin ON crisis_product (gtin)`.execute(db)
  // S4, W4: a due time has one outcome or one miss, never two.
  await sql`
    CREATE TABLE promise (
      stream text COLLATE "C" NOT NULL REFERENCES stream (name),
      promise text COLLATE "C" NOT NULL,
      due timestamptz NOT NULL,
      outcome_index bigint REFERENCES entry (index),
      UNIQUE (stream, promise, due)
    )`.execute(db)
  await sql`CREATE INDEX promise_open ON promise (due) WHERE outcome_index IS NULL`.execute(db)
  await sql`
    CREATE TABLE evidence (
      sha256 text COLLATE "C" NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
      stream text COLLATE "C" NOT NULL REFERENCES stream (name),
      entry_index bigint NOT NULL UNIQUE REFERENCES entry (index),
      bytes bigint NOT NULL CHECK (bytes >= 0),
      media_type text NOT NULL,
      PRIMARY KEY (sha256, stream)
    )`.execute(db)
  await sql`GRANT SELECT, INSERT, UPDATE ON crisis, crisis_product, promise, evidence TO trust_ledger_app`.execute(db)
}
