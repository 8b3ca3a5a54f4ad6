/**
 * The one write of an append (S5, S8): entries, tiles, disclosures, stored answers, projections and the head of the log
 * in one statement. What most batches write comes as arrays, the rest as one JSON text.
 */
import { concat, hex } from '../../../ledger/bytes.ts'
import type { Session, Statement } from '../../db/session.ts'
import type { Idempotency } from './command.ts'
import type { StoredAnswer } from './append-read.ts'
import type { StoredDisclosure } from './draft.ts'
import type { TrackedTables } from './snapshot.ts'

export type NewEntry = {
  index: number
  stream: string
  seq: number
  bytes: Uint8Array
  leafHash: Uint8Array
  disclosures: StoredDisclosure[]
}

/** A tile that this batch fills. `added`: its last hashes, those that the batch makes; the database has the others. */
export type FilledTile = { level: number; index: number; added: Uint8Array; root: Uint8Array }

export type Changes = {
  fromSize: number
  toSize: number
  edge: readonly Uint8Array[]
  recordedAt: string
  entries: readonly NewEntry[]
  tiles: readonly FilledTile[]
  answers: readonly { request: Idempotency; stored: Omit<StoredAnswer, 'bodyHmac'> }[]
  secrets: readonly { keyId: string; hash: Uint8Array }[]
  rows: TrackedTables
}

/**
 * The conditions are written so that indexes are used whatever the planner believes about the sizes of the tables: the
 * plan of a prepared statement may be as old as the connection.
 */
const WRITE: Statement = {
  name: 'append-write',
  text: `
    WITH
    new_entry AS (
      INSERT INTO entry (index, stream, seq, bytes, leaf_hash)
      SELECT * FROM unnest($4::bigint[], $5::text[], $6::bigint[], $7::bytea[], $8::bytea[])),
    new_tile AS (
      INSERT INTO tile (level, index, hashes, root)
      SELECT t.level, t.index, coalesce(
        CASE WHEN t.level = 0 THEN
          (SELECT string_agg(leaf_hash, ''::bytea ORDER BY e.index) FROM entry e
            WHERE e.index >= t.index * 256 AND e.index < t.index * 256 + 256)
        ELSE
          (SELECT string_agg(below.root, ''::bytea ORDER BY below.index) FROM tile below
            WHERE below.level = t.level - 1 AND below.index >= t.index * 256 AND below.index < t.index * 256 + 256)
        END, ''::bytea) || t.added, t.root
      FROM unnest($9::smallint[], $10::bigint[], $11::bytea[], $12::bytea[]) AS t (level, index, added, root)),
    new_disclosure AS (
      INSERT INTO disclosure (entry_index, digest, body) SELECT * FROM unnest($13::bigint[], $14::text[], $15::text[])),
    new_answer AS (
      INSERT INTO idempotency (key_id, method, path, idempotency_key, body_hmac, status, answer)
      SELECT a, b, c, d, e, f, g::json
      FROM unnest($16::text[], $17::text[], $18::text[], $19::text[], $20::bytea[], $21::smallint[], $22::text[])
        AS _ (a, b, c, d, e, f, g)),
    new_stream AS (
      INSERT INTO stream (name, brand, opened_index, count, head, last_index)
      SELECT * FROM unnest($23::text[], $24::text[], $25::bigint[], $26::bigint[], $27::bytea[], $28::bigint[])
      ON CONFLICT (name) DO UPDATE
      SET count = excluded.count, head = excluded.head, last_index = excluded.last_index),
    new_crisis AS (
      INSERT INTO crisis (code, brand, mode, opened_index, state)
      SELECT a, b, c, d, e::json
      FROM unnest($29::text[], $30::text[], $31::text[], $32::bigint[], $33::text[]) AS _ (a, b, c, d, e)
      ON CONFLICT (code) DO UPDATE SET state = excluded.state),
    new_brand AS (
      INSERT INTO brand (slug, opened_index, name, legal_name)
      SELECT * FROM json_to_recordset($34::json->'brand')
        AS _ (slug text, "openedIndex" bigint, name json, "legalName" text)
      ON CONFLICT (slug) DO UPDATE
      SET opened_index = excluded.opened_index, name = excluded.name, legal_name = excluded.legal_name),
    new_product AS (
      INSERT INTO product (gtin, brand, entry_index, name, category)
      SELECT * FROM json_to_recordset($34::json->'product')
        AS _ (gtin text, brand text, "entryIndex" bigint, name json, category text)
      ON CONFLICT (gtin) DO UPDATE
      SET entry_index = excluded.entry_index, name = excluded.name, category = excluded.category),
    new_batch AS (
      INSERT INTO batch (gtin, lot, entry_index, label)
      SELECT * FROM json_to_recordset($34::json->'batch')
        AS _ (gtin text, lot text, "entryIndex" bigint, label json)
      ON CONFLICT (gtin, lot) DO UPDATE SET entry_index = excluded.entry_index, label = excluded.label),
    new_crisis_product AS (
      INSERT INTO crisis_product (code, gtin)
      SELECT * FROM json_to_recordset($34::json->'crisisProduct') AS _ (code text, gtin text)
      ON CONFLICT (code, gtin) DO NOTHING),
    new_promise AS (
      INSERT INTO promise (stream, promise, due, outcome_index)
      SELECT * FROM json_to_recordset($34::json->'promise')
        AS _ (stream text, promise text, due timestamptz, "outcomeIndex" bigint)
      ON CONFLICT (stream, promise, due) DO UPDATE SET outcome_index = excluded.outcome_index),
    new_evidence AS (
      INSERT INTO evidence (sha256, stream, entry_index, bytes, media_type)
      SELECT * FROM json_to_recordset($34::json->'evidence')
        AS _ (sha256 text, stream text, "entryIndex" bigint, bytes bigint, "mediaType" text)
      ON CONFLICT (sha256, stream) DO UPDATE
      SET entry_index = excluded.entry_index, bytes = excluded.bytes, media_type = excluded.media_type),
    new_key AS (
      INSERT INTO admin_key (id, role, brand, public_key, opened_index, revoked_index)
      SELECT * FROM json_to_recordset($34::json->'key')
        AS _ (id text, role text, brand text, "publicKey" text, "openedIndex" bigint, "revokedIndex" bigint)
      ON CONFLICT (id) DO UPDATE SET revoked_index = excluded.revoked_index),
    new_secret AS (
      INSERT INTO admin_secret (key_id, hash)
      SELECT a, decode(b, 'hex') FROM json_to_recordset($34::json->'secret') AS _ (a text, b text)),
    new_log_key AS (
      INSERT INTO log_key (entry_index, vkey)
      SELECT * FROM json_to_recordset($34::json->'logKey') AS _ ("entryIndex" bigint, vkey text)),
    new_log_contract AS (
      INSERT INTO log_contract (entry_index, chain_id, contract)
      SELECT * FROM json_to_recordset($34::json->'logContract')
        AS _ ("entryIndex" bigint, "chainId" bigint, contract text)),
    erased AS (
      DELETE FROM disclosure
      WHERE entry_index = ANY (ARRAY(SELECT a FROM json_to_recordset($34::json->'erased') AS _ (a bigint)))
        AND digest = ANY (ARRAY(SELECT b FROM json_to_recordset($34::json->'erased') AS _ (b text))))
    UPDATE log_head SET size = $2, edge = $3::bytea, last_recorded_at = $35::timestamptz
    WHERE size = $1 RETURNING size`,
}

