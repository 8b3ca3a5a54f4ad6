/**
 * Double entry. The service writes transfers and, for each side that is a holder's, the balance that it recorded in the
 * log; the database books them by itself and refuses the whole statement when it arrives at other balances. Accounts,
 * tranches and totals are written by nobody else.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createAccounts(db)
  await createTransfers(db)
  await createBooking(db)
  await createOpenings(db)
  await sql`GRANT SELECT ON account, tranche, programme_balance TO trust_ledger_app`.execute(db)
  await sql`GRANT SELECT, INSERT ON transfer, opening TO trust_ledger_app`.execute(db)
}

async function createAccounts(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE account (
      holder text COLLATE "C" PRIMARY KEY REFERENCES holder (id),
      programme text COLLATE "C" NOT NULL,
      available bigint NOT NULL DEFAULT 0 CHECK (available BETWEEN 0 AND 9007199254740991),
      pending bigint NOT NULL DEFAULT 0 CHECK (pending BETWEEN 0 AND 9007199254740991),
      held bigint NOT NULL DEFAULT 0 CHECK (held BETWEEN 0 AND 9007199254740991),
      version bigint NOT NULL DEFAULT 0
    ) WITH (fillfactor = 70)`.execute(db)
  await sql`
    CREATE TABLE tranche (
      grant_index bigint PRIMARY KEY,
      holder text COLLATE "C" NOT NULL,
      remaining bigint NOT NULL CHECK (remaining >= 0),
      expires_at timestamptz
    ) WITH (fillfactor = 70)`.execute(db)
  await sql`CREATE INDEX tranche_holder ON tranche (holder, expires_at) WHERE remaining > 0`.execute(db)
  await sql`CREATE INDEX tranche_expiry ON tranche (expires_at) WHERE remaining > 0`.execute(db)
  // P1: issued is what is owed, was redeemed or has expired, less what the brand took upon itself.
  await sql`
    CREATE TABLE programme_balance (
      programme text COLLATE "C" PRIMARY KEY REFERENCES programme (id),
      issuance bigint NOT NULL DEFAULT 0 CHECK (issuance BETWEEN -9007199254740991 AND 0),
      available bigint NOT NULL DEFAULT 0 CHECK (available >= 0),
      pending bigint NOT NULL DEFAULT 0 CHECK (pending >= 0),
      held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
      redeemed bigint NOT NULL DEFAULT 0 CHECK (redeemed >= 0),
      expired bigint NOT NULL DEFAULT 0 CHECK (expired >= 0),
      forfeited bigint NOT NULL DEFAULT 0 CHECK (forfeited <= 0),
      CHECK (issuance + available + pending + held + redeemed + expired + forfeited = 0)
    ) WITH (fillfactor = 50)`.execute(db)
}

/** L1, L2; P2: a transfer has one holder, so that points cannot go from one to another. */
async function createTransfers(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE transfer (
      entry_index bigint NOT NULL,
      posting smallint NOT NULL CHECK (posting >= 0),
      programme text COLLATE "C" NOT NULL,
      from_kind text COLLATE "C" NOT NULL,
      to_kind text COLLATE "C" NOT NULL,
      amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
      holder text COLLATE "C",
      from_current bigint CHECK (from_current >= 0),
      from_version bigint CHECK (from_version >= 1),
      to_current bigint CHECK (to_current >= amount),
      to_version bigint CHECK (to_version >= 1),
      tranches json,
      PRIMARY KEY (entry_index, posting),
      CHECK ((from_kind || '-' || to_kind) IN (
        'issuance-pending', 'issuance-available', 'pending-available', 'pending-issuance', 'available-held',
        'held-available', 'held-redeemed', 'redeemed-available', 'available-expired', 'available-issuance',
        'forfeited-issuance')),
      CHECK ((from_version IS NOT NULL) = (from_kind IN ('available', 'pending', 'held'))),
      CHECK ((from_current IS NOT NULL) = (from_version IS NOT NULL)),
      CHECK ((to_version IS NOT NULL) = (to_kind IN ('available', 'pending', 'held'))),
      CHECK ((to_current IS NOT NULL) = (to_version IS NOT NULL)),
      CHECK ((holder IS NOT NULL) = (from_version IS NOT NULL OR to_version IS NOT NULL)),
      CHECK ((tranches IS NOT NULL) = (from_kind = 'available' OR to_kind = 'available'))
    )`.execute(db)
  await sql`
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
}

