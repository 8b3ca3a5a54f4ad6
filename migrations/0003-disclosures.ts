/** The only table that ever holds redactable values and their salts: erasing is deleting here, and nowhere else. */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // No foreign key: it costs each write of a text a tenth, entries are never taken out, and fsck compares the digests.
  // A digest is base64url of 32 bytes; a disclosure is at most 16,384 bytes.
  await sql`
    CREATE TABLE disclosure (
      entry_index bigint NOT NULL,
      digest text COLLATE "C" NOT NULL CHECK (octet_length(digest) = 43),
      body text COLLATE "C" NOT NULL CHECK (octet_length(body) BETWEEN 1 AND 16384),
      PRIMARY KEY (entry_index, digest)
    )`.execute(db)
  await sql`GRANT SELECT, INSERT, DELETE ON disclosure TO trust_ledger_app`.execute(db)
}
