/**
 * The rules of a crisis once more, by the database itself: the transitions (C1), that the safety instruction comes first
 * (M4), that closing leaves nothing silent (C1, CL4), evidence (W3), a basis for what shows a person (N3); and the second
 * key (A1, A2), which every end of a crisis needs. What is refused here the program refuses before (crisis-rules.ts,
 * milestone-guards.ts): this is for the day on which it forgets. Rules that compare goods or numbers (R1–R3, RC1, FG1)
 * are not repeated: whoever folds the stream marks what breaks them.
 *
 * Only the entries of the stream are asked, since the log alone cannot be rewritten.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createInstants(db)
  await createEvents(db)
  await createTransitions(db)
  await createEndings(db)
  await createOrder(db)
  await demandSecondKeys(db)
  await guardSteps(db)
}

/**
 * The latest instant that a due time or a claimed time allows: an instant, a minute, or a day in a zone, which ends at
 * 24:00 there. No calendar of PostgreSQL has a year 0.
 */
async function createInstants(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION latest_instant(said text, zone text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
      SELECT CASE
        WHEN said LIKE '0000%' THEN '-infinity'
        WHEN length(said) = 10 THEN (said || ' 24:00' || coalesce(zone, '+08:00'))::timestamptz
        ELSE said::timestamptz
      END $$`.execute(db)
  await sql`
    CREATE FUNCTION due_instant(due jsonb) RETURNS timestamptz LANGUAGE sql STABLE AS $$
      SELECT latest_instant(coalesce(due->>'at', due->>'date'), due->>'zone') $$`.execute(db)
}

/** The milestones of a crisis before an entry, and what happened to its commitments, in order. */
async function createEvents(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION told_before(of_stream text, before_seq bigint)
      RETURNS TABLE (seq bigint, kind text, data jsonb, recorded_at timestamptz) LANGUAGE sql STABLE AS $$
        SELECT e.seq, said->'data'->>'kind', said->'data', (said->>'recordedAt')::timestamptz
        FROM entry e, LATERAL (SELECT convert_from(e.bytes, 'UTF8')::jsonb AS said) AS _
        WHERE e.stream = of_stream AND e.seq < before_seq AND said->>'type' = 'milestone.recorded' $$`.execute(db)
  // Within one entry: what it fulfils, moves or gives up stood before; what it promises is new.
  await sql`
    CREATE FUNCTION commitment_events(of_stream text, before_seq bigint)
      RETURNS TABLE (id text, seq bigint, part int, event text) LANGUAGE sql STABLE AS $$
        WITH told AS MATERIALIZED (SELECT * FROM told_before(of_stream, before_seq))
        SELECT data->>'fulfils', seq, 1, 'settled' FROM told WHERE data ? 'fulfils'
        UNION ALL SELECT data->>'of', seq, 2, 'open' FROM told WHERE kind = 'commitment_rescheduled'
        UNION ALL SELECT data->>'of', seq, 3, 'settled' FROM told WHERE kind = 'commitment_abandoned'
        UNION ALL SELECT data->>'promise', seq, 1, 'missed' FROM told WHERE kind = 'commitment_missed'
        UNION ALL SELECT data->>'of', seq, 5, 'explained' FROM told WHERE kind = 'commitment_explained'
        UNION ALL SELECT data->'commitment'->>'id', seq, 4,
            CASE WHEN due_instant(data->'commitment'->'due') > recorded_at THEN 'open' ELSE 'retrospective' END
          FROM told WHERE data ? 'commitment' $$`.execute(db)
}

/** C1: the state that a milestone leads to, and where a crisis stands: no step is there that was not possible. */
async function createTransitions(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION state_of(kind text, data jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
      SELECT coalesce(data->>'state', CASE
        WHEN kind IN ('acknowledged', 'dismissed', 'closed') THEN kind
        WHEN kind = 'reopened' THEN 'investigating'
      END) $$`.execute(db)
  await sql`
    CREATE FUNCTION is_transition(before text, after text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
      SELECT (before, after) IN (('suspected', 'acknowledged'), ('suspected', 'dismissed'),
        ('acknowledged', 'investigating'), ('acknowledged', 'remedying'), ('acknowledged', 'dismissed'),
        ('investigating', 'remedying'), ('remedying', 'investigating'), ('remedying', 'monitoring'),
        ('monitoring', 'closed'), ('monitoring', 'investigating'), ('closed', 'investigating')) $$`.execute(db)
}

/** What is still open when a crisis ends: commitments, misses that nobody explained, look-backs that nobody owes. */
async function createEndings(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION open_commitments(of_stream text, before_seq bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
      SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM (
        SELECT DISTINCT ON (id) id, event FROM commitment_events(of_stream, before_seq)
        WHERE event <> 'explained' ORDER BY id, seq DESC, part DESC) AS last WHERE event = 'open' $$`.execute(db)
  await sql`
    CREATE FUNCTION has_silent_miss(of_stream text, before_seq bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
      WITH happened AS MATERIALIZED (SELECT * FROM commitment_events(of_stream, before_seq))
      SELECT EXISTS (SELECT 1 FROM happened m WHERE m.event = 'missed' AND NOT EXISTS (
        SELECT 1 FROM happened h WHERE h.id = m.id
          AND (h.event = 'settled' OR (h.event IN ('missed', 'explained') AND h.seq > m.seq)))) $$`.execute(db)
  await sql`
    CREATE FUNCTION owes_no_look_back(opened jsonb, closing jsonb, of_stream text, before_seq bigint)
      RETURNS boolean LANGUAGE sql STABLE AS $$
        WITH told AS MATERIALIZED (SELECT data FROM told_before(of_stream, before_seq)),
          gravest AS (SELECT least(opened->>'severity', min(data->>'severity')) AS word FROM told),
          started AS (SELECT jsonb_array_elements(data->'dues')->>'clock' AS clock FROM told WHERE data ? 'dues'
            UNION ALL SELECT jsonb_array_elements(closing->'dues')->>'clock')
        SELECT EXISTS (SELECT 1 FROM gravest,
          jsonb_array_elements_text(opened->'clocks'->'severities'->gravest.word->'lookBacks') AS days
          WHERE NOT EXISTS (SELECT 1 FROM started WHERE clock = 'look_back_' || days)) $$`.execute(db)
}

/**
 * Everything that is demanded of one milestone. Late entries and records of the past are marked by readers instead. What
 * reads the whole stream is asked last and only where it matters: AND looks no further than it must.
 */
async function createOrder(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION has_told(of_stream text, before_seq bigint, wanted text, member text DEFAULT 'kind')
      RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (SELECT 1 FROM told_before(of_stream, before_seq) WHERE kind = wanted AND data ? member) $$`.execute(
    db,
  )
  await sql`
    CREATE FUNCTION broken_end(of_stream text, own_seq bigint, data jsonb, enters text)
      RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN
        IF enters = 'dismissed' AND NOT data ? 'dismissReason' THEN RETURN 'C1: no reason'; END IF;
        IF enters IN ('monitoring', 'closed') AND open_commitments(of_stream, own_seq) <> ARRAY(
            SELECT jsonb_array_elements_text(coalesce(data->'openCommitments', '[]')) AS id ORDER BY id) THEN
          RETURN 'C1: not what is open';
        END IF;
        IF enters = 'closed' AND has_silent_miss(of_stream, own_seq) THEN RETURN 'C1: a miss that nobody explained'; END IF;
        IF enters = 'closed' AND NOT data ? 'noCauseReason' AND NOT has_told(of_stream, own_seq, 'cause_identified') THEN
          RETURN 'C1: no cause';
        END IF;
        RETURN NULL;
      END $$`.execute(db)
  await sql`
    CREATE FUNCTION broken_order(of_stream text, own_seq bigint, data jsonb, enters text, at_stake boolean)
      RETURNS text LANGUAGE plpgsql STABLE AS $$
      DECLARE
        kind text := data->>'kind';
        speaks boolean := kind IN ('apology', 'compensation', 'voice_recorded', 'case_shared', 'improvement_announced');
        remedies boolean := coalesce(enters, '') = 'remedying';
      BEGIN
        IF at_stake AND kind <> 'safety_instruction' AND (speaks OR remedies)
          AND NOT has_told(of_stream, own_seq, 'safety_instruction') THEN RETURN 'M4: no safety instruction before'; END IF;
        IF (kind = 'improvement_shipped' OR data ? 'fulfils') AND coalesce(data->'evidence', '[]') = '[]' THEN
          RETURN 'W3: no evidence';
        END IF;
        IF kind = 'reopened' AND NOT data ? 'trigger' THEN RETURN 'C1: no trigger'; END IF;
        IF remedies AND NOT (kind = 'scope_published' AND data ? 'basis')
          AND NOT has_told(of_stream, own_seq, 'scope_published', 'basis') THEN RETURN 'C1: no scope with a basis'; END IF;
        RETURN broken_end(of_stream, own_seq, data, enters);
      END $$`.execute(db)
  await sql`
    CREATE FUNCTION broken_rule(of_stream text, own_seq bigint, entry jsonb) RETURNS text LANGUAGE plpgsql STABLE AS $$
      DECLARE
        data jsonb := entry->'data';
        kind text := data->>'kind';
        enters text := state_of(kind, data);
        before text;
        opened jsonb := (SELECT convert_from(e.bytes, 'UTF8')::jsonb->'data' FROM entry e
          WHERE e.stream = of_stream AND e.seq = 1);
      BEGIN
        IF enters IS NOT NULL THEN
          before := coalesce((SELECT state_of(t.kind, t.data) FROM told_before(of_stream, own_seq) t
            WHERE state_of(t.kind, t.data) IS NOT NULL ORDER BY t.seq DESC LIMIT 1), 'suspected');
          enters := nullif(enters, before);
        END IF;
        IF NOT is_transition(before, enters) THEN RETURN 'C1: ' || before || ' to ' || enters; END IF;
        IF opened->>'mode' IS DISTINCT FROM 'live' THEN RETURN NULL; END IF;
        IF kind IN ('voice_recorded', 'case_shared') AND NOT data ?| ARRAY['consent', 'personalBasis'] THEN
          RETURN 'N3: nothing allows it to be shown';
        END IF;
        IF enters = 'closed' AND owes_no_look_back(opened, data, of_stream, own_seq) THEN RETURN 'CL4: a look-back'; END IF;
        IF latest_instant(data->>'occurredAt', data->>'zone') + interval '24 h' < (entry->>'recordedAt')::timestamptz THEN
          RETURN NULL;
        END IF;
        RETURN broken_order(of_stream, own_seq, data, enters, opened->>'safety' = 'true');
      END $$`.execute(db)
}

/** A1, A2 as before; and a dismissal ends a crisis, so it needs the second key like closing. */
async function demandSecondKeys(db: Kysely<unknown>): Promise<void> {
  await sql`DROP TRIGGER demand_second_key ON entry`.execute(db)
  await sql`DROP FUNCTION demand_second_key()`.execute(db)
  await sql`DROP FUNCTION concerns_second_key(bytea)`.execute(db)
  await sql`
    CREATE FUNCTION broken_second_key(own_index bigint, entry jsonb) RETURNS text LANGUAGE plpgsql STABLE AS $$
      DECLARE
        kind text := entry->'data'->>'kind';
        approver text := entry->'data'->>'approvedBy';
        needed boolean := entry->>'type' = 'milestone.recorded'
          AND (kind IN ('safety_instruction', 'closed', 'dismissed') OR kind LIKE 'recall\\_%'
            OR entry->'data' ? 'narrowingReason');
      BEGIN
        IF approver IS NOT NULL AND (approver = entry->'actor'->>'id' OR NOT EXISTS (
            SELECT 1 FROM approval a WHERE a.used_index = own_index AND a.key_id = approver
              AND a.brand = entry->>'brand')) THEN
          RETURN 'A2: an approval that is not there';
        END IF;
        IF needed AND approver IS NULL AND (SELECT count(*) FROM admin_key k WHERE k.brand = entry->>'brand'
            AND k.role = 'reviewer' AND k.revoked_index IS NULL) >= 2 THEN
          RETURN 'A1: no second key';
        END IF;
        RETURN NULL;
      END $$`.execute(db)
}

/**
 * Looked at when the transaction ends, because an approval is marked as used after the entry is there. Most entries never
 * get to that: what a milestone is about stands in its canonical bytes, the kind being the first of that name in `data`,
 * with `occurredAt` somewhere after it. The condition is a function because PostgreSQL sets a condition up again for
 * every statement, and remembers a function. Words are told by their first nine bytes, which are compared at once.
 */
async function guardSteps(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION is_guarded_step(bytes bytea) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
      DECLARE
        data bytea := substring(bytes FROM position('"data":{'::bytea IN bytes));
        kind bytea := substring(data FROM position('"kind":"'::bytea IN data) + 8 FOR 9);
      BEGIN
        RETURN kind IN ('safety_in'::bytea, 'recall_in'::bytea, 'recall_ex'::bytea, 'recall_pr'::bytea,
            'recall_co'::bytea, 'closed","'::bytea, 'dismissed'::bytea, 'acknowled'::bytea, 'reopened"'::bytea,
            'apology",'::bytea, 'compensat'::bytea, 'voice_rec'::bytea, 'case_shar'::bytea, 'improveme'::bytea)
          OR position('"approvedBy":'::bytea IN data) > 0 OR position('"fulfils":'::bytea IN data) > 0
          OR position('"narrowingReason":'::bytea IN data) > 0 OR position('"state":"'::bytea IN data) > 0;
      END $$`.execute(db)
  await sql`
    CREATE FUNCTION guard_step() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        entry jsonb := convert_from(NEW.bytes, 'UTF8')::jsonb;
        broken text := broken_second_key(NEW.index, entry);
      BEGIN
        IF broken IS NULL AND entry->>'type' = 'milestone.recorded' THEN
          broken := broken_rule(NEW.stream, NEW.seq, entry);
        END IF;
        IF broken IS NOT NULL THEN
          RAISE EXCEPTION '% (entry % of %)', broken, NEW.seq, NEW.stream USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
      END $$`.execute(db)
  await sql`
    CREATE CONSTRAINT TRIGGER guard_step AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.stream LIKE 'crisis:%' AND is_guarded_step(NEW.bytes))
    EXECUTE FUNCTION guard_step()`.execute(db)
}