/**
 * Books the transfers of a statement. SECURITY DEFINER: the role of the service cannot write balances itself.
 *
 * Accounts and tranches are looked up by their keys, one by one, whatever the planner believes: the plan may be as old as
 * the connection, and one that was made for small tables reads all of a large one for every batch.
 */
async function createBooking(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION book_transfers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
      postings bigint;
      of_holders bigint;
      turns bigint;
      does_expire boolean;
      moved bigint := 0;
      moved_now bigint;
      is_right boolean;
    BEGIN
      SELECT count(*), count(holder), coalesce(max(turn) FILTER (WHERE holder IS NOT NULL), 0),
        coalesce(bool_or(to_kind = 'expired'), false)
      INTO postings, of_holders, turns, does_expire
      FROM (SELECT *, row_number() OVER (PARTITION BY holder ORDER BY entry_index, posting) AS turn FROM booked) AS b;
      IF postings = 0 THEN RETURN NULL; END IF;
${sql.raw(BOOK_TOTALS)}
      FOR turn_now IN 1..turns LOOP
${sql.raw(BOOK_ACCOUNTS)}
        moved := moved + moved_now;
      END LOOP;
      IF moved <> of_holders THEN
        RAISE EXCEPTION 'P1: a balance is not the one that was recorded'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
${sql.raw(BOOK_TRANCHES)}
${sql.raw(DEMAND_NOTICE)}
      RETURN NULL;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER book_transfers AFTER INSERT ON transfer REFERENCING NEW TABLE AS booked
    FOR EACH STATEMENT EXECUTE FUNCTION book_transfers()`.execute(db)
}

const KINDS = ['issuance', 'available', 'pending', 'held', 'redeemed', 'expired', 'forfeited'] as const

/** What a posting changes in an account of a kind. */
const changeOf = (kind: string): string => `amount * ((to_kind = '${kind}')::int - (from_kind = '${kind}')::int)`

/** P1: what one account of a programme gives, another one gets; so the sum of all stays zero. */
const BOOK_TOTALS = `
      INSERT INTO programme_balance (programme)
      SELECT programme FROM (SELECT DISTINCT programme FROM booked) AS b
      WHERE NOT EXISTS (SELECT FROM programme_balance p WHERE p.programme = b.programme);
      UPDATE programme_balance p SET ${KINDS.map((kind) => `${kind} = p.${kind} + c.${kind}`).join(', ')}
      FROM (
        SELECT programme, ${KINDS.map((kind) => `sum(${changeOf(kind)}) AS ${kind}`).join(', ')}
        FROM booked GROUP BY programme) AS c
      WHERE p.programme = c.programme;`

/** The balance of an account before a posting, seen from the recorded one after it. */
const balanceOf = (side: 'from_kind' | 'to_kind'): string =>
  `CASE b.${side} WHEN 'available' THEN a.available WHEN 'pending' THEN a.pending ELSE a.held END`

/**
 * P1: one turn, in which each account is moved at most once. It moves only from the balances and the version to which
 * the posting adds; whatever does not is not counted.
 */
const BOOK_ACCOUNTS = `
        WITH b AS MATERIALIZED (
          SELECT *, coalesce(from_version, to_version) - 1 AS known_version,
            num_nonnulls(from_version, to_version) AS sides,
            ${['available', 'pending', 'held'].map((kind) => `${changeOf(kind)} AS ${kind}`).join(', ')}
          FROM (
            SELECT *, row_number() OVER (PARTITION BY holder ORDER BY entry_index, posting) AS turn
            FROM booked WHERE holder IS NOT NULL) AS t
          WHERE turn = turn_now AND (from_version IS NULL OR to_version IS NULL OR to_version = from_version + 1)),
        known AS (
          UPDATE account a
          SET available = a.available + b.available, pending = a.pending + b.pending, held = a.held + b.held,
            version = a.version + b.sides
          FROM b
          WHERE a.holder = b.holder AND a.programme = b.programme AND a.version = b.known_version
            AND (b.from_version IS NULL OR b.from_current + b.amount = ${balanceOf('from_kind')})
            AND (b.to_version IS NULL OR b.to_current - b.amount = ${balanceOf('to_kind')})
          RETURNING 1),
        made AS (
          INSERT INTO account (holder, programme, available, pending, held, version)
          SELECT holder, programme, available, pending, held, sides FROM b
          WHERE known_version = 0 AND from_version IS NULL AND to_current = amount
            AND NOT EXISTS (SELECT FROM account a WHERE a.holder = b.holder)
          RETURNING 1)
        SELECT (SELECT count(*) FROM known) + (SELECT count(*) FROM made) INTO moved_now;`

/** L5: what is available is what is left of its tranches, since both are moved by the same amounts. */
const BOOK_TRANCHES = `
      WITH part AS MATERIALIZED (
        SELECT b.entry_index, b.posting, b.holder, b.to_kind, b.amount AS whole, t.*
        FROM booked b
        LEFT JOIN LATERAL json_to_recordset(b.tranches)
          AS t ("grant" bigint, amount bigint, "expiresAt" timestamptz) ON true
        WHERE b.tranches IS NOT NULL),
      change AS MATERIALIZED (
        SELECT p.grant AS grant_index, p.holder, min(p."expiresAt") AS expires_at,
          sum(CASE WHEN p.to_kind = 'available' THEN p.amount ELSE -p.amount END) AS delta
        FROM part p GROUP BY p.grant, p.holder),
      known AS (
        UPDATE tranche x SET remaining = x.remaining + c.delta FROM change c
        WHERE x.grant_index = c.grant_index AND x.holder = c.holder AND x.expires_at IS NOT DISTINCT FROM c.expires_at
        RETURNING x.grant_index),
      made AS (
        INSERT INTO tranche (grant_index, holder, remaining, expires_at)
        SELECT grant_index, holder, delta, expires_at FROM change c
        WHERE c.delta >= 0 AND NOT EXISTS (SELECT FROM tranche x WHERE x.grant_index = c.grant_index)
        RETURNING grant_index)
      SELECT (SELECT count(*) FROM change) = (SELECT count(*) FROM known) + (SELECT count(*) FROM made)
        AND NOT EXISTS (
          SELECT FROM part GROUP BY entry_index, posting, whole HAVING sum(amount) IS DISTINCT FROM whole OR min(amount) < 1)
      INTO is_right;
      IF NOT is_right THEN
        RAISE EXCEPTION 'L5: a transfer has not the tranches that it names'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;`

/** Nothing expires before its time, nor before a notice has stood for 30 days. The head was moved by the same statement. */
const DEMAND_NOTICE = `
      IF does_expire AND EXISTS (
        SELECT FROM booked b
        CROSS JOIN LATERAL json_to_recordset(b.tranches) AS t ("expiresAt" timestamptz)
        CROSS JOIN log_head h
        WHERE b.to_kind = 'expired' AND NOT EXISTS (
          SELECT FROM expiry_notice n
          WHERE n.programme = b.programme AND n.expires_at = t."expiresAt" AND n.expires_at <= h.last_recorded_at
            AND n.noticed_at <= h.last_recorded_at - interval '30 days'))
      THEN
        RAISE EXCEPTION 'points expire after a notice' USING ERRCODE = 'integrity_constraint_violation';
      END IF;`

/**
 * The private side of entries: what is behind their digests in `xd`. Handed out only to the holder whom it is about;
 * `holder` is null where nobody may know, as with a vote.
 */
async function createOpenings(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE opening (
      entry_index bigint NOT NULL,
      digest text COLLATE "C" NOT NULL CHECK (octet_length(digest) = 43),
      body text COLLATE "C" NOT NULL CHECK (octet_length(body) BETWEEN 1 AND 16384),
      holder text COLLATE "C",
      PRIMARY KEY (entry_index, digest)
    )`.execute(db)
  await sql`CREATE INDEX opening_holder ON opening (holder, entry_index) WHERE holder IS NOT NULL`.execute(db)
  await sql`
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON opening
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`.execute(db)
}
