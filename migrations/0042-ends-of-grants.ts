/**
 * Two rules of grants once more, by the database itself: the brand does not bear what is held (L4), and nobody ends the
 * waiting of a grant that is their own (GR2; who made it is judged by guard_grants). What is refused here the program
 * refuses before (resolve-grant.ts): this is for the day on which it forgets. Only a reversal that the brand bears, and the
 * outcome of a grant that waited, come here at all.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await refuseToBearWhatIsHeld(db)
  await refuseOwnOutcome(db)
}

/**
 * Looked at when the transaction ends, since balances are booked after the rows are there. What is held by then is not what
 * was held when the entry was written: what the same holder moved after it in the same transaction is taken off again.
 */
async function refuseToBearWhatIsHeld(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION refuse_to_bear_held() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
      DECLARE held_then bigint;
      BEGIN
        SELECT a.held - coalesce((
          SELECT sum(t.amount * ((t.to_kind = 'held')::int - (t.from_kind = 'held')::int))
          FROM transfer t WHERE t.entry_index > NEW.entry_index AND t.holder = a.holder), 0)
        INTO held_then
        FROM entry e
        JOIN point_grant g ON g.entry_index = (convert_from(e.bytes, 'UTF8')::jsonb->'data'->>'grant')::bigint
        JOIN account a ON a.holder = g.holder
        WHERE e.index = NEW.entry_index;
        IF held_then IS DISTINCT FROM 0 THEN
          RAISE EXCEPTION 'L4: the brand bears nothing while points of the holder are held'
            USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
      END $$`.execute(db)
  await sql`
    CREATE CONSTRAINT TRIGGER refuse_to_bear_held AFTER INSERT ON transfer DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.from_kind = 'forfeited') EXECUTE FUNCTION refuse_to_bear_held()`.execute(db)
}

async function refuseOwnOutcome(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION refuse_own_outcome() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$ BEGIN
      IF EXISTS (
        SELECT FROM entry e JOIN holder_secret s ON s.holder = NEW.holder
        WHERE e.index = NEW.outcome_index AND s.staff_key = convert_from(e.bytes, 'UTF8')::jsonb->'actor'->>'id') THEN
        RAISE EXCEPTION 'GR2: whoever decides is the beneficiary' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NULL;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER refuse_own_outcome AFTER UPDATE OF state ON point_grant
    FOR EACH ROW WHEN (OLD.state = 'pending' AND NEW.state <> 'pending') EXECUTE FUNCTION refuse_own_outcome()`.execute(
    db,
  )
}
