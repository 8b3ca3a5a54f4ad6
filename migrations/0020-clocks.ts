/** The clocks that a brand has published: its newest preset, beside the brand that the append reads anyway. */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // CL1: a preset stands in an entry of its own, which counts its version from 1; 0 is the preset of the program.
  await sql`
    ALTER TABLE brand
      ADD COLUMN clocks_version integer NOT NULL DEFAULT 0 CHECK (clocks_version >= 0),
      ADD COLUMN clocks_index bigint UNIQUE REFERENCES entry (index),
      ADD COLUMN clocks json,
      ADD CHECK ((clocks_version = 0) = (clocks_index IS NULL) AND (clocks_version = 0) = (clocks IS NULL))`.execute(db)
  // CL1 once more: a version never goes back.
  await sql`
    CREATE FUNCTION refuse_clock_version() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.clocks_version < OLD.clocks_version THEN
          RAISE EXCEPTION 'CL1: version % of the clocks of % does not follow %',
            NEW.clocks_version, NEW.slug, OLD.clocks_version USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
      END $$`.execute(db)
  await sql`
    CREATE TRIGGER brand_clock_version BEFORE UPDATE ON brand
      FOR EACH ROW EXECUTE FUNCTION refuse_clock_version()`.execute(db)
}
