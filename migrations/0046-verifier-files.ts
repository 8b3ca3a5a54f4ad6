/**
 * The checking programs that were ever handed out as one file, verify.html in each language, by their SHA-256: each is
 * named by one entry of stream `ledger`, before anybody can load it.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE verifier_file (
      entry_index bigint PRIMARY KEY REFERENCES entry (index),
      sha256 text NOT NULL UNIQUE CHECK (sha256 ~ '^[0-9a-f]{64}$'),
      lang text NOT NULL
    )`.execute(db)
  await sql`
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON verifier_file
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
  await sql`GRANT SELECT, INSERT ON verifier_file TO trust_ledger_app`.execute(db)
}
