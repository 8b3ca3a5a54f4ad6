/** What the pages of a points programme say: every state of rules, rewards, suggestions and ballots, in both languages. */
import { fastify } from 'fastify'
import t from 'tap'
import { registerErrorHandler } from '../../../server/web/error-handler.ts'
import { programmeRoutes } from '../../../server/web/programme-routes.ts'
import { pointsEn } from '../../../views/messages/points-en.ts'
import { pointsZhCN } from '../../../views/messages/points-zh-cn.ts'
import { recordZhCN } from '../../../views/messages/record-zh-cn.ts'
import { countEntry, noFigures, outstanding } from '../../../views/model/programme-figures.ts'
import { asProgramme, isShown } from '../../../views/model/programme-record.ts'
import { pointsPageView, programmePageView } from '../../../views/model/points-page.ts'
import type { PointsRequest } from '../../../views/model/points-page.ts'
import { pointsRecordWords } from '../../../views/model/points-words.ts'
import { readRecord } from '../../../views/model/record.ts'
import { ProgrammeStories } from '../../../server/web/pages/programme-stories.ts'
import { formatReceipt, parseReceipt } from '../../../ledger/receipt.ts'
import { holderZhCN } from '../../../views/messages/holder-zh-cn.ts'
import { receiptView } from '../../../views/model/receipt-view.ts'
import { PointsLog } from '../../ledger/points-log.ts'
import { OPENED_AT, rewardData } from '../../ledger/programme-stream.ts'
import { tellProgramme } from './sample-programme.ts'
import { sampleReads } from './sample-reads.ts'
import { NOW, getPage, sampleSite, shownParts } from './site.ts'

const told = tellProgramme()
const site = await sampleSite(told)
t.teardown(async () => await site.close())

const PATH = `/points/${told.programme}`
const record = readRecord(told.log.bundle(told.stream))
const words = { words: pointsRecordWords(recordZhCN, pointsZhCN), points: pointsZhCN }
const asked = (kind: PointsRequest['kind'], more: Partial<PointsRequest> = {}): PointsRequest => ({
  kind,
  lang: 'zh-CN',
  now: NOW,
  demo: false,
  publicUrl: 'https://id.example.com',
  streams: [told.stream],
  ...more,
})
const partsOf = async (path: string, lang = 'zh-CN'): Promise<Map<string, string>> => {
  const { status, html } = await getPage(site, path, lang)
  t.equal(status, 200, path)
  return new Map(shownParts(html).map(({ pointer, text }) => [pointer, text]))
}

t.test(
  'the server makes its pages from the part that it remembers, a reader from the whole bundle: the same view',
  async (t) => {
    const stories = new ProgrammeStories(sampleReads(told.log, told.brand))
    const story = (await stories.find(told.programme))!
    for (const request of [
      asked('programme'),
      asked('rewards'),
      asked('proposals'),
      asked('ballot', { ballot: told.ballots.counted }),
      asked('ballot', { ballot: told.ballots.open }),
    ]) {
      t.same(programmePageView(request, story, words), pointsPageView(request, record, words), request.kind)
    }
    t.equal(await stories.find('no-such-programme'), undefined)
  },
)

t.test(
  'figures are counted on from where the last reader stopped, and readers at once count nothing twice',
  async (t) => {
    const grown = tellProgramme()
    const reads = sampleReads(grown.log, grown.brand)
    const all = grown.log.items
    const firstHalf = all.slice(0, 30)
    const stories = new ProgrammeStories({
      ...reads,
      next: async (stream, after) => (await reads.next(stream, after)).filter(({ index }) => index < limit),
    })
    let limit = firstHalf.length
    const before = (await stories.find(grown.programme))!.figures
    limit = all.length
    const found = await Promise.all([1, 2, 3].map(async () => await stories.find(grown.programme)))
    for (const story of found) t.same(story!.figures, asProgramme(record).figures)
    t.ok(before.entries < found[0]!.figures.entries)
    t.notSame(before, found[0]!.figures, 'a page that is being made keeps its own figures')
  },
)

t.test('the trial balance sums to zero and the figures agree with it', async (t) => {
  const { figures } = asProgramme(record)
  const { balances, issued, withdrawn, reversed, redeemed, expired } = figures
  t.equal(
    Object.values(balances).reduce((sum, balance) => sum + balance, 0),
    0,
  )
  t.equal(outstanding(figures), issued - withdrawn - reversed - redeemed - expired)
  const parts = await partsOf(PATH)
  t.equal(parts.get('/owed'), '280 积分')
  t.equal(parts.get('/sum'), '0')
  t.match(parts.get('/liabilities/text'), /3 位持有人，合计 280 积分/)
})

