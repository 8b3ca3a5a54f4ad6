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

/** Where an entry of stream `ledger` stands: in the log, and in its stream. */
export type LedgerPlace = { index: number; seq: number }

/**
 * Puts on record the files that are not yet.
 *
 * @returns the place of the entry that names it, by SHA-256
 */
export async function recordVerifierFiles(
  database: Database,
  appender: Appender,
  files: readonly VerifierFile[],
): Promise<ReadonlyMap<string, LedgerPlace>> {
  const known = async (): Promise<ReadonlyMap<string, LedgerPlace>> => await readPlaces(database, files)
  await writeMissing(database, appender, async () => {
    const named = await known()
    return files
      .filter(({ sha256 }) => !named.has(sha256))
      .map(({ sha256, lang }) => ledgerDraft('ledger.verifier', { sha256, lang }))
  })
  return await known()
}

async function readPlaces({ kysely }: Database, files: readonly VerifierFile[]): Promise<Map<string, LedgerPlace>> {
  const hashes = files.map(({ sha256 }) => sha256)
  const rows = await kysely
    .selectFrom('verifier_file')
    .innerJoin('entry', 'entry.index', 'verifier_file.entry_index')
    .select(['sha256', 'entry.index', 'entry.seq'])
    .where('sha256', 'in', hashes)
    .execute()
  return new Map(rows.map(({ sha256, index, seq }) => [sha256, { index, seq }]))
}
