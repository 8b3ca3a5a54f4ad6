/**
 * The demo's third story: consumers who help. One supervises and visits the pasture; one suggests what then ships; and
 * those who tested it vote on what comes next. Rules are public and anchored before they are used, and everything goes
 * through the addresses that a brand's tools and a holder's phone use.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AdminClient } from './admin-client.ts'
import type { LogWatch } from './log-watch.ts'
import type { StoryCalendar } from './play-story.ts'
import type { Localized } from './record.ts'

export type PointsDesk = {
  operator: AdminClient
  staff: AdminClient
  reviewer: AdminClient
  calendar: StoryCalendar
  watch: LogWatch
  /** Moves clock and chain; whatever was written before is anchored first. */
  advanceTo: (atMs: number) => Promise<void>
  report: (line: string) => void
}

/** A holder as the admin API shows him, once. */
type Holder = { id: string; viewCode: string; spendCode: string; viewUrl: string; spendUrl: string }

export type PlayedPoints = { programme: string; ballot: number; visitor: Holder; proposal: number }

const PROGRAMME = 'pasture'
/** With fewer than 20 votes no split may be shown. */
const VOTERS = 22
const zhEn = (zh: string, en: string): Localized => ({ 'zh-CN': zh, en })

/**
 * @param brand whose programme it is
 * @param inspected the entry that the supervision was about
 */
export async function playPoints(brand: string, inspected: number, desk: PointsDesk): Promise<PlayedPoints> {
  const { calendar, report } = desk
  const at = async (time: string): Promise<void> => await desk.advanceTo(calendar.instantOf(time))
  await at('46 09:00')
  await publishRules(brand, desk)
  report('programme, rules and a reward are public; the next anchor makes the rules usable')
  await desk.watch.untilAllAnchored()

  await at('46 11:00')
  const answer = await desk.staff.post('holders', `/admin/v1/programmes/${PROGRAMME}/holders`, { count: VOTERS })
  const [visitor, suggester, ...others] = answer['holders'] as Holder[]
  if (visitor === undefined || suggester === undefined) throw new Error('no holders were opened')
  report(`${VOTERS} holders, known by two codes each and by nothing else`)

  await visit(visitor, inspected, desk)
  const { proposal, shipped } = await suggest(brand, suggester, desk)
  const ballot = await vote([visitor, suggester, ...others], shipped, desk)
  return { programme: PROGRAMME, ballot, visitor, proposal }
}

async function publishRules(brand: string, { staff, calendar }: PointsDesk): Promise<void> {
  await staff.post('programme', `/admin/v1/brands/${brand}/programmes`, {
    id: PROGRAMME,
    name: zhEn('牧场同行', 'Along with the pasture'),
    original: 'zh-CN',
    terms: {
      text: zhEn(
        '积分感谢帮忙监督、提建议的人。规则先公布、先上链，再使用。',
        'Points thank those who supervise and suggest. Rules are published and anchored before they are used.',
      ),
      noCash: zhEn('积分不能换钱，不能买卖，也不能转给别人。', 'Points are no money, and cannot be sold or passed on.'),
      expiry: { months: 24 },
    },
  })
  const rules = `/admin/v1/programmes/${PROGRAMME}/rules`
  await staff.post('rule-supervision', rules, {
    rule: 'supervision',
    activity: 'supervision',
    title: zhEn('到生产线监督一次', 'Supervise the line once'),
    text: zhEn(
      '完成一次检查并提交结果，无论结果如何。',
      'Complete one inspection and hand in the result, whatever it is.',
    ),
    earns: { points: 120 },
    reviewerRole: 'reviewer',
    pendingDays: 7,
  })
  await staff.post('rule-suggestion', rules, {
    rule: 'suggestion',
    activity: 'suggestion_adopted',
    title: zhEn('建议落地', 'A suggestion that shipped'),
    text: zhEn('建议被采纳并且做成。', 'A suggestion that was accepted and shipped.'),
    earns: { points: 200 },
    reviewerRole: 'staff',
    pendingDays: 0,
  })
  await staff.post('rule-testing', rules, {
    rule: 'testing',
    activity: 'product_testing',
    title: zhEn('试用新品', 'Testing a new product'),
    text: zhEn(
      '试用并写下意见的人有一票，不论意见如何。',
      'Who tests it and writes down what they found has a vote, whatever that is.',
    ),
    earns: { vote: true },
    reviewerRole: 'staff',
    pendingDays: 0,
  })
  await staff.post('reward', `/admin/v1/programmes/${PROGRAMME}/rewards`, {
    reward: 'visit',
    title: zhEn('参观牧场一次', 'A visit to the pasture'),
    text: zhEn(
      '一位成人可带一名儿童，含讲解，约值 80 元。',
      'One adult may bring one child; with a guide. Worth about 80 yuan.',
    ),
    conditions: zhEn('提前三天预约，雨天改期。', 'Book three days ahead; moved when it rains.'),
    cost: 60,
    capacity: 5,
    from: calendar.textOf('46 08:00'),
    until: calendar.textOf('140 18:00'),
    valueClass: 'visit',
  })
}

