/** What people do with the pages, in a real browser: read, look up, check, and be warned. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import jsqr from 'jsqr'
import { PNG } from 'pngjs'
import t from 'tap'
import { formatBundle } from '../../ledger/bundle.ts'
import { startChainedSite } from './chained-site.ts'
import { OLD_BROWSER, launchChromium, violations } from './chromium.ts'

t.setTimeout(600_000)

const site = await startChainedSite()
const browser: Browser = await launchChromium()
t.teardown(async () => {
  await browser.close()
  await site.close()
})

const { told } = site
const { log, code, gtin, stream } = told
const TIMELINE = `/c/${code}`
const BATCH = `/p/${gtin}/CN-RETAIL`
const ENTRY = `/e/${told.entries.get('n13')}`
const LABELS = {
  'zh-CN': { verified: '记录未被改动', unknown: '发布者未确认', mismatch: '记录对不上', unchecked: '未能核对' },
  en: {
    verified: 'Record unaltered',
    unknown: 'Publisher not confirmed',
    mismatch: 'Record does not match',
    unchecked: 'Not checked',
  },
} as const
type Lang = keyof typeof LABELS
const LANGS: readonly Lang[] = ['zh-CN', 'en']
const SCREENS = [
  { width: 375, height: 667 },
  { width: 1280, height: 900 },
] as const

type Visit = { path: string; lang: Lang; width?: number; options?: BrowserContextOptions; init?: string; url?: string }

async function visit({ path, lang, width = 375, options = {}, init, url = site.url }: Visit): Promise<Page> {
  const screen = SCREENS.find((known) => known.width === width) ?? { width, height: 667 }
  const context = await browser.newContext({ viewport: screen, locale: lang, ...options })
  if (init !== undefined) await context.addInitScript(init)
  const page = await context.newPage()
  page.on('pageerror', (error) => t.fail(`${path}: ${error.message}`))
  page.on('request', (request) => {
    const { hostname } = new URL(request.url())
    if (hostname !== '127.0.0.1') t.fail(`${path} asks ${hostname}`)
  })
  await page.goto(`${url}${path}`)
  return page
}

/** The verdict's label once the check is over. */
async function verdictOf(page: Page): Promise<string> {
  await page.waitForSelector(
    '#check:not([data-verdict=running]):not([data-verdict=notChecked]):not([data-verdict=idle])',
  )
  return await page.locator('#check .verdict-label strong').innerText()
}

async function overflow(page: Page): Promise<number> {
  return Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
}

t.test('with the code from the pack every page of the record is checked and unaltered', async (t) => {
  for (const { width } of SCREENS) {
    for (const lang of LANGS) {
      for (const path of [TIMELINE, BATCH, ENTRY, `/b/${told.brand}`]) {
        const name = `${path} ${lang} ${width}`
        const page = await visit({ path: `${path}?tl=${log.logId}`, lang, width })
        t.equal(await verdictOf(page), LABELS[lang].verified, name)
        t.same(await violations(page), [], `${name}: axe`)
        t.ok((await overflow(page)) <= 0, `${name}: no sideways scrolling`)
        t.notOk(await page.locator('.steps .failed').count(), `${name}: no failed step`)
        await page.context().close()
      }
    }
  }
})

t.test('without scripts everything can be read and nothing is claimed', async (t) => {
  for (const { width } of SCREENS) {
    for (const lang of LANGS) {
      const options = { javaScriptEnabled: false }
      const timeline = await visit({ path: TIMELINE, lang, width, options })
      t.equal(await timeline.locator('.entry').count(), 35)
      t.equal(await timeline.locator('#check .verdict-label strong').innerText(), LABELS[lang].unchecked)
      t.ok(await timeline.locator('.advice').isVisible())
      await timeline.goto(`${site.url}/p/${gtin}?lang=${lang}`)
      await timeline.fill('#batch', 'CN-RETAIL')
      await timeline.click('.lookup button')
      t.match(timeline.url(), /\/p\/09520123456788\/CN-RETAIL/)
      t.ok(await timeline.locator('.answer-box.return').isVisible())
      await timeline.context().close()
    }
  }
})

