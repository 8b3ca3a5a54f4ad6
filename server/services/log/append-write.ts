/**
 * The one write of an append (S5, S8): entries, tiles, disclosures, stored answers, projections and the head of the log
 * in one statement. What most batches write comes as arrays and one pack of bytes, the rest as one JSON text.
 */
import { concat, hex } from '../../../ledger/bytes.ts'
import type { Session, Statement } from '../../db/session.ts'
import type { HolderSecret, Idempotency } from './command.ts'
import type { StoredAnswer } from './append-read.ts'
import type { StoredDisclosure, StoredOpening } from './draft.ts'
import { pointsParts } from './points-write.ts'
import type { WritePart } from './points-write.ts'
import type { TrackedTables } from './snapshot.ts'

export type NewEntry = {
  index: number
  stream: string
  seq: number
  bytes: Uint8Array
  leafHash: Uint8Array
  disclosures: StoredDisclosure[]
  openings: StoredOpening[]
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
  holderSecrets: readonly HolderSecret[]
  rows: TrackedTables
}

/** What most batches write. */
const COMMON = `
    new_entry AS (
      INSERT INTO entry (index, stream, seq, bytes, leaf_hash)
      SELECT $1::bigint + place - 1, stream, seq, substring($4::bytea FROM at FOR length),
        substring($4 FROM at + length FOR 32)
      FROM unnest($5::text[], $6::bigint[], $7::int[], $8::int[]) WITH ORDINALITY
        AS _ (stream, seq, at, length, place)),
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
      FROM unnest($9::smallint[], $10::bigint[], $11::int[], $12::int[]) AS t (level, index, at, length)),
    new_disclosure AS (
      INSERT INTO disclosure (entry_index, digest, body)
      SELECT index, convert_from(substring($4 FROM at FOR 43), 'UTF8'),
        convert_from(substring($4 FROM at + 43 FOR length), 'UTF8')
      FROM unnest($13::bigint[], $14::int[], $15::int[]) AS _ (index, at, length)),
    new_answer AS (
      INSERT INTO idempotency (request, body_hmac, status, answer)
      SELECT substring($4 FROM at FOR 32), substring($4 FROM at + 32 FOR 32), status,
        convert_from(substring($4 FROM at + 64 FOR length), 'UTF8')
      FROM unnest($16::smallint[], $17::int[], $18::int[]) AS _ (status, at, length)),
    new_stream AS (
      INSERT INTO stream (name, brand, opened_index, count, head, last_index)
      SELECT name, brand, opened_index, count, substring($4 FROM at FOR 32), last_index
      FROM unnest($19::text[], $20::text[], $21::bigint[], $22::bigint[], $23::int[], $24::bigint[])
        AS _ (name, brand, opened_index, count, at, last_index)
      ON CONFLICT (name) DO UPDATE
      SET count = excluded.count, head = excluded.head, last_index = excluded.last_index),
    new_crisis AS (
      INSERT INTO crisis (code, brand, mode, opened_index, state)
      SELECT code, brand, mode, opened_index, convert_from(substring($4 FROM at FOR length), 'UTF8')::json
      FROM unnest($25::text[], $26::text[], $27::text[], $28::bigint[], $29::int[], $30::int[])
        AS _ (code, brand, mode, opened_index, at, length)
      ON CONFLICT (code) DO UPDATE SET state = excluded.state)`

