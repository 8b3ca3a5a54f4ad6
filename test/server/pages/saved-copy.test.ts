/** A page kept as a file: whole in itself, honest about its moment, and with the proof that the page was made from. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { parseBundle } from '../../../ledger/bundle.ts'
import { readRecord } from '../../../views/model/record.ts'
import { tellNote7 } from './sample-log.ts'
import { sampleSite } from './site.ts'

const told = tellNote7()
const site = await sampleSite(told)
t.teardown(async () => await site.close())

const { code, gtin, brand } = told
const PAGES = [`/c/${code}`, `/p/${gtin}`, `/p/${gtin}/CN-RETAIL`, `/b/${brand}`, `/e/${told.entries.get('n25')}`]

async function copyOf(path: string, lang: 'zh-CN' | 'en' = 'en'): Promise<{ html: string; name: string }> {
  const answer = await site.inject(`${path}?lang=${lang}&copy=file`)
  t.equal(answer.statusCode, 200, path)
  t.match(answer.headers['cache-control'], /max-age=[1-6]?\d$/, 'what shows texts is cached for a minute at most')
  return { html: answer.body, name: String(answer.headers['content-disposition']) }
}

t.test('every page that shows a record offers the copy, and the copy offers none', async (t) => {
  for (const path of PAGES) {
    const page = await site.inject(`${path}?lang=en`)
    t.match(page.body.replaceAll('&#x3D;', '='), `href="${path}?lang=en&amp;copy=file" download`, path)
    const { html, name } = await copyOf(path)
    t.notMatch(html, /copy(&#x3D;|=)file/)
    t.match(name, /^attachment; filename="[A-Za-z0-9-]+-\d{4}-\d\d-\d\d\.html"$/)
  }
})

t.test('it says when it was saved and that nothing was checked, in both languages', async (t) => {
  const path = PAGES[0]!
  const words = (html: string): string =>
    /<aside class="ribbon kept"[^>]*>(.*?)<a/s.exec(html)?.[1]?.replaceAll(/<[^>]*>/g, '') ?? ''
  t.match(words((await copyOf(path, 'zh-CN')).html), /^没有网络。以下是 2026.*存下的内容，未核对。$/)
  t.match(words((await copyOf(path, 'en')).html), /^No network\. Saved at .*2026.*; not checked\. $/)
  t.match((await copyOf(path)).html, `href="https://id.example.com${path}`, 'and where the page is now')
})

t.test('it needs nothing from anywhere, and runs nothing but its own script', async (t) => {
  for (const path of PAGES) {
    const { html } = await copyOf(path)
    t.notMatch(html, / (src|href|action)="\/(?!\/)/, `${path}: no address without a host`)
    t.notMatch(html, /<link rel="stylesheet"|<script[^>]* src=/, path)
    t.notMatch(html, /<img[^>]* src="(?!data:)/, path)
    const csp = (/http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '')
      .replaceAll('&#x3D;', '=')
      .replaceAll('&#x27;', "'")
    const hash = (text = ''): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    t.match(csp, "default-src 'none'")
    t.ok(csp.includes(`script-src ${hash(/<script>(.*?)<\/script>/s.exec(html)?.[1])}`), `${path}: script`)
    t.ok(csp.includes(`style-src ${hash(/<style>(.*?)<\/style>/s.exec(html)?.[1])}`), `${path}: style`)
  }
})

t.test('the proofs in it are those that the page was made from', async (t) => {
  for (const path of PAGES) {
    const { html } = await copyOf(path)
    const page = /data-page="([^"]*)"/.exec(html)?.[1]?.replaceAll('&quot;', '"') ?? ''
    const { request, versions } = JSON.parse(page.replaceAll('&#x3D;', '=')) as {
      request: { streams: string[] }
      versions: [number, number][]
    }
    const kept = [...html.matchAll(/<script type="application\/json" data-bundle="([^"]+)">(.*?)<\/script>/gs)]
    t.same(
      kept.map(([, stream]) => stream),
      request.streams,
      path,
    )
    const records = kept.map(([, , json = '']) => readRecord(parseBundle(Buffer.from(json))))
    t.same(
      records.map(({ entries, newest }) => [entries.length, newest?.size ?? 0]),
      versions,
    )
  }
})
