/** A live crisis on its page: days, the promised next update, promises kept and missed, a batch to look up. */
import t from 'tap'
import { recordEn } from '../../../views/messages/record-en.ts'
import { recordZhCN } from '../../../views/messages/record-zh-cn.ts'
import { pageView } from '../../../views/model/page.ts'
import { readRecord } from '../../../views/model/record.ts'
import type { TimelineView } from '../../../views/model/timeline-view.ts'
import { LIVE_START, missUpdate, tellLive } from './live-log.ts'
import type { Told } from './sample-log.ts'
import { NOW, getPage, sampleSite } from './site.ts'

const HOUR = 3_600_000

function timeline({ log, stream }: Told, now: number, words = recordZhCN): TimelineView {
  const record = readRecord(log.bundle(stream))
  const request = { kind: 'timeline' as const, lang: words.lang, now, demo: false, publicUrl: '', streams: [stream] }
  return pageView(request, [record], words) as TimelineView
}

t.test('a live crisis counts its days and names the next update', async (t) => {
  const view = timeline(tellLive(), LIVE_START + 5 * 24 * HOUR + HOUR)
  t.equal(view.state, '发现苗头 · 第 6 天')
  t.equal(view.ribbon, undefined)
  t.same(view.next, { text: '下次更新：2026-06-15 18:00 前（品牌承诺）', overdue: false })
  t.equal(view.promises?.summary, '承诺 1 项：未到期 1')
  t.equal(view.promises?.items[0]?.text, '公布检测结果（2026-06-20 前）')
  t.equal(view.advice?.heading, '产品安全提示')
  t.equal(view.advice?.instructions[0]?.text, '批次 L0611 请勿饮用，保留包装。')
  t.equal(view.mine?.text, '2 个批次中，1 个有停用要求。')
  t.equal(view.mine?.form, true)
  t.equal(view.documentTitle, '示例鲜牛奶 950ml：部分批次口味异常 · 请停止使用')
})

t.test('an update that did not come is said, and that the system has recorded it', async (t) => {
  const told = tellLive()
  const now = Date.parse('2026-06-15T17:00:00.000Z')
  t.same(timeline(told, now).next, {
    text: '该更新了：品牌承诺 2026-06-15 18:00 前更新，已过 7 小时。',
    overdue: true,
  })
  missUpdate(told)
  const view = timeline(told, now)
  t.match(view.next?.text, /已过 7 小时。系统已登记逾期。$/)
  t.equal(view.entries[0]?.kind, '更新逾期')
  t.equal(view.entries[0]?.says, '系统写入')
  const english = timeline(told, now, recordEn)
  t.match(
    english.next?.text,
    /^Overdue: the brand promised an update by 15 Jun 2026, 18:00, 7 hours ago\. The system has/,
  )
  t.ok(
    english.entries.some(({ textLabel }) => textLabel === 'Only in Chinese.'),
    'one language only is said',
  )
})

t.test("an overdue page is marked as a whole, and says so on the brand's page", async (t) => {
  const told = tellLive()
  missUpdate(told)
  const app = await sampleSite(told)
  t.teardown(async () => await app.close())
  const { html } = await getPage(app, `/c/${told.code}`)
  t.match(html, /<main id="main" class="page timeline overdue"/)
  const home = await getPage(app, '/')
  t.match(home.html, /示例乳业<\/h1>/, 'the only brand has the front page')
  t.match(home.html, /进行中的事件 1</)
  t.match(home.html, /近三年已结束 0</)
  t.match(home.html, /class="next-line overdue"[^>]*>该更新了：品牌承诺/)
  t.match(home.html, /aria-hidden="true" data-v="\/promises\/picture\/0\/sign">□<.*>未到期：公布检测结果/)
  t.match(home.html, />未到期 1（从 2026-06 起）</)
  t.match(home.html, /全部 1 件事件，一件不少/)
  t.match(home.html, /没有更正，也没有删除/)
  t.ok(NOW > LIVE_START)
})

t.test('without a promise in force the page says that there is none', (t) => {
  const told = tellLive()
  told.log.append(
    told.stream,
    'milestone.recorded',
    {
      kind: 'next_update_set',
      occurredAt: '2026-06-10T03:00Z',
      assertedBy: ['brand'],
      original: 'en',
      promise: 'none',
    },
    { brand: told.brand, actor: { kind: 'staff', id: 'k_1' } },
  )
  const record = readRecord(told.log.bundle(told.stream))
  const entries = record.entries.filter(({ data }) => data['kind'] !== 'next_update_set')
  const request = {
    kind: 'timeline' as const,
    lang: 'en',
    now: NOW,
    demo: false,
    publicUrl: '',
    streams: [told.stream],
  }
  const view = pageView(request, [{ ...record, entries }], recordEn) as TimelineView
  t.equal(view.next?.text, 'The brand has promised no time for the next update.')
  t.end()
})

t.test('texts that mean harm stay texts', async (t) => {
  const harm = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>{{constructor}}'
  for (const url of [
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    '//evil.example',
  ]) {
    const told = tellLive({ title: harm, instruction: harm, source: { title: harm, publisher: harm, url } })
    const app = await sampleSite(told)
    t.teardown(async () => await app.close())
    const instruction = told.entries.get('instruction')
    for (const path of [`/c/${told.code}`, `/e/${instruction}`, `/p/${told.gtin}/L0611`, `/b/${told.brand}`, '/']) {
      const { status, html } = await getPage(app, path)
      t.equal(status, 200, path)
      t.notMatch(html, /<script>|<img src=x|[\s"]onerror=/, path)
      t.notMatch(html, /href="\s*(?:javascript|data):|href="\/\/evil/i, `${path} ${url}`)
      t.match(html, /&lt;script&gt;alert\(1\)|%3Cscript/, 'it is shown as it was written')
    }
  }
})

t.test('what people ask for comes back as text', async (t) => {
  const told = tellLive()
  const app = await sampleSite(told)
  t.teardown(async () => await app.close())
  const harm = '"><script>alert(1)</script>'
  const asked = encodeURIComponent(harm)
  for (const path of [
    `/p/${told.gtin}/${asked}`,
    `/p/${told.gtin}/L0611?lang=${asked}&tl=${asked}&order=${asked}`,
    `/c/${told.code}?x=${asked}&text=${asked.slice(0, 9)}`,
    `/?q=${asked}`,
    `/c/${asked}`,
    `/verify?tl=${asked}`,
  ]) {
    const { html } = await getPage(app, path)
    t.notMatch(html, /<script>/, path)
    t.notMatch(html, /"><script/, path)
  }
})
