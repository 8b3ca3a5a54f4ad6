/** Entries that the service writes of itself into stream `ledger`, each once, however many instances start at the time. */
import type { JsonObject } from '../../../ledger/json.ts'
import type { Database } from '../../db/database.ts'
import type { Appender, Command, Draft } from './command.ts'

export function ledgerDraft(type: string, data: JsonObject): Draft {
  return { type, stream: 'ledger', actor: { kind: 'system' }, data }
}

/** @param count the drafts are written only if stream `ledger` has so many entries then */
export function ledgerCommand(count: number, drafts: readonly Draft[]): Command {
  return { needs: {}, judge: (snapshot) => ((snapshot.stream('ledger')?.count ?? 0) === count ? drafts : []) }
}

/**
 * Writes what the log does not say yet, until it says everything.
 *
 * @param missing asks the database what is to be written; none: all of it is there
 */
export async function writeMissing(
  database: Database,
  appender: Appender,
  missing: () => Promise<readonly Draft[]>,
): Promise<void> {
  for (;;) {
    // The count comes first: whatever is written between the two is noticed under the lock.
    const count = await readLedgerCount(database)
    const drafts = await missing()
    if (drafts.length === 0) return
    await appender.append(ledgerCommand(count, drafts))
  }
}

async function readLedgerCount({ kysely }: Database): Promise<number> {
  const { count } = await kysely
    .selectFrom('stream')
    .select('count')
    .where('name', '=', 'ledger')
    .executeTakeFirstOrThrow()
  return count
}