/** Supervision, points, a visit. */
async function visit(visitor: Holder, inspected: number, desk: PointsDesk): Promise<void> {
  const grant = await desk.reviewer.post('grant-supervision', `/admin/v1/programmes/${PROGRAMME}/grants`, {
    rule: 'supervision',
    source: inspected,
    holder: visitor.id,
  })
  await desk.reviewer.post('post-supervision', `/admin/v1/grants/${grant.index}/post`, {})
  desk.report(`entry ${grant.index}  120 points for an inspection, judged by a reviewer`)
  const held = await desk.operator.as(visitor.spendCode).post('redeem', '/v1/holder/redemptions', { reward: 'visit' })
  await desk.advanceTo(desk.calendar.instantOf('46 15:00'))
  await desk.staff.post('confirm', `/admin/v1/redemptions/${held.index}/confirm`, {})
  desk.report(`entry ${held.index}  redeemed for a visit with the spend code, then confirmed`)
}

/** A suggestion on its way to the shelf, and the points for it. */
async function suggest(
  brand: string,
  suggester: Holder,
  { operator, staff, advanceTo, calendar, watch, report }: PointsDesk,
): Promise<{ proposal: number; shipped: number }> {
  const { index: proposal } = await operator.as(suggester.spendCode).post('propose', '/v1/holder/proposals', {
    original: 'zh-CN',
    title: zhEn('出小瓶装', 'A small bottle'),
    text: zhEn('950ml 一个人喝不完，出 250ml 吧。', 'One person cannot finish 950 ml; make it 250 ml.'),
  })
  const move = async (step: string, body: object): Promise<void> => {
    await staff.post(`proposal-${step}`, `/admin/v1/proposals/${proposal}/move`, body)
  }
  await advanceTo(calendar.instantOf('47 09:00'))
  await move('review', { to: 'under_review' })
  await move('accept', { to: 'accepted' })
  await move('start', { to: 'in_progress' })
  await advanceTo(calendar.instantOf('49 08:00'))
  const { index: shipped } = await operator.post('small-bottle', `/admin/v1/brands/${brand}/products`, {
    gtin: '09520123456801',
    name: zhEn('示例鲜牛奶 250ml', 'Example Fresh Milk 250 ml'),
    category: 'food',
  })
  await move('ship', { to: 'shipped', improvement: shipped })
  await staff.post('grant-suggestion', `/admin/v1/programmes/${PROGRAMME}/grants`, {
    rule: 'suggestion',
    source: shipped,
    holder: suggester.id,
  })
  report(`entry ${proposal}  a suggestion accepted and shipped, worth 200 points`)
  await watch.untilAllAnchored()
  return { proposal, shipped }
}

/** One vote for everybody who tested what shipped; the list is frozen and anchored before anybody votes. */
async function vote(holders: readonly Holder[], shipped: number, desk: PointsDesk): Promise<number> {
  const { operator, staff, calendar, advanceTo, watch, report } = desk
  const { index: ballot } = await staff.post('ballot', `/admin/v1/programmes/${PROGRAMME}/ballots`, {
    question: zhEn('下一款新品做哪个口味？', 'Which flavour comes next?'),
    options: [
      { id: 'oat', title: zhEn('燕麦', 'Oat') },
      { id: 'osmanthus', title: zhEn('桂花', 'Osmanthus') },
      { id: 'plain', title: zhEn('原味', 'Plain') },
    ],
    choice: 'single',
    opensAt: calendar.textOf('49 10:00'),
    closesAt: calendar.textOf('49 20:00'),
  })
  for (const { id } of holders) {
    const body = { rule: 'testing', source: shipped, holder: id }
    await staff.post(`vote-right-${id}`, `/admin/v1/ballots/${ballot}/entitlements`, body)
  }
  await staff.post('freeze', `/admin/v1/ballots/${ballot}/freeze`, {})
  await watch.untilAllAnchored()
  await advanceTo(calendar.instantOf('49 10:01'))
  await untilBallot(watch, ballot, 'ballot.opened')
  const options = ['oat', 'osmanthus', 'plain', 'oat']
  for (const [i, { spendCode }] of holders.entries()) {
    const body = { ballot, choice: [options[i % options.length]] }
    await operator.as(spendCode).post(`vote-${i}`, '/v1/holder/votes', body)
  }
  const again = { ballot, choice: ['osmanthus'] }
  await operator.as(holders[0]!.spendCode).post('vote-again', '/v1/holder/votes', again)
  await advanceTo(calendar.instantOf('49 20:01'))
  await untilBallot(watch, ballot, 'ballot.tallied')
  report(`entry ${ballot}  ${holders.length} people voted, one of them twice: the last vote counts`)
  return ballot
}

/** The system opens, closes and counts by itself. */
async function untilBallot(watch: LogWatch, ballot: number, step: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const { ballots } = await watch.get<{ ballots: { index: number; steps: { type: string }[] }[] }>(
      `/v1/programmes/${PROGRAMME}`,
    )
    if (ballots.find(({ index }) => index === ballot)?.steps.some(({ type }) => type === step) === true) return
    await sleep(100)
  }
  throw new Error(`the ballot had no ${step} within 30 s`)
}
