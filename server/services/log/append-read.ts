/**
 * The one read of an append (S8): everything that the commands of a batch need, in one statement, after the lock. Its
 * snapshot is taken when it starts, so it sees whatever was committed before the lock was ours (S1).
 */
import { parseHex } from '../../../ledger/bytes.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import type { JsonObject } from '../../../ledger/json.ts'
import type { Session, Statement } from '../../db/session.ts'
import { byteaArray } from './append-pack.ts'
import type { Command } from './command.ts'
import { NO_HEAD } from './crisis-cache.ts'
import type { CrisisCache } from './crisis-cache.ts'
import { pointsRead } from './points-read.ts'
import { pointsStream } from './points-rows.ts'
import { batchKey, evidenceKey } from './projections.ts'
import { LogSnapshot } from './snapshot.ts'

/** An answer that was stored under an idempotency key. */
export type StoredAnswer = { bodyHmac: Uint8Array; status: number; answer: JsonObject }

/** Where the log stands. `edge`: the right edge, 32 bytes a hash. `lastRecordedAt`: milliseconds since 1970. */
export type Head = { size: number; edge: Uint8Array; lastRecordedAt: number | null }

export type ReadState = {
  /** PostgreSQL's clock, read while the lock is ours, in milliseconds since 1970; and when the transaction began. */
  nowMs: number
  begunMs: number
  head: Head
  snapshot: LogSnapshot
  /** Stored answers by `requestHash`. */
  answers: Map<string, StoredAnswer>
}

/**
 * Keys of several columns are looked up one by one (LATERAL … LIMIT 1): a join of two tables of unknown size would be
 * planned as a scan of the whole table, once for all.
 *
 * Rows come as arrays in JSON: less to write and less to parse than objects. Bytes come as hex. States of crises, much
 * the longest, come only when the stream has entries that the cache has not seen.
 *
 * What no command asks for is not in the statement: to look into a table for nothing is not free either.
 */
const ALWAYS = `
    SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now,
      floor(extract(epoch FROM transaction_timestamp()) * 1000)::float8 AS begun,
      (SELECT json_build_array(size, encode(edge, 'hex'), floor(extract(epoch FROM last_recorded_at) * 1000))
        FROM log_head) AS head,
      (SELECT json_agg(json_build_array(name, brand, opened_index, count, encode(head, 'hex'), last_index))
        FROM stream WHERE name = ANY ($1::text[])) AS streams`

/** A column of the read, for the number of its first parameter. */
type LookUp = { name: string; text: (parameter: number) => string; parameters: readonly unknown[] }

const TEXTS = {
  crises: (n: number) => `
      (SELECT json_agg(json_build_array(c.code, c.brand, c.mode, c.opened_index, c.state))
        FROM unnest($${n}::text[], $${n + 1}::bytea[]) AS k (code, known)
        CROSS JOIN LATERAL (
          SELECT 1 FROM stream x WHERE x.name = 'crisis:' || k.code AND x.head <> k.known LIMIT 1) AS s
        CROSS JOIN LATERAL (SELECT * FROM crisis x WHERE x.code = k.code LIMIT 1) AS c) AS crises`,
  answers: (n: number) => `
      (SELECT json_agg(json_build_array(encode(request, 'hex'), encode(body_hmac, 'hex'), status, answer))
        FROM idempotency WHERE request = ANY ($${n}::bytea[])) AS answers`,
  brands: (n: number) => `
      (SELECT json_agg(json_build_array(slug, opened_index, name, legal_name, clocks_version, clocks_index, clocks))
        FROM brand WHERE slug = ANY ($${n}::text[])) AS brands`,
  products: (n: number) => `
      (SELECT json_agg(json_build_array(gtin, brand, entry_index, name, category))
        FROM product WHERE gtin = ANY ($${n}::text[])) AS products`,
  batches: (n: number) => `
      (SELECT json_agg(json_build_array(b.gtin, b.lot, b.entry_index, b.label))
        FROM unnest($${n}::text[], $${n + 1}::text[]) AS k (gtin, lot)
        CROSS JOIN LATERAL (SELECT * FROM batch x WHERE x.gtin = k.gtin AND x.lot = k.lot LIMIT 1) AS b) AS batches`,
  keys: (n: number) => `
      (SELECT json_agg(json_build_array(id, role, brand, public_key, opened_index, revoked_index))
        FROM admin_key WHERE id = ANY ($${n}::text[])) AS keys`,
  evidence: (n: number) => `
      (SELECT json_agg(json_build_array(e.sha256, e.stream, e.entry_index, e.bytes, e.media_type))
        FROM unnest($${n}::text[], $${n + 1}::text[]) AS k (sha256, stream)
        CROSS JOIN LATERAL (SELECT * FROM evidence x WHERE x.sha256 = k.sha256 AND x.stream = k.stream LIMIT 1) AS e
      ) AS evidence`,
  entries: (n: number) => `
      (SELECT json_agg(json_build_array(index, encode(leaf_hash, 'hex'), encode(bytes, 'hex'),
          ARRAY(SELECT d.digest FROM disclosure d WHERE d.entry_index = index),
          ARRAY(SELECT x.digest FROM erasure x WHERE x.entry_index = index)))
        FROM entry WHERE index = ANY ($${n}::bigint[])) AS entries`,
} as const