t.test('what to do, whose, and the verdict come first, in this order', async (t) => {
  for (const lang of LANGS) {
    const page = await visit({ path: `${TIMELINE}?tl=${log.logId}`, lang })
    await verdictOf(page)
    const boxes = await Promise.all(
      ['.ribbon', '.title', '.advice', '.mine', '#check', '.entries'].map(
        async (selector) => (await page.locator(selector).first().boundingBox()) ?? { y: -1, height: 0 },
      ),
    )
    const tops = boxes.map(({ y }) => y)
    t.same(
      tops,
      [...tops].sort((a, b) => a - b),
    )
    const end = (boxes[4]?.y ?? 0) + (boxes[4]?.height ?? 0)
    t.ok(end <= 667, `${lang}: the verdict ends at ${end}, in the first screen`)
    t.match(await page.title(), lang === 'en' ? /Note7 smartphone: .*Stop using it/ : /Note7 智能手机：.*请停止使用/)
    t.equal(await page.locator('#check').getByRole('status').count(), 1)
    const switchBox = await page.locator('header.site nav a').last().boundingBox()
    t.ok((switchBox?.y ?? 99) < 20, 'navigation is one line')
    await page.context().close()
  }
})

/** Of what stands alone, that which a finger finds on fewer than 44 pixels from top to bottom; and dates that break. */
const HARD_TO_HIT = `(() => {
  const alone = 'header.site a, footer.site a, .ways a, .button, .neighbours a, .meta.foot a, .batches li > a, .places a, summary'
  const answers = (element, x, y) => element.contains(document.elementFromPoint(x, y))
  const height = (element) => {
    element.scrollIntoView({ block: 'center' })
    const [{ left, top, width, height: own }] = element.getClientRects()
    const [x, y] = [left + width / 2, top + own / 2]
    return [-1, 1].reduce((sum, step) => {
      let far = 0
      while (far < 60 && answers(element, x, y + step * (far + 1))) far++
      return sum + far
    }, 1)
  }
  const isShown = (element) => element.getClientRects().length > 0 && element.closest('details:not([open])') === null
  const small = [...document.querySelectorAll(alone)].filter(isShown).filter((element) => height(element) < 44)
  const broken = [...document.querySelectorAll('main time')].filter((element) => element.getClientRects().length > 1)
  return [...small, ...broken].map(({ outerHTML }) => outerHTML.slice(0, 120))
})()`

t.test('on a phone what stands alone is found by a finger, and no date breaks', async (t) => {
  for (const width of [320, 375]) {
    for (const path of [TIMELINE, BATCH, ENTRY, `/b/${told.brand}`, '/', '/how', '/verify']) {
      const page = await visit({ path, lang: 'zh-CN', width, options: { hasTouch: true, isMobile: true } })
      t.same(await page.evaluate(HARD_TO_HIT), [], `${path} ${width}`)
      t.ok((await overflow(page)) <= 0, `${path} ${width}: no sideways scrolling`)
      await page.context().close()
    }
  }
})

t.test('without a code, or with another one, the publisher is not confirmed', async (t) => {
  for (const path of [TIMELINE, `${TIMELINE}?tl=${'a'.repeat(32)}`]) {
    const page = await visit({ path, lang: 'en' })
    t.equal(await verdictOf(page), LABELS.en.unknown)
    await page.context().close()
  }
  const page = await visit({ path: TIMELINE, lang: 'en' })
  await verdictOf(page)
  await page.click('.checked > summary')
  await page.fill('#tl', log.logId.toUpperCase())
  await page.click('.tl-form button')
  await page.waitForSelector('#check[data-verdict=verified]')
  t.equal(await verdictOf(page), LABELS.en.verified, 'a code typed from the pack counts')
  await page.context().close()
})

t.test('a chain that cannot be asked concludes nothing', async (t) => {
  const url = await site.withConfig({ chainPublicRpcUrls: ['http://127.0.0.1:9'] })
  const page = await visit({ path: `${TIMELINE}?tl=${log.logId}`, lang: 'zh-CN', url })
  await page.waitForSelector('#check[data-verdict=not-checked]')
  t.equal(await page.locator('#check .verdict-label strong').innerText(), LABELS['zh-CN'].unchecked)
  t.ok(await page.getByRole('button', { name: '再试' }).isVisible())
  t.ok(await page.locator('.advice').isVisible())
  await page.context().close()
})