/** What few batches write. */
const RARE = `
    new_brand AS (
      INSERT INTO brand (slug, opened_index, name, legal_name, clocks_version, clocks_index, clocks)
      SELECT * FROM json_to_recordset($32::json->'brand')
        AS _ (slug text, "openedIndex" bigint, name json, "legalName" text, "clocksVersion" int, "clocksIndex" bigint,
          clocks json)
      ON CONFLICT (slug) DO UPDATE
      SET opened_index = excluded.opened_index, name = excluded.name, legal_name = excluded.legal_name,
        clocks_version = excluded.clocks_version, clocks_index = excluded.clocks_index, clocks = excluded.clocks),
    new_product AS (
      INSERT INTO product (gtin, brand, entry_index, name, category)
      SELECT * FROM json_to_recordset($32::json->'product')
        AS _ (gtin text, brand text, "entryIndex" bigint, name json, category text)
      ON CONFLICT (gtin) DO UPDATE
      SET entry_index = excluded.entry_index, name = excluded.name, category = excluded.category),
    new_batch AS (
      INSERT INTO batch (gtin, lot, entry_index, label)
      SELECT * FROM json_to_recordset($32::json->'batch')
        AS _ (gtin text, lot text, "entryIndex" bigint, label json)
      ON CONFLICT (gtin, lot) DO UPDATE SET entry_index = excluded.entry_index, label = excluded.label),
    new_crisis_product AS (
      INSERT INTO crisis_product (code, gtin)
      SELECT * FROM json_to_recordset($32::json->'crisisProduct') AS _ (code text, gtin text)
      ON CONFLICT (code, gtin) DO NOTHING),
    new_evidence AS (
      INSERT INTO evidence (sha256, stream, entry_index, bytes, media_type)
      SELECT * FROM json_to_recordset($32::json->'evidence')
        AS _ (sha256 text, stream text, "entryIndex" bigint, bytes bigint, "mediaType" text)
      ON CONFLICT (sha256, stream) DO UPDATE
      SET entry_index = excluded.entry_index, bytes = excluded.bytes, media_type = excluded.media_type),
    new_key AS (
      INSERT INTO admin_key (id, role, brand, public_key, opened_index, revoked_index)
      SELECT * FROM json_to_recordset($32::json->'key')
        AS _ (id text, role text, brand text, "publicKey" text, "openedIndex" bigint, "revokedIndex" bigint)
      ON CONFLICT (id) DO UPDATE SET revoked_index = excluded.revoked_index),
    new_secret AS (
      INSERT INTO admin_secret (key_id, hash)
      SELECT a, decode(b, 'hex') FROM json_to_recordset($32::json->'secret') AS _ (a text, b text)),
    new_log_key AS (
      INSERT INTO log_key (entry_index, vkey)
      SELECT * FROM json_to_recordset($32::json->'logKey') AS _ ("entryIndex" bigint, vkey text)),
    new_log_contract AS (
      INSERT INTO log_contract (entry_index, chain_id, contract)
      SELECT * FROM json_to_recordset($32::json->'logContract')
        AS _ ("entryIndex" bigint, "chainId" bigint, contract text)),
    erased AS (
      DELETE FROM disclosure
      WHERE entry_index = ANY (ARRAY(SELECT a FROM json_to_recordset($32::json->'erased') AS _ (a bigint)))
        AND digest = ANY (ARRAY(SELECT b FROM json_to_recordset($32::json->'erased') AS _ (b text)))),
    new_erasure AS (
      INSERT INTO erasure (entry_index, digest, registered_index, stream, reason, has_basis, recorded_at)
      SELECT * FROM json_to_recordset($32::json->'erased')
        AS _ (a bigint, b text, "registeredIndex" bigint, stream text, reason text, "hasBasis" boolean,
          "recordedAt" timestamptz)),
    new_duty AS (
      INSERT INTO erasure_duty (registered_index)
      SELECT "registeredIndex" FROM json_to_recordset($32::json->'erased') AS _ ("registeredIndex" bigint)),
    new_correction AS (
      INSERT INTO correction (registered_index, entry_index, stream, reason, recorded_at)
      SELECT * FROM json_to_recordset($32::json->'correction')
        AS _ ("registeredIndex" bigint, "entryIndex" bigint, stream text, reason text, "recordedAt" timestamptz)),
    new_evidence_copy AS (
      INSERT INTO evidence_copy (entry_index, sha256, digest, stream)
      SELECT * FROM json_to_recordset($32::json->'evidenceCopy')
        AS _ ("entryIndex" bigint, sha256 text, digest text, stream text))`

