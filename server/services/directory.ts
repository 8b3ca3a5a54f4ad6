/**
 * Whose is it: the brand that a crisis, a product, an entry or a key belongs to. None of these ever changes, so what was
 * found once is kept. Asked before a request is judged, because who may not see a thing must not learn whether it exists.
 */
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'

const KEPT_MAX = 20_000

/** A thing's brand; null for what belongs to the operator; undefined when there is no such thing. */
export type Owner = string | null | undefined

export class Directory {
  readonly #database: Database
  readonly #kept = new Map<string, string | null>()

  constructor(database: Database) {
    this.#database = database
  }

  /** The brand of a crisis. */
  brandOfCrisis(code: string): Owner | Promise<Owner> {
    return this.#owner(`crisis ${code}`, async () => {
      const row = await this.#database.kysely
        .selectFrom('crisis')
        .select('brand')
        .where('code', '=', code)
        .executeTakeFirst()
      return row?.brand
    })
  }

  /** The brand itself, if it is on record. */
  brandOfBrand(slug: string): Owner | Promise<Owner> {
    return this.#owner(`brand ${slug}`, async () => {
      const row = await this.#database.kysely
        .selectFrom('brand')
        .select('slug')
        .where('slug', '=', slug)
        .executeTakeFirst()
      return row?.slug
    })
  }

  /** The brand of a product. */
  brandOfProduct(gtin: string): Owner | Promise<Owner> {
    return this.#owner(`product ${gtin}`, async () => {
      const row = await this.#database.kysely
        .selectFrom('product')
        .select('brand')
        .where('gtin', '=', gtin)
        .executeTakeFirst()
      return row?.brand
    })
  }

  /** The brand of an admin key; null for the operator's. */
  brandOfKey(id: string): Owner | Promise<Owner> {
    return this.#owner(`key ${id}`, async () => {
      const row = await this.#database.kysely
        .selectFrom('admin_key')
        .select('brand')
        .where('id', '=', id)
        .executeTakeFirst()
      return row === undefined ? undefined : row.brand
    })
  }

  /** The brand of a points programme. */
  brandOfProgramme(id: string): Owner | Promise<Owner> {
    return this.#owner(`programme ${id}`, async () => {
      const row = await this.#database.kysely
        .selectFrom('programme')
        .select('brand')
        .where('id', '=', id)
        .executeTakeFirst()
      return row?.brand
    })
  }

  /** The brand of a holder's programme. */
  brandOfHolder(id: string): Owner | Promise<Owner> {
    return this.#owner(`holder ${id}`, async () => {
      const row = await this.#database.kysely
        .selectFrom('holder')
        .innerJoin('programme', 'programme.id', 'holder.programme')
        .select('programme.brand')
        .where('holder.id', '=', id)
        .executeTakeFirst()
      return row?.brand
    })
  }

  /** The brand of a grant's programme. */
  brandOfGrant(index: number): Owner | Promise<Owner> {
    return this.#owner(`grant ${index}`, async () => {
      const row = await this.#database.kysely
        .selectFrom('point_grant')
        .innerJoin('programme', 'programme.id', 'point_grant.programme')
        .select('programme.brand')
        .where('point_grant.entry_index', '=', index)
        .executeTakeFirst()
      return row?.brand
    })
  }

  /** The brand of the programme that a redemption, a proposal or a ballot belongs to. */
  brandOfSpending(table: 'redemption' | 'proposal' | 'ballot', index: number): Owner | Promise<Owner> {
    return this.#owner(`${table} ${index}`, async () => {
      const { rows } = await sql<{ brand: string }>`
        SELECT p.brand FROM ${sql.table(table)} x JOIN programme p ON p.id = x.programme
        WHERE x.entry_index = ${index}`.execute(this.#database.kysely)
      return rows[0]?.brand
    })
  }

  /** The stream of an entry and its brand. */
  async placeOfEntry(index: number): Promise<{ stream: string; brand: string | null } | undefined> {
    const row = await this.#database.kysely
      .selectFrom('entry')
      .innerJoin('stream', 'stream.name', 'entry.stream')
      .select(['entry.stream', 'stream.brand'])
      .where('entry.index', '=', index)
      .executeTakeFirst()
    return row
  }

  #owner(key: string, find: () => Promise<Owner>): Owner | Promise<Owner> {
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    return find().then((owner) => {
      if (owner !== undefined) {
        if (this.#kept.size >= KEPT_MAX) this.#kept.clear()
        this.#kept.set(key, owner)
      }
      return owner
    })
  }
}
