/**
 * The demo's story of today as readers meet it, stopped wherever something else must be said first: in both languages, on
 * a phone, checked by the reader's own browser under the story's clock.
 */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import t from 'tap'
import type { Test } from 'tap'
import { launchChromium, violations } from './chromium.ts'
import { startLiveStory } from './live-story.ts'

t.setTimeout(600_000)

const story = await startLiveStory(await mkdtemp(join(tmpdir(), 'tl-live-')))
const browser: Browser = await launchChromium()
t.teardown(async () => {
  await browser.close()
  await story.close()
})

const LANGS = ['zh-CN', 'en'] as const
type Lang = (typeof LANGS)[number]
type Says = Readonly<Record<Lang, readonly RegExp[]>>
const VERIFIED = { 'zh-CN': '记录未被改动', en: 'Record unaltered' } as const
const PHONE = { width: 375, height: 667 }
const DESK = { width: 1280, height: 900 }
const HOUR_MS = 3_600_000
const BRAND = '/b/example-dairy'
const CASE = /我家孩子|My child drank/
const batch = (lot: string): string => `/p/09520123456795/${lot}`
/** A folder: what was looked at is kept there as images. */
const PICTURES = process.env['PAGE_PICTURES']

type Look = {
  path: string
  says: Says
  /** What must not be on the page. */
  not?: RegExp
  /** The whole page is amber; false unless given. */
  amber?: boolean
  /** How much further the reader's clock is than the server's. */
  laterMs?: number
  script?: boolean
  screens?: readonly { width: number; height: number }[]
}

/** Looks at one page in both languages, each on these screens. */
async function look(t: Test, { screens = [PHONE], ...what }: Look): Promise<void> {
  for (const screen of screens) {
    await Promise.all(LANGS.map(async (lang) => await lookOnce(t, lang, screen, what)))
  }
}

async function lookOnce(t: Test, lang: Lang, viewport: typeof PHONE, what: Look): Promise<void> {
  const { path, says, not, amber = false, laterMs = 0, script = true } = what
  const name = `${path} ${lang} ${viewport.width}`
  const context = await browser.newContext({ viewport, locale: lang, javaScriptEnabled: script })
  await context.addInitScript(story.readersClock(laterMs))
  const page = await context.newPage()
  page.on('pageerror', (error) => t.fail(`${name}: ${error.message}`))
  page.on('console', (message) => message.type() === 'error' && t.fail(`${name}: ${message.text()}`))
  await page.goto(`${story.url}${path}?lang=${lang}&tl=${story.logId}`)
  if (script) await assertSound(t, page, name, lang)
  const text = await page.locator('main').innerText()
  for (const sentence of says[lang]) t.match(text, sentence, name)
  if (not !== undefined) t.notMatch(text, not, name)
  t.equal(await page.locator('main.overdue').count(), amber ? 1 : 0, `${name}: amber`)
  if (amber && viewport === PHONE) {
    const box = await page.locator('.next').boundingBox()
    const end = (box?.y ?? 0) + (box?.height ?? 0)
    t.ok(end > 0 && end <= viewport.height, `${name}: the reason ends at ${end}, in the first screen`)
  }
  if (PICTURES !== undefined) {
    const file = `${t.name.replace(/[^a-z]+/g, '-').slice(0, 30)}${path.replace(/\//g, '-')}.${laterMs}.${script}.${lang}.${viewport.width}`
    await page.screenshot({ path: join(PICTURES, `${file}.png`), fullPage: true })
  }
  await context.close()
}

/** The lines of the highest mark: a word in it is short, and never broken. */
const LINES_OF_TAGS = `Math.max(0, ...[...document.querySelectorAll('.tag')].map((tag) =>
  tag.offsetHeight / parseFloat(getComputedStyle(tag).lineHeight)))`

