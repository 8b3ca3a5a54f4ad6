/**
 * The public register of corrections and erasures: what, why, when, and until when what was erased may still lie where
 * nobody reads it. Every item is an entry that anybody can check; only the windows are the word of this service.
 */
import { sql } from 'kysely'
import type { Database } from '../../db/database.ts'

/** Shared caches keep what shows a disclosure for a minute; five are promised, with all that lies between. */
const CACHE_MINUTES = 5

/** `brand`: a slug; `before`: items registered before this index of the log. */
export type RegisterQuestion = { brand?: string; before?: number; limit: number }

/** Until when what was erased may still be somewhere. */
export type ErasureWindows = {
  /** The row was deleted with the entry that registers it. */
  rowsAt: string
  /** No file of the database holds it any more; null while that is owed. */
  filesAt: string | null
  cachesBy: string
  backupsBy: string
}

export type RegisterItem = {
  kind: 'erasure' | 'correction'
  /** The entry that registers it, and the entry that it is about, with its number in the stream. */
  index: number
  entry: number
  seq: number
  stream: string
  brand: string
  reason: string
  recordedAt: string
  /** Whether it was a file; then its fingerprint is kept. */
  file: boolean
  windows: ErasureWindows | null
}

export type RegisterCount = { kind: 'erasure' | 'correction'; reason: string; count: number }

/** `next`: `before` of the next page. */
export type Register = { counts: RegisterCount[]; items: RegisterItem[]; next: number | null }

type Row = {
  kind: 'erasure' | 'correction'
  registered_index: number
  entry_index: number
  seq: number
  stream: string
  brand: string
  reason: string
  recorded_at: Date
  file: boolean
  gone_at: Date | null
}

/** Reads a page of the register, the newest first, and the counts of all of it. */
export async function readRegister(
  { kysely }: Database,
  { brand, before, limit }: RegisterQuestion,
  backupDays: number,
): Promise<Register> {
  const ofBrand = brand === undefined ? sql`true` : sql`s.brand = ${brand}`
  const { rows } = await sql<Row>`
    SELECT i.kind, i.registered_index, i.entry_index, x.seq, i.stream, s.brand, i.reason, i.recorded_at,
      c.entry_index IS NOT NULL AS file, d.gone_at
    FROM (
      SELECT 'erasure' AS kind, registered_index, entry_index, digest, stream, reason, recorded_at FROM erasure
      UNION ALL
      SELECT 'correction', registered_index, entry_index, NULL, stream, reason, recorded_at FROM correction) AS i
    JOIN stream s ON s.name = i.stream
    JOIN entry x ON x.index = i.entry_index
    LEFT JOIN erasure_duty d ON d.registered_index = i.registered_index
    LEFT JOIN evidence_copy c ON c.entry_index = i.entry_index AND c.digest = i.digest
    WHERE ${ofBrand} AND i.registered_index < ${before ?? Number.MAX_SAFE_INTEGER}
    ORDER BY i.registered_index DESC LIMIT ${limit + 1}`.execute(kysely)
  const counts = await sql<RegisterCount>`
    SELECT kind, reason, count(*)::int AS count
    FROM (SELECT 'erasure' AS kind, stream, reason FROM erasure
      UNION ALL SELECT 'correction', stream, reason FROM correction) AS i
    JOIN stream s ON s.name = i.stream
    WHERE ${ofBrand}
    GROUP BY kind, reason ORDER BY kind DESC, reason`.execute(kysely)
  const page = rows.slice(0, limit)
  return {
    counts: counts.rows,
    items: page.map((row) => itemOf(row, backupDays)),
    next: rows.length > limit ? (page.at(-1)?.registered_index ?? null) : null,
  }
}

function itemOf(row: Row, backupDays: number): RegisterItem {
  const { kind, seq, stream, brand, reason, file } = row
  return {
    kind,
    index: row.registered_index,
    entry: row.entry_index,
    seq,
    stream,
    brand,
    reason,
    recordedAt: row.recorded_at.toISOString(),
    file,
    windows: kind === 'correction' ? null : windowsOf(row, backupDays),
  }
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

function windowsOf({ recorded_at: recordedAt, gone_at: goneAt }: Row, backupDays: number): ErasureWindows {
  const after = (ms: number): string => new Date(recordedAt.getTime() + ms).toISOString()
  return {
    rowsAt: recordedAt.toISOString(),
    filesAt: goneAt === null ? null : goneAt.toISOString(),
    cachesBy: after(CACHE_MINUTES * MINUTE_MS),
    backupsBy: after(backupDays * DAY_MS),
  }
}
