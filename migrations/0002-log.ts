/**
 * The log: where it stands, its entries, its full tiles and the checkpoints that were anchored. Append-only is enforced
 * here twice, by the rights of the role and by triggers that stop the owner too.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createLogHead(db)
  await createLogTables(db)
  await refuseChanges(db)
  await sql`GRANT SELECT, INSERT ON log_head, entry, tile, checkpoint, log_key, log_contract TO trust_ledger_app`.execute(
    db,
  )
  await sql`GRANT UPDATE (size, edge, last_recorded_at) ON log_head TO trust_ledger_app`.execute(db)
}

/** S1: the one row is the lock of the log. I4: the right edge has one hash for each one bit of the size. */
async function createLogHead(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE log_head (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      size bigint NOT NULL CHECK (size BETWEEN 0 AND 9007199254740991),
      edge bytea NOT NULL CHECK (octet_length(edge) = 32 * bit_count(size::bit(64))),
      last_recorded_at timestamptz CHECK (last_recorded_at IS NOT NULL OR size = 0),
      origin text NOT NULL
    ) WITH (fillfactor = 10)`.execute(db)
  // L3: time never runs backward. S6: a size once committed may be signed, so it is never taken back.
  await sql`
    CREATE FUNCTION log_head_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.size < OLD.size OR NEW.last_recorded_at < OLD.last_recorded_at OR NEW.origin <> OLD.origin THEN
        RAISE EXCEPTION 'the log only grows' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER log_head_only_grows BEFORE UPDATE ON log_head
    FOR EACH ROW EXECUTE FUNCTION log_head_only_grows()`.execute(db)
}

async function createLogTables(db: Kysely<unknown>): Promise<void> {
  // L2: per stream each seq once. I3: the database itself computes the leaf hash again. Lengths are not left to the
  // expressions: one that counts takes a step of its own for every character, 10 µs a row instead of 1.
  await sql`
    CREATE TABLE entry (
      index bigint PRIMARY KEY CHECK (index BETWEEN 0 AND 9007199254740990),
      stream text COLLATE "C" NOT NULL CHECK (stream ~ '^(ledger|(brand|crisis|points):[A-Za-z0-9-]+)$'
        AND octet_length(stream) <= position(':' IN stream) + 64),
      seq bigint NOT NULL CHECK (seq >= 1),
      bytes bytea NOT NULL CHECK (octet_length(bytes) BETWEEN 2 AND 65535),
      leaf_hash bytea NOT NULL CHECK (leaf_hash = sha256('\\x00'::bytea || bytes)),
      UNIQUE (stream, seq)
    )`.execute(db)
  // I12: a tile row is written once, when it has all of its 256 hashes. Its root is one hash of the tile above.
  await sql`
    CREATE TABLE tile (
      level smallint NOT NULL CHECK (level BETWEEN 0 AND 6),
      index bigint NOT NULL CHECK (index >= 0),
      hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
      root bytea NOT NULL CHECK (octet_length(root) = 32),
      PRIMARY KEY (level, index)
    )`.execute(db)
  // Hashes do not compress; stored in line would only slow down each reader of the row.
  await sql`ALTER TABLE tile ALTER COLUMN hashes SET STORAGE EXTERNAL`.execute(db)
  await sql`
    CREATE TABLE checkpoint (
      size bigint PRIMARY KEY CHECK (size >= 1),
      root bytea NOT NULL CHECK (octet_length(root) = 32),
      note text NOT NULL
    )`.execute(db)
  await sql`
    CREATE TABLE log_key (
      entry_index bigint PRIMARY KEY REFERENCES entry (index),
      vkey text NOT NULL
    )`.execute(db)
  await sql`
    CREATE TABLE log_contract (
      entry_index bigint PRIMARY KEY REFERENCES entry (index),
      chain_id bigint NOT NULL CHECK (chain_id BETWEEN 1 AND 9007199254740991),
      contract text NOT NULL CHECK (contract ~ '^0x[0-9A-Fa-f]{40}$')
    )`.execute(db)
}

async function refuseChanges(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
    END $$`.execute(db)
  for (const table of ['entry', 'tile', 'checkpoint', 'log_key', 'log_contract']) {
    await sql`
      CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${sql.table(table)}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
  }
  await sql`
    CREATE TRIGGER one_row_for_ever BEFORE DELETE OR TRUNCATE ON log_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
}
