/**
 * The pages that show a record: timeline, answer, entry. Each is a list of streams and a request; the words come
 * from their bundles through `views/model`, and the page carries the request, so that its script can build it again.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isTestChain } from '../../../ledger/anchor.ts'
import type { Bundle } from '../../../ledger/bundle.ts'
import { fill } from '../../../views/model/format.ts'
import { pageView } from '../../../views/model/page.ts'
import type { PageRequest } from '../../../views/model/page.ts'
import { readRecord } from '../../../views/model/record.ts'
import type { StreamRecord } from '../../../views/model/record.ts'
import { AppError } from '../../errors.ts'
import { hasCheckDigit } from '../../gs1/check-digits.ts'
import { feedAddress } from './feed.ts'
import { copyHref, pageContext, sendPage, withQuery } from './page-context.ts'
import type { Asked, PageContext, PageQuery, Site } from './page-context.ts'
import { pointsEntryPage } from './points-pages.ts'
import { carryQuery } from './render.ts'
import { copyName, savedCopy, withWholeAddresses } from './saved-copy.ts'
import { keysFor, signatureOf } from './signed-entry.ts'
import { withdrawalLink } from './withdrawal-pages.ts'

/** What the address of every page of a record may say. */
export const RecordQuery = Type.Object(
  {
    lang: Type.Optional(Type.String({ maxLength: 20 })),
    tl: Type.Optional(Type.String({ maxLength: 100 })),
    text: Type.Optional(Type.String({ maxLength: 10 })),
    batch: Type.Optional(Type.String({ maxLength: 60 })),
    market: Type.Optional(Type.String({ maxLength: 10 })),
    asOf: Type.Optional(Type.String({ maxLength: 24 })),
    order: Type.Optional(Type.String({ maxLength: 10 })),
    copy: Type.Optional(Type.String({ maxLength: 10 })),
  },
  { additionalProperties: true },
)

export function recordPages(app: FastifyInstance, site: Site): void {
  app.get<{ Params: { code: string }; Querystring: PageQuery }>(
    '/c/:code',
    { schema: { params: Type.Object({ code: Type.String({ maxLength: 40 }) }), querystring: RecordQuery, hide: true } },
    async (request, reply) => await timelinePage(site, request, reply),
  )
  app.get<{ Params: { index: string }; Querystring: PageQuery }>(
    '/e/:index',
    {
      schema: { params: Type.Object({ index: Type.String({ maxLength: 16 }) }), querystring: RecordQuery, hide: true },
    },
    async (request, reply) => await entryPage(site, request, reply),
  )
  const product = { gtin: Type.String({ maxLength: 20 }) }
  app.get<{ Params: { gtin: string }; Querystring: PageQuery }>(
    '/p/:gtin',
    { schema: { params: Type.Object(product), querystring: RecordQuery, hide: true } },
    async (request, reply) => await answerPage(site, request, reply, request.params.gtin, undefined),
  )
  app.get<{ Params: { gtin: string; batch: string }; Querystring: PageQuery }>(
    '/p/:gtin/:batch',
    {
      schema: {
        params: Type.Object({ ...product, batch: Type.String({ maxLength: 60 }) }),
        querystring: RecordQuery,
        hide: true,
      },
    },
    async (request, reply) => await answerPage(site, request, reply, request.params.gtin, request.params.batch),
  )
}

async function timelinePage(
  site: Site,
  request: FastifyRequest<{ Params: { code: string }; Querystring: PageQuery }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const context = pageContext(site, request)
  const record = await readStream(site, `crisis:${request.params.code}`, 'incident')
  const programmes = await site.deps.programmes.ofBrand(record.entries[0]?.entry.brand ?? '')
  return sendRecordPage(site, reply, context, timelineOf(context, record, request, programmes))
}

/** The page of a crisis. */
export function timelineOf(
  context: PageContext,
  record: StreamRecord,
  { query, url }: Asked,
  programmes: readonly string[] = [],
): RecordPage {
  const code = record.stream.slice('crisis:'.length)
  const { site: t } = context.words
  const { order } = query as PageQuery
  return {
    template: 'timeline',
    records: [record],
    asked: { kind: 'timeline', ...(order === 'oldest' ? { oldestFirst: true } : {}) },
    path: `/c/${code}`,
    qr: `/qr/c/${code}.png`,
    ways: [
      { href: `/v1/crises/${code}/bundle`, text: t.ways.bundle },
      { href: carryQuery(`/b/${record.entries[0]?.entry.brand ?? ''}`, context.carried), text: t.ways.brand },
      ...programmeLinks(context, programmes),
    ],
    more: {
      wide: true,
      feed: feedAddress(context, `/c/${code}`),
      oldestFirst: order === 'oldest',
      orderHref: withQuery(url, { order: order === 'oldest' ? undefined : 'oldest' }),
    },
  }
}

