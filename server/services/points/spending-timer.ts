/**
 * Does for quiet programmes what the sequencer does before a command on the same thing (S4): releases places that nobody
 * confirmed in time, writes missed answers, opens and closes ballots; and counts those that were closed.
 */
import { sql } from 'kysely'
import type { Database } from '../../db/database.ts'
import type { Appender, Needs } from '../log/command.ts'
import { repeat } from '../log/repeat.ts'
import type { Repeated } from '../log/repeat.ts'
import { redemptionNeeds } from './redeem-reward.ts'
import { tallyBallots } from './tally-ballots.ts'

/** Things of one kind in one round at most; the next round has the others. */
const ROUND_MAX = 100

const NOW = sql<Date>`clock_timestamp()`

/**
 * One round. What cannot be written now does not keep the rest waiting.
 *
 * @returns how many things were looked after
 * @throws AggregateError after the round, with what went wrong
 */
export async function writeDueSpending(database: Database, appender: Appender): Promise<number> {
  const errors: unknown[] = []
  const due = [...(await dueRedemptions(database)), ...(await dueProposals(database)), ...(await dueBallots(database))]
  for (const needs of due) {
    await appender.append({ needs, judge: () => [] }).catch((error: unknown) => errors.push(error))
  }
  const tallied = await tallyBallots(database, appender).catch((error: unknown) => {
    errors.push(error)
    return 0
  })
  if (errors.length > 0) throw new AggregateError(errors, 'some of what is due in programmes could not be written')
  return due.length + tallied
}

async function dueRedemptions({ kysely }: Database): Promise<Needs[]> {
  const rows = await kysely
    .selectFrom('redemption')
    .select(['entry_index as index', 'programme', 'holder'])
    .where('state', '=', 'held')
    .where('hold_until', '<=', NOW)
    .orderBy('entry_index')
    .limit(ROUND_MAX)
    .execute()
  return rows.map(redemptionNeeds)
}

async function dueProposals({ kysely }: Database): Promise<Needs[]> {
  const rows = await kysely
    .selectFrom('proposal')
    .select(['entry_index', 'programme'])
    .where('answered_index', 'is', null)
    .where('missed_index', 'is', null)
    .where('answer_due', '<=', NOW)
    .orderBy('entry_index')
    .limit(ROUND_MAX)
    .execute()
  return rows.map(({ entry_index: index, programme }) => ({ points: { programmes: [programme], proposals: [index] } }))
}

/** A ballot whose list no anchor covers before its time is over never opens: it is not looked at again. */
async function dueBallots({ kysely }: Database): Promise<Needs[]> {
  const rows = await kysely
    .selectFrom('ballot')
    .select(['entry_index', 'programme'])
    .where((where) =>
      where.or([
        where.and([
          where('frozen_index', 'is not', null),
          where('opened_index', 'is', null),
          where('opens_at', '<=', NOW),
          where('closes_at', '>', NOW),
        ]),
        where.and([
          where('opened_index', 'is not', null),
          where('closed_index', 'is', null),
          where('closes_at', '<=', NOW),
        ]),
      ]),
    )
    .orderBy('entry_index')
    .limit(ROUND_MAX)
    .execute()
  return rows.map(({ entry_index: index, programme }) => ({ points: { programmes: [programme], ballots: [index] } }))
}

/** Repeats the round. */
export function startSpendingTimer(
  database: Database,
  appender: Appender,
  pace: { intervalMs: number; onError: (error: unknown) => void },
): Repeated {
  return repeat(async () => writeDueSpending(database, appender), pace)
}
