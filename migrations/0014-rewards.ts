/**
 * Rewards and their redemptions. The service writes what the entries say; how many places are taken is counted here from
 * the redemptions, so that a place cannot be given twice whoever writes (RW1).
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createRewards(db)
  await createRedemptions(db)
  await countPlaces(db)
  await sql`GRANT SELECT, INSERT ON reward, redemption TO trust_ledger_app`.execute(db)
  await sql`
    GRANT UPDATE (version, entry_index, cost, capacity, redeem_from, redeem_until, closed_index) ON reward
    TO trust_ledger_app`.execute(db)
  await sql`GRANT UPDATE (state, outcome_index, refund_index) ON redemption TO trust_ledger_app`.execute(db)
}

async function createRewards(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE reward (
      programme text COLLATE "C" NOT NULL REFERENCES programme (id),
      reward text COLLATE "C" NOT NULL CHECK (reward ~ '^[a-z0-9-]{1,40}$'),
      version integer NOT NULL CHECK (version >= 1),
      entry_index bigint NOT NULL UNIQUE REFERENCES entry (index),
      cost bigint NOT NULL CHECK (cost >= 1),
      capacity bigint NOT NULL CHECK (capacity >= 1),
      redeem_from timestamptz NOT NULL,
      redeem_until timestamptz NOT NULL CHECK (redeem_until > redeem_from),
      closed_index bigint UNIQUE REFERENCES entry (index),
      taken bigint NOT NULL DEFAULT 0,
      PRIMARY KEY (programme, reward),
      CONSTRAINT rw1_never_oversold CHECK (taken BETWEEN 0 AND capacity)
    ) WITH (fillfactor = 50)`.execute(db)
  await sql`
    CREATE FUNCTION reward_only_better() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.cost > OLD.cost OR NEW.capacity < OLD.capacity OR NEW.redeem_from > OLD.redeem_from
        OR NEW.redeem_until < OLD.redeem_until OR NEW.version < OLD.version
        OR (OLD.closed_index IS NOT NULL AND NEW.closed_index IS DISTINCT FROM OLD.closed_index) THEN
        RAISE EXCEPTION 'RW2: a published reward does not become worse' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER reward_only_better BEFORE UPDATE ON reward
    FOR EACH ROW EXECUTE FUNCTION reward_only_better()`.execute(db)
}

async function createRedemptions(db: Kysely<unknown>): Promise<void> {
  // `tranches`: what was taken from which grant, so that what is given back expires when it would have expired.
  await sql`
    CREATE TABLE redemption (
      entry_index bigint PRIMARY KEY REFERENCES entry (index),
      programme text COLLATE "C" NOT NULL,
      reward text COLLATE "C" NOT NULL,
      reward_index bigint NOT NULL CHECK (reward_index < entry_index),
      holder text COLLATE "C" NOT NULL,
      amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
      tranches json NOT NULL,
      hold_until timestamptz NOT NULL,
      state text COLLATE "C" NOT NULL CHECK (state IN ('held', 'confirmed', 'released', 'refunded')),
      outcome_index bigint UNIQUE CHECK (outcome_index > entry_index),
      refund_index bigint UNIQUE CHECK (refund_index > outcome_index),
      FOREIGN KEY (programme, reward) REFERENCES reward (programme, reward),
      FOREIGN KEY (holder, programme) REFERENCES holder (id, programme),
      CHECK ((state = 'held') = (outcome_index IS NULL)),
      CHECK ((state = 'refunded') = (refund_index IS NOT NULL))
    ) WITH (fillfactor = 80)`.execute(db)
  await sql`CREATE INDEX redemption_due ON redemption (hold_until) WHERE state = 'held'`.execute(db)
  await sql`CREATE INDEX redemption_programme ON redemption (programme, entry_index)`.execute(db)
  await sql`CREATE INDEX redemption_holder ON redemption (holder, entry_index)`.execute(db)
  await sql`
    CREATE FUNCTION resolve_redemption_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF (OLD.state || '-' || NEW.state) NOT IN
          ('held-confirmed', 'held-released', 'confirmed-refunded', 'held-refunded')
        OR (OLD.state = 'confirmed' AND NEW.outcome_index IS DISTINCT FROM OLD.outcome_index) THEN
        RAISE EXCEPTION 'a redemption is resolved once' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER resolve_redemption_once BEFORE UPDATE ON redemption
    FOR EACH ROW EXECUTE FUNCTION resolve_redemption_once()`.execute(db)
}

/** SECURITY DEFINER: the role of the service cannot write `taken` itself. */
async function countPlaces(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION take_places() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN
      UPDATE reward r SET taken = r.taken + d.places
      FROM (
        SELECT programme, reward, count(*) AS places FROM new_rows WHERE state IN ('held', 'confirmed')
        GROUP BY programme, reward) AS d
      WHERE r.programme = d.programme AND r.reward = d.reward;
      RETURN NULL;
    END $$`.execute(db)
  await sql`
    CREATE FUNCTION give_places_back() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
      UPDATE reward r SET taken = r.taken - d.places
      FROM (
        SELECT n.programme, n.reward, count(*) AS places FROM new_rows n JOIN old_rows o USING (entry_index)
        WHERE o.state IN ('held', 'confirmed') AND n.state IN ('released', 'refunded')
        GROUP BY n.programme, n.reward) AS d
      WHERE r.programme = d.programme AND r.reward = d.reward;
      RETURN NULL;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER take_places AFTER INSERT ON redemption REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION take_places()`.execute(db)
  await sql`
    CREATE TRIGGER give_places_back AFTER UPDATE ON redemption
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION give_places_back()`.execute(db)
}
