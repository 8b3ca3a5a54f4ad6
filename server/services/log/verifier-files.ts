/**
 * The checking program as one file, verify.html, is what people use who do not trust this server. So each version of it is
 * named by an entry of the log before anybody can load it: whoever hands one reader a file of its own making hands out one
 * that is not on record, or leaves it there for everybody to see.
 */
import type { Database } from '../../db/database.ts'
import type { Appender } from './command.ts'
import { ledgerDraft, writeMissing } from './ledger-entries.ts'

/** `sha256`: of the file's bytes, hex. `lang`: the language of its words, BCP 47. */
export type VerifierFile = { sha256: string; lang: string }

/**
 * Puts on record the files that are not yet.
 *
 * @returns the index of the entry that names it, by SHA-256
 */
export async function recordVerifierFiles(
  database: Database,
  appender: Appender,
  files: readonly VerifierFile[],
): Promise<ReadonlyMap<string, number>> {
  const known = async (): Promise<ReadonlyMap<string, number>> => await readIndexes(database, files)
  await writeMissing(database, appender, async () => {
    const named = await known()
    return files
      .filter(({ sha256 }) => !named.has(sha256))
      .map(({ sha256, lang }) => ledgerDraft('ledger.verifier', { sha256, lang }))
  })
  return await known()
}

async function readIndexes({ kysely }: Database, files: readonly VerifierFile[]): Promise<Map<string, number>> {
  const hashes = files.map(({ sha256 }) => sha256)
  const rows = await kysely
    .selectFrom('verifier_file')
    .select(['sha256', 'entry_index'])
    .where('sha256', 'in', hashes)
    .execute()
  return new Map(rows.map(({ sha256, entry_index: index }) => [sha256, index]))
}