t.test('a posting whose accounts nobody knows moves nothing', async (t) => {
  const figures = noFigures()
  const [entry] = record.entries
  countEntry(figures, { ...entry!.entry, data: { postings: [{ from: 'moon', to: 'available', amount: 5 }] } })
  t.same(figures.balances, noFigures().balances)
})

t.test('a rule says since when it may be used, or that it waits for its anchor', async (t) => {
  const parts = await partsOf(PATH)
  t.match(parts.get('/rules/0/usable'), /^可以使用，自 2026-11-01 \d\d:\d\d 上链起$/)
  t.equal(parts.get('/rules/2/usable'), pointsZhCN.ruleWaiting)
  t.equal(parts.get('/rules/1/earns'), '一次投票资格')
  t.equal(parts.get('/noCash'), '积分不能换钱，不能买卖，也不能转给别人。')
})

t.test('a reward is open, full or ended, and says how many places are left', async (t) => {
  const parts = await partsOf(`${PATH}/rewards`)
  const states = [0, 1, 2].map((at) => [parts.get(`/rewards/${at}/state`), parts.get(`/rewards/${at}/left`)])
  t.same(states, [
    ['可以兑换', '还剩 39 个，共 40 个，已兑换或预订 1 个'],
    ['已满', '还剩 0 个，共 1 个，已兑换或预订 1 个'],
    ['已结束', '还剩 30 个，共 30 个，已兑换或预订 0 个'],
  ])
})

t.test('a suggestion shows its state, the reason for a refusal, and a missed answer', async (t) => {
  const parts = await partsOf(`${PATH}/proposals`, 'en')
  const states = [0, 1, 2, 3].map((at) => parts.get(`/proposals/${at}/state`))
  t.same(states, ['Waiting for an answer', 'Waiting for an answer', 'Declined', 'Shipped'])
  t.match(parts.get('/proposals/1/due/text'), /the system has recorded it$/)
  t.match(parts.get('/proposals/2/reasons/0'), /^Reason: The filling line/)
  t.equal(parts.get('/proposals/3/improvement'), pointsEn.proposalImprovement)
})

t.test('a ballot shows votes only once they are counted, and no split of fewer than twenty', async (t) => {
  const counted = await partsOf(`${PATH}/ballots/${told.ballots.counted}`)
  t.equal(counted.get('/options/0/votes'), '12 票')
  t.match(counted.get('/recount'), /^npm run recount -- https:\/\/id\.example\.com\/v1\/ballots\/dairy-circle\/\d+$/)
  const withheld = await partsOf(`${PATH}/ballots/${told.ballots.withheld}`)
  t.notOk(withheld.has('/options/0/votes'))
  t.match(withheld.get('/withheld'), /不到 20 人/)
  const open = await partsOf(`${PATH}/ballots/${told.ballots.open}`)
  t.notOk(open.has('/options/0/votes'))
  t.match(open.get('/turnout'), /9 次投票/)
  t.equal(open.get('/secret'), pointsZhCN.ballotSecret)
})

t.test('a ballot whose time passed before it could open says so', async (t) => {
  const left = record.entries.filter(
    ({ entry }) => !/^ballot\.(opened|cast|closed|tallied|finalised)$/.test(entry.type),
  )
  const stateAt = (now: number): string => {
    const view = pointsPageView(
      asked('ballot', { ballot: told.ballots.counted, now }),
      { ...record, entries: left },
      words,
    )
    return JSON.stringify(view)
  }
  t.match(stateAt(NOW), pointsZhCN.ballotNotHeld)
  t.notMatch(stateAt(0), pointsZhCN.ballotNotHeld)
  t.notMatch(stateAt(NOW), pointsZhCN.ballotEligible.slice(-8), 'and claims no anchor before an opening')
})

t.test('a reversal that the brand bears alone stands in the receipt, and takes nothing', async (t) => {
  const points = new PointsLog()
  const rule = points.rule()
  const visit = points.add('reward.published', rewardData({ from: OPENED_AT, cost: 100 }))
  points.open('H-A')
  points.anchor()
  const grant = points.grant('H-A', rule)
  points.hold('H-A', visit, 100)
  points.reverse('H-A', grant, 0, 100)
  points.anchor()
  const receipt = parseReceipt(Buffer.from(formatReceipt(points.receipt('H-A'))))
  const { lines } = receiptView(receipt, { ...words, words: recordZhCN, holder: holderZhCN })
  t.match(lines[0], { amount: holderZhCN.amountBorne })
  t.equal(lines.filter(({ amount }) => amount === holderZhCN.amountBorne).length, 1)
})

