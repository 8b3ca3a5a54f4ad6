/** What staff clients read of crises: the state that the entries leave, as the projection holds it. */
import { sql } from 'kysely'
import type { Database } from '../../db/database.ts'

export type CrisisView = { code: string; brand: string; mode: string; openedIndex: number; state: object }

/**
 * Crises by code.
 *
 * @param brand only those of this brand; all unless given
 */
export async function listCrises(
  { kysely }: Database,
  brand: string | undefined,
  after: string | undefined,
  limit: number,
): Promise<{ crises: CrisisView[]; next: string | null }> {
  let query = kysely
    .selectFrom('crisis')
    .selectAll()
    .orderBy('code')
    .limit(limit + 1)
  if (brand !== undefined) query = query.where('brand', '=', brand)
  if (after !== undefined) query = query.where('code', '>', after)
  const rows = await query.execute()
  const crises = rows.slice(0, limit).map(crisisView)
  return { crises, next: rows.length > limit ? (crises.at(-1)?.code ?? null) : null }
}

export async function findCrisis({ kysely }: Database, code: string): Promise<CrisisView | undefined> {
  const row = await kysely.selectFrom('crisis').selectAll().where('code', '=', code).executeTakeFirst()
  return row === undefined ? undefined : crisisView(row)
}

/**
 * Codes of the crises that have a commitment of this id; a record gives ids as it likes, so there may be several.
 *
 * @param brand null for those of every brand
 */
export async function crisesOfCommitment({ kysely }: Database, id: string, brand: string | null): Promise<string[]> {
  let query = kysely
    .selectFrom('crisis')
    .select('code')
    .where(sql<boolean>`state::jsonb -> 'commitments' @> ${JSON.stringify([{ id }])}::jsonb`)
    .orderBy('code')
    .limit(10)
  if (brand !== null) query = query.where('brand', '=', brand)
  return (await query.execute()).map(({ code }) => code)
}

function crisisView(row: {
  code: string
  brand: string
  mode: string
  opened_index: number
  state: object
}): CrisisView {
  const { code, brand, mode, state } = row
  return { code, brand, mode, openedIndex: row.opened_index, state }
}
