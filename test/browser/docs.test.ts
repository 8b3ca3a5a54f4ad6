/** `/docs` in a browser: whoever has a key can try the API out there, a file on record included. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import t from 'tap'
import { ADMIN_KEY, startService } from '../support/service.ts'
import { launchChromium } from './chromium.ts'

t.setTimeout(600_000)

const dataDir = await mkdtemp(join(tmpdir(), 'tl-docs-'))
const service = await startService({ dataDir })
const browser = await launchChromium()
t.teardown(async () => {
  await browser.close()
  await service.stop()
  await rm(dataDir, { recursive: true, force: true })
})

t.test('a brand is made and a file put on record from the page', async (t) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) problems.push(message.text())
  })
  await page.goto(`${service.baseUrl}/docs/`)
  await page.click('button.authorize')
  await page.fill('.auth-container input >> nth=0', ADMIN_KEY)
  await page.click('.auth-container button.authorize >> nth=0')
  await page.click('button.btn-done')

  /** Opens a POST, ready to be tried out, with a new Idempotency-Key. */
  const open = async (path: string, key: string): Promise<Locator> => {
    const post = page.locator('.opblock-post').filter({ has: page.locator(`[data-path="${path}"]`) })
    await post.locator('.opblock-summary').click()
    await post.getByRole('button', { name: 'Try it out' }).click()
    await post.locator('tr[data-param-name="idempotency-key"] input').fill(key)
    return post
  }
  const statusOf = async (post: Locator): Promise<string> => {
    await post.getByRole('button', { name: 'Execute' }).click()
    const told = post.locator('.live-responses-table .response-col_status').nth(1)
    return ((await told.textContent()) ?? '').trim().slice(0, 3)
  }

  const brands = await open('/admin/v1/brands', 'docs-1')
  await brands
    .locator('textarea')
    .fill(JSON.stringify({ slug: 'dairy', name: { 'zh-CN': '示例乳业', en: 'Example Dairy' } }))
  t.equal(await statusOf(brands), '201')

  const evidence = await open('/admin/v1/evidence', 'docs-2')
  const field = (name: string): Locator => evidence.locator(`.parameters[data-property-name="${name}"]`)
  await field('file')
    .locator('input[type=file]')
    .setInputFiles({
      name: 'notes.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('What the laboratory wrote.'),
    })
  await field('brand').locator('input[type=text]').fill('dairy')
  t.equal(await statusOf(evidence), '201')
  t.match(await evidence.locator('.live-responses-table').textContent(), /"stream": "brand:dairy"/)
  t.same(problems, [], 'no script fails, and nothing is forbidden by the policy')
})
