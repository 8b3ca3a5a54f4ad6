/** Clocks and silence on pages: what is owed next, amber in words, time limits with their outcomes, promises kept (C3). */
import t from 'tap'
import { DEFAULT_CLOCKS } from '../../../ledger/clock-preset.ts'
import type { ClockPreset } from '../../../ledger/clock-preset.ts'
import { recordEn } from '../../../views/messages/record-en.ts'
import { recordZhCN } from '../../../views/messages/record-zh-cn.ts'
import type { RecordWords } from '../../../views/messages/record-zh-cn.ts'
import type { HomeView } from '../../../views/model/home-view.ts'
import { pageView } from '../../../views/model/page.ts'
import { readRecord } from '../../../views/model/record.ts'
import type { TimelineView } from '../../../views/model/timeline-view.ts'
import type { Told } from './sample-log.ts'
import { getPage, sampleSite } from './site.ts'
import { TimedStory } from './timed-log.ts'

const START = Date.parse('2026-06-10T02:00:00.000Z')
const HOUR = 60

function seen({ log, stream }: Told, minutes: number, words: RecordWords = recordZhCN): TimelineView {
  const now = START + minutes * 60_000
  const request = { kind: 'timeline' as const, lang: words.lang, now, demo: false, publicUrl: '', streams: [stream] }
  return pageView(request, [readRecord(log.bundle(stream))], words) as TimelineView
}

t.test('before anything is due the page says what comes next, and who set the time', async (t) => {
  const story = new TimedStory()
  t.same(seen(story.told, 10).next, {
    text: '品牌没有承诺下次更新时间。\n下一项：认领，2026-06-10 11:00 前',
    overdue: false,
  })
  story.at(20).says('signal', { kind: 'signal_noted', occurredAt: '2026-06-10T01:50Z' })
  story.at(30).says('acknowledged', { kind: 'acknowledged', trigger: story.told.entries.get('signal')! })
  t.same(seen(story.told, 31).next, { text: '下次更新：2026-06-10 22:30 前（登记在案的时限）', overdue: false })
  t.match(
    seen(story.told, 31, recordEn).next?.text,
    /^Next update due by 10 Jun 2026, 22:30 \(the time limit on record\)$/,
  )
  story.at(40).says('set', { kind: 'next_update_set', due: { at: '2026-06-10T08:00:00.000Z' } })
  t.same(seen(story.told, 41).next, { text: '下次更新：2026-06-10 16:00 前（品牌承诺）', overdue: false })
  t.match(seen(story.told, 41).clocks, {
    acknowledged: '触发后 40 分钟认领（按所称时间）。',
    terms: '按通用时限：品牌没有另行公布。',
    items: [
      { outcome: '按时', tone: 'kept', text: /^认领：2026-06-10 11:00 前；2026-06-10 10:30 登记$/ },
      { outcome: '未到期', tone: 'open', text: '首次公开说明：2026-06-10 14:00 前' },
    ],
  })
})

t.test(
  'a clock that runs out turns the page amber at once, in words, and again when the system has recorded it',
  async (t) => {
    const story = new TimedStory()
    t.equal(seen(story.told, HOUR).next?.overdue, false, 'not before')
    t.same(seen(story.told, 3 * HOUR).next, {
      text: '认领：逾期。应在 2026-06-10 11:00 前，已过 2 小时。',
      overdue: true,
    })
    story.at(5 * HOUR).sweep()
    const later = seen(story.told, 6 * HOUR)
    t.same(later.next?.text.split('\n'), [
      '认领：逾期。应在 2026-06-10 11:00 前，已过 5 小时。系统已登记逾期。',
      '首次公开说明：逾期。应在 2026-06-10 14:00 前，已过 2 小时。系统已登记逾期。',
    ])
    t.match(
      later.entries.find(({ kind }) => kind === '时限逾期'),
      {
        says: '系统写入',
        late: undefined,
        facts: ['首次公开说明', '到期 2026-06-10 14:00；系统 2026-06-10 15:00 发现，晚 1 小时'],
      },
    )
    story
      .at(7 * HOUR)
      .says('acknowledged', { kind: 'acknowledged' })
      .says('statement', { kind: 'statement' })
    const done = seen(story.told, 8 * HOUR)
    t.equal(done.next?.overdue, false)
    t.same(
      done.clocks?.items.map(({ outcome }) => outcome),
      ['迟到', '迟到'],
    )
    t.equal(done.clocks?.acknowledged, '认领用时不给出：没有写明由什么触发。')
    const silent = seen(story.told, 30 * HOUR, recordEn)
    t.equal(
      silent.next?.text,
      'Overdue: by the time limit on record an update was due by 11 Jun 2026, 05:00, 10 hours ago.',
    )
  },
)

