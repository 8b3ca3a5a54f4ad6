/**
 * The pages as a newcomer meets them: the service with its own database and chain, the public record played in over
 * HTTP. The chain is a test chain, so the best that any page may say is that the publisher is not confirmed.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t from 'tap'
import { readConfig } from '../../server/config.ts'
import { playRecord } from '../../server/demo/play-record.ts'
import { readNote7Record } from '../../server/demo/record.ts'
import { tamperWith } from '../../server/demo/tamper.ts'
import { startService } from '../../server/start.ts'
import { untilAllCounted } from '../support/anchored.ts'
import { ADMIN_KEY, freePort } from '../support/service.ts'
import { launchChromium } from './chromium.ts'

const LABELS = {
  'zh-CN': { unknown: '发布者未确认', mismatch: '记录对不上', lead: '请停止使用。', recalled: '在召回范围内。' },
  en: {
    unknown: 'Publisher not confirmed',
    mismatch: 'Record does not match',
    lead: 'Stop using it.',
    recalled: 'Recalled.',
  },
} as const
type Lang = keyof typeof LABELS

t.setTimeout(600_000)

const dataDir = await mkdtemp(join(tmpdir(), 'tl-embedded-'))
const port = await freePort()
const url = `http://localhost:${port}`
const config = readConfig({
  DATA_DIR: dataDir,
  PORT: String(port),
  ADMIN_KEY,
  ANCHOR_INTERVAL_SECONDS: '2',
  LOG_LEVEL: 'error',
})
const service = await startService(config, { info: () => {}, warn: console.error, error: console.error })
const browser = await launchChromium()
t.teardown(async () => {
  await browser.close()
  await service.close()
  await rm(dataDir, { recursive: true, force: true })
})

const played = await playRecord(readNote7Record(), {
  baseUrl: `http://127.0.0.1:${port}`,
  adminKey: ADMIN_KEY,
  runId: 'pages',
})
await untilAllCounted(url)
const timeline = `/c/${played.code}`
const batch = `/p/${played.gtin}/CN-RETAIL`

async function open(path: string, lang: Lang, tampered = false): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 375, height: 667 }, locale: lang })
  const page = await context.newPage()
  page.on('pageerror', (error) => t.fail(`${path}: ${error.message}`))
  if (tampered) {
    await page.route('**/crisis%3A*/bundle', async (route) => {
      const forged = tamperWith(await (await route.fetch()).body())
      await route.fulfill({ body: Buffer.from(forged.bundle), contentType: 'application/json' })
    })
  }
  await page.goto(`${url}${path}`)
  return page
}

const labelOf = async (page: Page): Promise<string> => {
  await page.waitForSelector(
    '#check:not([data-verdict=running]):not([data-verdict=notChecked]):not([data-verdict=idle])',
  )
  return await page.locator('#check .verdict-label strong').innerText()
}

for (const lang of ['zh-CN', 'en'] as const) {
  const labels = LABELS[lang]

  t.test(`${lang}: the first screen of the timeline holds everything down to the verdict`, async (t) => {
    const page = await open(timeline, lang)
    t.equal(await labelOf(page), labels.unknown)
    const places = ['.ribbon', '.who', 'h1', '.state', '.advice', '.mine', '#check']
    const boxes = await Promise.all(
      places.map(async (place) => (await page.locator(place).first().boundingBox()) ?? { y: -1, height: 0 }),
    )
    const tops = boxes.map(({ y }) => y)
    t.same(
      tops,
      [...tops].sort((a, b) => a - b),
      'in this order',
    )
    const end = Math.max(...boxes.map(({ y, height }) => y + height))
    t.ok(end <= 667, `the verdict ends at ${end}`)
    t.equal(await page.locator('.advice .lead').innerText(), labels.lead)
    t.ok(await page.locator('.advice .instruction').isVisible())
    t.equal(await page.locator('.places li').count(), 2)
    await page.context().close()
  })

  t.test(`${lang}: batch, entry, brand and /verify agree with the chain`, async (t) => {
    const page = await open(batch, lang)
    t.equal(await labelOf(page), labels.unknown)
    t.equal(await page.locator('.answer-box h1 [data-v]').innerText(), labels.recalled)
    for (const path of [`/e/${played.entries.get('n13')}`, '/']) {
      await page.goto(`${url}${path}`)
      t.equal(await labelOf(page), labels.unknown, path)
      t.equal(await page.locator('.steps .failed').count(), 0)
    }
    await page.goto(`${url}/verify`)
    await page.fill('#link', `${url}${timeline}`)
    await page.click('.verify-form button')
    t.equal(await labelOf(page), labels.unknown, '/verify')
    await page.context().close()
  })

  t.test(`${lang}: one changed character of the record takes every answer back`, async (t) => {
    for (const path of [timeline, batch]) {
      const page = await open(path, lang, true)
      t.equal(await labelOf(page), labels.mismatch, path)
      const box = (await page.locator('#check').boundingBox())!
      t.ok(box.y < 200, 'the warning stands on top')
      t.equal(await page.locator('.cannot-tell').count(), 1)
      t.equal(await page.locator('.batches').count(), 0)
      await page.context().close()
    }
  })
}
