/** The small questions that public pages ask beside the bundles: where a thing is, never what it says. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Database } from '../db/database.ts'

export type EvidenceFile = { path: string; bytes: number }

export type Lookups = {
  /** The brand of a product, and the codes of the crises that name it; undefined when the GTIN is not on record. */
  product(gtin: string): Promise<{ brand: string; crises: string[] } | undefined>
  /** Slugs of all brands. */
  brands(): Promise<string[]>
  /** The stream of an entry; undefined beyond the log. */
  streamOf(index: number): Promise<string | undefined>
  /**
   * A file that is on record and still there.
   *
   * @param sha256 lower-case hex
   * @throws Error when the file on disk is no longer the one that was recorded (E1): it must not be handed out
   */
  evidence(sha256: string): Promise<EvidenceFile | undefined>
}

export const openLookups = ({ kysely }: Pick<Database, 'kysely'>, evidenceDir: string): Lookups => ({
  async product(gtin) {
    const product = await kysely.selectFrom('product').select('brand').where('gtin', '=', gtin).executeTakeFirst()
    if (product === undefined) return undefined
    const crises = await kysely
      .selectFrom('crisis_product')
      .innerJoin('crisis', 'crisis.code', 'crisis_product.code')
      .select('crisis.code')
      .where('crisis_product.gtin', '=', gtin)
      .orderBy('crisis.opened_index')
      .execute()
    return { brand: product.brand, crises: crises.map(({ code }) => code) }
  },

  async brands() {
    const rows = await kysely.selectFrom('brand').select('slug').orderBy('slug').execute()
    return rows.map(({ slug }) => slug)
  },

  async streamOf(index) {
    const row = await kysely.selectFrom('entry').select('stream').where('index', '=', index).executeTakeFirst()
    return row?.stream
  },

  async evidence(sha256) {
    if (!/^[0-9a-f]{64}$/.test(sha256)) return undefined
    const row = await kysely.selectFrom('evidence').select('bytes').where('sha256', '=', sha256).executeTakeFirst()
    // Not handed out from the moment that its last entry is registered as erased, whether the bytes are gone or not.
    if (row === undefined || !(await isOnRecord(kysely, sha256))) return undefined
    const path = join(evidenceDir, sha256.slice(0, 2), sha256)
    if (!(await stat(path).catch(() => undefined))?.isFile()) return undefined
    if ((await hashOf(path)) !== sha256) throw new Error(`E1: the evidence file ${sha256} has been changed on disk`)
    return { path, bytes: row.bytes }
  },
})

/** Whether an entry has the file on record whose erasure is not registered. */
const isOnRecord = async (kysely: Database['kysely'], sha256: string): Promise<boolean> => {
  const copy = await kysely
    .selectFrom('evidence_copy')
    .leftJoin('erasure', (join) =>
      join
        .onRef('erasure.entry_index', '=', 'evidence_copy.entry_index')
        .onRef('erasure.digest', '=', 'evidence_copy.digest'),
    )
    .select('evidence_copy.entry_index')
    .where('evidence_copy.sha256', '=', sha256)
    .where('erasure.registered_index', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return copy !== undefined
}

const hashOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
