/** The pages around the records: front page, /verify with its single file, /how, and the page of an error. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { base64url, utf8 } from '../../../ledger/bytes.ts'
import { leafHash } from '../../../ledger/hash.ts'
import { RightEdge } from '../../../ledger/tree.ts'
import { brandName } from '../../../views/model/entry-page.ts'
import { fill } from '../../../views/model/format.ts'
import { crisisStreams, programmesOf } from '../../../views/model/home-view.ts'
import type { Problem } from '../error-handler.ts'
import { brandPage } from './brand-page.ts'
import { pageContext, sendPage } from './page-context.ts'
import type { PageContext, PageQuery, Site } from './page-context.ts'
import { programmeLinks } from './record-pages.ts'
import { carryQuery } from './render.ts'

const Query = Type.Object(
  {
    lang: Type.Optional(Type.String({ maxLength: 20 })),
    tl: Type.Optional(Type.String({ maxLength: 100 })),
    text: Type.Optional(Type.String({ maxLength: 10 })),
    q: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: true },
)

/** A front page with thousands of brands helps nobody; the search finds the others. */
const BRANDS_SHOWN = 100

export function sitePages(app: FastifyInstance, site: Site): void {
  const schema = { querystring: Query, hide: true }
  app.get<{ Querystring: PageQuery }>('/', { schema }, async (request, reply) => {
    const context = pageContext(site, request)
    const { q } = request.query
    const target = q === undefined ? undefined : lookupTarget(q)
    if (target !== undefined) return await reply.redirect(carryQuery(target, context.carried), 307)
    const slugs = await site.deps.lookups.brands()
    const [only, ...others] = slugs
    if (q === undefined && only !== undefined && others.length === 0) return await brandPage(site, request, reply, only)
    const { home, tagline } = context.words.site
    const html = site.templates('home', {
      ...context.base,
      title: `${context.words.site.siteName} · ${tagline}`,
      q,
      brands: await brandsNamed(site, context, slugs, q),
      noBrands: only === undefined ? home.noBrands : fill(home.noneFound, { q: q?.trim() ?? '' }),
    })
    return await sendPage(reply, html)
  })
  app.get('/how', { schema }, (request, reply) => {
    const context = pageContext(site, request)
    const exercise = sampleLog(context)
    const html = site.templates('how', {
      ...context.base,
      title: titled(context, context.words.site.how.title),
      script: site.assets.scripts.get('how'),
      exercise,
      exerciseData: JSON.stringify({ words: context.words.site.how.exercise, root: exercise.root }),
    })
    return sendPage(reply, html)
  })
  verifyPages(app, site)
}

function verifyPages(app: FastifyInstance, site: Site): void {
  const schema = { querystring: Query, hide: true }
  app.get('/verify', { schema }, (request, reply) => {
    const context = pageContext(site, request)
    const { config, lang } = context
    const singleFile = site.singleFiles[lang]
    const entry = site.verifierEntries.get(singleFile.sha256)
    const html = site.templates('verify', {
      ...context.base,
      title: titled(context, context.words.site.verify.title),
      script: site.assets.scripts.get(`verify.${lang}`),
      verifyData: JSON.stringify({
        rpcUrls: config.chainPublicRpcUrls,
        testChain: config.testChain,
        intervalSeconds: config.anchorIntervalSeconds,
        helpLines: context.base['helpLines'],
      }),
      singleFile,
      singleFileEntry: { seq: entry?.seq, href: carryQuery(`/e/${entry?.index}`, context.carried) },
    })
    return sendPage(reply, html)
  })
  app.get('/verify.html', { schema }, (request, reply) => {
    const { lang } = pageContext(site, request)
    return reply
      .header('cache-control', 'public, max-age=300')
      .header('vary', 'accept-language')
      .header('content-disposition', 'attachment; filename="verify.html"')
      .header('x-content-type-options', 'nosniff')
      .type('text/html; charset=utf-8')
      .send(site.singleFiles[lang].html)
  })
}

/** Where a typed product number, incident code, entry or address of ours leads; undefined when it is none of them. */
function lookupTarget(typed: string): string | undefined {
  const text = typed.trim().replace(/^https?:\/\/[^/]+/, '')
  const code = /^(?:\/c\/)?(CR-[0-9A-Z]{8})$/i.exec(text)?.[1]
  if (code !== undefined) return `/c/${code.toUpperCase()}`
  const digits = text.replace(/[\s-]/g, '')
  if (/^(\d{8}|\d{12,14})$/.test(digits)) return `/p/${digits}`
  return /^\/(?:01|p|c|e|b)\/[^\s]+$/.test(text) ? text : undefined
}

type FrontBrand = { name: string; open: string; href: string; programmes: { href: string; text: string }[] }

async function brandsNamed(
  site: Site,
  context: PageContext,
  slugs: readonly string[],
  q: string | undefined,
): Promise<FrontBrand[]> {
  const { words } = context
  const records = await site.records.find(slugs.slice(0, BRANDS_SHOWN).map((slug) => `brand:${slug}`))
  const brands = records.map((record) => ({
    name: brandName(record, words.record),
    open: `${words.site.home.incidents}${words.record.colon}${crisisStreams(record).length}`,
    href: `/b/${record.stream.slice('brand:'.length)}`,
    programmes: programmeLinks(context, programmesOf(record)),
  }))
  const wanted = (q ?? '').trim().toLowerCase()
  return brands.filter(({ name }) => name.toLowerCase().includes(wanted)).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The three entries of the exercise with their fingerprints and root. */
function sampleLog({ words }: PageContext): { entries: { label: string; text: string; leaf: string }[]; root: string } {
  const { samples, entry } = words.site.how.exercise
  const edge = new RightEdge()
  const entries = samples.map((text, at) => {
    const leaf = leafHash(utf8(text))
    edge.append(leaf)
    return { label: fill(entry, { i: at + 1 }), text, leaf: base64url(leaf) }
  })
  return { entries, root: base64url(edge.root()) }
}

/** The sentence for a problem; codes that have none get that of their status. */
const SENTENCES = {
  product: 'unknownProduct',
  check_digit: 'checkDigit',
  incident: 'unknownIncident',
  entry: 'unknownEntry',
  brand: 'unknownBrand',
  evidence: 'unknownFile',
  programme: 'unknownProgramme',
  ballot: 'unknownBallot',
  query: 'badQuery',
} as const

/** The page of an error, for browsers. */
export function errorPage(site: Site, request: FastifyRequest, problem: Problem): string {
  const context = pageContext(site, request)
  const { error } = context.words.site
  const { what, status, code } = problem as Problem & { what?: string }
  const named =
    what !== undefined && Object.hasOwn(SENTENCES, what) ? SENTENCES[what as keyof typeof SENTENCES] : undefined
  const byStatus =
    status === 404 || status === 405
      ? 'notFound'
      : code === 'unavailable'
        ? 'unreadable'
        : status === 429 || status === 503
          ? 'busy'
          : status >= 500
            ? 'internal'
            : 'badQuery'
  return site.templates('error', {
    ...context.base,
    title: titled(context, error.heading),
    status: String(status),
    code,
    sentence: fill(error[named ?? byStatus], { host: String(context.base['host']) }),
    product: what === 'product' || what === 'check_digit',
    incident: what === 'incident',
    noindex: true,
  })
}

function titled({ words }: PageContext, title: string): string {
  return `${title} · ${words.site.siteName}`
}