const HEAD = `
    UPDATE log_head SET size = $2, edge = $3::bytea, last_recorded_at = $31::timestamptz
    WHERE size = $1 RETURNING size`

/**
 * The conditions are written so that indexes are used whatever the planner believes about the sizes of the tables: the
 * plan of a prepared statement may be as old as the connection.
 *
 * Two statements of which a batch takes one: to set up eleven inserts that get no row took a tenth of PostgreSQL's time
 * for a batch of 32 milestones.
 */
const WRITE: Statement = { name: 'append-write', text: `WITH ${COMMON} ${HEAD}` }
const WRITE_ALL: Statement = { name: 'append-write-all', text: `WITH ${COMMON}, ${RARE} ${HEAD}` }

/**
 * Writes a batch.
 *
 * @throws Error when the head of the log is not where the lock was taken: a bug, and everything is rolled back
 */
export async function writeChanges(session: Session, changes: Changes): Promise<void> {
  const pack = new Pack()
  const columns = [
    ...entryColumns(changes, pack),
    ...tileColumns(changes, pack),
    ...disclosureColumns(changes, pack),
    ...answerColumns(changes, pack),
    ...streamColumns(changes, pack),
    ...crisisColumns(changes, pack),
  ]
  const rare = rareRows(changes)
  const parts = pointsParts(changes.rows, changes.fromSize, changes.holderSecrets)
  const openings = openingPart(changes, pack)
  if (openings !== undefined) parts.unshift(openings)
  const promises = promisePart(changes)
  if (promises !== undefined) parts.unshift(promises)
  const parameters: unknown[] = [
    changes.fromSize,
    changes.toSize,
    concat(...changes.edge),
    pack.bytes(),
    ...columns.map(arrayLiteral),
    changes.recordedAt,
  ]
  if (rare !== undefined) parameters.push(JSON.stringify(rare))
  const written = await session.query(statementOf(parts, rare !== undefined), [
    ...parameters,
    ...parts.flatMap((part) => part.parameters),
  ])
  if (written.length !== 1) throw new Error('S1: the head of the log moved while it was locked')
}

/** Parameters of COMMON. */
const COMMON_PARAMETERS = 31

const statements = new Map<string, Statement>()

/** The statement that writes COMMON, RARE where there are such rows, and these parts. */
function statementOf(parts: readonly WritePart[], hasRare: boolean): Statement {
  if (parts.length === 0) return hasRare ? WRITE_ALL : WRITE
  const key = [hasRare, ...parts.map(({ name }) => name)].join(' ')
  const known = statements.get(key)
  if (known !== undefined) return known
  let next = COMMON_PARAMETERS + (hasRare ? 2 : 1)
  const texts = parts.map((part) => {
    const text = part.text(next)
    next += part.parameters.length
    return text
  })
  const ctes = [COMMON, ...(hasRare ? [RARE] : []), ...texts].join(',')
  const statement = { name: `append-write-with-${statements.size + 1}`, text: `WITH ${ctes} ${HEAD}` }
  statements.set(key, statement)
  return statement
}

