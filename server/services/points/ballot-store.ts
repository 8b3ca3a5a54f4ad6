/** The rows of ballots: who has which token, and what was voted. */
import { ascending, tokenCommitment } from '../../../ledger/ballot.ts'
import { ballotToken } from '../../../ledger/ballot-token.ts'
import type { ListedCast } from '../../../ledger/ballot.ts'
import { parseOpening } from '../../../ledger/holder-opening.ts'
import type { CastVote } from '../../../ledger/holder-opening.ts'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Database } from '../../db/database.ts'
import type { Statement } from '../../db/session.ts'
import type { Tables } from '../../db/tables.ts'
import type { BallotPlace } from './ballots.ts'

/** The embedded database answers one statement at a time, on the event loop: a page must be short. */
const PAGE_ROWS = 500

/** Where a ballot is; undefined when there is none with this index. */
export async function findBallot(kysely: Kysely<Tables>, index: number): Promise<BallotPlace | undefined> {
  const row = await kysely
    .selectFrom('ballot')
    .select(['entry_index', 'programme'])
    .where('entry_index', '=', index)
    .executeTakeFirst()
  return row === undefined ? undefined : { index: row.entry_index, programme: row.programme }
}

/** In the order of holders, so that two who keep tokens at once wait for each other in one direction only. */
const MISSING: Statement = {
  name: 'tokens-missing',
  text: `
    SELECT e.holder, s.screen_key AS "screenKey" FROM entitlement e JOIN holder_secret s ON s.holder = e.holder
    WHERE e.ballot = $1 AND e.holder > $2 AND NOT EXISTS (
      SELECT FROM ballot_token t WHERE t.ballot = e.ballot AND t.holder = e.holder)
    ORDER BY e.holder LIMIT ${PAGE_ROWS} FOR SHARE OF s`,
}

const KEEP: Statement = {
  name: 'tokens-keep',
  text: `
    INSERT INTO ballot_token (ballot, holder, token, commitment)
    SELECT $1, holder, token, commitment
    FROM json_to_recordset($2::json) AS _ (holder text, token text, commitment text)
    ON CONFLICT DO NOTHING`,
}

/**
 * Keeps a token for everybody who has a vote and none yet: the one that follows from the holder's view code (BL6). Whoever
 * does it twice, or at once with others, changes none. Codes are locked while tokens of them are kept: whoever renews one
 * waits that long, and then finds the token to take back.
 */
export async function keepTokens(database: Database, { index: ballot, programme }: BallotPlace): Promise<void> {
  let after: string | undefined = ''
  while (after !== undefined) {
    const last: string = after
    after = await database.transaction({ isolation: 'read committed' }, async (session) => {
      const rows = await session.query<{ holder: string; screenKey: Uint8Array }>(MISSING, [ballot, last])
      const tokens = rows.map(({ holder, screenKey }) => {
        const token = ballotToken(screenKey, programme, ballot)
        return { holder, token, commitment: tokenCommitment(token) }
      })
      if (tokens.length > 0) await session.query(KEEP, [ballot, JSON.stringify(tokens)])
      return rows.at(-1)?.holder
    })
  }
}

/** The commitments to all tokens of a ballot, ascending. */
export async function readCommitments(kysely: Kysely<Tables>, ballot: number): Promise<string[]> {
  const rows = await kysely.selectFrom('ballot_token').select('commitment').where('ballot', '=', ballot).execute()
  return ascending(rows.map(({ commitment }) => commitment))
}

/** The token of a holder in a ballot. */
export async function findToken(kysely: Kysely<Tables>, ballot: number, holder: string): Promise<string | undefined> {
  const row = await kysely
    .selectFrom('ballot_token')
    .select('token')
    .where('ballot', '=', ballot)
    .where('holder', '=', holder)
    .executeTakeFirst()
  return row?.token
}

/** How often was voted with a token. */
export async function countCasts(kysely: Kysely<Tables>, ballot: number, token: string): Promise<number> {
  const { casts } = await kysely
    .selectFrom('ballot_cast')
    .select(({ fn }) => fn.countAll<number>().as('casts'))
    .where('ballot', '=', ballot)
    .where('commitment', '=', tokenCommitment(token))
    .executeTakeFirstOrThrow()
  return casts
}

/** Every vote of a ballot in the order of the log, with its opening. */
export async function readCasts(
  kysely: Kysely<Tables>,
  ballot: number,
): Promise<{ casts: Required<ListedCast>[]; votes: CastVote[] }> {
  const casts: Required<ListedCast>[] = []
  const votes: CastVote[] = []
  for (;;) {
    const { rows } = await sql<{ index: number; opening: string }>`
      SELECT c.entry_index AS index, o.body AS opening FROM ballot_cast c
      JOIN opening o ON o.entry_index = c.entry_index AND o.holder IS NULL
      WHERE c.ballot = ${ballot} AND c.entry_index > ${casts.at(-1)?.index ?? -1}
      ORDER BY c.entry_index LIMIT ${PAGE_ROWS}`.execute(kysely)
    for (const row of rows) {
      const opening = parseOpening(row.opening)
      if (opening.kind !== 'choice') throw new Error(`entry ${row.index} is no vote`)
      casts.push(row)
      votes.push(opening.value)
    }
    if (rows.length < PAGE_ROWS) return { casts, votes }
  }
}
