/** What the pages of a points programme ask of the database: the next entries of its stream, texts, anchors around entries. */
import type { Anchor } from '../../../ledger/anchor.ts'
import type { Database } from '../../db/database.ts'
import type { Statement } from '../../db/session.ts'

export type ProgrammeReads = {
  /** Entries of a stream after so many, ascending, at most `PAGE` of them. */
  next(stream: string, after: number): Promise<{ index: number; bytes: Uint8Array }[]>
  /** The disclosures that are still held of these entries. */
  texts(indexes: readonly number[]): Promise<{ index: number; disclosure: string }[]>
  /** Ascending by size: for each entry the first anchor that covers it and the last before it; and the newest. */
  anchors(indexes: readonly number[]): Promise<Pick<Anchor, 'size' | 'timestamp' | 'chainId'>[]>
  /** Ids of the programmes of a brand, in the order in which they were opened. */
  ofBrand(brand: string): Promise<string[]>
}

/** Entries in one answer: more would hold up other requests on the embedded database. */
export const PAGE = 500

const NEXT: Statement = {
  name: 'programme-next',
  text: `SELECT index, bytes FROM entry WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT ${PAGE}`,
}

const TEXTS: Statement = {
  name: 'programme-texts',
  text: `SELECT entry_index AS index, body AS disclosure FROM disclosure WHERE entry_index = ANY ($1::bigint[])
    ORDER BY entry_index, digest`,
}

const ANCHORS: Statement = {
  name: 'programme-anchors',
  text: `
    WITH named AS (SELECT chain_id, contract FROM log_contract ORDER BY entry_index DESC LIMIT 1),
    wanted AS (
      SELECT (SELECT a.size FROM anchor a WHERE a.chain_id = n.chain_id AND a.contract = n.contract
        ORDER BY a.size DESC LIMIT 1) AS size FROM named n
      UNION SELECT (SELECT a.size FROM anchor a WHERE a.chain_id = n.chain_id AND a.contract = n.contract
        AND a.size > e.index ORDER BY a.size LIMIT 1) FROM named n, unnest($1::bigint[]) AS e (index)
      UNION SELECT (SELECT a.size FROM anchor a WHERE a.chain_id = n.chain_id AND a.contract = n.contract
        AND a.size <= e.index ORDER BY a.size DESC LIMIT 1) FROM named n, unnest($1::bigint[]) AS e (index))
    SELECT u.size, u.timestamp, u.chain_id FROM named n JOIN wanted w ON true
    JOIN anchor u ON u.chain_id = n.chain_id AND u.contract = n.contract AND u.size = w.size
    ORDER BY u.size`,
}

const OF_BRAND: Statement = {
  name: 'programmes-of-brand',
  text: 'SELECT id FROM programme WHERE brand = $1 ORDER BY entry_index',
}

export function openProgrammeReads(database: Pick<Database, 'query'>): ProgrammeReads {
  return {
    next: async (stream, after) => await database.query(NEXT, [stream, after]),
    texts: async (indexes) => await database.query(TEXTS, [indexes]),
    anchors: async (indexes) => {
      type Row = { size: number; timestamp: number; chain_id: number }
      const rows = await database.query<Row>(ANCHORS, [indexes])
      return rows.map(({ size, timestamp, chain_id: chainId }) => ({ size, timestamp, chainId }))
    },
    ofBrand: async (brand) => (await database.query<{ id: string }>(OF_BRAND, [brand])).map(({ id }) => id),
  }
}
