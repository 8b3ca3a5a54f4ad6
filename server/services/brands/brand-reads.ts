/** What staff clients read of brands and products: the projections, page by page. */
import type { Database } from '../../db/database.ts'
import type { Admin } from '../keys/admin-key.ts'

export type BrandView = { slug: string; name: object; legalName: string | null; openedIndex: number }
export type ProductView = {
  gtin: string
  brand: string
  name: object
  category: string | null
  index: number
  batches?: { lot: string; label: object | null; index: number }[]
}

const BATCHES_MAX = 500

/** The brands that a key may see, by slug. */
export async function listBrands(
  { kysely }: Database,
  admin: Admin,
  after: string | undefined,
  limit: number,
): Promise<{ brands: BrandView[]; next: string | null }> {
  let query = kysely
    .selectFrom('brand')
    .selectAll()
    .orderBy('slug')
    .limit(limit + 1)
  if (admin.brand !== null) query = query.where('slug', '=', admin.brand)
  if (after !== undefined) query = query.where('slug', '>', after)
  const rows = await query.execute()
  const brands = rows.slice(0, limit).map(brandView)
  return { brands, next: rows.length > limit ? (brands.at(-1)?.slug ?? null) : null }
}

export async function findBrand({ kysely }: Database, slug: string): Promise<BrandView | undefined> {
  const row = await kysely.selectFrom('brand').selectAll().where('slug', '=', slug).executeTakeFirst()
  return row === undefined ? undefined : brandView(row)
}

function brandView(row: { slug: string; name: object; legal_name: string | null; opened_index: number }): BrandView {
  return { slug: row.slug, name: row.name, legalName: row.legal_name, openedIndex: row.opened_index }
}

/** The products of a brand, by GTIN. */
export async function listProducts(
  { kysely }: Database,
  brand: string,
  after: string | undefined,
  limit: number,
): Promise<{ products: ProductView[]; next: string | null }> {
  let query = kysely
    .selectFrom('product')
    .selectAll()
    .where('brand', '=', brand)
    .orderBy('gtin')
    .limit(limit + 1)
  if (after !== undefined) query = query.where('gtin', '>', after)
  const rows = await query.execute()
  const products = rows.slice(0, limit).map(productView)
  return { products, next: rows.length > limit ? (products.at(-1)?.gtin ?? null) : null }
}

/** A product with its batches, the first 500 by lot. */
export async function findProduct({ kysely }: Database, gtin: string): Promise<ProductView | undefined> {
  const row = await kysely.selectFrom('product').selectAll().where('gtin', '=', gtin).executeTakeFirst()
  if (row === undefined) return undefined
  const batches = await kysely
    .selectFrom('batch')
    .select(['lot', 'label', 'entry_index as index'])
    .where('gtin', '=', gtin)
    .orderBy('lot')
    .limit(BATCHES_MAX)
    .execute()
  return { ...productView(row), batches }
}

function productView(row: {
  gtin: string
  brand: string
  name: object
  category: string | null
  entry_index: number
}): ProductView {
  const { gtin, brand, name, category } = row
  return { gtin, brand, name, category, index: row.entry_index }
}
