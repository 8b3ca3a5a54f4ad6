/**
 * The leaves of the newest roots of `points.liabilities`, of which holders get proofs. They are written before the entry
 * is, and cleared away when newer roots stand; the log alone says which roots count.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE liability (
      programme text COLLATE "C" NOT NULL REFERENCES programme (id),
      root text COLLATE "C" NOT NULL CHECK (octet_length(root) = 43),
      position bigint NOT NULL CHECK (position >= 0),
      holder text COLLATE "C" NOT NULL REFERENCES holder (id),
      salt text COLLATE "C" NOT NULL CHECK (octet_length(salt) = 22),
      commitment text COLLATE "C" NOT NULL CHECK (octet_length(commitment) = 43),
      balance bigint NOT NULL CHECK (balance BETWEEN 0 AND 9007199254740991),
      staged_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (programme, root, position),
      UNIQUE (programme, root, holder),
      UNIQUE (programme, root, commitment)
    )`.execute(db)
  await sql`
    CREATE TABLE liability_root (
      entry_index bigint PRIMARY KEY REFERENCES entry (index),
      programme text COLLATE "C" NOT NULL REFERENCES programme (id),
      size bigint NOT NULL CHECK (size BETWEEN 1 AND entry_index),
      leaves bigint NOT NULL CHECK (leaves >= 1),
      root text COLLATE "C" NOT NULL CHECK (octet_length(root) = 43),
      sum bigint NOT NULL CHECK (sum BETWEEN 0 AND 9007199254740991)
    )`.execute(db)
  await sql`CREATE INDEX liability_root_programme ON liability_root (programme, entry_index)`.execute(db)
  await sql`
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON liability_root
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
  // A renewed view code makes another leaf of an unchanged balance.
  await sql`
    CREATE TABLE liability_wanted (
      programme text COLLATE "C" PRIMARY KEY REFERENCES programme (id),
      version bigint NOT NULL DEFAULT 1
    )`.execute(db)
  await sql`GRANT SELECT, INSERT ON liability_root TO trust_ledger_app`.execute(db)
  await sql`GRANT SELECT, INSERT, DELETE ON liability TO trust_ledger_app`.execute(db)
  await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON liability_wanted TO trust_ledger_app`.execute(db)
}
