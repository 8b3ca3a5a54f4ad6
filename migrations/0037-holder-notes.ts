/**
 * RC1: the numbers of the entries that concern a holder without moving points are each there once. They stand inside of
 * openings, `["<22 characters of salt>","/holder",{"holder":…,"number":…}]` as base64url: the salt ends where four letters
 * begin anew, so that the name is known by twelve of them, and all other openings cost the index nothing.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION note_number(body text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
      SELECT substring(
        convert_from(decode(rpad(translate(body, '-_', '+/'), (length(body) + 3) / 4 * 4, '='), 'base64'), 'UTF8')
        FROM '"number":([0-9]+)')::bigint
    $$`.execute(db)
  await sql`
    CREATE UNIQUE INDEX opening_note ON opening (holder, note_number(body))
    WHERE substr(body, 37, 12) = 'L2hvbGRlciIs'`.execute(db)
}
