/** Claims: RW1–RW3 and P2 on rewards and redemptions, in the service and again in the database. */
import t from 'tap'
import { sql } from 'kysely'
import { checkLog } from '../../../server/services/log/check-log.ts'
import { amendReward, closeReward, publishReward } from '../../../server/services/points/publish-reward.ts'
import {
  HOLD_DAYS,
  confirmRedemption,
  redeemReward,
  refundRedemption,
  releaseRedemption,
} from '../../../server/services/points/redeem-reward.ts'
import { grantPoints } from '../../../server/services/points/grant-points.ts'
import { reverseGrant } from '../../../server/services/points/resolve-grant.ts'
import { PROGRAMME, indexOf, once } from '../../support/points.ts'
import { DAY_MS, holderRequest, openSpending, ranchVisit } from './spending.ts'
import type { Spending } from './spending.ts'

t.setTimeout(600_000)

const balances = async ({ database }: Spending, holder: string) =>
  await database.kysely
    .selectFrom('account')
    .select(['available', 'pending', 'held'])
    .where('holder', '=', holder)
    .executeTakeFirst()

const tranches = async ({ database }: Spending, holder: string): Promise<number[]> => {
  const rows = await database.kysely
    .selectFrom('tranche')
    .select('remaining')
    .where('holder', '=', holder)
    .orderBy('grant_index')
    .execute()
  return rows.map(({ remaining }) => remaining)
}

t.test('RW1, RW2: a published reward is never oversold and only becomes better', async (t) => {
  const spending = await openSpending(t, 3)
  const { log, database, holders } = spending
  const [first, second, third] = holders as [(typeof holders)[0], (typeof holders)[0], (typeof holders)[0]]
  for (const holder of holders) await spending.grant(holder, 3)
  const reward = ranchVisit(spending, { capacity: 1 })
  const published = indexOf(await log.sequencer.append(publishReward(once(), PROGRAMME, reward)))
  const append = log.sequencer.append.bind(log.sequencer)

  await t.test('a reward is published once', async (t) => {
    await t.rejects(append(publishReward(once(), PROGRAMME, reward)), { code: 'reward_exists' })
    const late = ranchVisit(spending, { reward: 'late', until: spending.instant(-1) })
    await t.rejects(append(publishReward(once(), PROGRAMME, late)), { code: 'reward_dates' })
    const praise = ranchVisit(spending, { reward: 'p', conditions: { 'zh-CN': '需五星好评', en: 'Be kind.' } })
    await t.rejects(append(publishReward(once(), PROGRAMME, praise)), { code: 'reward_asks_for_praise' })
  })

  await t.test('RW2: what would make it worse is refused, by the service and by the database', async (t) => {
    const worse = [
      { cost: 21 },
      { capacity: 0 },
      { from: spending.instant(DAY_MS) },
      { until: spending.instant(DAY_MS) },
      { conditions: { 'zh-CN': '年满二十岁。', en: 'Twenty or older.' } },
      { text: { 'zh-CN': '一日参观。', en: 'One day.' } },
      { eventOn: '2027-05-01' },
    ]
    for (const members of worse) {
      const amended = amendReward(once(), PROGRAMME, { ...reward, ...members }, published)
      await t.rejects(append(amended), Object.keys(members).join())
    }
    const times = [
      "redeem_until = redeem_from + interval '1 second'",
      "redeem_from = redeem_from + interval '1 second'",
    ]
    for (const set of ['cost = cost + 1', 'capacity = capacity - 1', 'version = version - 1', ...times]) {
      await t.rejects(sql.raw(`UPDATE reward SET ${set}`).execute(database.kysely), /RW2/)
    }
    await t.rejects(sql`UPDATE reward SET taken = 0`.execute(database.kysely), /permission denied/)
  })

  await t.test('RW1: the last place is given once', async (t) => {
    const held = await append(redeemReward(holderRequest(first), 'ranch-visit'))
    t.same(await balances(spending, first.id), { available: 10, pending: 0, held: 20 })
    await t.rejects(append(redeemReward(holderRequest(second), 'ranch-visit')), { code: 'reward_sold_out' })
    const place = { index: indexOf(held), programme: PROGRAMME, holder: first.id }
    await append(releaseRedemption(once(), place, 'fully booked'))
    t.same(await balances(spending, first.id), { available: 30, pending: 0, held: 0 })
    t.same(await tranches(spending, first.id), [10, 10, 10], 'each grant has its points back')
    await t.rejects(append(confirmRedemption(once(), place)), { code: 'redemption_not_held' })
    await append(redeemReward(holderRequest(second), 'ranch-visit'))
  })

  await t.test('a better version gives more places, and both versions stand', async (t) => {
    await append(amendReward(once(), PROGRAMME, { ...reward, capacity: 5, cost: 10 }, published))
    await t.rejects(append(amendReward(once(), PROGRAMME, { ...reward, capacity: 6 }, published)), { code: 'busy' })
    const held = await append(redeemReward(holderRequest(third), 'ranch-visit'))
    const place = { index: indexOf(held), programme: PROGRAMME, holder: third.id }
    await append(confirmRedemption(once(), place))
    await t.rejects(append(releaseRedemption(once(), place)), { code: 'redemption_not_held' })
    t.same(await balances(spending, third.id), { available: 20, pending: 0, held: 0 })
    await append(refundRedemption(once(), place, 'storm'))
    await t.rejects(append(refundRedemption(once(), place)), { code: 'redemption_not_confirmed' })
    t.same(await balances(spending, third.id), { available: 30, pending: 0, held: 0 })
    t.same(await tranches(spending, third.id), [10, 10, 10])
  })

  await t.test('who has too little redeems nothing', async (t) => {
    await append(redeemReward(holderRequest(third), 'ranch-visit'))
    await append(redeemReward(holderRequest(third), 'ranch-visit'))
    await append(redeemReward(holderRequest(third), 'ranch-visit'))
    await t.rejects(append(redeemReward(holderRequest(third), 'ranch-visit')), { code: 'balance_too_small' })
    t.same(await balances(spending, third.id), { available: 0, pending: 0, held: 30 })
  })

  await t.test('S4: a place that nobody confirmed in time is released by the system, once', async (t) => {
    await spending.setAhead(HOLD_DAYS * DAY_MS + 1000)
    await Promise.all([spending.sweep(), spending.sweep(), spending.sweep()])
    t.same(await balances(spending, third.id), { available: 30, pending: 0, held: 0 })
    t.equal(await spending.sweep(), 0)
  })

  await t.test('closing an offer that still stands needs its reason', async (t) => {
    await t.rejects(append(closeReward(once(), PROGRAMME, 'ranch-visit')), { code: 'reason_missing' })
    await append(closeReward(once(), PROGRAMME, 'ranch-visit', 'The ranch is closed for repairs.'))
    await t.rejects(append(redeemReward(holderRequest(third), 'ranch-visit')), { code: 'reward_closed' })
    await t.rejects(append(closeReward(once(), PROGRAMME, 'ranch-visit', 'again')), { code: 'reward_closed' })
    await t.rejects(
      sql`UPDATE reward SET closed_index = NULL`.execute(database.kysely),
      /RW2/,
      'nor is it opened again',
    )
  })

  t.same((await checkLog(database)).problems, [], 'fsck finds the same')
})

