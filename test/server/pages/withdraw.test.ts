/** A person takes a consent back on a page: no key, no account, no script, in both languages, and the code stays nowhere. */
import { fastify } from 'fastify'
import t from 'tap'
import { parseEntry } from '../../../ledger/entry.ts'
import { AppError } from '../../../server/errors.ts'
import { registerErrorHandler } from '../../../server/web/error-handler.ts'
import { withdrawalPages } from '../../../server/web/pages/withdrawal-pages.ts'
import { milestoneBody, openSite } from '../admin/site.ts'
import type { Site } from '../admin/site.ts'

type Shown = { status: number; html: string; headers: Record<string, unknown> }
type Consent = { index: number; code: string; withdrawAt: string }

async function submit(site: Site, form: Record<string, string>, query = ''): Promise<Shown> {
  const answer = await site.app.inject({
    method: 'POST',
    url: `/withdraw${query}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
    payload: new URLSearchParams(form).toString(),
  })
  return { status: answer.statusCode, html: plain(answer.body), headers: answer.headers }
}

const page = async (site: Site, path: string): Promise<string> =>
  plain((await site.app.inject({ url: path, headers: { accept: 'text/html' } })).body)

/** Handlebars spells the sign of equality as a character reference. */
const plain = (html: string): string => html.replaceAll('&#x3D;', '=')

async function consentOf(site: Site, of?: readonly number[]): Promise<Consent> {
  const code = await site.crisis()
  const said = of ?? [
    await site.milestone(code, { text: { en: 'It was sour.', 'zh-CN': '是酸的。' } }),
    await site.milestone(code, { text: { en: 'It was warm.', 'zh-CN': '是温的。' } }),
  ]
  const body = { purpose: 'public_display', textVersion: '1', ...(said.length === 0 ? {} : { of: said }) }
  return (await site.write(`/crises/${code}/consents`, body)) as Consent
}

/** Compiling the pages takes seconds; every test has a crisis of its own. */
const shared = openSite(t, 'pglite', { withPages: true })

const LANGUAGES = { 'zh-CN': /撤回同意/, en: /Take back a consent/ } as const

t.test('the page is a form that works without a script, with the number that a link brought', async (t) => {
  const site = await shared
  const { index, withdrawAt } = await consentOf(site)
  t.equal(withdrawAt, `/withdraw?consent=${index}`, 'staff get the address to hand over')
  for (const [lang, heading] of Object.entries(LANGUAGES)) {
    const answer = await site.app.inject({ url: `${withdrawAt}&lang=${lang}` })
    t.equal(answer.statusCode, 200)
    t.match(answer.headers, { 'cache-control': 'no-store' })
    const html = plain(answer.body)
    t.match(html, heading)
    t.match(html, new RegExp(`<form [^>]*action="/withdraw\\?lang=${lang}" method="post"`))
    t.match(html, new RegExp(`name="consent"[^>]*value="${index}"`))
    t.match(html, /name="robots" content="noindex"/)
    t.notMatch(html, /<script/)
    t.match(
      await page(site, `/e/${index}?lang=${lang}`),
      new RegExp(`href="/withdraw\\?consent=${index}&amp;lang=${lang}"`),
    )
  }
  for (const strange of ['', '?consent=', '?consent=x', '?consent=-1', '?consent=x&consent=2', '?consent="><b>']) {
    const html = await page(site, `/withdraw${strange}`)
    t.match(html, /name="consent"[^>]*value=""/, strange)
  }
})

t.test('N2: with number and code it is done at once, whatever came along with pasting', async (t) => {
  const site = await shared
  const { index, code } = await consentOf(site)
  const pasted = { consent: ` ${index} `, code: `${code.slice(0, 30)}\r\n  ${code.slice(30)}\n` }
  const { status, html, headers } = await submit(site, pasted, '?lang=en')
  t.equal(status, 200)
  t.match(headers, { 'cache-control': 'no-store' })
  t.match(html, /<h1>Withdrawn<\/h1>/)
  t.match(html, /role="status">4 texts or files are gone/)
  t.notMatch(html, code.slice(0, 20), 'the code is not repeated')
  const [, at = ''] = /href="\/e\/(\d+)\?lang=en"/.exec(html) ?? []
  const entry = parseEntry((await site.log.reader.entry(Number(at))).bytes)
  t.match(entry, { type: 'consent.withdrawn', actor: { kind: 'subject' }, data: { consent: index } })
  const again = await submit(site, { consent: String(index), code }, '?lang=zh-CN')
  t.equal(again.status, 409)
  t.match(again.html, /<h1>这项同意已经撤回<\/h1>/)
  t.notMatch(await page(site, `/e/${index}`), /\/withdraw\?consent/, 'no way is shown where there is none')
  const bare = await consentOf(site, [])
  const nothing = await submit(site, { consent: String(bare.index), code: bare.code }, '?lang=zh-CN')
  t.match(nothing.html, /没有要删除的/)
})

t.test('what is missing or wrong is said beside the form, and nothing is changed', async (t) => {
  const site = await shared
  const { index, code } = await consentOf(site)
  const said = await site.write(`/crises/${await site.crisis()}/milestones`, milestoneBody({ kind: 'statement' }))
  const other = code.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
  const rows: [Record<string, string>, number, RegExp, RegExp, number][] = [
    [{}, 400, /Enter the number/, /请填同意的编号/, 1],
    [{ consent: 'twelve', code }, 400, /Enter the number/, /请填同意的编号/, 1],
    [{ consent: String(index) }, 400, /Enter the withdrawal code/, /请填撤回码/, 1],
    [{ consent: String(index), code: '<b>' }, 400, /Enter the withdrawal code/, /请填撤回码/, 1],
    [{ consent: '99999', code }, 404, /no consent with the number 99999/, /没有编号为 99999 的同意/, 1],
    [{ consent: String(said['index']), code }, 404, /no consent/, /没有编号/, 1],
    [{ consent: String(index), code: other }, 403, /does not belong to number/, /这个撤回码不是编号/, 2],
  ]
  const before = await site.size()
  for (const [form, status, en, zh, faults] of rows) {
    for (const [lang, words] of [
      ['en', en],
      ['zh-CN', zh],
    ] as const) {
      const shown = await submit(site, form, `?lang=${lang}`)
      t.equal(shown.status, status, shown.html)
      t.match(shown.html, words)
      t.match(shown.html, /role="alert"/)
      t.equal(shown.html.match(/aria-invalid="true"/g)?.length, faults)
      t.notMatch(shown.html, code.slice(0, 20))
    }
  }
  t.equal(await site.size(), before)
})

t.test('a busy ledger says so and asks for it once more; a defect is the error page’s', async (t) => {
  const failing = async (error: Error): Promise<number> => {
    const app = fastify()
    registerErrorHandler(app)
    const templates = (_name: string, { problemHeading, problem = '' }: Record<string, unknown>): string =>
      `${String(problemHeading)} ${String(problem)}`
    const config = () => ({ publicUrl: 'https://id.example.com', helpLines: [] })
    withdrawalPages(app, { templates, deps: { config }, assets: {} } as never, {
      withdraw: async () => await Promise.reject(error),
    })
    const answer = await send(app, { consent: '7', code: 'A'.repeat(30) })
    if (answer.statusCode === 503) t.match(answer.body, /not certain .* once more/, 'it may have been written')
    return answer.statusCode
  }
  t.equal(await failing(new AppError('unavailable', 'An entry came in between.')), 503)
  t.equal(await failing(new AppError('busy', 'Too many.')), 503)
  t.equal(await failing(new AppError('conflict', 'Strange.')), 409)
  t.equal(await failing(new Error('a bug')), 500)
})

t.test('a form that is too large, or none, is refused before it is read', async (t) => {
  const site = await shared
  t.equal((await submit(site, { code: 'A'.repeat(5_000) })).status, 413)
  const json = await site.app.inject({
    method: 'POST',
    url: '/withdraw',
    payload: { consent: 1, code: ['A'.repeat(30)] },
  })
  t.equal(json.statusCode, 415)
})

async function send(app: ReturnType<typeof fastify>, form: Record<string, string>) {
  return await app.inject({
    method: 'POST',
    url: '/withdraw?lang=en',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(form).toString(),
  })
}
