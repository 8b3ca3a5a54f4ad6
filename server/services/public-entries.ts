/**
 * What pages that show many streams at once ask of the database: the entries that they have not seen yet, without the
 * texts that were disclosed beside them, and without a proof.
 */
import type { Anchor } from '../../ledger/anchor.ts'
import type { Database } from '../db/database.ts'
import type { Statement } from '../db/session.ts'

export type PublicEntry = { stream: string; seq: number; index: number; bytes: Uint8Array }

/** The name of the log, how many entries it has, and its newest anchor. */
export type LogPlace = { origin: string; size: number; newest?: Pick<Anchor, 'size' | 'timestamp' | 'chainId'> }

export type PublicEntryReads = {
  /** Entries behind the first `known` of each stream, stream by stream and ascending, at most `PAGE` of them. */
  next(streams: readonly { stream: string; known: number }[]): Promise<PublicEntry[]>
  place(): Promise<LogPlace>
}

/** Entries in one answer: more would hold up other requests on the embedded database. */
export const PAGE = 500

const NEXT: Statement = {
  name: 'public-entries-next',
  text: `SELECT e.stream, e.seq, e.index, e.bytes
    FROM unnest($1::text[], $2::bigint[]) AS k (stream, known)
    JOIN entry e ON e.stream = k.stream AND e.seq > k.known
    ORDER BY e.stream, e.seq LIMIT ${PAGE}`,
}

const PLACE: Statement = {
  name: 'public-entries-place',
  text: `SELECT h.origin, h.size, u.size AS anchored, u.timestamp, u.chain_id
    FROM log_head h LEFT JOIN LATERAL (
      SELECT a.size, a.timestamp, a.chain_id
      FROM (SELECT chain_id, contract FROM log_contract ORDER BY entry_index DESC LIMIT 1) n
      JOIN anchor a ON a.chain_id = n.chain_id AND a.contract = n.contract
      ORDER BY a.size DESC LIMIT 1) u ON true`,
}

type PlaceRow = {
  origin: string
  size: number
  anchored: number | null
  timestamp: number | null
  chain_id: number | null
}

export function openPublicEntryReads(database: Pick<Database, 'query'>): PublicEntryReads {
  return {
    next: async (streams) =>
      await database.query(NEXT, [streams.map(({ stream }) => stream), streams.map(({ known }) => known)]),
    place: async () => {
      const [row] = await database.query<PlaceRow>(PLACE, [])
      if (row === undefined) throw new Error('the log has no head row: it was not opened')
      const { origin, size, anchored, timestamp, chain_id: chainId } = row
      if (anchored === null || timestamp === null || chainId === null) return { origin, size }
      return { origin, size, newest: { size: anchored, timestamp, chainId } }
    },
  }
}