async function answerPage(
  site: Site,
  request: FastifyRequest<{ Querystring: PageQuery }>,
  reply: FastifyReply,
  typed: string,
  lot: string | undefined,
): Promise<FastifyReply> {
  const { batch, market, asOf } = request.query
  const gtin = typed.padStart(14, '0')
  const answered = lot ?? (batch?.trim() === '' ? undefined : batch?.trim())
  if (!/^(\d{8}|\d{12,14})$/.test(typed) || !hasCheckDigit(gtin)) {
    throw new AppError('gtin_invalid', 'The product number is not a GTIN.', { what: 'check_digit' })
  }
  const path = productPath(gtin, answered)
  if (gtin !== typed || (batch !== undefined && lot === undefined)) {
    return await reply.redirect(withQuery(`${path}?${request.url.split('?')[1] ?? ''}`, { batch: undefined }), 307)
  }
  assertQuestion(market, asOf)
  const product = await site.deps.lookups.product(gtin)
  if (product === undefined) throw notFound('product', 'This product is not on record.')
  const context = pageContext(site, request)
  const streams = [`brand:${product.brand}`, ...product.crises.map((code) => `crisis:${code}`)]
  const records = await Promise.all(streams.map(async (stream) => await readStream(site, stream, 'product')))
  const { site: t } = context.words
  return await sendRecordPage(site, reply, context, {
    template: 'answer',
    records,
    asked: {
      kind: 'answer',
      gtin,
      ...present('lot', answered),
      ...present('market', market),
      ...present('asOf', asOf),
    },
    path,
    qr: answered === undefined ? `/qr/p/${gtin}.png` : `/qr/p/${gtin}/${encodeURIComponent(answered)}.png`,
    ways: [
      ...streams.slice(1).map((stream) => ({ href: `/v1/streams/${stream}/bundle`, text: t.ways.bundle })),
      { href: carryQuery(`/b/${product.brand}`, context.carried), text: t.ways.brand },
    ],
    more: {
      lookupAction: `/p/${gtin}`,
      nowHref: withQuery(request.url, { asOf: undefined }),
      noindex: asOf !== undefined,
    },
  })
}

async function entryPage(
  site: Site,
  request: FastifyRequest<{ Params: { index: string }; Querystring: PageQuery }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { index } = request.params
  if (!/^(0|[1-9]\d{0,15})$/.test(index)) throw notFound('entry', 'There is no such entry.')
  const stream = await site.deps.lookups.streamOf(Number(index))
  if (stream === undefined) throw notFound('entry', 'There is no such entry.')
  if (stream.startsWith('points:')) return await pointsEntryPage(site, request, reply, stream, Number(index))
  const context = pageContext(site, request)
  const record = await readStream(site, stream, 'entry')
  const keys = await keysFor(site, record, Number(index))
  return sendRecordPage(site, reply, context, entryOf(context, record, Number(index), keys))
}

/**
 * The page of one entry of a stream.
 *
 * @param keys the stream that its signature is judged by, if it bears one
 */
export function entryOf(context: PageContext, record: StreamRecord, index: number, keys?: StreamRecord): RecordPage {
  return {
    template: 'entry',
    records: [record],
    asked: { kind: 'entry', index },
    path: `/e/${index}`,
    qr: undefined,
    ways: [{ href: `/v1/streams/${record.stream}/bundle`, text: context.words.site.ways.bundle }],
    more: {
      withdrawal: withdrawalLink(context, record, index),
      signature: signatureOf(context, record, keys, index),
      back: backWords(context, record),
    },
  }
}

/** What the way back from an entry is called: an entry of the ledger or of a brand belongs to no incident. */
function backWords({ words }: PageContext, { stream }: StreamRecord): string {
  const { back, backToBrand, backHome } = words.site.entry
  return stream.startsWith('crisis:') ? back : stream.startsWith('brand:') ? backToBrand : backHome
}

/** Where a brand's points programmes are. */
export function programmeLinks(
  { words, carried }: PageContext,
  programmes: readonly string[],
): { href: string; text: string }[] {
  return programmes.map((id) => ({ href: carryQuery(`/points/${id}`, carried), text: words.points.links.programme }))
}

