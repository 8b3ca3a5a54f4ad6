/**
 * Erasing what a holder told us of himself, down to the files: a deleted row lies dead in the table's file, and ANALYZE
 * keeps samples of the column. As for disclosures (0022), but of contacts the log knows nothing: a row here says only that
 * something was erased and since when it is owed that nothing is left, not of whom.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE contact_erasure (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      owed_since timestamptz NOT NULL DEFAULT clock_timestamp(),
      gone_at timestamptz CHECK (gone_at >= owed_since)
    )`.execute(db)
  await sql`CREATE INDEX contact_erasure_owed ON contact_erasure (id) WHERE gone_at IS NULL`.execute(db)
  await sql`
    CREATE TRIGGER never_forgotten BEFORE DELETE OR TRUNCATE ON contact_erasure
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
  await oweByEachErasure(db)
  await oweWhatWasErasedBefore(db)
  // Naming the type again takes away what statistics have kept so far.
  await sql`ALTER TABLE holder_contact ALTER COLUMN contact TYPE text COLLATE "C"`.execute(db)
  await sql`ALTER TABLE holder_contact ALTER COLUMN contact SET STATISTICS 0`.execute(db)
  await grantRights(db)
}

/** By the database, so that no way of taking a contact away forgets it. */
async function oweByEachErasure(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION owe_contact_erasure() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO contact_erasure DEFAULT VALUES;
      RETURN NULL;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER owe_contact_erasure AFTER DELETE OR UPDATE ON holder_contact
    FOR EACH ROW EXECUTE FUNCTION owe_contact_erasure()`.execute(db)
}

/** Nobody noted what was erased before this table: wherever there are holders, the table is written anew once. */
async function oweWhatWasErasedBefore(db: Kysely<unknown>): Promise<void> {
  await sql`
    INSERT INTO contact_erasure (owed_since) SELECT clock_timestamp() WHERE EXISTS (SELECT FROM holder)`.execute(db)
}

async function grantRights(db: Kysely<unknown>): Promise<void> {
  await sql`GRANT SELECT, INSERT ON contact_erasure TO trust_ledger_app`.execute(db)
  await sql`GRANT UPDATE (gone_at) ON contact_erasure TO trust_ledger_app`.execute(db)
  await sql`
    DO $$ BEGIN
      IF current_setting('server_version_num')::int >= 170000 THEN
        EXECUTE 'GRANT MAINTAIN ON holder_contact TO trust_ledger_app';
      END IF;
    END $$`.execute(db)
}