/**
 * Writes a batch.
 *
 * @throws Error when the head of the log is not where the lock was taken: a bug, and everything is rolled back
 */
export async function writeChanges(session: Session, changes: Changes): Promise<void> {
  const written = await session.query(WRITE, [
    changes.fromSize,
    changes.toSize,
    concat(...changes.edge),
    ...entryParameters(changes),
    ...answerParameters(changes),
    ...streamParameters(changes),
    ...crisisParameters(changes),
    JSON.stringify(rareRows(changes)),
    changes.recordedAt,
  ])
  if (written.length !== 1) throw new Error('S1: the head of the log moved while it was locked')
}

function entryParameters({ entries, tiles }: Changes): unknown[] {
  const disclosures = entries.flatMap(({ index, disclosures }) => disclosures.map((row) => ({ index, ...row })))
  return [
    entries.map(({ index }) => index),
    entries.map(({ stream }) => stream),
    entries.map(({ seq }) => seq),
    entries.map(({ bytes }) => bytes),
    entries.map(({ leafHash }) => leafHash),
    tiles.map(({ level }) => level),
    tiles.map(({ index }) => index),
    tiles.map(({ added }) => added),
    tiles.map(({ root }) => root),
    disclosures.map(({ index }) => index),
    disclosures.map(({ digest }) => digest),
    disclosures.map(({ body }) => body),
  ]
}

function answerParameters({ answers }: Changes): unknown[] {
  return [
    answers.map(({ request }) => request.keyId),
    answers.map(({ request }) => request.method),
    answers.map(({ request }) => request.path),
    answers.map(({ request }) => request.key),
    answers.map(({ request }) => request.bodyHmac),
    answers.map(({ stored }) => stored.status),
    answers.map(({ stored }) => JSON.stringify(stored.answer)),
  ]
}

function streamParameters({ rows }: Changes): unknown[] {
  const streams = rows.stream.changed()
  return [
    streams.map(({ name }) => name),
    streams.map(({ brand }) => brand),
    streams.map(({ openedIndex }) => openedIndex),
    streams.map(({ count }) => count),
    streams.map(({ head }) => head),
    streams.map(({ lastIndex }) => lastIndex),
  ]
}

function crisisParameters({ rows }: Changes): unknown[] {
  const crises = rows.crisis.changed()
  return [
    crises.map(({ code }) => code),
    crises.map(({ brand }) => brand),
    crises.map(({ mode }) => mode),
    crises.map(({ openedIndex }) => openedIndex),
    crises.map(({ state }) => JSON.stringify(state)),
  ]
}

/** Only tables with rows: json_to_recordset of a member that is not there gives none. */
function rareRows({ rows, secrets }: Changes): Record<string, unknown> {
  const rare: Record<string, unknown[]> = {
    brand: rows.brand.changed(),
    product: rows.product.changed(),
    batch: rows.batch.changed(),
    crisisProduct: rows.crisisProduct.changed(),
    promise: rows.promise.changed(),
    evidence: rows.evidence.changed(),
    key: rows.key.changed(),
    secret: secrets.map(({ keyId, hash }) => ({ a: keyId, b: hex(hash) })),
    logKey: rows.logKey.changed(),
    logContract: rows.logContract.changed(),
    erased: rows.erased.changed().map(({ entryIndex, digest }) => ({ a: entryIndex, b: digest })),
  }
  return Object.fromEntries(Object.entries(rare).filter(([, tableRows]) => tableRows.length > 0))
}
