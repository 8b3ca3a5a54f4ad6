/** What travels further than a page stays free of texts that may be erased: heads of pages, codes, figures, and caches. */
import t from 'tap'
import { disclosureDigest, formatDisclosure } from '../../../ledger/disclosure.ts'
import { newSalt } from '../../../server/services/log/salt.ts'
import { loggedError } from '../../../server/web/request-log.ts'
import { GTIN, openSite } from '../admin/site.ts'

const WORD = 'Quillimander'

t.test(
  'titles, heads and codes carry no text that can be erased, and pages with such texts are fresh for a minute',
  async (t) => {
    const site = await openSite(t, 'pglite', { withPages: true })
    const text = { en: `${WORD} says it is sour.`, 'zh-CN': `${WORD} 说味道发酸。` }
    const code = await site.crisis({ severity: 'S1', safety: true })
    const scope = [{ by: 'batch', gtin: GTIN, lot: 'L1' }]
    const advised = await site.milestone(code, {
      kind: 'safety_instruction',
      advice: { level: 'stop_use', scope },
      text,
    })
    const measure = text
    await site.milestone(code, {
      kind: 'commitment_made',
      commitment: { id: 'c1', due: { date: '2030-01-01' }, measure },
      text,
    })
    const disclosure = formatDisclosure({ salt: newSalt(), name: '/text', value: text })
    const seal = await site.write(`/crises/${code}/seals`, { digest: disclosureDigest(disclosure) })
    const opened = await site.write(`/entries/${seal['index'] as number}/open`, { disclosure })
    const auditor = await site.key('auditor')
    const word = { kind: 'objection', original: 'en', text }
    const objection = await site.write(`/crises/${code}/audit`, word, { key: auditor })
    const indexes = [advised, opened['index'], objection['index']] as number[]
    const pages = [
      `/c/${code}`,
      '/',
      '/b/dairy',
      `/p/${GTIN}/L1`,
      `/p/${GTIN}`,
      ...indexes.map((index) => `/e/${index}`),
    ]
    let shown = 0
    for (const page of pages) {
      for (const lang of ['zh-CN', 'en']) {
        const { body, headers } = await site.app.inject(`${page}?lang=${lang}`)
        const head = body.slice(0, body.indexOf('</head>'))
        t.notOk(head.includes(WORD), `the head of ${page} in ${lang}`)
        t.notMatch(head, /og:|name="description"/, 'no second copy for cards')
        if (body.includes(WORD)) shown += 1
        const [, seconds] = /max-age=(\d+)/.exec(String(headers['cache-control'])) ?? []
        t.ok(Number(seconds) <= 60, `${page} is fresh for ${seconds} s`)
      }
    }
    t.ok(shown >= 8, 'while the pages themselves show it')
    for (const picture of [`/qr/c/${code}.svg`, `/qr/p/${GTIN}.svg`]) {
      t.notOk((await site.app.inject(picture)).body.includes(WORD), picture)
    }
    const feeds = [`/c/${code}/feed.xml`, '/b/dairy/feed.xml'].flatMap((feed) => [
      `${feed}?lang=en`,
      `${feed}?lang=zh-CN`,
    ])
    const feedsSay = async (kind: RegExp): Promise<void> => {
      for (const feed of feeds) {
        const { statusCode, body } = await site.app.inject(feed)
        t.equal(statusCode, 200, feed)
        t.match(body, kind, feed)
        t.notOk(body.includes(WORD), feed)
      }
    }
    await feedsSay(/Safety instruction|安全提示/)
    const state = (await site.get(`/crises/${code}`)).body
    t.notOk(state.includes(WORD), 'nor does the state that is kept beside the log')
    await site.write(`/entries/${opened['index'] as number}/redactions`, { reason: 'brand_removal' })
    await feedsSay(/Erasure registered|删除登记/)
  },
)

t.test(
  'AU1: an auditor is read on the timeline and on the page of the brand, and so is what the brand has not answered',
  async (t) => {
    const site = await openSite(t, 'pglite', { withPages: true })
    const auditor = await site.key('auditor')
    const code = await site.crisis()
    const word = { original: 'en', text: { en: 'Not measured.', 'zh-CN': '没有测。' } }
    const options = { key: auditor }
    const objection = await site.write(`/crises/${code}/audit`, { ...word, kind: 'objection' }, options)
    const ofBrand = await site.write('/brands/dairy/audit', { ...word, kind: 'objection' }, options)
    await site.write('/brands/dairy/audit', { ...word, kind: 'statement', finding: 'incomplete' }, options)
    const page = async (path: string): Promise<string> => (await site.app.inject(path)).body
    t.match(await page(`/c/${code}?lang=en`), /Objections of auditors not answered by the brand: 1/)
    t.match(await page(`/c/${code}?lang=zh-CN`), /审计方说/)
    t.match(await page('/b/dairy?lang=en'), /Auditor&#x27;s objection\. Not answered by the brand/)
    t.match(await page('/b/dairy?lang=en'), /Auditor&#x27;s statement\. Needs no answer/)
    for (const { index } of [objection, ofBrand] as { index: number }[])
      await site.write(`/entries/${index}/answers`, word)
    t.notMatch(await page(`/c/${code}?lang=en`), /not answered by the brand/)
    t.match(await page('/b/dairy?lang=zh-CN'), /品牌已答复，见第 \d+ 条/)
  },
)

t.test('errors of a database are logged without their parameters and rows', async (t) => {
  const cause = Object.assign(new Error('new row violates a check'), {
    code: '23514',
    table: 'disclosure',
    detail: `Failing row contains (${WORD}).`,
    params: [WORD],
    query: `INSERT … ${WORD}`,
    where: WORD,
  })
  const logged = loggedError(new Error('the batch failed', { cause }))
  t.notOk(JSON.stringify(logged).includes(WORD))
  t.match(logged, { message: 'the batch failed', cause: { code: '23514', table: 'disclosure' } })
  t.match(loggedError('broken'), { type: 'string', message: 'broken' })
  const endless = new Error('again')
  endless.cause = endless
  t.ok(JSON.stringify(loggedError(endless)).length < 100_000)
})
