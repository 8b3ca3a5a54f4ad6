/**
 * Approvals by a second person: which request (as an HMAC, since requests hold texts that must be erasable), by which
 * key, until when, and the one entry that used it. A trigger on the log demands them: A1 what needs a second key has one
 * once the brand has two reviewers in force; A2 an approval is used once, by another key than its own, in time.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE approval (
      id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^ap_[0-9a-zA-Z_-]{8,60}$'),
      tag bytea NOT NULL CHECK (octet_length(tag) = 32),
      key_id text COLLATE "C" NOT NULL REFERENCES admin_key (id),
      brand text COLLATE "C" NOT NULL REFERENCES brand (slug),
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
      used_index bigint UNIQUE REFERENCES entry (index)
    )`.execute(db)
  await sql`
    CREATE INDEX admin_key_reviewer ON admin_key (brand) WHERE role = 'reviewer' AND revoked_index IS NULL`.execute(db)
  await guardApprovals(db)
  await guardEntries(db)
  await sql`GRANT SELECT, INSERT ON approval TO trust_ledger_app`.execute(db)
  await sql`GRANT UPDATE (used_index) ON approval TO trust_ledger_app`.execute(db)
}

async function guardApprovals(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION guard_approval() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF TG_OP = 'UPDATE' AND (OLD.used_index IS NOT NULL OR NEW.used_index IS NULL OR OLD.expires_at <= now()
          OR (NEW.id, NEW.tag, NEW.key_id, NEW.brand, NEW.created_at, NEW.expires_at)
            IS DISTINCT FROM (OLD.id, OLD.tag, OLD.key_id, OLD.brand, OLD.created_at, OLD.expires_at)) THEN
        RAISE EXCEPTION 'A2: approval % is used or expired', OLD.id USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      IF (TG_OP = 'INSERT' AND NEW.used_index IS NOT NULL) OR NOT EXISTS (
          SELECT 1 FROM admin_key k WHERE k.id = NEW.key_id AND k.role = 'reviewer' AND k.brand = NEW.brand
            AND k.revoked_index IS NULL) THEN
        RAISE EXCEPTION 'A2: only a reviewer in force approves' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER guard_approval BEFORE INSERT OR UPDATE ON approval
    FOR EACH ROW EXECUTE FUNCTION guard_approval()`.execute(db)
  await sql`
    CREATE TRIGGER never_taken_back BEFORE DELETE OR TRUNCATE ON approval
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
}

/**
 * Looked at when the transaction ends, because the approval is marked as used after the entry is there. Most entries
 * never get to that: the bytes are canonical, so what it is about can be seen in them as it stands. The condition is a
 * function because PostgreSQL sets a condition up again for every statement, and remembers a function: written out, it
 * took twice as long for a statement that appends one entry.
 */
async function guardEntries(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION concerns_second_key(bytes bytea) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
      RETURN position('"approvedBy":'::bytea IN bytes) > 0
        OR position('"kind":"safety_instruction"'::bytea IN bytes) > 0
        OR position('"kind":"recall_'::bytea IN bytes) > 0
        OR position('"kind":"closed"'::bytea IN bytes) > 0
        OR position('"narrowingReason":'::bytea IN bytes) > 0;
    END $$`.execute(db)
  await sql`
    CREATE FUNCTION demand_second_key() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        entry jsonb := convert_from(NEW.bytes, 'UTF8')::jsonb;
        kind text := entry->'data'->>'kind';
        approver text := entry->'data'->>'approvedBy';
        needed boolean := entry->>'type' = 'milestone.recorded' AND (kind IN ('safety_instruction', 'closed')
          OR kind LIKE 'recall\\_%' OR entry->'data' ? 'narrowingReason');
      BEGIN
        IF approver IS NOT NULL AND (approver = entry->'actor'->>'id' OR NOT EXISTS (
            SELECT 1 FROM approval a WHERE a.used_index = NEW.index AND a.key_id = approver
              AND a.brand = entry->>'brand')) THEN
          RAISE EXCEPTION 'A2: entry % names an approval that is not there', NEW.index
            USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF needed AND approver IS NULL AND (SELECT count(*) FROM admin_key k WHERE k.brand = entry->>'brand'
            AND k.role = 'reviewer' AND k.revoked_index IS NULL) >= 2 THEN
          RAISE EXCEPTION 'A1: entry % needs a second key', NEW.index
            USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
      END $$`.execute(db)
  await sql`
    CREATE CONSTRAINT TRIGGER demand_second_key AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.stream LIKE 'crisis:%' AND concerns_second_key(NEW.bytes))
    EXECUTE FUNCTION demand_second_key()`.execute(db)
}