t.test('an altered bundle puts the warning on top and takes the answers back', async (t) => {
  site.alterBundles((name) => {
    const bundle = log.bundle(name)
    const last = bundle.entries.length - 1
    const target = bundle.entries[last]!
    const bytes = target.bytes.slice()
    bytes[bytes.length - 3] = bytes[bytes.length - 3] === 0x31 ? 0x32 : 0x31
    return formatBundle({ ...bundle, entries: bundle.entries.with(last, { ...target, bytes }) })
  })
  t.teardown(() => site.alterBundles())
  for (const { width } of SCREENS) {
    for (const lang of LANGS) {
      const timeline = await visit({ path: `${TIMELINE}?tl=${log.logId}`, lang, width })
      t.equal(await verdictOf(timeline), LABELS[lang].mismatch)
      const box = (await timeline.locator('#check').boundingBox())!
      const advice = (await timeline.locator('.advice').boundingBox())!
      t.ok(box.y < advice.y, 'the verdict stands above')
      t.ok(await timeline.locator('.advice').isVisible(), 'the instruction stays')
      t.equal(await timeline.locator('.batches').count(), 0, 'no batch has an answer')
      t.match(await timeline.locator('.mine').innerText(), lang === 'en' ? /Cannot be told now/ : /现在无法判断/)
      t.same(await violations(timeline), [], `axe ${lang} ${width}`)
      const answer = await visit({ path: `${BATCH}?tl=${log.logId}`, lang, width })
      t.equal(await verdictOf(answer), LABELS[lang].mismatch)
      t.match(await answer.locator('.answer-box').innerText(), lang === 'en' ? /Cannot be told now/ : /现在无法判断/)
      t.equal(await answer.locator('.answer, .now .tag').count(), 0, 'nor does anything below give one')
      t.equal(await answer.title(), LABELS[lang].mismatch, 'nor the title')
      await Promise.all([timeline.context().close(), answer.context().close()])
    }
  }
})

t.test('a page that says something else than the bytes is found out, and the entry named', async (t) => {
  const shown = '2.5 million'
  t.teardown(() => site.alterPages())
  site.alterPages((html) => html.replace(shown, '0.5 million'))
  const page = await visit({ path: `${TIMELINE}?tl=${log.logId}`, lang: 'en' })
  t.equal(await verdictOf(page), LABELS.en.mismatch)
  t.match(await page.locator('.verdict-text').innerText(), /^Entry \d+ differs/)
  await page.context().close()

  site.alterPages((html) => html.replace(/<li id="n12"[\s\S]*?<li id="n11"/, '<li id="n11"'))
  const short = await visit({ path: `${TIMELINE}?tl=${log.logId}`, lang: 'en' })
  t.equal(await verdictOf(short), LABELS.en.mismatch, 'an entry that is left out')
  await short.context().close()

  site.alterPages((html) =>
    html.replace('class="answer-box return"', 'class="answer-box"').replace('Recalled.', 'Not affected.'),
  )
  const answer = await visit({ path: `${BATCH}?tl=${log.logId}`, lang: 'en' })
  t.equal(await verdictOf(answer), LABELS.en.mismatch, 'another answer')
  await answer.context().close()
})

t.test('/verify checks a link and a file, and says what is wrong with others', async (t) => {
  for (const lang of LANGS) {
    const page = await visit({ path: '/verify', lang })
    t.same(await violations(page), [], `axe ${lang}`)
    await page.fill('#link', `${site.url}${TIMELINE}`)
    await page.fill('#tl', log.logId)
    await page.click('.verify-form button')
    t.equal(await verdictOf(page), LABELS[lang].verified)
    const text = Buffer.from(formatBundle(log.bundle(stream)))
    const pick = async (content: Buffer): Promise<void> => {
      await page.setInputFiles('#file', { name: 'x.json', mimeType: 'application/json', buffer: content })
      await page.click('.verify-form button')
      await page.waitForSelector('#check:not([data-verdict=running])')
    }
    await pick(text)
    t.equal(await verdictOf(page), LABELS[lang].verified)
    await pick(text.subarray(0, 5000))
    t.match(await page.locator('.verdict-text').innerText(), /5000/)
    await pick(Buffer.from('{"format":"trust-ledger/timeline@2"}'))
    t.match(await page.locator('.verdict-text').innerText(), lang === 'en' ? /newer version/ : /版本较新/)
    await pick(Buffer.from('hello'))
    t.match(await page.locator('.verdict-text').innerText(), lang === 'en' ? /not a proof file/ : /不是证明文件/)
    await page.reload()
    for (const [link, tl, said] of [
      [
        'https://elsewhere.example/page',
        '',
        lang === 'en' ? /no incident, product or entry/i : /找不到事件、产品或条目/,
      ],
      ['/e/9999999', '', lang === 'en' ? /no incident, product or entry/i : /找不到事件、产品或条目/],
      ['CR-22222222', '', lang === 'en' ? /no incident, product or entry/i : /找不到事件、产品或条目/],
      [TIMELINE, 'abcd', lang === 'en' ? /32 letters/ : /32 个字母和数字/],
    ] as const) {
      await page.fill('#link', link)
      await page.fill('#tl', tl)
      await page.click('.verify-form button')
      await page.locator('.verdict-text').filter({ hasText: said }).waitFor()
    }
    await page.route('**/bundle', async (route) => await route.abort())
    await page.fill('#tl', '')
    await page.click('.verify-form button')
    const said = lang === 'en' ? /could not be fetched/ : /没能取到/
    await page.locator('.verdict-text').filter({ hasText: said }).waitFor()
    await page.context().close()
  }
})