type ReadRow = {
  now: number
  begun: number
  head: [number, string, number | null] | null
  streams: [string, string | null, number | null, number, string | null, number | null][] | null
  crises?: [string, string, 'live' | 'reconstructed', number, CrisisState][] | null
  answers?: [string, string, number, string][] | null
  brands?: [string, number, JsonObject, string | null, number, number | null, JsonObject | null][] | null
  products?: [string, string, number, JsonObject, string | null][] | null
  batches?: [string, string, number, JsonObject | null][] | null
  keys?: [string, string, string | null, string | null, number, number | null][] | null
  evidence?: [string, string, number, number, string][] | null
  entries?: [number, string, string, string[], string[]][] | null
}

/** Reads where the log stands and what the commands need. */
export async function readState(
  session: Session,
  commands: readonly Command[],
  cache: CrisisCache,
): Promise<ReadState> {
  const wanted = wantedRows(commands)
  const crises = [...wanted.crises]
  const cached = crises.map((code) => cache.find(code))
  const lookUps: LookUp[] = []
  const lookUp = (name: keyof typeof TEXTS, asked: number, parameters: () => unknown[]): void => {
    if (asked > 0) lookUps.push({ name, text: TEXTS[name], parameters: parameters() })
  }
  lookUp('crises', crises.length, () => [crises, byteaArray(cached.map((crisis) => crisis?.head ?? NO_HEAD))])
  lookUp('answers', wanted.requests.length, () => [byteaArray(wanted.requests)])
  lookUp('brands', wanted.brands.size, () => [[...wanted.brands]])
  lookUp('products', wanted.products.size, () => [[...wanted.products]])
  lookUp('batches', wanted.batches.length, () => [
    wanted.batches.map(({ gtin }) => gtin),
    wanted.batches.map(({ lot }) => lot),
  ])
  lookUp('keys', wanted.keys.size, () => [[...wanted.keys]])
  lookUp('evidence', wanted.evidence.length, () => [
    wanted.evidence.map(({ sha256 }) => sha256),
    wanted.evidence.map(({ stream }) => stream),
  ])
  lookUp('entries', wanted.entries.size, () => [[...wanted.entries]])
  const common = statementOf(lookUps)
  const parameters = [[...wanted.streams], ...lookUps.flatMap((column) => column.parameters)]
  const points = pointsRead(commands, cache, common, parameters.length)
  const [row] = await session.query<ReadRow>(points?.statement ?? common, [
    ...parameters,
    ...(points?.parameters ?? []),
  ])
  if (row === undefined) throw new Error('the read of an append gave no row')
  if (row.head === null) throw new Error('S1: the log has no head row: it was not opened')
  const [size, edge, lastRecordedAt] = row.head
  const snapshot = new LogSnapshot(size)
  loadAbsent(snapshot, wanted)
  crises.forEach((code, i) => snapshot.rows.crisis.load(code, cached[i]?.row))
  loadRows(snapshot, row)
  points?.load(snapshot, row)
  return {
    nowMs: row.now,
    begunMs: row.begun,
    head: { size, edge: parseHex(edge), lastRecordedAt },
    snapshot,
    answers: storedAnswers(row),
  }
}

const statements = new Map<string, Statement>()

function statementOf(lookUps: readonly LookUp[]): Statement {
  const key = lookUps.map(({ name }) => name).join(' ')
  const known = statements.get(key)
  if (known !== undefined) return known
  let next = 2
  const texts = lookUps.map(({ text, parameters }) => {
    const column = text(next)
    next += parameters.length
    return column
  })
  const statement = { name: `append-read-${statements.size + 1}`, text: [ALWAYS, ...texts].join(',') }
  statements.set(key, statement)
  return statement
}

type Wanted = ReturnType<typeof wantedRows>

