/**
 * Grants of points, and the notices without which nothing expires. What a grant rests on is judged here a second time:
 * a rule that the chain had before (ER1), a reviewer who is not the one that gets the points (GR2), a source that was on
 * record (GR1), each source once (GR3, L3), never taken back twice (L4), resolved once.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // What foreign keys would ask for each row, guard_grants asks once for all; entries are never taken out.
  await sql`
    CREATE TABLE point_grant (
      entry_index bigint PRIMARY KEY,
      programme text COLLATE "C" NOT NULL,
      rule text COLLATE "C" NOT NULL,
      rule_version integer NOT NULL,
      rule_index bigint NOT NULL CHECK (rule_index < entry_index),
      source bigint NOT NULL CHECK (source BETWEEN 0 AND entry_index - 1),
      holder text COLLATE "C" NOT NULL,
      amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
      reviewer text COLLATE "C" NOT NULL,
      state text COLLATE "C" NOT NULL CHECK (state IN ('pending', 'posted', 'voided', 'lapsed')),
      deadline timestamptz,
      outcome_index bigint,
      reversed bigint NOT NULL DEFAULT 0 CHECK (reversed BETWEEN 0 AND amount),
      expires_at timestamptz,
      UNIQUE (holder, rule, source, programme),
      CHECK ((state = 'pending') = (outcome_index IS NULL)),
      CHECK (state <> 'pending' OR deadline IS NOT NULL),
      CHECK (reversed = 0 OR state = 'posted')
    ) WITH (fillfactor = 80)`.execute(db)
  await sql`CREATE INDEX point_grant_due ON point_grant (deadline) WHERE state = 'pending'`.execute(db)
  await sql`CREATE INDEX anchor_size ON anchor (size)`.execute(db)
  await guardGrants(db)
  await sql`
    CREATE TABLE expiry_notice (
      programme text COLLATE "C" NOT NULL REFERENCES programme (id),
      expires_at timestamptz NOT NULL,
      entry_index bigint NOT NULL UNIQUE REFERENCES entry (index),
      noticed_at timestamptz NOT NULL,
      PRIMARY KEY (programme, expires_at, entry_index)
    )`.execute(db)
  await sql`
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON expiry_notice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
  await sql`GRANT SELECT, INSERT ON point_grant, expiry_notice TO trust_ledger_app`.execute(db)
  await sql`GRANT UPDATE (state, outcome_index, reversed, expires_at) ON point_grant TO trust_ledger_app`.execute(db)
}

async function guardGrants(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION guard_grants() RETURNS trigger LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE anchored bigint;
    BEGIN
      IF NOT EXISTS (SELECT FROM granted) THEN RETURN NULL; END IF;
      SELECT max(size) INTO anchored FROM anchor WHERE size <= (SELECT min(entry_index) FROM granted);
      IF EXISTS (SELECT FROM granted WHERE anchored IS NULL OR rule_index >= anchored) THEN
        RAISE EXCEPTION 'ER1: no anchor covers the rule' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      IF EXISTS (
        SELECT FROM (SELECT DISTINCT programme, rule, rule_version, rule_index, entry_index FROM granted) AS g
        LEFT JOIN earning_rule r ON r.programme = g.programme AND r.rule = g.rule AND r.version = g.rule_version
        WHERE r.entry_index IS DISTINCT FROM g.rule_index OR r.withdrawn_index < g.entry_index) THEN
        RAISE EXCEPTION 'ER3: the rule is another one, or was withdrawn' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      IF EXISTS (
        SELECT FROM granted g
        LEFT JOIN holder h ON h.id = g.holder AND h.programme = g.programme
        LEFT JOIN holder_secret s ON s.holder = g.holder
        WHERE h.id IS NULL OR s.staff_key = g.reviewer) THEN
        RAISE EXCEPTION 'GR2: no holder of this programme, or the reviewer is the beneficiary' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NULL;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER guard_grants AFTER INSERT ON point_grant REFERENCING NEW TABLE AS granted
    FOR EACH STATEMENT EXECUTE FUNCTION guard_grants()`.execute(db)
  await sql`
    CREATE FUNCTION resolve_grant_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF OLD.state <> 'pending'
        AND (NEW.state, NEW.outcome_index, NEW.expires_at) IS DISTINCT FROM (OLD.state, OLD.outcome_index, OLD.expires_at)
      THEN
        RAISE EXCEPTION 'a grant is resolved once' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      IF NEW.reversed < OLD.reversed THEN
        RAISE EXCEPTION 'L4: a reversal is never taken back' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER resolve_grant_once BEFORE UPDATE ON point_grant
    FOR EACH ROW EXECUTE FUNCTION resolve_grant_once()`.execute(db)
}