t.test('the single file checks a proof from disk', async (t) => {
  const context = await browser.newContext({ locale: 'en' })
  const html = await (await context.request.get(`${site.url}/verify.html?lang=en`)).text()
  const page = await context.newPage()
  page.on('pageerror', (error) => t.fail(error.message))
  page.on('console', (message) => message.type() === 'error' && t.fail(message.text()))
  await page.route(
    'file:///verify.html',
    async (route) => await route.fulfill({ body: html, contentType: 'text/html' }),
  )
  await page.goto('file:///verify.html')
  const buffer = Buffer.from(formatBundle(log.bundle(stream)))
  await page.setInputFiles('#file', { name: 'x.json', mimeType: 'application/json', buffer })
  await page.fill('#tl', log.logId)
  await page.click('.verify-form button')
  await page.waitForSelector('#check[data-verdict=not-checked]')
  t.match(await page.locator('.steps').textContent(), /The fingerprints of all 35 entries match/)
  await context.close()
})

t.test('the exercise finds one changed character', async (t) => {
  const page = await visit({ path: '/how', lang: 'en' })
  t.same(await violations(page), [])
  const area = page.locator('#x1')
  await area.fill((await area.inputValue()).replace('12 June', '13 June'))
  t.match(await page.locator('.exercise-verdict').innerText(), /entry 2 was changed/)
  await page.click('.reset')
  t.match(await page.locator('.exercise-verdict').innerText(), /nothing was changed/)
  await page.context().close()
})

t.test('a phone reads a label even with the demo mark across it', async (t) => {
  const url = await site.withConfig({ publicUrl: 'http://localhost:3000' })
  const page = await visit({ path: '/', lang: 'zh-CN', url })
  await page.goto(`${url}/qr/p/${gtin}/B-REPLACEMENT.svg`)
  await page.evaluate(
    "document.documentElement.setAttribute('width', '360'); document.documentElement.setAttribute('height', '480')",
  )
  const { width, height, data } = PNG.sync.read(await page.screenshot())
  const read = jsqr.default(new Uint8ClampedArray(data), width, height)?.data
  t.equal(read, `http://localhost:3000/01/${gtin}/10/B-REPLACEMENT?tl=${log.logId}`)
  await page.context().close()
})

t.test('a browser of 2020 checks as well', async (t) => {
  for (const path of [TIMELINE, BATCH, ENTRY]) {
    const page = await visit({ path: `${path}?tl=${log.logId}`, lang: 'zh-CN', init: OLD_BROWSER })
    t.equal(await verdictOf(page), LABELS['zh-CN'].verified, path)
    await page.context().close()
  }
})

t.test('narrow screens, large text and the dark break nothing', async (t) => {
  for (const lang of LANGS) {
    for (const path of [TIMELINE, BATCH, ENTRY, '/', '/verify', '/how', '/nothing', `/b/${told.brand}`]) {
      const page = await visit({ path, lang, width: 320, options: { colorScheme: 'dark' } })
      t.ok((await overflow(page)) <= 0, `${path} ${lang} at 320`)
      await page.evaluate("document.documentElement.style.fontSize = '135%'")
      t.ok((await overflow(page)) <= 0, `${path} ${lang} at 320 with 135 % text`)
      t.same(await violations(page), [], `${path} ${lang} in the dark: axe`)
      await page.context().close()
    }
  }
})