/** What all commands need together. A brand or a crisis brings its stream, and a stream brings its crisis. */
function wantedRows(commands: readonly Command[]) {
  const wanted = {
    streams: new Set(['ledger']),
    brands: new Set<string>(),
    products: new Set<string>(),
    batches: [] as { gtin: string; lot: string }[],
    crises: new Set<string>(),
    keys: new Set<string>(),
    evidence: [] as { sha256: string; stream: string }[],
    entries: new Set<number>(),
    requests: [] as string[],
  }
  for (const { needs, idempotency } of commands) {
    if (idempotency !== undefined) wanted.requests.push(idempotency.request)
    for (const stream of needs.streams ?? []) {
      wanted.streams.add(stream)
      if (stream.startsWith('crisis:')) wanted.crises.add(stream.slice('crisis:'.length))
    }
    for (const slug of needs.brands ?? []) {
      wanted.brands.add(slug)
      wanted.streams.add(`brand:${slug}`)
    }
    for (const code of needs.crises ?? []) {
      wanted.crises.add(code)
      wanted.streams.add(`crisis:${code}`)
    }
    for (const id of needs.points?.programmes ?? []) wanted.streams.add(pointsStream(id))
    for (const gtin of needs.products ?? []) wanted.products.add(gtin)
    for (const id of needs.keys ?? []) wanted.keys.add(id)
    for (const index of needs.entries ?? []) wanted.entries.add(index)
    wanted.batches.push(...(needs.batches ?? []))
    wanted.evidence.push(...(needs.evidence ?? []))
  }
  return wanted
}

/** What was asked for and is not found is known to be absent. */
function loadAbsent(snapshot: LogSnapshot, wanted: Wanted): void {
  const { rows } = snapshot
  for (const index of wanted.entries) snapshot.loadEntry(index, undefined)
  for (const name of wanted.streams) if (name !== 'ledger') rows.stream.load(name, undefined)
  for (const slug of wanted.brands) rows.brand.load(slug, undefined)
  for (const gtin of wanted.products) rows.product.load(gtin, undefined)
  for (const { gtin, lot } of wanted.batches) rows.batch.load(batchKey(gtin, lot), undefined)
  for (const id of wanted.keys) rows.key.load(id, undefined)
  for (const { sha256, stream } of wanted.evidence) rows.evidence.load(evidenceKey(sha256, stream), undefined)
}

function loadRows(snapshot: LogSnapshot, row: ReadRow): void {
  const { rows } = snapshot
  for (const [name, brand, openedIndex, count, head, lastIndex] of row.streams ?? []) {
    rows.stream.load(name, { name, brand, openedIndex, count, head: head === null ? null : parseHex(head), lastIndex })
  }
  for (const [code, brand, mode, openedIndex, state] of row.crises ?? []) {
    rows.crisis.load(code, { code, brand, mode, openedIndex, state })
  }
  for (const [slug, openedIndex, name, legalName, clocksVersion, clocksIndex, clocks] of row.brands ?? []) {
    rows.brand.load(slug, { slug, openedIndex, name, legalName, clocksVersion, clocksIndex, clocks })
  }
  for (const [gtin, brand, entryIndex, name, category] of row.products ?? []) {
    rows.product.load(gtin, { gtin, brand, entryIndex, name, category })
  }
  for (const [gtin, lot, entryIndex, label] of row.batches ?? []) {
    rows.batch.load(batchKey(gtin, lot), { gtin, lot, entryIndex, label })
  }
  for (const [id, role, brand, publicKey, openedIndex, revokedIndex] of row.keys ?? []) {
    rows.key.load(id, { id, role, brand, publicKey, openedIndex, revokedIndex })
  }
  for (const [sha256, stream, entryIndex, bytes, mediaType] of row.evidence ?? []) {
    rows.evidence.load(evidenceKey(sha256, stream), { sha256, stream, entryIndex, bytes, mediaType })
  }
  for (const [index, leafHash, bytes, held, erased] of row.entries ?? []) {
    const entry = parseEntry(parseHex(bytes))
    snapshot.loadEntry(index, { index, leafHash: parseHex(leafHash), entry, held, erased })
  }
}

function storedAnswers(row: ReadRow): Map<string, StoredAnswer> {
  const answers = new Map<string, StoredAnswer>()
  for (const [request, bodyHmac, status, answer] of row.answers ?? []) {
    answers.set(request, { bodyHmac: parseHex(bodyHmac), status, answer: JSON.parse(answer) as JsonObject })
  }
  return answers
}
