/** Feeds of crises and brands: well-formed Atom, ids that stay, times and kinds, and nothing that may be erased. */
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { parseDisclosure } from '../../../ledger/disclosure.ts'
import { tellLive, missUpdate } from './live-log.ts'
import { tellNote7 } from './sample-log.ts'
import { getPage, sampleSite } from './site.ts'
import { TimedStory } from './timed-log.ts'

type Element = { name: string; attributes: Record<string, string>; children: Element[]; text: string }

const past = tellNote7()
const pastSite = await sampleSite(past)
t.teardown(async () => await pastSite.close())

/** Reads XML strictly: elements that close, attributes in quotes, the five entities and numbers. */
function parseXml(xml: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' }
  const open = [root]
  const body = xml.replace(/^<\?xml version="1\.0" encoding="utf-8"\?>\n/, '')
  let at = 0
  for (const token of body.matchAll(/<(\/?)([a-z]+)((?: [a-z:]+="[^"<]*")*)(\/?)>|[^<]+/g)) {
    if (token.index !== at) throw new Error(`no XML at ${body.slice(at, at + 60)}`)
    at += token[0].length
    const inner = open.at(-1)!
    const [, closes, name, attributes = '', isEmpty] = token
    if (name === undefined) inner.text += unescapeXml(token[0])
    else if (closes === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`)
    } else {
      const pairs = [...attributes.matchAll(/ ([a-z:]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value])
      const element: Element = {
        name,
        attributes: Object.fromEntries(pairs.map(([key, value]) => [key, unescapeXml(value ?? '')])) as Record<
          string,
          string
        >,
        children: [],
        text: '',
      }
      inner.children.push(element)
      if (isEmpty === '') open.push(element)
    }
  }
  if (at !== body.length || open.length !== 1 || root.children.length !== 1) throw new Error('XML that does not end')
  return root.children[0]!
}

function unescapeXml(text: string): string {
  // eslint-disable-next-line no-control-regex -- XML 1.0 allows no other control character
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)) throw new Error('a character that XML lacks')
  return text.replace(/&(#x?[0-9a-fA-F]+|[a-z]+)?;?/g, (whole, code: string | undefined) => {
    const named = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[code ?? '']
    if (named !== undefined) return named
    const [, hex, decimal] = /^&#(?:x([0-9a-fA-F]+)|(\d+));$/.exec(whole) ?? []
    if (hex === undefined && decimal === undefined) throw new Error(`no reference: ${whole}`)
    return String.fromCodePoint(Number.parseInt(hex ?? decimal!, hex === undefined ? 10 : 16))
  })
}

const all = (element: Element, name: string): Element[] => element.children.filter((child) => child.name === name)
const textOf = (element: Element, name: string): string => all(element, name)[0]?.text ?? ''
const linkOf = (element: Element, rel: string): string =>
  all(element, 'link').find(({ attributes }) => attributes['rel'] === rel)?.attributes['href'] ?? ''

async function feedAt(app: FastifyInstance, url: string): Promise<Element> {
  const { statusCode, body } = await app.inject(url)
  if (statusCode !== 200) throw new Error(`${url}: ${statusCode}`)
  return parseXml(body)
}

t.test('a feed has what RFC 4287 demands, and every entry leads to its page', async (t) => {
  const [told, app] = [past, pastSite]
  for (const path of [`/c/${told.code}`, `/b/${told.brand}`]) {
    for (const lang of ['zh-CN', 'en']) {
      const feed = await feedAt(app, `${path}/feed.xml?lang=${lang}`)
      const entries = all(feed, 'entry')
      t.match(feed, { name: 'feed', attributes: { xmlns: 'http://www.w3.org/2005/Atom', 'xml:lang': lang } })
      t.equal(textOf(all(feed, 'author')[0]!, 'name'), 'Example operator')
      t.equal(linkOf(feed, 'self'), `https://id.example.com${path}/feed.xml?lang=${lang}`)
      t.equal(linkOf(feed, 'alternate'), `https://id.example.com${path}?lang=${lang}`)
      t.ok(entries.length > 2 && entries.length <= 100, `${entries.length} entries`)
      t.equal(textOf(feed, 'updated'), textOf(entries[0]!, 'updated'), 'as new as its newest entry')
      const ids = [feed, ...entries].map((element) => textOf(element, 'id'))
      t.equal(new Set(ids).size, ids.length, 'no id twice')
      for (const id of ids) t.match(id, new RegExp(`^tag:id\\.example\\.com,\\d{4}-\\d\\d-\\d\\d:${lang}/[\\w:-]+$`))
      for (const entry of entries) {
        t.match(textOf(entry, 'updated'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
        t.ok(textOf(entry, 'title') !== '' && textOf(entry, 'summary') !== '')
        const page = new URL(linkOf(entry, 'alternate'))
        t.equal((await app.inject(page.pathname + page.search)).statusCode, 200)
      }
    }
  }
  const own = await feedAt(app, `/c/${told.code}/feed.xml`)
  const streamed = told.log.items.filter(({ stream }) => stream === told.stream)
  t.equal(all(own, 'entry').length, Math.min(100, streamed.length), 'none of the crisis is left out')
})

t.test('ids stay when the record grows and when the site moves', async (t) => {
  const told = tellLive()
  const idsAt = async (publicUrl: string): Promise<string[]> => {
    const app = await sampleSite(told, { config: { publicUrl } })
    t.teardown(async () => await app.close())
    const feed = await feedAt(app, `/c/${told.code}/feed.xml`)
    return [feed, ...all(feed, 'entry')].map((element) => textOf(element, 'id'))
  }
  const [feed, ...before] = await idsAt('https://id.example.com')
  missUpdate(told)
  const [same, newest, ...others] = await idsAt('https://elsewhere.example')
  t.equal(same, feed)
  t.same(others, before)
  t.notOk(before.includes(newest!), 'the new entry is new')
})

t.test('a feed holds no text that may be erased', async (t) => {
  const [told, app] = [past, pastSite]
  const texts = told.log.items.flatMap(({ disclosures }) =>
    disclosures.flatMap((disclosure) => stringsIn(parseDisclosure(disclosure).value)),
  )
  const long = texts.filter((text) => text.length > 24)
  t.ok(long.length > 50, `${long.length} texts`)
  for (const path of [`/c/${told.code}`, `/b/${told.brand}`]) {
    for (const lang of ['zh-CN', 'en']) {
      const { body } = await app.inject(`${path}/feed.xml?lang=${lang}`)
      t.same(
        long.filter((text) => body.includes(text)),
        [],
        `${path} ${lang}`,
      )
    }
  }
})

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : []
}

t.test('a missed clock says which, when it was due and that the system noticed', async (t) => {
  const story = new TimedStory()
  story.at(24 * 60).sweep()
  const app = await sampleSite(story.told)
  t.teardown(async () => await app.close())
  const path = `/c/${story.told.code}/feed.xml`
  for (const [lang, titles, summary] of [
    ['zh-CN', ['时限逾期：认领', '时限逾期：首次公开说明'], /^系统写入 · 到期 2026-06-10 \d\d:\d\d/],
    [
      'en',
      ['Time limit passed: Acknowledge', 'Time limit passed: First public statement'],
      /^Written by the system · Due 10 Jun 2026, \d\d:\d\d; the system noticed 11 Jun 2026/,
    ],
  ] as const) {
    const missed = all(await feedAt(app, `${path}?lang=${lang}`), 'entry').filter(
      (entry) => all(entry, 'category')[0]?.attributes['term'] === 'clock_missed',
    )
    for (const title of titles)
      t.ok(
        missed.some((entry) => textOf(entry, 'title') === title),
        title,
      )
    for (const entry of missed) t.match(textOf(entry, 'summary'), summary)
  }
  const brand = await feedAt(app, `/b/${story.told.brand}/feed.xml?lang=en`)
  const titles = all(brand, 'entry').map((entry) => textOf(entry, 'title'))
  t.ok(titles.includes('Taste fault in some batches: Time limit passed: Acknowledge'), 'the brand names the incident')
  t.ok(titles.includes('Product registered'))
  t.notOk(titles.includes('Stream opened'), 'that an incident has a stream of its own is no news')
})

t.test('a closed crisis says that it has ended, and its feed stays', async (t) => {
  const story = new TimedStory()
  story.at(1).says('acknowledged', { kind: 'acknowledged' })
  const app = await sampleSite(story.told)
  t.teardown(async () => await app.close())
  const path = `/c/${story.told.code}/feed.xml?lang=en`
  t.match(textOf(await feedAt(app, path), 'subtitle'), /^At present: Acknowledged\./)
  story.at(2).says('statement', { kind: 'statement', state: 'investigating' })
  story.at(3).says('scope', { kind: 'scope_published', scope: [], basis: 'cause', state: 'remedying' })
  story.at(4).says('update', { kind: 'investigation_update', state: 'monitoring' })
  story.at(5).says('closed', { kind: 'closed', noCauseReason: 'not_found' })
  const feed = await feedAt(app, path)
  t.match(textOf(feed, 'subtitle'), /^At present: Ended\. Only the kinds and times .* Times are Beijing time/)
  t.equal(all(all(feed, 'entry')[0]!, 'category')[0]?.attributes['term'], 'closed')
})

t.test('names that mean harm stay names, and what XML cannot hold is left out', async (t) => {
  const harm = ']]><script>&amp;"\'</title>\ufffe'
  const told = tellLive({ title: harm })
  const app = await sampleSite(told, { config: { operatorName: `<b>${harm}\u0001` } })
  t.teardown(async () => await app.close())
  const feed = await feedAt(app, `/c/${told.code}/feed.xml`)
  t.equal(textOf(feed, 'title'), '示例乳业：]]><script>&amp;"\'</title>')
  t.equal(textOf(all(feed, 'author')[0]!, 'name'), '<b>]]><script>&amp;"\'</title>')
})

t.test('a test chain is named, and an origin without a host name gives ids that nobody owns', async (t) => {
  const told = tellLive()
  const app = await sampleSite(told, { config: { testChain: true, operatorName: '' } })
  t.teardown(async () => await app.close())
  const feed = await feedAt(app, `/c/${told.code}/feed.xml?lang=en&tl=${told.log.logId}`)
  t.match(textOf(feed, 'subtitle'), /^Demo chain: /)
  t.equal(textOf(all(feed, 'author')[0]!, 'name'), 'id.example.com')
  t.ok(linkOf(all(feed, 'entry')[0]!, 'alternate').endsWith(`?lang=en&tl=${told.log.logId}`), 'the code is carried on')
})

t.test('a feed reader is answered like a reader of pages', async (t) => {
  const told = tellLive()
  const app = await sampleSite(told)
  t.teardown(async () => await app.close())
  const url = `/c/${told.code}/feed.xml`
  const first = await app.inject(url)
  t.equal(first.headers['content-type'], 'application/atom+xml; charset=utf-8')
  t.equal(first.headers['cache-control'], 'public, max-age=60')
  t.match(first.headers['vary'], /accept-language/)
  t.equal(first.headers['content-security-policy'], "default-src 'none'; sandbox")
  const etag = String(first.headers['etag'])
  for (const held of [etag, `"x", ${etag}`, etag.slice(2), '*']) {
    const again = await app.inject({ url, headers: { 'if-none-match': held } })
    t.equal(again.statusCode, 304, held)
    t.equal(again.body, '')
    t.equal(again.headers['etag'], etag)
  }
  t.equal((await app.inject({ url, headers: { 'if-none-match': 'W/"x"' } })).statusCode, 200)
  const head = await app.inject({ method: 'HEAD', url })
  t.same([head.statusCode, head.body, head.headers['etag']], [200, '', etag])
  missUpdate(told)
  t.not((await app.inject({ url, headers: { 'if-none-match': etag } })).headers['etag'], etag, 'news change it')
  for (const [path, words] of [
    ['/c/CR-22222222/feed.xml', /没有这个事件编号/],
    ['/b/nobody/feed.xml', /本账本没有登记这个品牌/],
  ] as const) {
    const page = await getPage(app, path)
    t.equal(page.status, 404)
    t.match(page.html, words)
    const problem = await app.inject(path)
    t.match(problem.headers['content-type'], /^application\/problem\+json/)
  }
})

t.test('pages lead to their feed, in their language and with the code from the pack', async (t) => {
  const told = tellLive()
  const app = await sampleSite(told)
  t.teardown(async () => await app.close())
  for (const [page, path] of [
    [`/c/${told.code}`, `/c/${told.code}`],
    [`/b/${told.brand}`, `/b/${told.brand}`],
    ['/', `/b/${told.brand}`],
  ] as const) {
    for (const [lang, word] of [
      ['zh-CN', '订阅'],
      ['en', 'Subscribe'],
    ] as const) {
      const { html } = await getPage(app, page, lang)
      const href = `${path}/feed.xml?lang&#x3D;${lang}`
      t.ok(html.includes(`<link rel="alternate" type="application/atom+xml"`), page)
      t.equal(html.split(`href="${href}"`).length, 3, `${page} names it in the head and among the ways out`)
      t.ok(html.includes(` type="application/atom+xml">${word}</a>`), word)
    }
  }
  const { html } = await getPage(app, `/c/${told.code}?lang=en&tl=${told.log.logId}&order=oldest`)
  t.ok(html.includes(`href="/c/${told.code}/feed.xml?lang&#x3D;en&amp;tl&#x3D;${told.log.logId}"`))
  t.notMatch((await getPage(app, `/p/${told.gtin}`)).html, /atom\+xml/, 'a product has none')
})