t.test('after the end the look-backs are owed, and an overdue one turns the page amber', async (t) => {
  const story = new TimedStory('S2')
  story.at(1).says('acknowledged', { kind: 'acknowledged' })
  story.at(2).says('statement', { kind: 'statement', state: 'investigating' })
  story.at(3).says('scope', { kind: 'scope_published', scope: [], basis: 'cause', state: 'remedying' })
  story.at(4).says('update', { kind: 'investigation_update', state: 'monitoring' })
  story.at(5).says('closed', { kind: 'closed', noCauseReason: 'not_found' })
  const day = 24 * HOUR
  t.same(seen(story.told, 6).next, { text: '下一项：公布复盘，2026-07-10 10:05 前', overdue: false })
  story.at(10 * day).says('review', { kind: 'review_published' })
  t.same(seen(story.told, 11 * day).next, { text: '下一项：结束后 30 天回访，2026-07-10 10:05 前', overdue: false })
  story.at(31 * day).sweep()
  t.match(seen(story.told, 31 * day + 10).next, { overdue: true, text: /^结束后 30 天回访：逾期。.*系统已登记逾期。$/ })
  story.at(32 * day).says('look', { kind: 'look_back_published', lookBack: 30 })
  const view = seen(story.told, 33 * day)
  t.match(view.next, { text: /^下一项：结束后 90 天回访/, overdue: false })
  t.match(view.entries[0], { kind: '回访复盘', facts: ['结束后 30 天回访'] })
  t.equal(seen(new TimedStory('S4').told, 10 * day).next?.overdue, true, 'three working days have passed')
})

