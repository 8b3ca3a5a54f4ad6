/**
 * Proposals and the steps that the brand took with them: a refusal has its reason (PR1), nobody decides on what is their
 * own (PR2), and a missed answer is written down once (PR3).
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createTables(db)
  await guardSteps(db)
  await sql`GRANT SELECT, INSERT ON proposal, proposal_step TO trust_ledger_app`.execute(db)
  await sql`GRANT UPDATE (answered_index, missed_index) ON proposal TO trust_ledger_app`.execute(db)
}

async function createTables(db: Kysely<unknown>): Promise<void> {
  // `author`: the admin key, or `holder`: who sent it.
  await sql`
    CREATE TABLE proposal (
      entry_index bigint PRIMARY KEY REFERENCES entry (index),
      programme text COLLATE "C" NOT NULL REFERENCES programme (id),
      author text COLLATE "C" REFERENCES admin_key (id),
      holder text COLLATE "C",
      answer_due timestamptz NOT NULL,
      answered_index bigint UNIQUE REFERENCES entry (index),
      missed_index bigint UNIQUE REFERENCES entry (index),
      FOREIGN KEY (holder, programme) REFERENCES holder (id, programme),
      CHECK ((author IS NULL) <> (holder IS NULL))
    )`.execute(db)
  await sql`
    CREATE INDEX proposal_due ON proposal (answer_due) WHERE answered_index IS NULL AND missed_index IS NULL`.execute(
    db,
  )
  await sql`CREATE INDEX proposal_holder ON proposal (holder) WHERE holder IS NOT NULL`.execute(db)
  await sql`
    CREATE TABLE proposal_step (
      entry_index bigint PRIMARY KEY REFERENCES entry (index),
      proposal bigint NOT NULL REFERENCES proposal (entry_index),
      step text COLLATE "C" NOT NULL
        CHECK (step IN ('under_review', 'accepted', 'declined', 'merged', 'in_progress', 'shipped')),
      reviewer text COLLATE "C" NOT NULL,
      has_reason boolean NOT NULL,
      CONSTRAINT pr1_reason CHECK (has_reason OR step NOT IN ('declined', 'merged'))
    )`.execute(db)
}

async function guardSteps(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION guard_proposal_steps() RETURNS trigger LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off AS $$ BEGIN
      IF EXISTS (
        SELECT FROM stepped s JOIN proposal p ON p.entry_index = s.proposal
        LEFT JOIN holder_secret h ON h.holder = p.holder
        WHERE s.reviewer = p.author OR s.reviewer = h.staff_key) THEN
        RAISE EXCEPTION 'PR2: the reviewer is the author' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NULL;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER guard_proposal_steps AFTER INSERT ON proposal_step REFERENCING NEW TABLE AS stepped
    FOR EACH STATEMENT EXECUTE FUNCTION guard_proposal_steps()`.execute(db)
  await sql`
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON proposal_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
  await sql`
    CREATE FUNCTION answer_proposal_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.answered_index IS DISTINCT FROM coalesce(OLD.answered_index, NEW.answered_index)
        OR NEW.missed_index IS DISTINCT FROM coalesce(OLD.missed_index, NEW.missed_index) THEN
        RAISE EXCEPTION 'PR3: an answer is given or missed once' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER answer_proposal_once BEFORE UPDATE ON proposal
    FOR EACH ROW EXECUTE FUNCTION answer_proposal_once()`.execute(db)
}