t.test('L4: what is held is neither there nor spent, and no grant is taken back over it', async (t) => {
  const spending = await openSpending(t, 1)
  const append = spending.log.sequencer.append.bind(spending.log.sequencer)
  const { database, source } = spending
  await append(publishReward(once(), PROGRAMME, ranchVisit(spending, { cost: 6 })))
  const { id: holder } = spending.holders[0]!
  const mine = { programme: PROGRAMME, holder }
  const grant = {
    index: indexOf(await append(grantPoints(once(), PROGRAMME, { rule: 'help', source, holder }))),
    ...mine,
  }
  const hold = async () => ({ index: indexOf(await append(redeemReward(mine, 'ranch-visit'))), ...mine })
  const held = await hold()
  for (const amount of [undefined, 5]) {
    const reversal = append(reverseGrant(once(), grant, 'given in error', amount))
    await t.rejects(reversal, { code: 'grant_held', detail: { available: 4, held: 6 } })
  }
  await append(reverseGrant(once(), grant, 'given in error', 2))
  await append(releaseRedemption(once(), held))
  t.same(await balances(spending, holder), { available: 8, pending: 0, held: 0 })
  await append(confirmRedemption(once(), await hold()))
  await append(reverseGrant(once(), grant, 'given in error'))
  t.same(await balances(spending, holder), { available: 0, pending: 0, held: 0 })
  const [totals] = await database.kysely.selectFrom('programme_balance').select(['forfeited', 'redeemed']).execute()
  t.same(totals, { forfeited: -6, redeemed: 6 }, 'what is spent the brand bears')
  t.same((await checkLog(database)).problems, [])
})
