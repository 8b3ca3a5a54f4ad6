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

/**
 * The instants at which points expire within 45 days, and of which the state of the programme knows no notice: 30 days it must stand,
 * and a fortnight is for what goes wrong.
 */
async function noticing(kysely: Kysely<Tables>): Promise<Command[]> {
  const { rows } = await sql<{ programme: string; expires_at: Date }>`
    SELECT DISTINCT a.programme, t.expires_at
    FROM tranche t JOIN account a ON a.holder = t.holder JOIN programme p ON p.id = a.programme
    WHERE t.remaining > 0 AND t.expires_at <= ${NOW} + interval '45 days' AND NOT EXISTS (${noticeIn('p', 't')})
    ORDER BY t.expires_at, a.programme LIMIT ${ROUND_MAX}`.execute(kysely)
  return rows.map(({ programme, expires_at: at }) => notice(programme, at.toISOString()))
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

/** Holders of points whose time has come and whose notice has stood. */
async function expiring(kysely: Kysely<Tables>): Promise<Command[]> {
  const { rows } = await sql<{ programme: string; holder: string }>`
    SELECT DISTINCT a.programme, t.holder
    FROM tranche t JOIN account a ON a.holder = t.holder JOIN programme p ON p.id = a.programme
    WHERE t.remaining > 0 AND t.expires_at <= ${NOW} AND EXISTS (
      ${noticeIn('p', 't')} AND (n->>'recordedAt')::timestamptz <= ${NOW} - interval '30 days')
    LIMIT ${ROUND_MAX}`.execute(kysely)
  return [...Map.groupBy(rows, ({ programme }) => programme)].map(([programme, holders]) =>
    looking({ programmes: [programme], tranches: holders.map(({ holder }) => holder) }),
  )
}

/** The notice of a tranche in the state of its programme, where only the newest are kept: an older one is written anew. */
function noticeIn(programme: string, tranche: string) {
  return sql`SELECT FROM json_array_elements(${sql.ref(`${programme}.state`)}->'notices') n
    WHERE (n->>'expiresAt')::timestamptz = ${sql.ref(`${tranche}.expires_at`)}`
}
