/** The list of admin keys, without anything secret. */
import type { Database } from '../../db/database.ts'
import type { Admin } from './admin-key.ts'

export type KeyView = {
  id: string
  role: string
  brand: string | null
  openedIndex: number
  revokedIndex: number | null
}

/** The keys that a key may see: all for the operator, else those of its brand. */
export async function listKeys(
  { kysely }: Database,
  admin: Admin,
  after: string | undefined,
  limit: number,
): Promise<{ keys: KeyView[]; next: string | null }> {
  let query = kysely
    .selectFrom('admin_key')
    .selectAll()
    .orderBy('id')
    .limit(limit + 1)
  if (admin.brand !== null) query = query.where('brand', '=', admin.brand)
  if (after !== undefined) query = query.where('id', '>', after)
  const rows = await query.execute()
  const keys = rows.slice(0, limit).map(({ id, role, brand, opened_index, revoked_index }) => ({
    id,
    role,
    brand,
    openedIndex: opened_index,
    revokedIndex: revoked_index,
  }))
  return { keys, next: rows.length > limit ? (keys.at(-1)?.id ?? null) : null }
}
