/**
 * What was erased and corrected, as the entries say, and what is still owed of an erasure. The first three tables are
 * projections that only grow; `erasure_duty` says since when dead rows or the bytes of a file are owed to be gone, and
 * when they were, so that the duty survives restarts and falls to whichever instance runs.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createRegister(db)
  await createEvidenceCopies(db)
  await createDuty(db)
  await fillFromLog(db)
  await keepValuesOutOfStatistics(db)
  await grantRights(db)
}

/** N2: a person's reason stands on something: a withdrawn consent or a case, whose digest the entry carries (`xd`). */
async function createRegister(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE erasure (
      registered_index bigint PRIMARY KEY REFERENCES entry (index),
      entry_index bigint NOT NULL REFERENCES entry (index) CHECK (entry_index < registered_index),
      digest text COLLATE "C" NOT NULL CHECK (octet_length(digest) = 43),
      stream text COLLATE "C" NOT NULL REFERENCES stream (name),
      reason text NOT NULL,
      has_basis boolean NOT NULL,
      recorded_at timestamptz NOT NULL,
      UNIQUE (entry_index, digest),
      CHECK (has_basis OR reason NOT IN ('consent_withdrawn', 'erasure_request'))
    )`.execute(db)
  await sql`
    CREATE TABLE correction (
      registered_index bigint PRIMARY KEY REFERENCES entry (index),
      entry_index bigint NOT NULL,
      stream text COLLATE "C" NOT NULL REFERENCES stream (name),
      reason text NOT NULL,
      recorded_at timestamptz NOT NULL
    )`.execute(db)
}

/** Each entry that put a file on record: the bytes go when the last of them is registered as erased. */
async function createEvidenceCopies(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE evidence_copy (
      entry_index bigint PRIMARY KEY REFERENCES entry (index),
      sha256 text COLLATE "C" NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
      digest text COLLATE "C" NOT NULL CHECK (octet_length(digest) = 43),
      stream text COLLATE "C" NOT NULL REFERENCES stream (name)
    )`.execute(db)
  await sql`CREATE INDEX evidence_copy_sha256 ON evidence_copy (sha256)`.execute(db)
}

async function createDuty(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE erasure_duty (
      registered_index bigint PRIMARY KEY REFERENCES erasure (registered_index),
      owed_since timestamptz NOT NULL DEFAULT clock_timestamp(),
      gone_at timestamptz CHECK (gone_at >= owed_since)
    )`.execute(db)
  await sql`CREATE INDEX erasure_duty_owed ON erasure_duty (registered_index) WHERE gone_at IS NULL`.execute(db)
  for (const table of ['erasure', 'correction', 'evidence_copy']) {
    await sql`
      CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${sql.table(table)}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
  }
  await sql`
    CREATE TRIGGER never_forgotten BEFORE DELETE OR TRUNCATE ON erasure_duty
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
}

/** A log that is older than these tables. */
async function fillFromLog(db: Kysely<unknown>): Promise<void> {
  await sql`
    INSERT INTO correction
    SELECT index, (said->'data'->>'corrects')::bigint, stream, said->'data'->>'reason', (said->>'recordedAt')::timestamptz
    FROM (SELECT index, stream, convert_from(bytes, 'UTF8')::json AS said FROM entry) AS e
    WHERE said->>'type' = 'correction.recorded'`.execute(db)
  await sql`
    INSERT INTO evidence_copy
    SELECT index, sha256, rtrim(translate(encode(decode(sha256, 'hex'), 'base64'), '+/', '-_'), '='), stream
    FROM (SELECT index, stream, convert_from(bytes, 'UTF8')::json AS said FROM entry) AS e,
      LATERAL (SELECT said->'data'->>'sha256' AS sha256) AS f
    WHERE said->>'type' = 'evidence.recorded'`.execute(db)
}

/**
 * ANALYZE keeps samples of columns in pg_statistic: of values that were erased too. It must never look at this one.
 * Naming the type again takes away what it has kept so far.
 */
async function keepValuesOutOfStatistics(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE disclosure ALTER COLUMN body TYPE text COLLATE "C"`.execute(db)
  await sql`ALTER TABLE disclosure ALTER COLUMN body SET STATISTICS 0`.execute(db)
}

/**
 * VACUUM FULL needs MAINTAIN on the table (PostgreSQL 17 and later), CHECKPOINT the role pg_checkpoint (15 and later),
 * which only a superuser can grant. Where that cannot be had, the service says so and waits for the server's own.
 */
async function grantRights(db: Kysely<unknown>): Promise<void> {
  await sql`GRANT SELECT, INSERT ON erasure, correction, evidence_copy, erasure_duty TO trust_ledger_app`.execute(db)
  await sql`GRANT UPDATE (gone_at) ON erasure_duty TO trust_ledger_app`.execute(db)
  await sql`
    DO $$ BEGIN
      IF current_setting('server_version_num')::int >= 170000 THEN
        EXECUTE 'GRANT MAINTAIN ON disclosure TO trust_ledger_app';
      END IF;
    END $$`.execute(db)
  await sql`
    DO $$ BEGIN
      IF NOT pg_has_role('trust_ledger_app', 'pg_checkpoint', 'MEMBER') THEN
        EXECUTE 'GRANT pg_checkpoint TO trust_ledger_app';
      END IF;
    EXCEPTION WHEN undefined_object OR insufficient_privilege OR internal_error THEN NULL;
    END $$`.execute(db)
}
