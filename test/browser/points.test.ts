/**
 * The points pages as people meet them: the service with its own database and chain, a programme told over HTTP, a
 * holder who looks, redeems, votes and votes again, a store's screen, and what was altered on the way being caught.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import jsqr from 'jsqr'
import { PNG } from 'pngjs'
import type { BrowserContext, Page } from 'playwright-core'
import t from 'tap'
import { readConfig } from '../../server/config.ts'
import { startService } from '../../server/start.ts'
import { ADMIN_KEY, freePort } from '../support/service.ts'
import { launchChromium, violations } from './chromium.ts'
import { PROGRAMME, Teller, tellPoints } from './points-story.ts'

const WORDS = {
  'zh-CN': {
    unknown: '发布者未确认',
    mismatch: '记录对不上',
    receiptMismatch: '收据对不上',
    held: /^已预订/,
    voted: /^已收到/,
    agreed: /^已同意/,
    chose: '我选了：桂花',
    nothing: /没有可以显示的内容/,
    forged: /^这份名单和你收据里记着的指纹不一样/,
    place: /^名单里有你的位置，名下的投票：第 \d+ 条/,
    thanks: /谢谢你，示例乳业/,
    waiting: /^这个看分码已经生效，积分没有变。.*间隔/,
    open: '可以兑换',
  },
  en: {
    unknown: 'Publisher not confirmed',
    mismatch: 'Record does not match',
    receiptMismatch: 'Receipt does not match',
    held: /^Held for you/,
    voted: /^Received/,
    agreed: /^Agreed/,
    chose: 'I chose: Osmanthus',
    nothing: /There is nothing to show/,
    forged: /^This is not the list whose fingerprint/,
    place: /^Your place is in the list, and these votes stand under it: entry \d+/,
    thanks: /Thank you for going along with Sample Dairy/,
    waiting: /^This view code is in force, and your points are as they were\. .* apart/,
    open: 'Open',
  },
} as const
type Lang = keyof typeof WORDS
const LANGS: readonly Lang[] = ['zh-CN', 'en']
const WIDTHS = [375, 1280] as const

/** Long enough for twenty votes over HTTP on a slow machine, short enough to wait for the count. */
const VOTING_SECONDS = 30

/** What a script wrote with a date that stands in no `time` element. */
const BREAKABLE_DATES = `[...document.querySelectorAll('.holder-parts *')]
  .filter(({ localName }) => localName !== 'time')
  .flatMap(({ childNodes }) => [...childNodes].filter((node) => node.nodeType === Node.TEXT_NODE))
  .map(({ data }) => data)
  .filter((text) => /\\d{4}-\\d\\d-\\d\\d/.test(text))`

t.setTimeout(600_000)

const dataDir = await mkdtemp(join(tmpdir(), 'tl-points-'))
const port = await freePort()
const url = `http://localhost:${port}`
const config = readConfig({
  DATA_DIR: dataDir,
  PORT: String(port),
  ADMIN_KEY,
  ANCHOR_INTERVAL_SECONDS: '2',
  RATE_LIMIT_PER_MINUTE: '6000',
  LOG_LEVEL: 'error',
})
const service = await startService(config, { info: () => {}, warn: () => {}, error: console.error })
const browser = await launchChromium()
t.teardown(async () => {
  await browser.close()
  await service.close()
  await rm(dataDir, { recursive: true, force: true })
})
const teller = new Teller(url, ADMIN_KEY)
const story = await tellPoints(teller, VOTING_SECONDS)
const { holders } = story
const holderOf = (lang: Lang): (typeof holders)[0] => holders[lang === 'en' ? 1 : 0]!
const BALLOT = `/points/${PROGRAMME}/ballots/${story.short}`

async function contextFor(lang: Lang, width: number): Promise<BrowserContext> {
  return await browser.newContext({ viewport: { width, height: 800 }, locale: lang })
}

async function open(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage()
  page.on('pageerror', (error) => t.fail(`${address}: ${error.message}`))
  page.on('request', (request) => {
    if (/V-|S-/.test(request.url())) t.fail(`a code stands in ${request.url()}`)
  })
  await page.goto(address.startsWith('http') ? address : `${url}${address}`)
  return page
}

const labelOf = async (page: Page): Promise<string> => {
  const selector = '#check:not([data-verdict=running]):not([data-verdict=notChecked]):not([data-verdict=idle])'
  await page.waitForSelector(selector)
  return await page.locator('#check .verdict-label strong').innerText()
}