export type RecordPage = {
  template: string
  records: StreamRecord[]
  asked: Omit<PageRequest, 'lang' | 'now' | 'demo' | 'publicUrl' | 'streams'>
  path: string
  qr: string | undefined
  ways: { href: string; text: string }[]
  more: Record<string, unknown>
}

/** Sends the page, or the file to keep that it is asked for as. */
export function sendRecordPage(site: Site, reply: FastifyReply, context: PageContext, page: RecordPage): FastifyReply {
  if (!context.isCopy) return sendPage(reply, renderRecordPage(site, context, page))
  const bundles = page.records.flatMap((record) => BUNDLES.get(record) ?? [])
  const copy = savedCopy(site, context, carryQuery(page.path, context.carried), bundles)
  const more = { ...page.more, copy, assets: { ...site.assets, icon: copy.icon } }
  const html = renderRecordPage(site, context, { ...page, qr: undefined, more })
  reply.header('content-disposition', `attachment; filename="${copyName(page.path, site.deps.now())}"`)
  return sendPage(reply, withWholeAddresses(html, context.config.publicUrl))
}

/** What each record was read from: a copy carries it, so that page and proof are of one moment. */
const BUNDLES = new WeakMap<StreamRecord, Bundle>()

/**
 * The HTML of a page that shows a record.
 *
 * @throws AppError not_found when the record does not hold what is asked for
 */
export function renderRecordPage(site: Site, context: PageContext, page: RecordPage): string {
  const { lang, words, config, base, carried } = context
  const { records, asked, template, path, qr, ways, more } = page
  const asking: PageRequest = {
    ...asked,
    lang,
    now: site.deps.now(),
    demo: config.testChain || records.some(({ newest }) => newest !== undefined && isTestChain(newest.chainId)),
    publicUrl: config.publicUrl,
    streams: records.map(({ stream }) => stream),
  }
  const view = pageView(asking, records, words.record)
  if (view === undefined) throw notFound('entry', 'There is no such entry.')
  const t = words.site
  const brand = records.map(({ entries }) => entries[0]?.entry.brand).find((slug) => slug !== undefined)
  return site.templates(template, {
    ...base,
    title: view.documentTitle,
    view,
    script: site.assets.scripts.get(`page.${lang}`),
    pageData: JSON.stringify({
      request: asking,
      versions: records.map(({ entries, newest }) => [entries.length, newest?.size ?? 0]),
      rpcUrls: config.chainPublicRpcUrls,
      testChain: config.testChain,
      intervalSeconds: config.anchorIntervalSeconds,
      helpLines: base['helpLines'],
    }),
    permalink: `${config.publicUrl}${path}`,
    copyHref: context.isCopy ? undefined : copyHref(context.url),
    registerHref: brand === undefined ? undefined : `/redactions?brand=${brand}`,
    qr: qr === undefined ? undefined : { src: qr, alt: fill(t.label.alt, { text: `${config.publicUrl}${path}` }) },
    ways: [
      ...ways,
      { href: carryQuery('/verify', carried), text: t.ways.verify },
      { href: carryQuery('/how', carried), text: t.ways.how },
    ],
    ...more,
  })
}

/**
 * The record of a stream with its texts and its proof.
 *
 * @throws AppError not_found
 */
export async function readStream(site: Site, stream: string, what: string): Promise<StreamRecord> {
  const bundle = await site.deps.bundles.timeline(stream)
  if (bundle === undefined) throw notFound(what, `There is no ${what} of this name.`)
  const record = readRecord(bundle)
  BUNDLES.set(record, bundle)
  return record
}

/** `what` tells the error page which sentence to show. */
export function notFound(what: string, message: string): AppError {
  return new AppError('not_found', message, { what })
}

function productPath(gtin: string, lot: string | undefined): string {
  return lot === undefined ? `/p/${gtin}` : `/p/${gtin}/${encodeURIComponent(lot)}`
}

function assertQuestion(market: string | undefined, asOf: string | undefined): void {
  const marketHolds = market === undefined || /^[A-Z]{2}$/.test(market)
  const asOfHolds =
    asOf === undefined ||
    /^\d{1,16}$/.test(asOf) ||
    (/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\.\d{3}Z)?$/.test(asOf) && !Number.isNaN(Date.parse(asOf)))
  if (marketHolds && asOfHolds) return
  throw new AppError('query_invalid', 'market is two capital letters; asOf a log size, a day or an instant.', {
    what: 'query',
  })
}

function present<K extends string>(name: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: string })
}
