/** What staff ask about programmes beside writing: where things are, and lists. Nothing secret is among it. */
import type { Database } from '../../db/database.ts'
import type { GrantState } from '../log/points-rows.ts'

export type ProgrammeView = {
  id: string
  brand: string
  openedIndex: number
  anchored: number
  state: unknown
  totals: unknown
}

/** A programme as its entries leave it. `anchored`: the largest anchored size, so that one sees which rules are covered. */
export async function findProgramme({ kysely }: Database, id: string): Promise<ProgrammeView | undefined> {
  const row = await kysely.selectFrom('programme').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) return undefined
  const balance = await kysely
    .selectFrom('programme_balance')
    .select(['issuance', 'available', 'pending', 'held', 'redeemed', 'expired', 'forfeited'])
    .where('programme', '=', id)
    .executeTakeFirst()
  const anchor = await kysely
    .selectFrom('anchor')
    .select(({ fn }) => fn.max('size').as('size'))
    .executeTakeFirst()
  const nothing = { issuance: 0, available: 0, pending: 0, held: 0, redeemed: 0, expired: 0, forfeited: 0 }
  return {
    id,
    brand: row.brand,
    openedIndex: row.entry_index,
    anchored: anchor?.size ?? 0,
    state: row.state,
    totals: balance ?? nothing,
  }
}

/** The programmes of a brand, by id. */
export async function listProgrammes(
  { kysely }: Database,
  brand: string,
  after: string | undefined,
  limit: number,
): Promise<{ programmes: { id: string; openedIndex: number }[]; next: string | null }> {
  let query = kysely
    .selectFrom('programme')
    .select(['id', 'entry_index'])
    .where('brand', '=', brand)
    .orderBy('id')
    .limit(limit + 1)
  if (after !== undefined) query = query.where('id', '>', after)
  const rows = await query.execute()
  const programmes = rows.slice(0, limit).map((row) => ({ id: row.id, openedIndex: row.entry_index }))
  return { programmes, next: rows.length > limit ? (programmes.at(-1)?.id ?? null) : null }
}

export type HolderView = { id: string; openedIndex: number; available: number; pending: number; held: number }

/** The holders of a programme with their balances, by id. */
export async function listHolders(
  { kysely }: Database,
  programme: string,
  after: string | undefined,
  limit: number,
): Promise<{ holders: HolderView[]; next: string | null }> {
  let query = kysely
    .selectFrom('holder')
    .leftJoin('account', 'account.holder', 'holder.id')
    .select(['holder.id', 'holder.entry_index', 'account.available', 'account.pending', 'account.held'])
    .where('holder.programme', '=', programme)
    .orderBy('holder.id')
    .limit(limit + 1)
  if (after !== undefined) query = query.where('holder.id', '>', after)
  const rows = await query.execute()
  const holders = rows.slice(0, limit).map((row) => ({
    id: row.id,
    openedIndex: row.entry_index,
    available: row.available ?? 0,
    pending: row.pending ?? 0,
    held: row.held ?? 0,
  }))
  return { holders, next: rows.length > limit ? (holders.at(-1)?.id ?? null) : null }
}

export type GrantView = {
  index: number
  rule: string
  version: number
  source: number
  holder: string
  amount: number
  state: GrantState
  deadline: string | null
  reversed: number
}

/** Grants of a programme by index; of one state when it is given. */
export async function listGrants(
  { kysely }: Database,
  programme: string,
  state: GrantState | undefined,
  after: number,
  limit: number,
): Promise<{ grants: GrantView[]; next: string | null }> {
  let query = kysely
    .selectFrom('point_grant')
    .selectAll()
    .where('programme', '=', programme)
    .where('entry_index', '>', after)
    .orderBy('entry_index')
    .limit(limit + 1)
  if (state !== undefined) query = query.where('state', '=', state)
  const rows = await query.execute()
  const grants = rows.slice(0, limit).map((row) => ({
    index: row.entry_index,
    rule: row.rule,
    version: row.rule_version,
    source: row.source,
    holder: row.holder,
    amount: row.amount,
    state: row.state,
    deadline: row.deadline?.toISOString() ?? null,
    reversed: row.reversed,
  }))
  return { grants, next: rows.length > limit ? String(grants.at(-1)?.index ?? '') : null }
}

/** Where a grant is; undefined when there is none at this index. */
export async function placeOfGrant(
  { kysely }: Database,
  index: number,
): Promise<{ index: number; programme: string; holder: string } | undefined> {
  return await kysely
    .selectFrom('point_grant')
    .select(['entry_index as index', 'programme', 'holder'])
    .where('entry_index', '=', index)
    .executeTakeFirst()
}

/** Forgets what a holder told us of himself. Nothing of the log knew it. Returns whether there was anything. */
export async function eraseContact({ kysely }: Database, holder: string): Promise<boolean> {
  const result = await kysely.deleteFrom('holder_contact').where('holder', '=', holder).executeTakeFirst()
  return result.numDeletedRows > 0n
}
