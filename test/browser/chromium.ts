/** Chromium for the journeys: the one that CHROMIUM_PATH names, else one on the PATH. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome']

export async function launchChromium(): Promise<Browser> {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path))
  const executablePath = process.env['CHROMIUM_PATH'] ?? found
  if (executablePath === undefined) {
    throw new Error('No Chromium: install one, or name it in CHROMIUM_PATH. Chinese pages need a CJK font as well.')
  }
  // As root, and in containers with little shared memory, Chromium does not start without these.
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] })
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe finds wrong with a page, one line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const found: unknown = await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)} }).then(({ violations }) =>
       violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 100)).join(' | ')))`,
  )
  return found as string[]
}

/**
 * Takes away what Chromium 86 and iOS 14 did not have, before any script runs: so a bundle that needs it fails here and
 * not on somebody's phone.
 */
export const OLD_BROWSER = `
  delete Object.hasOwn
  delete Object.groupBy
  delete Array.fromAsync
  delete Promise.withResolvers
  delete globalThis.structuredClone
  delete AbortSignal.timeout
  delete AbortSignal.any
  for (const name of ['isWellFormed', 'toWellFormed', 'at']) delete String.prototype[name]
  for (const name of ['at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'toSpliced', 'with']) delete Array.prototype[name]
  const typed = Object.getPrototypeOf(Uint8Array.prototype)
  for (const name of ['at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'with']) delete typed[name]
  for (const name of ['toBase64', 'toHex', 'setFromBase64', 'setFromHex']) delete Uint8Array.prototype[name]
  for (const name of ['fromBase64', 'fromHex']) delete Uint8Array[name]
  for (const name of ['union', 'difference', 'intersection']) delete Set.prototype[name]
  for (const name of ['map', 'filter', 'toArray']) if (globalThis.Iterator) delete Iterator.prototype[name]
`