t.test('the promise record shows a sign and words for each promise, and how the time limits went', async (t) => {
  const story = new TimedStory()
  const measure = (text: string) => ({ '/commitment/measure/zh-CN': text, '/commitment/measure/en': text })
  const promise = (id: string, date: string) => ({ kind: 'commitment_made', commitment: { id, due: { date } } })
  story.at(10).says('acknowledged', { kind: 'acknowledged' }).says('statement', { kind: 'statement' })
  story.says('c1', promise('c1', '2026-06-12'), measure('One'))
  story.says('c2', promise('c2', '2026-06-12'), measure('Two'))
  story.says('c3', promise('c3', '2026-06-12'), measure('Three'))
  story.says('c4', promise('c4', '2026-06-30'), measure('Four'))
  story.says('kept', { kind: 'commitment_fulfilled', fulfils: 'c1', evidence: ['a'.repeat(64)] })
  story.at(72 * HOUR).sweep()
  story.says('late', { kind: 'commitment_fulfilled', fulfils: 'c2', evidence: ['a'.repeat(64)] })
  story.says('moved', { kind: 'commitment_rescheduled', of: 'c4', due: { date: '2026-07-05' } })
  const app = await sampleSite(story.told)
  t.teardown(async () => await app.close())
  const { html } = await getPage(app, `/b/${story.told.brand}`)
  const signs = [...html.matchAll(/picture\/\d\/sign">(.)<\/span><span class="visually-hidden"[^>]*>([^<]+)</g)]
  t.same(
    signs.map(([, sign, label]) => [sign, label]),
    [
      ['■', '兑现：One（2026-06-12 前）'],
      ['◧', '迟到兑现：Two（2026-06-12 前）'],
      ['✕', '逾期：Three（2026-06-12 前）'],
      ['□', '未到期：Four（2026-07-05 前；最初承诺 2026-06-30，改期 1 次）'],
    ],
  )
  t.match(html, />兑现 1 · 迟到兑现 1 · 逾期 1 · 未到期 1（从 2026-06 起）</)
  t.match(html, />时限：按时 2 · 逾期 1</)
  const page = await getPage(app, `/c/${story.told.code}`, 'en')
  t.match(page.html, /<main id="main" class="page timeline overdue"/, 'an update is owed')
  t.match(page.html, />4 promises: 1 kept · 1 kept late · 1 missed · 1 not yet due</)
  t.match(page.html, />Four \(by 5 Jul 2026; first promised for 30 Jun 2026, moved once\)</)
  t.match(page.html, />New date: by 5 Jul 2026</, 'the entry itself says to when')
})

t.test('a miss stays in the record when its date is moved and the promise is then kept (W4)', async (t) => {
  const story = new TimedStory()
  const promise = (id: string) => ({ kind: 'commitment_made', commitment: { id, due: { date: '2026-06-12' } } })
  const measure = (text: string) => ({ '/commitment/measure/zh-CN': text, '/commitment/measure/en': text })
  const move = (of: string) => ({ kind: 'commitment_rescheduled', of, due: { date: '2026-07-05' } })
  story.at(10).says('acknowledged', { kind: 'acknowledged' })
  story.says('c1', promise('c1'), measure('One')).says('c2', promise('c2'), measure('Two'))
  story.says('c3', promise('c3'), measure('Three'))
  story.at(72 * HOUR).sweep()
  for (const id of ['c1', 'c2', 'c3']) story.says(`move ${id}`, move(id))
  story.says('done', { kind: 'commitment_fulfilled', fulfils: 'c1', evidence: ['a'.repeat(64)] })
  story.says('given up', { kind: 'commitment_abandoned', of: 'c3' })
  const app = await sampleSite(story.told)
  t.teardown(async () => await app.close())
  const { html } = await getPage(app, `/b/${story.told.brand}`, 'en')
  const signs = [...html.matchAll(/picture\/\d\/sign">(.)<\/span><span class="visually-hidden"[^>]*>([^<]+)</g)]
  const dates = 'by 5 Jul 2026; first promised for 12 Jun 2026, moved once'
  t.same(
    signs.map(([, sign, label]) => [sign, label]),
    [
      ['◧', `kept late: One (${dates}) · missed once`],
      ['✕', `missed, then moved: Two (${dates})`],
      ['⊘', `abandoned: Three (${dates}) · missed once`],
    ],
  )
  t.match(html, />1 kept late · 1 missed, then moved · 1 abandoned \(since/)
  const page = await getPage(app, `/c/${story.told.code}`)
  t.match(page.html, />承诺 3 项：迟到兑现 1 · 逾期后改期 1 · 放弃 1</)
})

t.test('a promise that is recorded after its due date is listed and counted nowhere', async (t) => {
  const story = new TimedStory()
  const promise = (id: string, date: string) => ({ kind: 'commitment_made', commitment: { id, due: { date } } })
  const measure = { '/commitment/measure/zh-CN': 'One', '/commitment/measure/en': 'One' }
  story.at(10).says('acknowledged', { kind: 'acknowledged' }).says('c1', promise('c1', '2026-06-01'), measure)
  const alone = seen(story.told, 20)
  t.equal(alone.promises?.summary, '不计数：过期后补录 1')
  story.says('c2', promise('c2', '2026-06-30'), measure)
  const view = seen(story.told, 30)
  t.equal(view.promises?.summary, '承诺 1 项：未到期 1。不计数：过期后补录 1')
  t.match(view.promises?.items, [{ outcome: '过期后补录' }, { outcome: '未到期' }])
  const app = await sampleSite(story.told)
  t.teardown(async () => await app.close())
  const { html } = await getPage(app, `/b/${story.told.brand}`, 'en')
  t.match(html, />1 not yet due \(since Jun 2026\)\. Not counted: 1 recorded after the due date</)
  t.equal([...html.matchAll(/picture\/\d\/sign/g)].length, 1)
})

t.test("a brand's own time limits are told by their version, and its entry spells them out", async (t) => {
  const story = new TimedStory()
  const { log, brand } = story.told
  const severities = { S1: { acknowledge: { hours: 2 }, lookBacks: [7] }, S4: { acknowledge: { workingDays: 1 } } }
  const index = log.append(`brand:${brand}`, 'clocks.published', { version: 1, severities }, { brand })
  const app = await sampleSite(story.told)
  t.teardown(async () => await app.close())
  const { html } = await getPage(app, `/e/${index}`, 'en')
  t.match(html, />Time limits published</)
  t.match(html, />S1: Acknowledge 2 h, Look back after 7 days</)
  t.match(html, />S4: Acknowledge 1 working day</)
  const home = (await getPage(app, '/', 'en')).html
  t.match(home, /class="next-line overdue"[^>]*>Acknowledge: overdue\. It was due by/)
  t.match(home, />First signs · day \d+</)
  const record = readRecord(log.bundle(story.told.stream))
  const [first, ...rest] = record.entries
  const data = { ...first!.data, clocks: { version: 3 } }
  const request = { kind: 'timeline' as const, lang: 'en', now: START, demo: false, publicUrl: '', streams: [''] }
  const view = pageView(request, [{ ...record, entries: [{ ...first!, data }, ...rest] }], recordEn) as TimelineView
  t.match(view.clocks?.terms, /version 3/)
  const asked = { ...request, kind: 'home' as const, streams: ['', ''] }
  const brandView = pageView(asked, [readRecord(log.bundle(`brand:${brand}`)), record], recordEn) as HomeView
  t.equal(brandView.promises, undefined, 'nothing was promised')
})

t.test('time limits that are looser than the common ones are called so, on every page that names them', async (t) => {
  const { S1, S2, S3 } = DEFAULT_CLOCKS
  const { update: _, ...S3Untimed } = S3
  const own: ClockPreset = {
    S1: { ...S1, acknowledge: { hours: 3 }, update: { hours: 6 }, lookBacks: [30, 90] },
    S2: { ...S2, lookBacks: [] },
    S3: S3Untimed,
    S4: { acknowledge: { workingDays: 3 }, seal: { days: 90 } },
  }
  const story = new TimedStory('S1', own)
  const own1 = '认领 3 小时（通用 1 小时）、结束后回访 30、90 天（通用 7、30、90、180 天）'
  const { terms, looser } = seen(story.told, 1).clocks!
  t.equal(terms, '按品牌公布的时限（第 1 版），事件登记时已定。')
  t.equal(looser, `其中比通用时限宽的：${own1}。`)
  story.at(5).says('milder', { kind: 'reclassified', severity: 'S3' })
  t.equal(seen(story.told, 6).clocks?.looser, `其中比通用时限宽的：S1 级：${own1}；S3 级：更新不计时（通用 7 天）。`)
  t.equal(
    seen(story.told, 6, recordEn).clocks?.looser,
    'Looser than the common limits: level S1: Acknowledge 3 h (common: 1 h), Look-backs after 30, 90 d (common: 7, 30, 90, 180 d); level S3: Update not timed (common: 7 d).',
  )
  const app = await sampleSite(story.told)
  t.teardown(async () => await app.close())
  const { html } = await getPage(app, '/c/CR-CLCK2345', 'zh-CN')
  t.match(html, /<strong data-v="\/clocks\/looser">其中比通用时限宽的：S1 级：认领 3 小时（通用 1 小时）/)
  const brand = (await getPage(app, '/b/example-dairy', 'en')).html
  t.match(brand, /data-v="\/limits\/heading">The brand&#x27;s time limits, version 1</)
  t.match(
    brand,
    /data-v="\/limits\/text">Some are looser than the common limits \(incidents have four levels, S1 the gravest\):</,
  )
  t.match(brand, /data-v="\/limits\/looser\/1">level S2: No look-backs \(common: 30, 90 d\)</)
  const fair = await sampleSite(new TimedStory('S1', DEFAULT_CLOCKS).told)
  t.teardown(async () => await fair.close())
  t.match((await getPage(fair, '/b/example-dairy', 'en')).html, />None is looser than the common limits\.</)
  t.match(
    (await getPage(app, '/e/5', 'en')).html,
    /level S2: No look-backs \(common: 30, 90 d\)/,
    'where they are published',
  )
  const common = seen(new TimedStory().told, 1)
  t.equal(common.clocks?.looser, undefined)
  const strict = seen(new TimedStory('S1', DEFAULT_CLOCKS).told, 1)
  t.equal(strict.clocks?.looser, undefined)
})

t.test('where no scope is published, no batch is said to lie outside of it', async (t) => {
  const story = new TimedStory()
  const batchOf = (): string | undefined => seen(story.told, 20).batches[0]?.answer
  t.equal(batchOf(), '没有提到')
  const app = await sampleSite(story.told)
  t.teardown(async () => await app.close())
  const path = '/p/06901234567892/L0611'
  t.match((await getPage(app, path, 'en')).html, />This batch is not named\.</)
  t.notMatch((await getPage(app, path, 'zh-CN')).html, /不在已公布/)
  const scope = [{ by: 'batch', gtin: '06901234567892', lot: 'L0612' }]
  story.at(10).says('scope', { kind: 'scope_published', scope, basis: 'precaution' })
  t.equal(batchOf(), '不在已公布范围内')
})

t.test('a promise loses its full stop where it stands within a sentence', async (t) => {
  const story = new TimedStory()
  const measure = {
    '/commitment/measure/zh-CN': '公布检测结果全文。',
    '/commitment/measure/en': 'The report is public...',
  }
  const made = { kind: 'commitment_made', commitment: { id: 'c1', due: { date: '2026-06-20' } } }
  story.at(10).says('acknowledged', { kind: 'acknowledged' }).says('c1', made, measure)
  t.match(seen(story.told, 20).promises?.items, [{ text: '公布检测结果全文（2026-06-20 前）' }])
  t.match(seen(story.told, 20, recordEn).promises?.items, [{ text: /^The report is public\.\.\. \(by 20 Jun 2026\)$/ }])
  const facts = seen(story.told, 20).entries.find(({ kind }) => kind === '承诺')?.facts
  t.match(facts, ['承诺：公布检测结果全文，2026-06-20 前'])
})