const fits = async (page: Page): Promise<boolean> =>
  (await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')) <= 0

/** Presses, and reads what the page says once the receipt is there again. */
async function wish(page: Page, selector: string): Promise<string> {
  await page.evaluate(`for (const part of document.querySelectorAll('.outcome')) part.textContent = ''`)
  await page.locator(selector).first().click()
  await page.waitForSelector('.outcome:not(:empty)')
  return await page.locator('.outcome').innerText()
}

t.test('everybody votes in the ballot that closes soon', async (t) => {
  await teller.ballotHas(story.short, 'ballot.opened')
  const choice = ['osmanthus']
  await Promise.all(
    holders.map(async ({ spendCode }) => await teller.holder('/votes', { ballot: story.short, choice }, spendCode)),
  )
  t.ok(holders.length >= 20)
})

for (const lang of LANGS) {
  const words = WORDS[lang]
  const { viewUrl, viewCode, spendCode } = holderOf(lang)

  t.test(`${lang}: a holder sees the receipt checked, redeems, votes, and votes again`, async (t) => {
    await teller.ballotHas(story.open, 'ballot.opened')
    const context = await contextFor(lang, 375)
    const page = await open(context, viewUrl)
    t.equal(await labelOf(page), words.unknown, 'a test chain counts for nothing')
    t.equal(await page.locator('.steps .failed').count(), 0)
    t.notMatch(page.url(), /V-/, 'the code is taken out of the address')
    t.match(await page.locator('.balance-now').innerText(), /120/)
    t.same(await violations(page), [])
    t.ok(await fits(page))
    await page.fill('#spend-code', spendCode)
    t.match(await wish(page, '.redeem button'), words.held)
    t.match(await page.locator('.balance-now').innerText(), /60/)
    await page.locator('form.vote input[value=oat]').first().check()
    t.match(await wish(page, 'form.vote button'), words.voted)
    await page.locator('form.vote input[value=osmanthus]').first().check()
    t.match(await wish(page, 'form.vote button'), words.voted)
    t.match(await page.locator('.votes').innerText(), words.chose)
    t.match(await wish(page, '.consent-on'), words.agreed)
    t.match(viewCode, /^V-/)
    t.same(await page.evaluate(BREAKABLE_DATES), [], 'no date breaks at its hyphens')
    await context.close()
  })

  t.test(`${lang}: a store's screen greets once whoever shows a code, and the code can spend nothing`, async (t) => {
    const context = await contextFor(lang, 1280)
    const phone = await open(context, viewUrl)
    await labelOf(phone)
    await phone.click('.show-screen')
    const picture = PNG.sync.read(await phone.locator('.screen-qr').screenshot())
    const scanned = jsqr.default(new Uint8ClampedArray(picture.data), picture.width, picture.height)?.data ?? ''
    t.match(scanned, /^T-/, 'the picture holds the code')
    const screen = await open(context, '/thanks')
    t.same(await violations(screen), [])
    await screen.keyboard.type(scanned)
    await screen.keyboard.press('Enter')
    await screen.waitForSelector('.greeting > *')
    t.match(await screen.locator('.greeting').innerText(), words.thanks)
    t.same(await violations(screen), [])
    await screen.keyboard.type(scanned)
    await screen.keyboard.press('Enter')
    await screen.waitForSelector('.greeting .empty')
    t.match(await screen.locator('.greeting').innerText(), words.nothing, 'replayed')
    const redeemed = await fetch(`${url}/v1/holder/redemptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${scanned}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reward: 'visit' }),
    })
    t.equal(redeemed.status, 401)
    await context.close()
  })
}

t.test('twenty votes are counted, and the count is public', async (t) => {
  await teller.ballotHas(story.short, 'ballot.tallied')
  await teller.anchored()
  t.pass('counted and anchored')
})

for (const lang of LANGS) {
  const words = WORDS[lang]
  const pages = [`/points/${PROGRAMME}`, `/points/${PROGRAMME}/rewards`, `/points/${PROGRAMME}/proposals`, BALLOT]
  for (const width of WIDTHS) {
    t.test(`${lang}, ${width} px: programme, rewards, suggestions and ballot agree with the chain`, async (t) => {
      const context = await contextFor(lang, width)
      for (const path of pages) {
        const page = await open(context, path)
        t.equal(await labelOf(page), words.unknown, path)
        t.equal(await page.locator('.steps .failed').count(), 0, path)
        t.same(await violations(page), [], path)
        t.ok(await fits(page), path)
        await page.close()
      }
      await context.close()
    })
  }

  t.test(`${lang}: after the close a voter can open the own vote, and the page tells the count`, async (t) => {
    const context = await contextFor(lang, 375)
    const page = await open(context, BALLOT)
    t.match(await page.locator('.options').innerText(), /20/)
    t.match(await page.locator('.recount pre').innerText(), new RegExp(`/v1/ballots/${PROGRAMME}/${story.short}$`))
    const own = await open(context, holderOf(lang).viewUrl)
    await labelOf(own)
    await own.locator('.votes details summary').first().click()
    t.match(await own.locator('.votes pre').first().innerText(), /^[A-Za-z0-9_-]{60,}$/)
    const place = own.locator('.votes .place').first()
    await place.locator('button').click()
    await place.locator('button').waitFor({ state: 'detached' })
    t.match(await place.innerText(), words.place, 'BL6')
    await context.route(/\/list$/, async (route) => {
      const text = await (await route.fetch()).text()
      await route.fulfill({ body: text.replace('"eligible":["', '"eligible":["A'), contentType: 'application/json' })
    })
    await own.reload()
    await place.locator('button').click()
    await place.locator('button').waitFor({ state: 'detached' })
    t.match(await place.innerText(), words.forged, 'another list than the one on record')
    await context.close()
  })

  t.test(`${lang}: a changed character in receipt or bundle is caught on the page`, async (t) => {
    const context = await contextFor(lang, 375)
    await context.route(/\/(receipt|bundle)$/, async (route) => {
      const text = await (await route.fetch()).text()
      // Somewhere in the bytes of an entry in the middle.
      const at = text.indexOf('"bytes":"', Math.floor(text.length / 3)) + 60
      const other = text[at] === 'A' ? 'B' : 'A'
      await route.fulfill({ body: text.slice(0, at) + other + text.slice(at + 1), contentType: 'application/json' })
    })
    const receipt = await open(context, holderOf(lang).viewUrl)
    t.equal(await labelOf(receipt), words.receiptMismatch)
    t.equal(await receipt.locator('.redeem').count(), 0, 'nothing can be redeemed on it')
    for (const path of [`/points/${PROGRAMME}`, BALLOT]) {
      const page = await open(context, path)
      t.equal(await labelOf(page), words.mismatch, path)
      await page.close()
    }
    await context.close()
  })
}

for (const lang of LANGS) {
  t.test(`${lang}: whoever renewed the view code is told when it opens the receipt`, async (t) => {
    const { viewUrl, spendCode } = holders[lang === 'en' ? 3 : 2]!
    const context = await contextFor(lang, 375)
    const page = await open(context, viewUrl)
    await labelOf(page)
    await page.fill('#spend-code', spendCode)
    await page.click('.renew')
    const renewed = await page.locator('.renewed strong').innerText()
    const [code] = /V-[0-9A-Z]{26}/.exec(renewed) ?? ['']
    // As it is until the next anchor, however soon that comes here.
    await context.route(/\/receipt$/, async (route) => {
      const problem = { status: 409, code: 'receipt_not_ready', detail: 'not yet' }
      await route.fulfill({ status: 409, body: JSON.stringify(problem), contentType: 'application/problem+json' })
    })
    const next = await open(context, `/me#v=${code}`)
    const told = next.getByText(WORDS[lang].waiting)
    await told.waitFor()
    t.equal(await told.count(), 1)
    t.equal(await next.locator('.balance-now').count(), 0, 'and no balance that nobody checked')
    t.same(await violations(next), [])
    await context.close()
  })
}

t.test('a card is made on the spot: both codes as pictures, and nothing is sent', async (t) => {
  const context = await contextFor('en', 1280)
  const page = await open(context, '/me/card')
  const sent: string[] = []
  page.on('request', (request) => sent.push(request.url()))
  const { viewUrl, spendUrl } = holders[5]!
  await page.fill('#addresses', `${viewUrl}\n${spendUrl}`)
  await page.click('.make-card button')
  for (const [place, address] of [
    ['.view', viewUrl],
    ['.spend', spendUrl],
  ] as const) {
    const picture = PNG.sync.read(await page.locator(`${place} img`).screenshot())
    t.equal(jsqr.default(new Uint8ClampedArray(picture.data), picture.width, picture.height)?.data, address)
  }
  t.same(
    sent.filter((address) => !/^data:|\/assets\/icon-/.test(address)),
    [],
  )
  t.same(await violations(page), [])
  await context.close()
})
