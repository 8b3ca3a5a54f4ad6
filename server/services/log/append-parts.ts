/**
 * The parts of the one write of an append that most batches do without: a part is in the statement when it has rows. To
 * set up an insert that gets none, with the checks and indexes of its table, costs the server as much as some rows.
 */
import { hex } from '../../../ledger/bytes.ts'
import { arrayLiteral } from './append-pack.ts'
import type { Column, Pack } from './append-pack.ts'
import type { Changes } from './append-write.ts'
import { pointsParts } from './points-write.ts'
import type { WritePart } from './points-write.ts'

/** The parts that have rows, in an order that is always the same, with their long values put into the pack. */
export function partsOf(changes: Changes, pack: Pack): WritePart[] {
  return [
    ...columnsPart('tile', tileText, tileColumns(changes, pack)),
    ...columnsPart('disclosure', disclosureText, disclosureColumns(changes, pack)),
    ...columnsPart('answer', answerText, answerColumns(changes, pack)),
    ...columnsPart('crisis', crisisText, crisisColumns(changes, pack)),
    ...columnsPart('promise', promiseText, promiseColumns(changes)),
    ...columnsPart('opening', openingText, openingColumns(changes, pack)),
    ...pointsParts(changes.rows, changes.from.size, changes.holderSecrets),
    ...rarePart(changes),
  ]
}

function columnsPart(name: string, text: (parameter: number) => string, columns: readonly Column[]): WritePart[] {
  return columns[0]?.length === 0 ? [] : [{ name, text, parameters: columns.map(arrayLiteral) }]
}

function tileText(parameter: number): string {
  return `
    new_tile AS (
      INSERT INTO tile (level, index, hashes, root)
      SELECT t.level, t.index, coalesce(
        CASE WHEN t.level = 0 THEN
          (SELECT string_agg(leaf_hash, ''::bytea ORDER BY e.index) FROM entry e
            WHERE e.index >= t.index * 256 AND e.index < t.index * 256 + 256)
        ELSE
          (SELECT string_agg(below.root, ''::bytea ORDER BY below.index) FROM tile below
            WHERE below.level = t.level - 1 AND below.index >= t.index * 256 AND below.index < t.index * 256 + 256)
        END, ''::bytea) || substring($4 FROM t.at FOR t.length), substring($4 FROM t.at + t.length FOR 32)
      FROM unnest($${parameter}::smallint[], $${parameter + 1}::bigint[], $${parameter + 2}::int[], $${parameter + 3}::int[]) AS t (level, index, at, length))`
}

function tileColumns({ to: { tiles } }: Changes, pack: Pack): Column[] {
  const at = tiles.map(({ added, root }) => pack.add(added, root))
  return [tiles.map(({ level }) => level), tiles.map(({ index }) => index), at, tiles.map(({ added }) => added.length)]
}

function disclosureText(parameter: number): string {
  return `
    new_disclosure AS (
      INSERT INTO disclosure (entry_index, digest, body)
      SELECT index, convert_from(substring($4 FROM at FOR 43), 'UTF8'),
        convert_from(substring($4 FROM at + 43 FOR length), 'UTF8')
      FROM unnest($${parameter}::bigint[], $${parameter + 1}::int[], $${parameter + 2}::int[]) AS _ (index, at, length))`
}

/** Digests and disclosures are base64url: as many bytes as characters. */
function disclosureColumns({ entries }: Changes, pack: Pack): Column[] {
  const rows = entries.flatMap(({ index, disclosures }) => disclosures.map((row) => ({ index, ...row })))
  const at = rows.map(({ digest, body }) => pack.add(digest, body))
  return [rows.map(({ index }) => index), at, rows.map(({ body }) => body.length)]
}

function answerText(parameter: number): string {
  return `
    new_answer AS (
      INSERT INTO idempotency (request, body_hmac, status, answer)
      SELECT substring($4 FROM at FOR 32), substring($4 FROM at + 32 FOR 32), status,
        convert_from(substring($4 FROM at + 64 FOR length), 'UTF8')
      FROM unnest($${parameter}::smallint[], $${parameter + 1}::int[], $${parameter + 2}::int[]) AS _ (status, at, length))`
}

function answerColumns({ answers }: Changes, pack: Pack): Column[] {
  const texts = answers.map(({ stored }) => Buffer.from(JSON.stringify(stored.answer)))
  const at = answers.map(({ request }, i) => pack.add(Buffer.from(request.request, 'hex'), request.bodyHmac, texts[i]!))
  return [answers.map(({ stored }) => stored.status), at, texts.map(({ length }) => length)]
}

