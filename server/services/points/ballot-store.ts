/** The rows of ballots: who has which token, and what was voted. */
import { ascending, tokenCommitment } from '../../../ledger/ballot.ts'
import { ballotToken } from '../../../ledger/ballot-token.ts'
import type { ListedCast } from '../../../ledger/ballot.ts'
import { parseOpening } from '../../../ledger/holder-opening.ts'
import type { CastVote } from '../../../ledger/holder-opening.ts'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
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

/**
 * Keeps a token for everybody who has a vote and none yet: the one that follows from the holder's view code (BL6), which may
 * be renewed from now on. Whoever does it twice, or at once with others, changes none.
 */
export async function keepTokens(kysely: Kysely<Tables>, { index: ballot, programme }: BallotPlace): Promise<void> {
  for (;;) {
    const rows = await kysely
      .selectFrom('entitlement as e')
      .leftJoin('ballot_token as t', (join) =>
        join.onRef('t.ballot', '=', 'e.ballot').onRef('t.holder', '=', 'e.holder'),
      )
      .innerJoin('holder_secret as s', 's.holder', 'e.holder')
      .select(['e.holder', 's.screen_key'])
      .where('e.ballot', '=', ballot)
      .where('t.token', 'is', null)
      .limit(PAGE_ROWS)
      .execute()
    if (rows.length === 0) return
    const tokens = rows.map(({ holder, screen_key: screenKey }) => {
      const token = ballotToken(screenKey, programme, ballot)
      return { ballot, holder, token, commitment: tokenCommitment(token) }
    })
    await kysely
      .insertInto('ballot_token')
      .values(tokens)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
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
