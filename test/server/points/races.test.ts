/**
 * What happens when many want the same thing at once: two instances on one PostgreSQL, requests sent to both in the same
 * turn. One outcome each, and sums that are exact.
 */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import t from 'tap'
import { AppError } from '../../../server/errors.ts'
import { openDatabase } from '../../../server/db/database.ts'
import type { Database } from '../../../server/db/database.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import type { AppendResult, Command } from '../../../server/services/log/command.ts'
import type { Log } from '../../../server/services/log/open-log.ts'
import { grantPoints } from '../../../server/services/points/grant-points.ts'
import type { OpenedHolder } from '../../../server/services/points/open-holders.ts'
import { writeDuePoints } from '../../../server/services/points/points-timer.ts'
import { publishReward } from '../../../server/services/points/publish-reward.ts'
import { redeemReward } from '../../../server/services/points/redeem-reward.ts'
import { postGrant, voidGrant } from '../../../server/services/points/resolve-grant.ts'
import { installDatabaseClock, setDatabaseClock } from '../../support/database-clock.ts'
import { openTestDatabase } from '../../support/database.ts'
import { idempotencyOf, openTestLog } from '../../support/log.ts'
import {
  PROGRAMME,
  STAFF,
  as,
  indexOf,
  once,
  openTestProgramme,
  recordSource,
  supervision,
} from '../../support/points.ts'

const DAY_MS = 86_400_000

type World = { database: Database; logs: readonly [Log, Log]; holders: OpenedHolder[]; source: number; url: string }

async function openWorld(t: Tap, clock: () => number = Date.now, hasClock = false): Promise<World> {
  const first = await openTestDatabase(t, 'postgres')
  const { dataDir, url = '' } = first
  if (hasClock) await installDatabaseClock(url)
  // Connections that are opened from now on have the test's clock.
  const database = await openDatabase({ url, dataDir })
  const second = await openDatabase({ url, dataDir })
  const logs = [
    await openTestLog({ database, dataDir, clock }),
    await openTestLog({ database: second, dataDir: `${dataDir}/second`, clock }),
  ] as const
  t.teardown(async () => {
    for (const log of logs) await log.close()
    await database.close()
    await second.close()
  })
  const rules = [
    supervision({ rule: 'direct', earns: { points: 100 } }),
    supervision({ rule: 'waits', pendingDays: 7 }),
  ]
  const holders = await openTestProgramme(logs[0], database, rules, 70)
  const source = await recordSource(logs[0])
  return { database, logs, holders, source, url }
}

type Tap = { teardown(work: () => Promise<void>): void }

