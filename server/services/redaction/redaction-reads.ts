/** What erasing must know before it is judged: what an entry still holds, and what a consent covers. */
import type { ConsentState } from '../../../ledger/consent.ts'
import type { Database } from '../../db/database.ts'

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
