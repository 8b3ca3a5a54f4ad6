/** What erasing must know before it is judged: what an entry still holds, and what a consent covers. */
import type { ConsentState } from '../../../ledger/consent.ts'
import type { Database } from '../../db/database.ts'
import type { ConsentPlace } from './consents.ts'

/** The disclosures of an entry that are still held. */
export async function disclosuresOf({ kysely }: Database, index: number): Promise<string[]> {
  const rows = await kysely
    .selectFrom('disclosure')
    .select('body')
    .where('entry_index', '=', index)
    .orderBy('digest')
    .execute()
  return rows.map(({ body }) => body)
}

/** The entries of a crisis whose texts stand on a consent; undefined when there is no such consent. */
export async function consentCovers(
  { kysely }: Database,
  code: string,
  consent: number,
): Promise<readonly number[] | undefined> {
  const row = await kysely.selectFrom('crisis').select('state').where('code', '=', code).executeTakeFirst()
  const { consents } = (row?.state ?? {}) as { consents?: readonly ConsentState[] }
  return consents?.find(({ index }) => index === consent)?.covers
}

/** Where a consent stands and what it covers; undefined when the entry is none of a crisis. */
export async function consentPlace(database: Database, index: number): Promise<ConsentPlace | undefined> {
  const row = await database.kysely.selectFrom('entry').select('stream').where('index', '=', index).executeTakeFirst()
  if (row?.stream.startsWith('crisis:') !== true) return undefined
  const crisis = row.stream.slice('crisis:'.length)
  const covers = await consentCovers(database, crisis, index)
  return covers === undefined ? undefined : { index, crisis, covers }
}