t.test('what is not there is said in words', async (t) => {
  for (const [path, sentence] of [
    ['/points/none', /没有这个积分计划/],
    [`${PATH}/ballots/0`, /没有这次投票/],
  ] as const) {
    const { status, html } = await getPage(site, path)
    t.equal(status, 404, path)
    t.match(html, sentence)
  }
})

t.test('brand page, front page and timeline lead to the programme', async (t) => {
  for (const path of [`/b/${told.brand}`, '/']) {
    const { html } = await getPage(site, path)
    t.match(html, `href="${PATH}"`, path)
  }
})

t.test('no page of points invites to share, and single grants are figures only', async (t) => {
  for (const path of [PATH, `${PATH}/rewards`, `${PATH}/proposals`]) {
    const { html } = await getPage(site, path, 'en')
    t.notMatch(html, /\bshare\b/i, path)
  }
  for (const type of ['holder.opened', 'grant.posted', 'redemption.held', 'ballot.cast']) t.notOk(isShown(type), type)
})

t.test('an entry of the programme has its own page under the name of its type', async (t) => {
  const parts = await partsOf(`/e/${told.ballots.open}`)
  t.equal(parts.get('/entry/kind'), '投票拟定')
})

t.test('an entry of the programme calls a reward by its title, and says an amount once', async (t) => {
  const held = record.entries.find(({ entry }) => entry.type === 'redemption.held')
  const { html } = await getPage(site, `/e/${held?.index}`)
  t.match(html, />奖励：参观牧场一次</)
  t.equal(html.match(/<li[^>]*>[^<]*：60</g)?.length, 1)
})

t.test('a large proof is announced with its size instead of being fetched', async (t) => {
  const { html } = await getPage(site, PATH)
  t.notMatch(html, 'bundle-size')
  const reads = sampleReads(told.log, told.brand)
  const many = await sampleSite(told, {
    programmes: {
      ...reads,
      next: async (stream, after) => {
        const rows = (await reads.next(stream, 0)).filter(({ index }) => index < 100_000)
        const [grant] = rows.filter((_, at) => at === 8)
        if (after >= 4000) return []
        return after === 0
          ? [...rows.slice(0, 8), ...Array.from({ length: 492 }, () => grant!)]
          : Array.from({ length: 500 }, () => grant!)
      },
    },
  })
  t.match((await getPage(many, PATH)).html, /data-large="下载并核对（约 \d\.\d MB）"/)
  await many.close()
})

t.test(
  'the programme as data: rules with the anchors that cover them, totals that sum to zero, places taken',
  async (t) => {
    const app = fastify()
    registerErrorHandler(app)
    await app.register(programmeRoutes, { stories: new ProgrammeStories(sampleReads(told.log, told.brand)) })
    t.teardown(async () => await app.close())
    const response = await app.inject(`/v1/programmes/${told.programme}`)
    t.equal(response.statusCode, 200)
    type Told = {
      totals: Record<string, number>
      outstanding: number
      rules: { rule: string; index: number; anchored: { size: number } | null }[]
      rewards: { reward: string; taken: number; capacity: number }[]
      ballots: { index: number; steps: { type: string }[] }[]
      liabilities: { sum: number }
    }
    const body = response.json<Told>()
    t.equal(
      Object.values(body.totals).reduce((sum, balance) => sum + balance, 0),
      0,
    )
    t.equal(body.outstanding, 280)
    t.equal(body.liabilities.sum, 280)
    const [used, , waiting] = body.rules
    t.ok((used?.anchored?.size ?? 0) > (used?.index ?? Infinity))
    t.equal(waiting?.anchored, null, 'no anchor covers it, so that it cannot be used')
    t.same(
      body.rewards.map(({ reward, taken, capacity }) => `${reward} ${taken}/${capacity}`),
      ['pasture-visit 1/40', 'tasting 1/1', 'spring-visit 0/30'],
    )
    t.equal(body.ballots[0]?.steps.at(-1)?.type, 'ballot.finalised')
    t.equal((await app.inject('/v1/programmes/none')).statusCode, 404)
  },
)