function crisisText(parameter: number): string {
  return `
    new_crisis AS (
      INSERT INTO crisis (code, brand, mode, opened_index, state)
      SELECT code, brand, mode, opened_index, convert_from(substring($4 FROM at FOR length), 'UTF8')::json
      FROM unnest($${parameter}::text[], $${parameter + 1}::text[], $${parameter + 2}::text[], $${parameter + 3}::bigint[], $${parameter + 4}::int[], $${parameter + 5}::int[])
        AS _ (code, brand, mode, opened_index, at, length)
      ON CONFLICT (code) DO UPDATE SET state = excluded.state)`
}

function crisisColumns({ rows }: Changes, pack: Pack): Column[] {
  const crises = rows.crisis.changed()
  const states = crises.map(({ state }) => Buffer.from(JSON.stringify(state)))
  return [
    crises.map(({ code }) => code),
    crises.map(({ brand }) => brand),
    crises.map(({ mode }) => mode),
    crises.map(({ openedIndex }) => openedIndex),
    states.map((state) => pack.add(state)),
    states.map(({ length }) => length),
  ]
}

/** Promises and clocks: every update of a live crisis ends one and starts another, so they are not among the rare rows. */
function promiseColumns({ rows }: Changes): Column[] {
  const promises = rows.promise.changed()
  return [
    promises.map(({ stream }) => stream),
    promises.map(({ promise }) => promise),
    promises.map(({ due }) => due),
    promises.map(({ outcomeIndex }) => outcomeIndex),
  ]
}

function promiseText(parameter: number): string {
  return `
    new_promise AS (
      INSERT INTO promise (stream, promise, due, outcome_index)
      SELECT * FROM unnest(
        $${parameter}::text[], $${parameter + 1}::text[], $${parameter + 2}::timestamptz[], $${parameter + 3}::bigint[])
      ON CONFLICT (stream, promise, due) DO UPDATE SET outcome_index = excluded.outcome_index)`
}

/** Openings are written like disclosures, into a table of their own. */
function openingColumns({ entries }: Changes, pack: Pack): Column[] {
  const rows = entries.flatMap(({ index, openings }) => openings.map((row) => ({ index, ...row })))
  const at = rows.map(({ digest, body }) => pack.add(digest, body))
  return [rows.map(({ index }) => index), at, rows.map(({ body }) => body.length), rows.map(({ holder }) => holder)]
}

function openingText(parameter: number): string {
  return `
    new_opening AS (
      INSERT INTO opening (entry_index, digest, body, holder)
      SELECT index, convert_from(substring($4 FROM at FOR 43), 'UTF8'),
        convert_from(substring($4 FROM at + 43 FOR length), 'UTF8'), holder
      FROM unnest($${parameter}::bigint[], $${parameter + 1}::int[], $${parameter + 2}::int[], $${parameter + 3}::text[])
        AS _ (index, at, length, holder))`
}

function rarePart(changes: Changes): WritePart[] {
  const rows = rareRows(changes)
  return rows === undefined ? [] : [{ name: 'rare', text: rareText, parameters: [JSON.stringify(rows)] }]
}

