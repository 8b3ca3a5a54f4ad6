/** Products and their batches. A1: a code on a pack leads to exactly one product and at most one batch. */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE product (
      gtin text COLLATE "C" PRIMARY KEY CHECK (gtin ~ '^[0-9]{8,14}$'),
      brand text COLLATE "C" NOT NULL REFERENCES brand (slug),
      entry_index bigint NOT NULL UNIQUE REFERENCES entry (index),
      name json NOT NULL,
      category text
    )`.execute(db)
  await sql`CREATE INDEX product_brand ON product (brand)`.execute(db)
  await sql`
    CREATE TABLE batch (
      gtin text COLLATE "C" NOT NULL REFERENCES product (gtin),
      lot text COLLATE "C" NOT NULL CHECK (octet_length(lot) BETWEEN 1 AND 80),
      entry_index bigint NOT NULL UNIQUE REFERENCES entry (index),
      label json,
      PRIMARY KEY (gtin, lot)
    )`.execute(db)
  await sql`GRANT SELECT, INSERT, UPDATE ON product, batch TO trust_ledger_app`.execute(db)
}
