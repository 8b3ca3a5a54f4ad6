/**
 * BL6: a token follows from the view code that the holder has when the list is frozen. So a token of a list that is not
 * frozen may be taken back, when the code is renewed; one of a frozen list never. Tokens that were kept for a list before,
 * and may have outlived their codes, go: they are kept anew when the list is frozen.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`DROP TRIGGER append_only ON ballot_token`.execute(db)
  await sql`
    DELETE FROM ballot_token t USING ballot b WHERE b.entry_index = t.ballot AND b.frozen_index IS NULL`.execute(db)
  await sql`
    CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON ballot_token
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
  await sql`
    CREATE FUNCTION keep_frozen_tokens() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF EXISTS (SELECT FROM ballot b WHERE b.entry_index = OLD.ballot AND b.frozen_index IS NOT NULL) THEN
        RAISE EXCEPTION 'BL1: the list of those entitled is frozen' USING ERRCODE = 'insufficient_privilege';
      END IF;
      RETURN OLD;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER keep_frozen_tokens BEFORE DELETE ON ballot_token
    FOR EACH ROW EXECUTE FUNCTION keep_frozen_tokens()`.execute(db)
  await sql`GRANT DELETE ON ballot_token TO trust_ledger_app`.execute(db)
}
