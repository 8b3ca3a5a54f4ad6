/**
 * The batch answer from the log: which crises are about a product, their whole streams, and what these say about the
 * goods in somebody's hand. The judgement is that of ledger/answer.ts; here the entries are fetched.
 */
import type { Answer } from '../../../ledger/answer.ts'
import { answerFor, wasOnRecord } from '../../../ledger/answer.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { LedgerError } from '../../../ledger/errors.ts'
import { parseInstant, parseOccurredAt } from '../../../ledger/instant.ts'
import type { IndexedEntry } from '../../../ledger/milestone.ts'
import type { Database } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import type { LogReader } from '../log/reader.ts'

/** A page of a stream's entries. */
const PAGE_ENTRIES = 500

/** `gtin`: 14 digits. `asOf`: digits are a size of the log, else a day or an instant. */
export type ProductQuestion = { gtin: string; lot?: string; market?: string; asOf?: string }

/** `size`: of the log when it was asked. */
export type ProductAnswer = Answer & { size: number }

/**
 * What the record answers.
 *
 * @throws AppError validation_failed when `asOf` is none of its forms; not_found when the log is not that large yet
 */
export async function answerProduct(
  { database, reader }: { database: Database; reader: LogReader },
  { gtin, lot, market, asOf }: ProductQuestion,
): Promise<ProductAnswer> {
  const { size } = await reader.head()
  if (asOf !== undefined && /^\d{1,16}$/.test(asOf) && Number(asOf) > size) {
    throw new AppError('not_found', `The log has ${size} entries: nobody knows yet what it will say at ${asOf}.`)
  }
  const { kysely } = database
  const about = await kysely
    .selectFrom('crisis_product')
    .select('code')
    .where('gtin', '=', gtin)
    .orderBy('code')
    .execute()
  const batches = await kysely.selectFrom('batch').select(['lot', 'entry_index']).where('gtin', '=', gtin).execute()
  const crises = []
  for (const { code } of about) crises.push({ entries: await readStream(reader, `crisis:${code}`, size) })
  try {
    assertAsOf(asOf)
    const answer = answerFor({
      crises,
      gtin,
      lots: batches.filter((batch) => wasOnRecord(batch.entry_index, asOf)).map((batch) => batch.lot),
      ...(lot === undefined ? {} : { lot }),
      ...(market === undefined ? {} : { market }),
      ...(asOf === undefined ? {} : { asOf }),
    })
    return { ...answer, size }
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    throw new AppError('validation_failed', error.message, {}, { cause: error })
  }
}

/** Refuses what is no form of `asOf`, also when no crisis is about the product and nothing else would look at it. */
function assertAsOf(asOf: string | undefined): void {
  if (asOf === undefined || /^\d{1,16}$/.test(asOf)) return
  if (/^\d{4}-\d\d-\d\d$/.test(asOf)) parseOccurredAt(asOf, '+00:00')
  else parseInstant(asOf)
}

/** All entries of a stream below a size. */
export async function readStream(reader: LogReader, stream: string, below: number): Promise<IndexedEntry[]> {
  const entries: IndexedEntry[] = []
  for (;;) {
    const page = await reader.streamEntries(stream, { below, after: entries.length, limit: PAGE_ENTRIES })
    for (const { index, bytes } of page) entries.push({ index, entry: parseEntry(bytes) })
    if (page.length < PAGE_ENTRIES) return entries
  }
}
