/**
 * Looks after what nobody asks about (S4): pending grants past their deadline, notices of points that are to expire, and
 * points that have had their notice. Every round may end anywhere, and any number of instances may do the same.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Tables } from '../../db/tables.ts'
import type { Appender, Command } from '../log/command.ts'
import type { PointsNeeds } from '../log/points-rows.ts'
import { SYSTEM, mustHaveProgramme, pointsDraft } from './points-draft.ts'

/** Grants or holders in one command at most. */
const ROUND_MAX = 100

/** A notice is written this long before points expire: 30 days must pass, and a fortnight is for what goes wrong. */
const NOTICE_BEFORE = sql`interval '45 days'`
const NOTICE_STANDS = sql`interval '30 days'`
const NOW = sql<Date>`clock_timestamp()`

/**
 * One round.
 *
 * @returns how many commands were sent
 * @throws AggregateError after the round, with what went wrong in single programmes
 */
export async function writeDuePoints(kysely: Kysely<Tables>, appender: Appender): Promise<number> {
  const errors: unknown[] = []
  let count = 0
  for (const find of [lapsing, noticing, expiring]) {
    for (const command of await find(kysely)) {
      count++
      await appender.append(command).catch((error: unknown) => errors.push(error))
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'what was due in some programmes could not be written')
  return count
}

/** S4 writes what is due for what a command needs: these need it, and want nothing else. */
function looking(points: PointsNeeds): Command {
  return { needs: { points }, judge: () => [] }
}

async function lapsing(kysely: Kysely<Tables>): Promise<Command[]> {
  const rows = await kysely
    .selectFrom('point_grant')
    .select(['entry_index', 'programme', 'holder'])
    .where('state', '=', 'pending')
    .where('deadline', '<=', NOW)
    .orderBy('deadline')
    .limit(ROUND_MAX)
    .execute()
  return [...Map.groupBy(rows, ({ programme }) => programme)].map(([programme, grants]) =>
    looking({
      programmes: [programme],
      holders: grants.map(({ holder }) => holder),
      grants: grants.map(({ entry_index: index }) => index),
    }),
  )
}

async function noticing(kysely: Kysely<Tables>): Promise<Command[]> {
  const rows = await kysely
    .selectFrom('tranche')
    .innerJoin('account', 'account.holder', 'tranche.holder')
    .leftJoin('expiry_notice', (join) =>
      join
        .onRef('expiry_notice.programme', '=', 'account.programme')
        .onRef('expiry_notice.expires_at', '=', 'tranche.expires_at'),
    )
    .select(['account.programme', 'tranche.expires_at'])
    .distinct()
    .where('tranche.remaining', '>', 0)
    .where('tranche.expires_at', '<=', sql<Date>`${NOW} + ${NOTICE_BEFORE}`)
    .where('expiry_notice.entry_index', 'is', null)
    .limit(ROUND_MAX)
    .execute()
  return rows.flatMap(({ programme, expires_at: at }) => (at === null ? [] : [notice(programme, at.toISOString())]))
}

/** The notice that points expire, with how many of how many holders. The first one counts. */
function notice(programme: string, expiresAt: string): Command {
  return {
    needs: { points: { programmes: [programme], expiring: [{ programme, expiresAt }] } },
    judge(snapshot) {
      const { notices } = mustHaveProgramme(snapshot, programme)
      const { holders, amount } = snapshot.points.expiring(programme, expiresAt)
      if (amount === 0 || notices.some((known) => known.expiresAt === expiresAt)) return []
      return [pointsDraft(snapshot, programme, SYSTEM, 'points.expiring', { expiresAt, holders, amount })]
    },
  }
}

async function expiring(kysely: Kysely<Tables>): Promise<Command[]> {
  const rows = await kysely
    .selectFrom('tranche')
    .innerJoin('account', 'account.holder', 'tranche.holder')
    .innerJoin('expiry_notice', (join) =>
      join
        .onRef('expiry_notice.programme', '=', 'account.programme')
        .onRef('expiry_notice.expires_at', '=', 'tranche.expires_at'),
    )
    .select(['account.programme', 'tranche.holder'])
    .distinct()
    .where('tranche.remaining', '>', 0)
    .where('tranche.expires_at', '<=', NOW)
    .where('expiry_notice.noticed_at', '<=', sql<Date>`${NOW} - ${NOTICE_STANDS}`)
    .limit(ROUND_MAX)
    .execute()
  return [...Map.groupBy(rows, ({ programme }) => programme)].map(([programme, holders]) =>
    looking({ programmes: [programme], tranches: holders.map(({ holder }) => holder) }),
  )
}
