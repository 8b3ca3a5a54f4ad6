/** What staff and readers ask about rewards, proposals and ballots: where things are, and lists. */
import { parseEntry } from '../../../ledger/entry.ts'
import type { JsonObject } from '../../../ledger/json.ts'
import type { ProgrammeState } from '../../../ledger/programme.ts'
import type { Database } from '../../db/database.ts'
import { findBallot } from './ballot-store.ts'
import type { BallotPlace } from './ballots.ts'
import type { RedemptionPlace } from './redeem-reward.ts'

/** Where a redemption is. */
export async function placeOfRedemption({ kysely }: Database, index: number): Promise<RedemptionPlace | undefined> {
  return await kysely
    .selectFrom('redemption')
    .select(['entry_index as index', 'programme', 'holder'])
    .where('entry_index', '=', index)
    .executeTakeFirst()
}

/** Where a proposal is, and which holder sent it. */
export async function placeOfProposal(
  { kysely }: Database,
  index: number,
): Promise<{ index: number; programme: string; holder: string | null } | undefined> {
  return await kysely
    .selectFrom('proposal')
    .select(['entry_index as index', 'programme', 'holder'])
    .where('entry_index', '=', index)
    .executeTakeFirst()
}

/** Where a ballot is. */
export async function placeOfBallot({ kysely }: Database, index: number): Promise<BallotPlace | undefined> {
  return await findBallot(kysely, index)
}

/** The entry of a reward's newest version. */
export async function entryOfReward(
  { kysely }: Database,
  programme: string,
  reward: string,
): Promise<number | undefined> {
  const row = await kysely
    .selectFrom('reward')
    .select('entry_index')
    .where('programme', '=', programme)
    .where('reward', '=', reward)
    .executeTakeFirst()
  return row?.entry_index
}

export type RedemptionView = {
  index: number
  reward: string
  holder: string
  amount: number
  state: string
  holdUntil: string
}

/** The redemptions of a programme after an index, ascending. */
export async function listRedemptions(
  { kysely }: Database,
  programme: string,
  state: RedemptionView['state'] | undefined,
  after: number,
  limit: number,
): Promise<{ redemptions: RedemptionView[]; next: string | null }> {
  let query = kysely
    .selectFrom('redemption')
    .select(['entry_index', 'reward', 'holder', 'amount', 'state', 'hold_until'])
    .where('programme', '=', programme)
    .where('entry_index', '>', after)
    .orderBy('entry_index')
    .limit(limit + 1)
  if (state !== undefined) query = query.where('state', '=', state as 'held')
  const rows = await query.execute()
  const redemptions = rows.slice(0, limit).map(({ entry_index: index, hold_until: holdUntil, ...row }) => ({
    index,
    ...row,
    holdUntil: holdUntil.toISOString(),
  }))
  return { redemptions, next: rows.length > limit ? String(redemptions.at(-1)?.index) : null }
}

/** A ballot as its entries leave it, with the words that were published; undefined when there is none. */
export async function findPublicBallot(
  { kysely }: Database,
  programme: string,
  index: number,
): Promise<JsonObject | undefined> {
  const row = await kysely.selectFrom('programme').select('state').where('id', '=', programme).executeTakeFirst()
  const { ballots = [] } = (row?.state ?? {}) as Partial<Pick<ProgrammeState, 'ballots'>>
  const ballot = ballots.find((known) => known.index === index)
  if (ballot === undefined) return undefined
  const entry = await kysely.selectFrom('entry').select('bytes').where('index', '=', index).executeTakeFirstOrThrow()
  const { question, options } = parseEntry(entry.bytes).data
  const { stateBy: _, ...rest } = ballot
  return { ...(rest as unknown as JsonObject), programme, question: question!, options: options! }
}
