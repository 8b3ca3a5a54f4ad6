/**
 * Writes down what was due and did not come, also for crises that nobody touches (S4). The sequencer does the same before
 * it judges a command on a crisis; whoever comes first, one row of `promise` has one outcome.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Tables } from '../../db/tables.ts'
import type { Appender } from './command.ts'
import { repeat } from './repeat.ts'
import type { Repeated } from './repeat.ts'

/** Streams in one round at most. */
const ROUND_MAX = 100

/**
 * One round over the crises that have a promise due.
 *
 * @returns how many crises were looked after
 */
export async function writeDueMisses(kysely: Kysely<Tables>, sequencer: Appender): Promise<number> {
  const rows = await kysely
    .selectFrom('promise')
    .select('stream')
    .distinct()
    .where('outcome_index', 'is', null)
    .where('due', '<=', sql<Date>`clock_timestamp()`)
    .limit(ROUND_MAX)
    .execute()
  for (const { stream } of rows) await sequencer.append({ needs: { streams: [stream] }, judge: () => [] })
  return rows.length
}

/** Repeats the round. */
export function startDueTimer(
  kysely: Kysely<Tables>,
  sequencer: Appender,
  pace: { intervalMs: number; onError: (error: unknown) => void },
): Repeated {
  return repeat(async () => writeDueMisses(kysely, sequencer), pace)
}