/** Promises and clocks: every update of a live crisis ends one and starts another, so they are not among the rare rows. */
function promisePart({ rows }: Changes): WritePart | undefined {
  const promises = rows.promise.changed()
  if (promises.length === 0) return undefined
  const columns: Column[] = [
    promises.map(({ stream }) => stream),
    promises.map(({ promise }) => promise),
    promises.map(({ due }) => due),
    promises.map(({ outcomeIndex }) => outcomeIndex),
  ]
  return { name: 'promise', text: promiseText, parameters: columns.map(arrayLiteral) }
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
function openingPart({ entries }: Changes, pack: Pack): WritePart | undefined {
  const rows = entries.flatMap(({ index, openings }) => openings.map((row) => ({ index, ...row })))
  if (rows.length === 0) return undefined
  const at = rows.map(({ digest, body }) => pack.add(digest, body))
  const columns: Column[] = [
    rows.map(({ index }) => index),
    at,
    rows.map(({ body }) => body.length),
    rows.map(({ holder }) => holder),
  ]
  return { name: 'opening', text: openingText, parameters: columns.map(arrayLiteral) }
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

type Column = readonly (string | number | null)[]

function entryColumns({ entries }: Changes, pack: Pack): Column[] {
  const at = entries.map(({ bytes, leafHash }) => pack.add(bytes, leafHash))
  return [
    entries.map(({ stream }) => stream),
    entries.map(({ seq }) => seq),
    at,
    entries.map(({ bytes }) => bytes.length),
  ]
}

function tileColumns({ tiles }: Changes, pack: Pack): Column[] {
  const at = tiles.map(({ added, root }) => pack.add(added, root))
  return [tiles.map(({ level }) => level), tiles.map(({ index }) => index), at, tiles.map(({ added }) => added.length)]
}

/** Digests and disclosures are base64url: as many bytes as characters. */
function disclosureColumns({ entries }: Changes, pack: Pack): Column[] {
  const rows = entries.flatMap(({ index, disclosures }) => disclosures.map((row) => ({ index, ...row })))
  const at = rows.map(({ digest, body }) => pack.add(digest, body))
  return [rows.map(({ index }) => index), at, rows.map(({ body }) => body.length)]
}

function answerColumns({ answers }: Changes, pack: Pack): Column[] {
  const texts = answers.map(({ stored }) => Buffer.from(JSON.stringify(stored.answer)))
  const at = answers.map(({ request }, i) => pack.add(Buffer.from(request.request, 'hex'), request.bodyHmac, texts[i]!))
  return [answers.map(({ stored }) => stored.status), at, texts.map(({ length }) => length)]
}

function streamColumns({ rows }: Changes, pack: Pack): Column[] {
  const streams = rows.stream.changed()
  return [
    streams.map(({ name }) => name),
    streams.map(({ brand }) => brand),
    streams.map(({ openedIndex }) => openedIndex),
    streams.map(({ count }) => count),
    streams.map(({ head }) => (head === null ? null : pack.add(head))),
    streams.map(({ lastIndex }) => lastIndex),
  ]
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
    erased: rows.erased.changed().map(({ entryIndex, digest, ...row }) => ({ a: entryIndex, b: digest, ...row })),
    correction: rows.correction.changed(),
    evidenceCopy: rows.evidenceCopy.changed(),
  }
  const filled = Object.entries(rare).filter(([, tableRows]) => tableRows.length > 0)
  return filled.length === 0 ? undefined : Object.fromEntries(filled)
}

/**
 * Everything long in one value that travels as bytes: as elements of arrays the same would be spelled as hex and escaped
 * text, and parsed character by character at the other end.
 */
class Pack {
  readonly #parts: (Uint8Array | string)[] = []
  #length = 0

  /** Adds bytes or ASCII text. Returns the place of the first byte, counted from 1 as SQL does. */
  add(...parts: readonly (Uint8Array | string)[]): number {
    const at = this.#length + 1
    for (const part of parts) {
      this.#parts.push(part)
      this.#length += part.length
    }
    return at
  }

  bytes(): Uint8Array {
    const bytes = Buffer.allocUnsafe(this.#length)
    let at = 0
    for (const part of this.#parts) {
      if (typeof part === 'string') bytes.write(part, at, 'latin1')
      else bytes.set(part, at)
      at += part.length
    }
    return bytes
  }
}

/** An array as PostgreSQL spells it. Names of streams, slugs and codes have nothing to escape; the rest are numbers. */
function arrayLiteral(values: Column): string {
  return `{${values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value))).join(',')}}`
}