/** What every page must keep at every stage: checked and unaltered, for everybody, within its width. */
async function assertSound(t: Test, page: Page, name: string, lang: Lang): Promise<void> {
  if ((await page.locator('#check').count()) > 0) {
    await page.waitForSelector(
      '#check:not([data-verdict=running]):not([data-verdict=notChecked]):not([data-verdict=idle])',
    )
    t.equal(await page.locator('#check .verdict-label strong').innerText(), VERIFIED[lang], `${name}: verdict`)
    t.equal(await page.locator('.steps .failed').count(), 0, `${name}: no failed step`)
  }
  t.same(await violations(page), [], `${name}: axe`)
  t.ok(Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth')) <= 0, `${name}: width`)
  t.ok(Number(await page.evaluate(LINES_OF_TAGS)) < 2, `${name}: every outcome stands on one line`)
}

t.test('before anybody has acknowledged it, the page says what is owed next', async (t) => {
  const { code } = await story.playTo('signal')
  await look(t, {
    path: `/c/${code}`,
    says: {
      'zh-CN': [
        /发现苗头 · 第 1 天/,
        /没有登记任何安全提示/,
        /还没有公布影响范围/,
        /没有承诺下次更新时间。\n下一项：认领，.* 11:15 前/,
      ],
      en: [
        /First signs · day 1/,
        /No safety notice/,
        /No scope has been published/,
        /no time for the next update\.\nNext: Acknowledge, due by .*11:15/,
      ],
    },
  })
})

t.test('acknowledged in time, with the time that it took', async (t) => {
  const { code } = await story.playTo('acknowledged')
  await look(t, {
    path: `/c/${code}`,
    says: {
      'zh-CN': [/已认领 · 第 1 天/, /触发后 1 小时认领/, /按时\s+认领：.* 11:15 前；.* 10:05 登记/],
      en: [/Acknowledged · day 1/, /in time\s+Acknowledge by .*11:15/],
    },
  })
})

t.test('the safety instruction stands first, and a finding is sealed without a word of it', async (t) => {
  const { code, entries } = await story.playTo('stop')
  await look(t, {
    path: `/c/${code}`,
    says: {
      'zh-CN': [
        /产品安全提示\s+请停止使用。\s+批次 L0611 请勿饮用，保留包装。/,
        /3 个批次中，1 个有停用要求/,
        /1 条封存未打开，最早的已封存 20 分钟/,
      ],
      en: [
        /Product safety notice\s+Stop using it\.\s+Do not drink batch L0611/,
        /Stop-use instruction for 1 of 3 batches/,
        /1 sealed and not opened, the oldest for 20 minutes/,
      ],
    },
    not: /清洗阀|cleaning valve|全球|Worldwide/,
  })
  await look(t, {
    path: `/e/${entries.get('seal')}`,
    says: {
      'zh-CN': [/封存的是：调查进展/, /内容还没有公开/, /公开封存内容：.* 前/],
      en: [/Investigation update/, /not (?:yet )?public/i, /Open the sealed entry by /],
    },
    not: /清洗阀|cleaning valve/,
  })
})

t.test('an update is promised; a reader whose clock is past it sees amber before the server knows', async (t) => {
  const { code } = await story.playTo('results')
  await look(t, {
    path: `/c/${code}`,
    says: {
      'zh-CN': [/下次更新：.* 12:00 前（品牌承诺）/, /承诺 2 项：未到期 2/],
      en: [/Next update due by .*12:00 \(the brand's promise\)/, /2 promises: 2 not yet due/],
    },
  })
  await look(t, {
    path: `/c/${code}`,
    laterMs: 24 * HOUR_MS,
    amber: true,
    says: {
      'zh-CN': [/该更新了：品牌承诺 .* 12:00 前更新，已过 3 小时。/],
      en: [/Overdue: the brand promised an update by .*12:00, 3 hours ago\./],
    },
    not: /系统已登记|system has recorded/,
  })
  await look(t, {
    path: batch('L0612'),
    says: { 'zh-CN': [/不在已公布的范围内/, /范围可能扩大/], en: [/Not in the published scope/, /scope may grow/] },
  })
})

t.test('overdue: the system has written it, and the page is amber in words, without a script too', async (t) => {
  await story.playTo('next2')
  const { code, misses } = await story.waitUntil('2 11:30')
  const says = {
    'zh-CN': [/该更新了：品牌承诺 .* 11:00 前更新，已过 30 分钟。系统已登记逾期。/],
    en: [/Overdue: the brand promised an update by .*11:00, 30 minutes ago\. The system has recorded it\./],
  }
  await look(t, { path: `/c/${code}`, amber: true, says, screens: [PHONE, DESK] })
  await look(t, { path: `/c/${code}`, amber: true, says, script: false })
  await look(t, { path: BRAND, says })
  await look(t, {
    path: `/e/${misses.at(-1)}`,
    says: { 'zh-CN': [/更新逾期/, /系统写入/], en: [/Update missed/i, /Written by the system/i] },
  })
})

t.test('a promise is kept with its evidence while the update is still missing', async (t) => {
  const { code, entries } = await story.playTo('refunds-kept')
  await look(t, {
    path: `/c/${code}`,
    amber: true,
    says: {
      'zh-CN': [/承诺 2 项：兑现 1 · 未到期 1/, /已过 6 小时。系统已登记逾期。/],
      en: [/2 promises: 1 kept · 1 not yet due/, /6 hours ago\. The system has recorded it\./],
    },
  })
  await look(t, {
    path: `/e/${entries.get('refunds-kept')}`,
    says: { 'zh-CN': [/承诺兑现/, /附 1 份证据文件/], en: [/Promise fulfilled/, /Evidence files attached: 1/] },
  })
})

t.test('the scope grows: the same batch is answered otherwise, and the page says what it said before', async (t) => {
  const { code } = await story.playTo('stop2')
  await look(t, {
    path: batch('L0612'),
    says: { 'zh-CN': [/受影响：请停止使用。/, /范围扩大/], en: [/Affected: stop using it\./, /The scope grows/] },
  })
  await look(t, {
    path: `/c/${code}`,
    says: {
      'zh-CN': [/3 个批次中，2 个有停用要求/, /已被取代，见第 \d+ 条/, /2 条说法已失效/],
      en: [/Stop-use instruction for 2 of 3 batches/, /Replaced by entry \d+/i, /2 claims lapsed/],
    },
  })
})

t.test('what a person shared can be read while the consent holds', async (t) => {
  const { entries } = await story.playTo('case')
  await look(t, {
    path: `/e/${entries.get('case')}`,
    says: { 'zh-CN': [/一位消费者说/, CASE], en: [/A consumer/, CASE] },
  })
})

t.test('who gave the consent finds the way to take it back, and needs no script for it', async (t) => {
  await look(t, {
    path: '/withdraw',
    says: { 'zh-CN': [/撤回同意/, /同意的编号/, /撤回码/], en: [/Take back a consent/, /Withdrawal code/] },
  })
  const context = await browser.newContext({ viewport: PHONE, locale: 'en', javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`${story.url}/withdraw?lang=en&consent=1`)
  await page.getByLabel('Withdrawal code').fill('not a code of ours, only long enough')
  await page.getByRole('button', { name: 'Withdraw and erase' }).click()
  t.match(await page.getByRole('alert').innerText(), /Not withdrawn yet\. Nothing was changed\./)
  t.equal(await page.getByLabel('Number of the consent').inputValue(), '1', 'what was right is still there')
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, 'withdraw-refused.png'), fullPage: true })
  await context.close()
})

t.test('a promise is missed by the system, moved by the brand, and its first date stays', async (t) => {
  await story.playTo('update2')
  const { code } = await story.waitUntil('5 18:30')
  await look(t, {
    path: `/c/${code}`,
    says: {
      'zh-CN': [/1 项承诺逾期/, /承诺 2 项：兑现 1 · 逾期 1/, /承诺逾期\s+系统写入/],
      en: [/1 promise missed/, /2 promises: 1 kept · 1 missed/, /Written by the system/i],
    },
  })
  await story.playTo('moved')
  await look(t, {
    path: `/c/${code}`,
    screens: [PHONE, DESK],
    says: {
      'zh-CN': [/逾期后改期\s+公布第三方检测结果全文（.* 18:00 前；最初承诺 .* 18:00，改期 1 次）/, /没有按时拿到/],
      en: [/missed, then moved\s+The laboratory's whole report.*first promised for .*18:00, moved once/],
    },
  })
})

t.test('the cause is named, and the seal opened to what was known on the first day', async (t) => {
  const { code, entries } = await story.playTo('opened-seal')
  await look(t, {
    path: `/c/${code}`,
    says: { 'zh-CN': [/原因查明/, /迟到兑现 1/], en: [/Cause/, /1 kept late/] },
    not: /封存未打开|not opened/,
  })
  await look(t, {
    path: `/e/${entries.get('opened-seal')}`,
    says: { 'zh-CN': [/清洗阀 7 号/, /打开第 \d+ 条的封存/], en: [/cleaning valve 7/, /entry \d+/] },
  })
})

t.test('the remedy is open to everybody whose batch is named', async (t) => {
  const { code } = await story.playTo('remedy-open')
  await look(t, {
    path: `/c/${code}`,
    says: {
      'zh-CN': [/正在补救/, /两个批次都可退款或换货，不需要小票。/, /补救开始/],
      en: [/Remedy under way/, /Both batches are refunded or replaced/],
    },
    not: /全球|Worldwide/,
  })
  await look(t, {
    path: batch('L0611'),
    says: {
      'zh-CN': [/受影响：请停止使用。/, /退款和换货已在所有门店开始/],
      en: [/Affected: stop using it\./, /have begun in every shop/],
    },
  })
})

t.test('a consent is withdrawn: the text is gone everywhere, and the register says so', async (t) => {
  const { code, entries } = await story.playTo('withdrawn')
  const says = { 'zh-CN': [/已删除，本人撤回同意，\d{4}-\d\d-\d\d/], en: [/Erased, consent withdrawn, \d+ \w+ \d{4}/] }
  await look(t, { path: `/e/${entries.get('case')}`, says, not: CASE })
  await look(t, { path: `/c/${code}`, says, not: CASE })
  await look(t, {
    path: '/redactions',
    says: {
      'zh-CN': [
        /删除 2\s+本人撤回同意 2/,
        /文字 2 处/,
        /从本站删除\s+\d{4}/,
        /从数据库文件中清除\s+\d{4}/,
        /备份最迟\s+\d{4}/,
        /品牌自行撤下 0/,
      ],
      en: [
        /Erased 2\s+consent withdrawn 2/,
        /Text, 2 passages/,
        /Gone from the database files\s+\d/,
        /Backups by\s+\d/,
      ],
    },
    not: CASE,
  })
  const page = await browser.newPage()
  await page.goto(`${story.url}/redactions?lang=en`)
  await page
    .getByRole('link', { name: /entry \d+/ })
    .first()
    .click()
  t.equal(new URL(page.url()).pathname, `/e/${entries.get('case')}`, 'each line leads to its entry')
  await page.close()
})

t.test('closed: what to do stays, and look-backs are owed', async (t) => {
  const { code } = await story.playTo('closed')
  await look(t, {
    path: `/c/${code}`,
    screens: [PHONE, DESK],
    says: {
      'zh-CN': [
        /已结束/,
        /请停止使用。/,
        /下一项：公布复盘，/,
        /未到期\s+结束后 30 天回访/,
        /未到期\s+结束后 90 天回访/,
      ],
      en: [
        /Ended/,
        /Stop using it\./,
        /Next: Publish the review, due by/,
        /not yet due\s+.*30 days/,
        /not yet due\s+.*90 days/,
      ],
    },
    not: /· 第 \d+ 天|· day \d+/,
  })
})

t.test('an auditor objects, which stands until the brand answers', async (t) => {
  const { code, entries } = await story.playTo('objection')
  await look(t, {
    path: `/c/${code}`,
    says: {
      'zh-CN': [/1 条审计异议品牌未答复/, /审计方说/],
      en: [/Objections of auditors not answered by the brand: 1/, /said by the auditor/],
    },
  })
  await story.playTo('answer')
  await look(t, {
    path: `/e/${entries.get('objection')}`,
    says: {
      'zh-CN': [/多少瓶/, /品牌已答复，见第 \d+ 条/],
      en: [/how many bottles/, /Answered by the brand, see entry \d+/],
    },
  })
})

t.test('a look-back comes in time, and the brand has a record of its promises', async (t) => {
  const { code } = await story.playTo('look-back')
  await look(t, {
    path: `/c/${code}`,
    says: { 'zh-CN': [/按时\s+结束后 30 天回访/, /三十天回头看/], en: [/in time\s+.*30 days/, /Thirty days on/] },
    not: /审计异议品牌未答复|not answered by the brand/,
  })
  await look(t, {
    path: BRAND,
    says: {
      'zh-CN': [
        /守诺记录\s+■\s*\S*/,
        /兑现 1 · 迟到兑现 1（从 \d{4}-\d\d 起）/,
        /时限：按时 \d+ · 逾期 1/,
        /全部 1 件事件，一件不少/,
      ],
      en: [
        /Promise record/,
        /1 kept · 1 kept late \(since/,
        /Time limits: \d+ in time · 1 missed/,
        /1 incident of this brand/,
      ],
    },
  })
})
