/** Amber in a real browser: by the server's clock without a script, by the reader's clock with one, and in words (C3). */
import type { Browser, Page } from 'playwright-core'
import t from 'tap'
import { sampleSite } from '../server/pages/site.ts'
import { TimedStory } from '../server/pages/timed-log.ts'
import { launchChromium, violations } from './chromium.ts'

t.setTimeout(600_000)

const START = Date.parse('2026-06-10T02:00:00.000Z')
const MINUTE = 60_000
const WORDS = {
  'zh-CN': /^认领：逾期。应在 2026-06-10 11:00 前，已过/,
  en: /^Acknowledge: overdue\. It was due by 10 Jun/,
}
type Lang = keyof typeof WORDS
const LANGS: readonly Lang[] = ['zh-CN', 'en']

const story = new TimedStory()
story.at(10).says('set', { kind: 'next_update_set', due: { at: '2026-06-10T06:00:00.000Z' } })
const { told } = story
let serverMinutes = 30
const site = await sampleSite(told, { now: () => START + serverMinutes * MINUTE })
const url = await site.listen({ port: 0, host: '127.0.0.1' })
const browser: Browser = await launchChromium()
t.teardown(async () => {
  await browser.close()
  await site.close()
})

/** Opens a page as a reader whose clock shows so many minutes after the opening. */
async function visit(path: string, lang: Lang, minutes: number, javaScriptEnabled = true): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 375, height: 667 }, locale: lang, javaScriptEnabled })
  if (javaScriptEnabled) await context.clock.install({ time: START + minutes * MINUTE })
  const page = await context.newPage()
  page.on('pageerror', (error) => t.fail(`${path}: ${error.message}`))
  await page.goto(`${url}${path}`)
  if (javaScriptEnabled) await page.waitForSelector('#check:not([data-verdict=running]):not([data-verdict=idle])')
  return page
}

const isAmber = async (page: Page): Promise<boolean> => (await page.locator('main.overdue').count()) === 1

t.test('while somebody looks at it, the page turns amber when the time comes, and stays checked', async (t) => {
  serverMinutes = 30
  for (const lang of LANGS) {
    const page = await visit(`/c/${told.code}`, lang, 30)
    t.notOk(await isAmber(page), 'nothing is due yet')
    t.match(await page.locator('.next').innerText(), lang === 'en' ? /^Next update due by/ : /^下次更新：/)
    await page.clock.fastForward(31 * MINUTE)
    await page.waitForSelector('main.overdue')
    t.match(await page.locator('.next').innerText(), WORDS[lang])
    t.same(await violations(page), [], `axe, ${lang}`)
    const retry = page.locator('#check button:visible').first()
    if ((await retry.count()) > 0) await retry.click()
    await page.waitForSelector('#check:not([data-verdict=running])')
    t.not(await page.locator('#check').getAttribute('data-verdict'), 'mismatch', 'its own words are no difference')
    await page.context().close()
  }
})

t.test('a server that is behind does not keep the page quiet', async (t) => {
  serverMinutes = 30
  for (const path of [`/c/${told.code}`, `/b/${told.brand}`]) {
    const page = await visit(path, 'zh-CN', 90)
    const line = page.locator(path.startsWith('/c') ? '.next.overdue' : '.next-line.overdue')
    await line.waitFor()
    t.match(await line.innerText(), WORDS['zh-CN'], path)
    await page.context().close()
  }
})

t.test('without a script the server says so by its own clock', async (t) => {
  serverMinutes = 90
  for (const lang of LANGS) {
    const page = await visit(`/c/${told.code}`, lang, 0, false)
    t.ok(await isAmber(page))
    t.match(await page.locator('.next').innerText(), WORDS[lang])
    t.equal(await page.locator('.limits li').count(), 2, 'the time limits can be read')
    await page.context().close()
  }
})
