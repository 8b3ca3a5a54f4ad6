/** A page kept as a file and opened from disk: readable and honest without a network, checked with one, caught when altered. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BrowserContextOptions, Page } from 'playwright-core'
import t from 'tap'
import { startChainedSite } from './chained-site.ts'
import { launchChromium, violations } from './chromium.ts'

t.setTimeout(600_000)

const LABELS = {
  'zh-CN': { unchecked: '未能核对', verified: '记录未被改动', unknown: '发布者未确认', mismatch: '记录对不上' },
  en: {
    unchecked: 'Not checked',
    verified: 'Record unaltered',
    unknown: 'Publisher not confirmed',
    mismatch: 'Record does not match',
  },
} as const
type Lang = keyof typeof LABELS

const folder = await mkdtemp(join(tmpdir(), 'tl-kept-'))
const site = await startChainedSite()
const browser = await launchChromium()
t.teardown(async () => {
  await browser.close()
  await site.close()
  await rm(folder, { recursive: true, force: true })
})
const { code, gtin, brand, log, entries } = site.told
const PAGES = [`/c/${code}`, `/p/${gtin}/CN-RETAIL`, `/b/${brand}`, `/e/${entries.get('n13')}`]

/** Saves a page as a reader would. @param alter what somebody does to the file afterwards */
async function save(path: string, lang: Lang, alter = (html: string): string => html): Promise<string> {
  const response = await fetch(`${site.url}${path}?lang=${lang}&copy=file`)
  const file = join(folder, `${Math.random()}.html`)
  await writeFile(file, alter(await response.text()))
  return pathToFileURL(file).href
}

async function open(file: string, offline: boolean, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 375, height: 667 }, offline, ...options })
  const page = await context.newPage()
  page.on('pageerror', (error) => t.fail(error.message))
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) t.fail(message.text())
  })
  await page.goto(file)
  return page
}

async function verdictOf(page: Page): Promise<string> {
  await page.waitForSelector('#check:not([data-verdict=running]):not([data-verdict=notChecked])')
  return await page.locator('#check .verdict-label strong').innerText()
}

const noteOf = async (page: Page): Promise<string> => (await page.locator('#kept').innerText()).replaceAll('\n', ' ')

t.test('without a network it is read, and says that nothing was checked', async (t) => {
  for (const lang of ['zh-CN', 'en'] as const) {
    for (const path of PAGES) {
      const page = await open(await save(path, lang), true)
      t.equal(await verdictOf(page), LABELS[lang].unknown, `${path} ${lang}: no code, no publisher`)
      t.match(
        await noteOf(page),
        lang === 'en' ? /^No network\. Saved at .*; not checked\./ : /^没有网络。以下是 .*存下的内容，未核对。/,
      )
      await page.click('#check summary')
      await page.fill('#tl', log.logId)
      await page.click('.tl-form button')
      await page.waitForSelector('#check[data-verdict="not-checked"]')
      t.equal(await verdictOf(page), LABELS[lang].unchecked, 'with the code it is the chain that lacks')
      t.same(await violations(page), [], `${path} ${lang}: axe`)
      await page.context().close()
    }
  }
})

t.test('with a network it asks the chain by itself, and is checked with the code from the pack', async (t) => {
  for (const lang of ['zh-CN', 'en'] as const) {
    const page = await open(await save(`/c/${code}`, lang), false)
    t.equal(await verdictOf(page), LABELS[lang].unknown, 'a file may come from anybody')
    t.notMatch(await noteOf(page), /没有网络|未核对|No network|not checked/)
    await page.click('#check summary')
    await page.fill('#tl', log.logId)
    await page.click('.tl-form button')
    await page.waitForSelector('#check[data-verdict=verified]')
    t.equal(await verdictOf(page), LABELS[lang].verified)
    await page.context().close()
  }
})

t.test('a word or a byte that was changed in the file is found, without a network too', async (t) => {
  const byte = (html: string): string =>
    html.replace(
      /(data-bundle="crisis:[^>]*>.*?"bytes":"[^"]{300})(.)/s,
      (_all, before: string, one: string) => `${before}${one === 'A' ? 'B' : 'A'}`,
    )
  for (const alter of [(html: string) => html.replace(/190,984/g, '19,984'), byte]) {
    const page = await open(await save(`/c/${code}`, 'en', alter), true)
    await page.waitForSelector('main.mismatched')
    t.equal(await verdictOf(page), LABELS.en.mismatch)
    await page.context().close()
  }
})

t.test('without scripts it is read all the same, and leads to the page as it is now', async (t) => {
  const page = await open(await save(`/c/${code}`, 'en'), true, { javaScriptEnabled: false })
  t.match(await noteOf(page), /^Saved at .*; not checked\./)
  t.equal(await page.locator('#kept a').getAttribute('href'), `https://id.example.com/c/${code}?lang=en`)
  t.equal(await page.locator('.entry').count(), 35)
  await page.context().close()
})
