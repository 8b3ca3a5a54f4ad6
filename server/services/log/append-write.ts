/**
 * The one write of an append (S5, S8): entries, tiles, disclosures, stored answers, projections and the head of the log
 * in one statement. What most batches write comes as arrays and one pack of bytes, the rest as one JSON text.
 */
import { concat } from '../../../ledger/bytes.ts'
import type { Statement } from '../../db/session.ts'
import { Pack, arrayLiteral } from './append-pack.ts'
import type { Column } from './append-pack.ts'
import { partsOf } from './append-parts.ts'
import type { HolderSecret, Idempotency } from './command.ts'
import type { StoredAnswer } from './append-read.ts'
import type { StoredDisclosure, StoredOpening } from './draft.ts'
import type { WritePart } from './points-write.ts'
import type { TrackedTables } from './snapshot.ts'
import type { Growth } from './tree-growth.ts'

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

/** What is written with some entries. `from`, `to`: where the tree stood and stands. */
export type Changes = {
  from: { size: number }
  to: Growth
  recordedAt: string
  entries: readonly NewEntry[]
  answers: readonly { request: Idempotency; stored: Omit<StoredAnswer, 'bodyHmac'> }[]
  secrets: readonly { keyId: string; hash: Uint8Array }[]
  holderSecrets: readonly HolderSecret[]
  rows: TrackedTables
}

/** What every batch writes. */
const ALWAYS = `
    new_entry AS (
      INSERT INTO entry (index, stream, seq, bytes, leaf_hash)
      SELECT $1::bigint + place - 1, stream, seq, substring($4::bytea FROM at FOR length),
        substring($4 FROM at + length FOR 32)
      FROM unnest($5::text[], $6::bigint[], $7::int[], $8::int[]) WITH ORDINALITY
        AS _ (stream, seq, at, length, place)),
    new_stream AS (
      INSERT INTO stream (name, brand, opened_index, count, head, last_index)
      SELECT name, brand, opened_index, count, substring($4 FROM at FOR 32), last_index
      FROM unnest($9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::int[], $14::bigint[])
        AS _ (name, brand, opened_index, count, at, last_index)
      ON CONFLICT (name) DO UPDATE
      SET count = excluded.count, head = excluded.head, last_index = excluded.last_index)`

/** Nobody waits for the answer before COMMIT, so a head that is not where the lock was taken must be an error (22012). */
const HEAD = `,
    new_head AS (
      UPDATE log_head SET size = $2, edge = $3::bytea, last_recorded_at = $15::timestamptz
      WHERE size = $1 RETURNING 1)
    SELECT 1 / count(*) FROM new_head`

/** Parameters of ALWAYS and HEAD. */
const PARAMETERS = 15

/** The statement that writes a batch. It fails when the head of the log is not where the lock was taken. */
export function writeOf(changes: Changes): { statement: Statement; parameters: readonly unknown[] } {
  const pack = new Pack()
  const columns = [...entryColumns(changes, pack), ...streamColumns(changes, pack)]
  const parts = partsOf(changes, pack)
  const parameters = [
    changes.from.size,
    changes.to.size,
    concat(...changes.to.edge),
    pack.bytes(),
    ...columns.map(arrayLiteral),
    changes.recordedAt,
    ...parts.flatMap((part) => part.parameters),
  ]
  return { statement: statementOf(parts), parameters }
}

const statements = new Map<string, Statement>()

/**
 * The statement that writes ALWAYS and these parts.
 *
 * The conditions are written so that indexes are used whatever the planner believes about the sizes of the tables: the
 * plan of a prepared statement may be as old as the connection.
 */
function statementOf(parts: readonly WritePart[]): Statement {
  const key = parts.map(({ name }) => name).join(' ')
  const known = statements.get(key)
  if (known !== undefined) return known
  let next = PARAMETERS + 1
  const texts = parts.map((part) => {
    const text = part.text(next)
    next += part.parameters.length
    return text
  })
  const statement = {
    name: `append-write-${statements.size + 1}`,
    text: `WITH ${[ALWAYS, ...texts].join(',')}${HEAD}`,
  }
  statements.set(key, statement)
  return statement
}

function entryColumns({ entries }: Changes, pack: Pack): Column[] {
  const at = entries.map(({ bytes, leafHash }) => pack.add(bytes, leafHash))
  return [
    entries.map(({ stream }) => stream),
    entries.map(({ seq }) => seq),
    at,
    entries.map(({ bytes }) => bytes.length),
  ]
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
