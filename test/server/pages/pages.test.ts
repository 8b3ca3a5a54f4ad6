/** What the public pages answer: words, languages, redirects, errors, caching, weight. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { readNote7Record } from '../../../server/demo/record.ts'
import { buildScripts } from '../../../server/web/pages/script-bundle.ts'
import { pageView } from '../../../views/model/page.ts'
import type { PageRequest } from '../../../views/model/page.ts'
import { readRecord } from '../../../views/model/record.ts'
import { WORDS } from '../../../server/web/pages/language.ts'
import { chooseLanguage } from '../../../server/web/pages/language.ts'
import { tellNote7 } from './sample-log.ts'
import { getPage, sampleSite, shownParts } from './site.ts'

const told = tellNote7()
const app = await sampleSite(told)
t.teardown(async () => await app.close())
const { code, gtin, brand } = told

t.test('every part of a record page is the part of the view that it names', async (t) => {
  const pages = [`/c/${code}`, `/p/${gtin}`, `/p/${gtin}/CN-RETAIL`, `/e/${told.entries.get('n25')}`, `/b/${brand}`]
  for (const path of pages) {
    for (const lang of ['zh-CN', 'en'] as const) {
      const { status, html } = await getPage(app, path, lang)
      t.equal(status, 200, `${path} ${lang}`)
      const data =
        /data-page="([^"]+)"/
          .exec(html)?.[1]
          ?.replace(/&quot;/g, '"')
          .replace(/&#x3D;/g, '=') ?? ''
      const { request } = JSON.parse(data) as { request: PageRequest }
      const records = request.streams.map((stream) => readRecord(told.log.bundle(stream)))
      const view = pageView(request, records, WORDS[lang].record)
      const parts = shownParts(html)
      t.ok(parts.length > 5, `${path} shows parts`)
      const wrong = parts.filter(({ pointer, text }) => valueAt(view, pointer) !== text)
      t.same(wrong, [], `${path} ${lang}`)
      t.ok(html.includes(`<html lang="${lang}">`))
      t.notMatch(html, /<script(?![^>]*src=)|\sstyle=|\son[a-z]+=/, 'nothing inline')
      t.notMatch(html, /(?:src|href)="https?:\/\/(?!beian)[^"]*"(?![^>]*rel=)/, 'nothing from elsewhere')
    }
  }
})

t.test('the answers of the public record are those that the record expects', async (t) => {
  for (const { asOf, lot, answer, by, mustShow = [] } of readNote7Record().expect.answers) {
    const { html } = await getPage(app, `/p/${gtin}/${lot}?asOf=${asOf}`, 'en')
    const name = `${lot} as of ${asOf}`
    t.ok(html.includes(`class="answer-box ${answer}"`), `${name}: ${answer}`)
    const index = by === undefined ? undefined : told.entries.get(by)
    if (index !== undefined) {
      const now = /<li class="now[^"]*"><a href="\/e\/(\d+)"/.exec(html)?.[1]
      t.equal(now, String(index), `${name}: rests on ${by}`)
    }
    for (const id of mustShow) t.ok(html.includes(`href="/e/${told.entries.get(id)}"`), `${name}: shows ${id}`)
  }
})

t.test('what no longer holds is marked, and a reconstructed record runs no clock', async (t) => {
  const { html } = await getPage(app, `/c/${code}`)
  const summary = html.slice(0, html.indexOf('id="story"'))
  t.match(summary, /补救方案撤回过 1 次/)
  t.match(summary, /\d 条说法已失效/)
  t.match(summary, /事后整理/)
  t.match(summary, /不计入守诺率/)
  t.notMatch(html, /承诺逾期|更新逾期|该更新了|下次更新：|第 \d+ 天/)
  const withdrawn = html.slice(html.indexOf(`id="n${seqOf('n13')}"`)).split('</li>\n<li id=')[0] ?? ''
  t.match(withdrawn, /已不再有效：第 \d+ 条/)
  t.match(html, /13起 ← 26起/)
  t.match(html, /来源没有说明原因/)
  t.match(html, /由三星（中国）委托/)
})

t.test('before a script has checked anything, no page claims that something was checked', async (t) => {
  for (const path of [`/c/${code}`, `/p/${gtin}`, '/verify']) {
    const { html } = await getPage(app, path)
    t.notMatch(html, /记录未被改动<\/strong>|✓/)
  }
})

t.test('a GS1 Digital Link leads to the page, its query byte for byte', async (t) => {
  for (const [link, target] of [
    [`/01/${gtin}?tl=abc&x=%20+`, `/p/${gtin}?tl=abc&x=%20+`],
    [`/01/${gtin}/10/A%2FB?tl=abc`, `/p/${gtin}/A%2FB?tl=abc`],
    [`/01/${gtin}/10/B/21/S1`, `/p/${gtin}/B`],
    [`/01/${gtin}/`, `/p/${gtin}`],
  ] as const) {
    const response = await app.inject(link)
    t.equal(response.statusCode, 307, link)
    t.equal(response.headers.location, target, link)
  }
  const { status, html } = await getPage(app, `/01/09520123456789`)
  t.equal(status, 400)
  t.match(html, /编号有误/)
})

t.test('numbers that people type are put right or refused', async (t) => {
  t.equal((await app.inject(`/p/${Number(gtin)}`)).headers.location, `/p/${gtin}`)
  t.equal((await app.inject(`/p/${gtin}?batch=CN-RETAIL&lang=en`)).headers.location, `/p/${gtin}/CN-RETAIL?lang=en`)
  t.equal((await app.inject(`/?q=${gtin}`)).headers.location, `/p/${gtin}`)
  t.equal((await app.inject(`/?q=${code.toLowerCase()}`)).headers.location, `/c/${code}`)
  t.equal((await app.inject(`/?q=https://evil.example/c/${code}`)).headers.location, `/c/${code}`)
  t.equal((await app.inject(`/?q=//evil.example`)).statusCode, 200)
})

t.test('what is not there is said in words, with the right status', async (t) => {
  for (const [path, status, words] of [
    ['/c/CR-22222222', 404, /没有这个事件编号/],
    ['/p/00000000000017', 404, /本账本没有登记这个产品编号.*id\.example\.com/],
    ['/p/123', 400, /编号有误/],
    ['/e/99999', 404, /账本里没有这一条/],
    ['/e/-1', 404, /账本里没有这一条/],
    ['/b/nobody', 404, /本账本没有登记这个品牌/],
    [`/evidence/${'0'.repeat(64)}`, 404, /没有这个文件/],
    [`/p/${gtin}/X?asOf=yesterday`, 400, /写法不对/],
    ['/nothing', 404, /这个网址下没有内容/],
  ] as const) {
    const page = await getPage(app, path)
    t.equal(page.status, status, path)
    t.match(page.html, words, path)
  }
})

t.test('the language follows the address, then the browser, else it is Chinese', async (t) => {
  t.equal(chooseLanguage('en', 'zh-CN'), 'en')
  t.equal(chooseLanguage(undefined, 'fr, en;q=0.8, zh;q=0.9'), 'zh-CN')
  t.equal(chooseLanguage(undefined, 'en-GB'), 'en')
  t.equal(chooseLanguage('xx', 'fr'), 'zh-CN')
  t.equal(chooseLanguage(undefined, 'zh;q=0, en;q=0.1'), 'en')
  const { html } = await getPage(app, `/c/${code}?lang=en&tl=${told.log.logId}`)
  t.ok(
    html.includes(`href="/e/${told.entries.get('n20')}?lang&#x3D;en&amp;tl&#x3D;${told.log.logId}"`),
    'links carry both on',
  )
})

t.test('of a query member that is said twice, the first counts, on every page', async (t) => {
  const twice =
    'lang=en&lang=zh-CN&text=large&text=&tl=a&tl=b&order=oldest&order=x&copy=&copy=x&q=&q=1&market=US&market=1'
  const pages = [
    `/c/${code}`,
    `/c/${code}/feed.xml`,
    `/b/${brand}`,
    `/p/${gtin}`,
    `/e/${told.entries.get('n25')}`,
    ...['/', '/how', '/verify', '/verify.html', '/me', '/thanks'],
    `/qr/p/${gtin}.svg`,
  ]
  for (const path of pages) {
    const { status, html } = await getPage(app, `${path}?${twice}`)
    t.equal(status, 200, path)
    t.match(html, /lang="en"|DEMO|>Check code/, path)
  }
  const { html } = await getPage(app, `/c/${code}?lang=zh-CN&lang=en`, 'en')
  t.match(html, /<html lang="zh-CN">/, 'not the browser either')
})

t.test('pages may be kept for a minute at most, scripts for ever', async (t) => {
  const page = await app.inject(`/c/${code}`)
  t.match(page.headers['cache-control'], /max-age=30\b/)
  t.match(page.headers.vary, /accept-language/)
  const src = /<script type="module" src="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const script = await app.inject(src)
  t.equal(script.statusCode, 200)
  t.match(script.headers['cache-control'], /immutable/)
})

t.test('evidence is saved, never shown', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const body = '<script>alert(1)</script>'
  const sha256 = createHash('sha256').update(body).digest('hex')
  writeFileSync(join(folder, sha256), body)
  const files = new Map([[sha256, { path: join(folder, sha256), bytes: body.length }]])
  const site = await sampleSite(told, { evidence: files })
  t.teardown(async () => await site.close())
  const response = await site.inject(`/evidence/${sha256}`)
  t.equal(response.statusCode, 200)
  t.equal(response.body, body)
  t.match(response.headers['content-disposition'], /^attachment/)
  t.equal(response.headers['x-content-type-options'], 'nosniff')
  t.equal(response.headers['content-type'], 'application/octet-stream')
  t.equal((await site.inject('/evidence/..%2f..%2fetc%2fpasswd')).statusCode, 404)
})

t.test('the timeline page with style and script is at most 80 KB over the wire', async (t) => {
  const page = await app.inject(`/c/${code}`)
  const files = [...page.body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
  const bodies = await Promise.all([...new Set(files)].map(async (path) => (await app.inject(path)).body))
  const bytes = [page.body, ...bodies].reduce((sum, body) => sum + gzipSync(body).length, 0)
  t.ok(bytes <= 80_000, `${bytes} bytes`)
})

t.test(
  "entries of the ledger and of a brand speak the reader's language and lead back to where they belong",
  async (t) => {
    const demo = await sampleSite(told, { config: { testChain: true } })
    t.teardown(async () => await demo.close())
    const pages: [index: number, back: string, zh: RegExp, en: RegExp][] = [
      [0, '/', /<p class="who"[^>]*>账本<.*链编号：100<.*>回首页</s, /Chain number: 100<.*>Home</s],
      [2, `/b/${brand}`, /代号：samsung-public-record<.*>回到这个品牌</s, /Short name: samsung.*>Back to the brand</s],
      [
        3,
        `/b/${brand}`,
        /产品编号：09520123456788<.*>回到这个品牌</s,
        /Product number: 09520123456788<.*>Back to the brand</s,
      ],
    ]
    for (const [index, back, zh, en] of pages) {
      const { html } = await getPage(demo, `/e/${index}`)
      t.match(html, zh)
      t.match(html, `<a class="back" href="${back}">`)
      t.match(html, /class="ribbon"/, 'a test chain is named on every page of the record')
      t.notMatch(html, /<li data-v="\/entry\/facts\/\d+">[a-z]/i, 'no name of a machine')
      t.match((await getPage(demo, `/e/${index}`, 'en')).html, en)
    }
    t.match((await getPage(demo, `/e/${told.entries.get('n25')}`)).html, />回到整个事件</)
  },
)

t.test('every date in a text is marked to stay on one line, and nothing that cannot hold a mark', async (t) => {
  for (const path of [`/c/${code}`, `/p/${gtin}/CN-RETAIL`, `/e/${told.entries.get('n25')}`, `/b/${brand}`]) {
    const { body } = await app.inject(`${path}?lang=zh-CN`)
    const texts = body.replace(/<(title|textarea|pre|time)\b.*?<\/\1>/gs, '').replace(/<[^>]*>/g, '')
    t.notMatch(texts, /\d{4}-\d\d-\d\d/, path)
    t.notMatch(body, /<(title|textarea|pre)\b[^>]*>[^<]*<time>|<time>[^<]*<time>|="[^"]*<time>/, path)
  }
  const timeline = await app.inject(`/c/${code}?lang=zh-CN`)
  t.match(timeline.body, /发生：<time>2016-10-11<\/time>（只知道日期）/)
})

t.test('scripts are the same bytes every time', async (t) => {
  const [first, second] = [await buildScripts(), await buildScripts()]
  t.same(
    first.map(({ integrity }) => integrity),
    second.map(({ integrity }) => integrity),
  )
})

t.test('the single file holds everything and names no host of ours', async (t) => {
  const { html } = await getPage(app, '/verify.html')
  t.notMatch(html, /src=|<link|id\.example\.com/)
  t.match(html, /Content-Security-Policy" content="default-src &#x27;none&#x27;; script-src &#x27;sha256-/)
  t.equal(html.match(/<\/script>/g)?.length, 1)
  const sha256 = createHash('sha256').update(html).digest('hex')
  t.ok((await getPage(app, '/verify')).html.includes(sha256), 'its fingerprint stands on the page')
})

function seqOf(id: string): number {
  const index = told.entries.get(id)
  return 1 + told.log.items.slice(0, index).filter(({ stream }) => stream === told.stream).length
}

function valueAt(view: unknown, pointer: string): unknown {
  let value = view
  for (const name of pointer.split('/').slice(1)) value = (value as Record<string, unknown> | undefined)?.[name]
  return value
}