/** Sends all at once, in turns to both instances. Gives the answers, and the codes of the refusals. */
async function sendAll(
  { logs }: World,
  commands: readonly Command[],
): Promise<{ answers: AppendResult[]; codes: string[] }> {
  const settled = await Promise.allSettled(commands.map(async (it, i) => await logs[i % 2]!.sequencer.append(it)))
  const answers = settled.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
  const codes = settled.flatMap((it) => {
    if (it.status === 'fulfilled') return []
    if (it.reason instanceof AppError) return [it.reason.code]
    throw it.reason
  })
  return { answers, codes }
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

async function mustBeSound(t: { same(found: unknown, wanted: unknown, name: string): void }, { database }: World) {
  t.same((await checkLog(database)).problems, [], 'fsck holds')
  const { rows } = await sql<{ sum: number }>`
    SELECT issuance + available + pending + held + redeemed + expired + forfeited AS sum FROM programme_balance`.execute(
    database.kysely,
  )
  t.same(rows, [{ sum: 0 }], 'P1: the trial balance is zero')
}

function reward(capacity: number, cost: number) {
  const words = { 'zh-CN': '参观牧场', en: 'A visit of the ranch' }
  const from = new Date(Date.now() - DAY_MS).toISOString()
  const until = new Date(Date.now() + 300 * DAY_MS).toISOString()
  const named = { title: words, text: words, conditions: words, valueClass: 'experience' }
  return { reward: 'visit', ...named, cost, capacity, from, until }
}

t.test('of 64 that spend one account at once, as many succeed as it has points for', async (t) => {
  const world = await openWorld(t)
  const { logs, holders, source, database } = world
  const holder = holders[0]!.id
  await logs[0].sequencer.append(grantPoints(once(), PROGRAMME, { rule: 'direct', source, holder }))
  await logs[0].sequencer.append(publishReward(once(), PROGRAMME, reward(1000, 7)))
  const spends = times(64, () =>
    redeemReward({ programme: PROGRAMME, holder, idempotency: idempotencyOf('', randomUUID()) }, 'visit'),
  )
  const { answers, codes } = await sendAll(world, spends)
  t.equal(answers.length, 14, '100 points are 14 times 7')
  t.same([...new Set(codes)], ['balance_too_small'])
  const account = await database.kysely.selectFrom('account').selectAll().where('holder', '=', holder).execute()
  t.match(account, [{ available: 2, held: 98, pending: 0, version: 1 + 2 * 14 }])
  await mustBeSound(t, world)
})

t.test('the last place goes to one of 64', async (t) => {
  const world = await openWorld(t)
  const { logs, holders, source } = world
  const grants = holders
    .slice(0, 64)
    .map(({ id }) => grantPoints(once(), PROGRAMME, { rule: 'direct', source, holder: id }))
  t.equal((await sendAll(world, grants)).answers.length, 64)
  await logs[0].sequencer.append(publishReward(once(), PROGRAMME, reward(1, 10)))
  const spends = holders
    .slice(0, 64)
    .map(({ id }) =>
      redeemReward({ programme: PROGRAMME, holder: id, idempotency: idempotencyOf('', randomUUID()) }, 'visit'),
    )
  const { answers, codes } = await sendAll(world, spends)
  t.equal(answers.length, 1)
  t.same(
    codes,
    times(63, () => 'reward_sold_out'),
  )
  await mustBeSound(t, world)
})

t.test('of post, void and lapse one happens', async (t) => {
  let aheadMs = 0
  const world = await openWorld(t, () => Date.now() + aheadMs, true)
  const { logs, holders, source, database, url } = world
  const grants = holders
    .slice(0, 30)
    .map(({ id }) => grantPoints(once(), PROGRAMME, { rule: 'waits', source, holder: id }))
  const pending = (await sendAll(world, grants)).answers.map(indexOf)
  const placeOf = async (index: number) => {
    const { holder } = await database.kysely
      .selectFrom('point_grant')
      .select('holder')
      .where('entry_index', '=', index)
      .executeTakeFirstOrThrow()
    return { index, programme: PROGRAMME, holder }
  }
  const places = await Promise.all(pending.map(placeOf))
  const racing = (some: typeof places): Command[] =>
    some.flatMap((place) => times(3, () => [postGrant(once(), place), voidGrant(once(), place)]).flat())
  const early = await sendAll(world, racing(places.slice(0, 10)))
  t.equal(early.answers.length, 10, 'one outcome each')
  t.same([...new Set(early.codes)], ['grant_not_pending'])

  // A moment before the deadlines; the timers of both instances and the commands pass them together.
  const first = await database.kysely
    .selectFrom('point_grant')
    .select('deadline')
    .where('state', '=', 'pending')
    .orderBy('deadline')
    .limit(1)
    .executeTakeFirstOrThrow()
  aheadMs = first.deadline!.getTime() - Date.now()
  await setDatabaseClock(url, aheadMs)
  const sweeps = Promise.all(times(4, async (i) => await writeDuePoints(database.kysely, logs[i % 2]!.sequencer)))
  const late = await sendAll(world, racing(places.slice(10)))
  await sweeps
  while ((await writeDuePoints(database.kysely, logs[0].sequencer)) > 0);
  const { rows } = await sql<{ outcomes: number; grants: number }>`
    SELECT count(*)::int AS grants, count(DISTINCT outcome_index)::int AS outcomes FROM point_grant
    WHERE state <> 'pending'`.execute(database.kysely)
  t.same(rows, [{ grants: 30, outcomes: 30 }], 'each grant has its outcome')
  const written = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM entry
    WHERE convert_from(bytes, 'UTF8') ~ '"type":"grant[.](posted|voided|lapsed)"'`.execute(database.kysely)
  t.same(written.rows, [{ count: 30 }], 'and the log says it once')
  t.ok(late.answers.length <= 20)
  await mustBeSound(t, world)
})

t.test('1,000 retries of one grant write it once', async (t) => {
  const world = await openWorld(t)
  const { holders, source } = world
  const grant = { rule: 'direct', source, holder: holders[0]!.id }
  const idempotency = idempotencyOf('the same body', 'one key')
  const retries = times(1000, () => grantPoints(as(STAFF, idempotency), PROGRAMME, grant))
  const { answers, codes } = await sendAll(world, retries)
  t.same(codes, [])
  t.equal(new Set(answers.map(({ body }) => body['index'])).size, 1, 'all are told of one entry')
  t.equal(answers.filter(({ replayed }) => !replayed).length, 1)

  const others = times(1000, (i) => {
    const other = idempotencyOf(`another body ${i}`, 'one key')
    return grantPoints(as(STAFF, i % 2 === 0 ? other : idempotencyOf('', randomUUID())), PROGRAMME, grant)
  })
  const second = await sendAll(world, others)
  t.equal(second.answers.length, 0)
  t.equal(second.codes.filter((code) => code === 'idempotency_conflict').length, 500, 'the same key with another body')
  t.equal(second.codes.filter((code) => code === 'grant_exists').length, 500, 'another key with the same body')
  const grants = await world.database.kysely.selectFrom('point_grant').select('entry_index').execute()
  t.equal(grants.length, 1)
  await mustBeSound(t, world)
})