/** What few batches write. */
function rareText(parameter: number): string {
  return `
    new_brand AS (
      INSERT INTO brand (slug, opened_index, name, legal_name, clocks_version, clocks_index, clocks)
      SELECT * FROM json_to_recordset($${parameter}::json->'brand')
        AS _ (slug text, "openedIndex" bigint, name json, "legalName" text, "clocksVersion" int, "clocksIndex" bigint,
          clocks json)
      ON CONFLICT (slug) DO UPDATE
      SET opened_index = excluded.opened_index, name = excluded.name, legal_name = excluded.legal_name,
        clocks_version = excluded.clocks_version, clocks_index = excluded.clocks_index, clocks = excluded.clocks),
    new_product AS (
      INSERT INTO product (gtin, brand, entry_index, name, category)
      SELECT * FROM json_to_recordset($${parameter}::json->'product')
        AS _ (gtin text, brand text, "entryIndex" bigint, name json, category text)
      ON CONFLICT (gtin) DO UPDATE
      SET entry_index = excluded.entry_index, name = excluded.name, category = excluded.category),
    new_batch AS (
      INSERT INTO batch (gtin, lot, entry_index, label)
      SELECT * FROM json_to_recordset($${parameter}::json->'batch')
        AS _ (gtin text, lot text, "entryIndex" bigint, label json)
      ON CONFLICT (gtin, lot) DO UPDATE SET entry_index = excluded.entry_index, label = excluded.label),
    new_crisis_product AS (
      INSERT INTO crisis_product (code, gtin)
      SELECT * FROM json_to_recordset($${parameter}::json->'crisisProduct') AS _ (code text, gtin text)
      ON CONFLICT (code, gtin) DO NOTHING),
    new_evidence AS (
      INSERT INTO evidence (sha256, stream, entry_index, bytes, media_type)
      SELECT * FROM json_to_recordset($${parameter}::json->'evidence')
        AS _ (sha256 text, stream text, "entryIndex" bigint, bytes bigint, "mediaType" text)
      ON CONFLICT (sha256, stream) DO UPDATE
      SET entry_index = excluded.entry_index, bytes = excluded.bytes, media_type = excluded.media_type),
    new_key AS (
      INSERT INTO admin_key (id, role, brand, public_key, opened_index, revoked_index)
      SELECT * FROM json_to_recordset($${parameter}::json->'key')
        AS _ (id text, role text, brand text, "publicKey" text, "openedIndex" bigint, "revokedIndex" bigint)
      ON CONFLICT (id) DO UPDATE SET revoked_index = excluded.revoked_index),
    new_secret AS (
      INSERT INTO admin_secret (key_id, hash)
      SELECT a, decode(b, 'hex') FROM json_to_recordset($${parameter}::json->'secret') AS _ (a text, b text)),
    new_log_key AS (
      INSERT INTO log_key (entry_index, vkey)
      SELECT * FROM json_to_recordset($${parameter}::json->'logKey') AS _ ("entryIndex" bigint, vkey text)),
    new_log_contract AS (
      INSERT INTO log_contract (entry_index, chain_id, contract)
      SELECT * FROM json_to_recordset($${parameter}::json->'logContract')
        AS _ ("entryIndex" bigint, "chainId" bigint, contract text)),
    new_verifier_file AS (
      INSERT INTO verifier_file (entry_index, sha256, lang)
      SELECT * FROM json_to_recordset($${parameter}::json->'verifierFile')
        AS _ ("entryIndex" bigint, sha256 text, lang text)),
    erased AS (
      DELETE FROM disclosure
      WHERE entry_index = ANY (ARRAY(SELECT a FROM json_to_recordset($${parameter}::json->'erased') AS _ (a bigint)))
        AND digest = ANY (ARRAY(SELECT b FROM json_to_recordset($${parameter}::json->'erased') AS _ (b text)))),
    new_erasure AS (
      INSERT INTO erasure (entry_index, digest, registered_index, stream, reason, has_basis, recorded_at)
      SELECT * FROM json_to_recordset($${parameter}::json->'erased')
        AS _ (a bigint, b text, "registeredIndex" bigint, stream text, reason text, "hasBasis" boolean,
          "recordedAt" timestamptz)),
    new_duty AS (
      INSERT INTO erasure_duty (registered_index)
      SELECT "registeredIndex" FROM json_to_recordset($${parameter}::json->'erased') AS _ ("registeredIndex" bigint)),
    new_correction AS (
      INSERT INTO correction (registered_index, entry_index, stream, reason, recorded_at)
      SELECT * FROM json_to_recordset($${parameter}::json->'correction')
        AS _ ("registeredIndex" bigint, "entryIndex" bigint, stream text, reason text, "recordedAt" timestamptz)),
    new_evidence_copy AS (
      INSERT INTO evidence_copy (entry_index, sha256, digest, stream)
      SELECT * FROM json_to_recordset($${parameter}::json->'evidenceCopy')
        AS _ ("entryIndex" bigint, sha256 text, digest text, stream text))`
}

/** Only tables with rows: json_to_recordset of a member that is not there gives none. Undefined when there are no rows. */
function rareRows({ rows, secrets }: Changes): Record<string, unknown> | undefined {
  const rare: Record<string, unknown[]> = {
    brand: rows.brand.changed(),
    product: rows.product.changed(),
    batch: rows.batch.changed(),
    crisisProduct: rows.crisisProduct.changed(),
    evidence: rows.evidence.changed(),
    key: rows.key.changed(),
    secret: secrets.map(({ keyId, hash }) => ({ a: keyId, b: hex(hash) })),
    logKey: rows.logKey.changed(),
    logContract: rows.logContract.changed(),
    verifierFile: rows.verifierFile.changed(),
    erased: rows.erased.changed().map(({ entryIndex, digest, ...row }) => ({ a: entryIndex, b: digest, ...row })),
    correction: rows.correction.changed(),
    evidenceCopy: rows.evidenceCopy.changed(),
  }
  const filled = Object.entries(rare).filter(([, tableRows]) => tableRows.length > 0)
  return filled.length === 0 ? undefined : Object.fromEntries(filled)
}
