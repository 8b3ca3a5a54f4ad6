/**
 * Ballots, who may vote in them, and the votes. Who holds which token is kept here alone, and is in no entry: the log
 * proves that every vote is of an entitled token, and nobody can tell from it whose.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createBallots(db)
  await createEntitlements(db)
  await createVotes(db)
  await guardBallots(db)
  await guardEntitlements(db)
  await sql`GRANT SELECT, INSERT ON ballot, entitlement, ballot_token, ballot_cast TO trust_ledger_app`.execute(db)
  await sql`
    GRANT UPDATE (frozen_index, eligible, opened_index, closed_index, tallied_index) ON ballot
    TO trust_ledger_app`.execute(db)
}

async function createBallots(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE ballot (
      entry_index bigint PRIMARY KEY REFERENCES entry (index),
      programme text COLLATE "C" NOT NULL REFERENCES programme (id),
      opens_at timestamptz NOT NULL,
      closes_at timestamptz NOT NULL CHECK (closes_at > opens_at),
      frozen_index bigint UNIQUE CHECK (frozen_index > entry_index),
      eligible bigint CHECK (eligible >= 0),
      opened_index bigint UNIQUE CHECK (opened_index > frozen_index),
      closed_index bigint UNIQUE CHECK (closed_index > opened_index),
      tallied_index bigint UNIQUE CHECK (tallied_index > closed_index),
      UNIQUE (entry_index, programme),
      CHECK ((eligible IS NULL) = (frozen_index IS NULL)),
      CHECK (opened_index IS NULL OR frozen_index IS NOT NULL),
      CHECK (closed_index IS NULL OR opened_index IS NOT NULL),
      CHECK (tallied_index IS NULL OR closed_index IS NOT NULL)
    ) WITH (fillfactor = 50)`.execute(db)
  await sql`CREATE INDEX ballot_programme ON ballot (programme, entry_index)`.execute(db)
  await sql`CREATE INDEX ballot_to_open ON ballot (opens_at) WHERE frozen_index IS NOT NULL AND opened_index IS NULL`.execute(
    db,
  )
  await sql`CREATE INDEX ballot_to_tally ON ballot (closes_at) WHERE opened_index IS NOT NULL AND tallied_index IS NULL`.execute(
    db,
  )
}

/** An entitlement is earned as a grant is, and there is one for each holder and ballot. */
async function createEntitlements(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE entitlement (
      entry_index bigint PRIMARY KEY REFERENCES entry (index),
      ballot bigint NOT NULL,
      programme text COLLATE "C" NOT NULL,
      rule text COLLATE "C" NOT NULL,
      rule_version integer NOT NULL,
      rule_index bigint NOT NULL CHECK (rule_index < entry_index),
      source bigint NOT NULL CHECK (source BETWEEN 0 AND entry_index - 1),
      holder text COLLATE "C" NOT NULL,
      reviewer text COLLATE "C" NOT NULL,
      UNIQUE (ballot, holder),
      UNIQUE (holder, rule, source, programme),
      FOREIGN KEY (ballot, programme) REFERENCES ballot (entry_index, programme),
      FOREIGN KEY (programme, rule, rule_version) REFERENCES earning_rule (programme, rule, version),
      FOREIGN KEY (holder, programme) REFERENCES holder (id, programme)
    )`.execute(db)
  // `commitment`: base64url of SHA-256 of the token. Made before the list is frozen; drawn once.
  await sql`
    CREATE TABLE ballot_token (
      ballot bigint NOT NULL REFERENCES ballot (entry_index),
      holder text COLLATE "C" NOT NULL,
      token text COLLATE "C" NOT NULL UNIQUE,
      commitment text COLLATE "C" NOT NULL CHECK (octet_length(commitment) = 43),
      PRIMARY KEY (ballot, holder),
      UNIQUE (ballot, commitment),
      FOREIGN KEY (ballot, holder) REFERENCES entitlement (ballot, holder)
    )`.execute(db)
  await sql`CREATE INDEX ballot_token_holder ON ballot_token (holder)`.execute(db)
  for (const table of ['entitlement', 'ballot_token']) {
    await sql`
      CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${sql.table(table)}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
  }
}

/** BL2: every cast stays; of one commitment the last counts. */
async function createVotes(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE ballot_cast (
      entry_index bigint PRIMARY KEY REFERENCES entry (index),
      ballot bigint NOT NULL,
      commitment text COLLATE "C" NOT NULL,
      FOREIGN KEY (ballot, commitment) REFERENCES ballot_token (ballot, commitment)
    )`.execute(db)
  await sql`CREATE INDEX ballot_cast_ballot ON ballot_cast (ballot, entry_index)`.execute(db)
  await sql`CREATE INDEX ballot_cast_commitment ON ballot_cast (ballot, commitment)`.execute(db)
  await sql`
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ballot_cast
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
  await sql`
    CREATE FUNCTION guard_casts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF EXISTS (
        SELECT FROM voted v JOIN ballot b ON b.entry_index = v.ballot
        WHERE b.opened_index IS NULL OR b.opened_index > v.entry_index OR b.closed_index < v.entry_index) THEN
        RAISE EXCEPTION 'BL2: the ballot is not open' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NULL;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER guard_casts AFTER INSERT ON ballot_cast REFERENCING NEW TABLE AS voted
    FOR EACH STATEMENT EXECUTE FUNCTION guard_casts()`.execute(db)
}

async function guardBallots(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION guard_ballots() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.frozen_index IS DISTINCT FROM coalesce(OLD.frozen_index, NEW.frozen_index)
        OR NEW.eligible IS DISTINCT FROM coalesce(OLD.eligible, NEW.eligible)
        OR NEW.opened_index IS DISTINCT FROM coalesce(OLD.opened_index, NEW.opened_index)
        OR NEW.closed_index IS DISTINCT FROM coalesce(OLD.closed_index, NEW.closed_index) THEN
        RAISE EXCEPTION 'a ballot takes each step once' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      IF OLD.opened_index IS NULL AND NEW.opened_index IS NOT NULL AND NOT EXISTS (
        SELECT FROM anchor WHERE size > NEW.frozen_index AND size <= NEW.opened_index) THEN
        RAISE EXCEPTION 'BL1: no anchor covers the list of those entitled'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER guard_ballots BEFORE UPDATE ON ballot FOR EACH ROW EXECUTE FUNCTION guard_ballots()`.execute(db)
}

/** BL4 is in the form: an entitlement is given under a rule that gives votes, and has no price. */
async function guardEntitlements(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION guard_entitlements() RETURNS trigger LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off AS $$ BEGIN
      IF EXISTS (
        SELECT FROM entitled e WHERE NOT EXISTS (
          SELECT FROM anchor a WHERE a.size > e.rule_index AND a.size <= e.entry_index)) THEN
        RAISE EXCEPTION 'ER1: no anchor covers the rule' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      IF EXISTS (
        SELECT FROM entitled e JOIN ballot b ON b.entry_index = e.ballot WHERE b.frozen_index < e.entry_index) THEN
        RAISE EXCEPTION 'BL1: the list of those entitled is frozen' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      IF EXISTS (
        SELECT FROM entitled e JOIN holder_secret s ON s.holder = e.holder WHERE s.staff_key = e.reviewer) THEN
        RAISE EXCEPTION 'GR2: the reviewer is the beneficiary' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NULL;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER guard_entitlements AFTER INSERT ON entitlement REFERENCING NEW TABLE AS entitled
    FOR EACH STATEMENT EXECUTE FUNCTION guard_entitlements()`.execute(db)
}
