/**
 * The role under which the service works: append-only by the rights of the role, by trigger, by tree, by chain.
 * It owns nothing; each migration grants it what it needs on the tables it makes, and never UPDATE, DELETE or TRUNCATE
 * on tables of the log.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // Roles belong to the whole server: another database of it may have made this one, even at this moment.
  await sql`
    DO $$ BEGIN
      CREATE ROLE trust_ledger_app NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$`.execute(db)
  await sql`
    DO $$ BEGIN
      IF NOT pg_has_role(current_user, 'trust_ledger_app', 'MEMBER') THEN
        EXECUTE format('GRANT trust_ledger_app TO %I', current_user);
      END IF;
    END $$`.execute(db)
  await sql`GRANT USAGE ON SCHEMA public TO trust_ledger_app`.execute(db)
}
