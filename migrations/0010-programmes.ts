/**
 * Points programmes: their terms, their rules, and the people who take part, of whom nothing is kept here that names
 * them. What stands in `holder` can be computed again from the log; secrets, the consent and what a holder told us of
 * himself stand beside it.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createProgrammes(db)
  await createHolders(db)
  await sql`GRANT SELECT, INSERT, UPDATE ON programme TO trust_ledger_app`.execute(db)
  await sql`GRANT SELECT, INSERT ON earning_rule, holder TO trust_ledger_app`.execute(db)
  await sql`GRANT UPDATE (withdrawn_index) ON earning_rule TO trust_ledger_app`.execute(db)
  await sql`GRANT SELECT, INSERT, UPDATE ON holder_secret TO trust_ledger_app`.execute(db)
  await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON holder_contact TO trust_ledger_app`.execute(db)
}

async function createProgrammes(db: Kysely<unknown>): Promise<void> {
  // `state`: what the entries say so far, without the totals (those are in programme_balance), since entry changed_index.
  await sql`
    CREATE TABLE programme (
      id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9-]+$' AND octet_length(id) <= 40),
      brand text COLLATE "C" NOT NULL REFERENCES brand (slug),
      entry_index bigint NOT NULL UNIQUE REFERENCES entry (index),
      changed_index bigint NOT NULL CHECK (changed_index >= entry_index),
      state json NOT NULL
    ) WITH (fillfactor = 50)`.execute(db)
  await sql`CREATE INDEX programme_brand ON programme (brand)`.execute(db)
  // ER3: a version is written once; only that it was withdrawn is added.
  await sql`
    CREATE TABLE earning_rule (
      programme text COLLATE "C" NOT NULL REFERENCES programme (id),
      rule text COLLATE "C" NOT NULL CHECK (rule ~ '^[a-z0-9-]{1,40}$'),
      version integer NOT NULL CHECK (version >= 1),
      entry_index bigint NOT NULL UNIQUE REFERENCES entry (index),
      per_holder_max bigint,
      withdrawn_index bigint UNIQUE REFERENCES entry (index),
      PRIMARY KEY (programme, rule, version),
      CHECK (withdrawn_index > entry_index)
    )`.execute(db)
  await sql`CREATE INDEX earning_rule_capped ON earning_rule (rule) WHERE per_holder_max IS NOT NULL`.execute(db)
  await sql`
    CREATE FUNCTION withdraw_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF OLD.withdrawn_index IS NOT NULL AND NEW.withdrawn_index IS DISTINCT FROM OLD.withdrawn_index THEN
        RAISE EXCEPTION 'ER3: a rule is withdrawn once' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER withdraw_once BEFORE UPDATE ON earning_rule FOR EACH ROW EXECUTE FUNCTION withdraw_once()`.execute(
    db,
  )
}

async function createHolders(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE holder (
      id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^H-[0-9A-HJKMNP-TV-Z]{20}$'),
      programme text COLLATE "C" NOT NULL REFERENCES programme (id),
      entry_index bigint NOT NULL UNIQUE REFERENCES entry (index),
      UNIQUE (id, programme)
    )`.execute(db)
  await sql`CREATE INDEX holder_programme ON holder (programme, id)`.execute(db)
  // The codes themselves are nowhere. `commitment` and `screen_key` follow from the view code and change with it.
  await sql`
    CREATE TABLE holder_secret (
      holder text COLLATE "C" PRIMARY KEY REFERENCES holder (id),
      view_hash bytea NOT NULL UNIQUE CHECK (octet_length(view_hash) = 32),
      spend_hash bytea NOT NULL UNIQUE CHECK (octet_length(spend_hash) = 32),
      commitment text COLLATE "C" NOT NULL UNIQUE CHECK (octet_length(commitment) = 43),
      screen_key bytea NOT NULL UNIQUE CHECK (octet_length(screen_key) = 32),
      staff_key text COLLATE "C" REFERENCES admin_key (id),
      thanks boolean NOT NULL DEFAULT false
    )`.execute(db)
  await sql`
    CREATE TABLE holder_contact (
      holder text COLLATE "C" PRIMARY KEY REFERENCES holder (id),
      contact text NOT NULL CHECK (octet_length(contact) BETWEEN 1 AND 4000)
    )`.execute(db)
}
