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

/** Streams in one query at most. */
const ROUND_MAX = 100

/**
 * One round over all crises that have a promise due, however many fell due while nobody looked. It may end anywhere: what
 * it has written stands, and whoever comes next finds the rest. A crisis that cannot be written now does not keep the
 * others waiting.
 *
 * @returns how many crises were looked after
 * @throws AggregateError after the round, with what went wrong in single crises
 */
export async function writeDueMisses(kysely: Kysely<Tables>, sequencer: Appender): Promise<number> {
  const errors: unknown[] = []
  let count = 0
  for (let after = ''; ;) {
    const streams = await findDueStreams(kysely, after)
    // Together, so that they share transactions.
    const looked = streams.map(
      async (stream) => await sequencer.append({ needs: { streams: [stream] }, judge: () => [] }),
    )
    for (const result of await Promise.allSettled(looked)) if (result.status === 'rejected') errors.push(result.reason)
    count += streams.length
    const last = streams.at(-1)
    if (last === undefined || streams.length < ROUND_MAX) break
    after = last
  }
  if (errors.length > 0) throw new AggregateError(errors, 'misses of some crises could not be written')
  return count
}

/** The streams of crises that have a promise due without outcome, by name. */
async function findDueStreams(kysely: Kysely<Tables>, after: string): Promise<string[]> {
  const rows = await kysely
    .selectFrom('promise')
    .select('stream')
    .distinct()
    .where('outcome_index', 'is', null)
    .where('due', '<=', sql<Date>`clock_timestamp()`)
    .where('stream', '>', after)
    .orderBy('stream')
    .limit(ROUND_MAX)
    .execute()
  return rows.map(({ stream }) => stream)
}

/** Repeats the round. */
export function startDueTimer(
  kysely: Kysely<Tables>,
  sequencer: Appender,
  pace: { intervalMs: number; onError: (error: unknown) => void },
): Repeated {
  return repeat(async () => writeDueMisses(kysely, sequencer), pace)
}
