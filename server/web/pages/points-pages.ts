/**
 * The pages of a points programme: terms and rules, rewards, suggestions, a ballot; and an entry of its stream. Each is
 * made from the part of the stream that pages show and from figures counted over all of it; the script makes it again from
 * the checked bundle.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isTestChain } from '../../../ledger/anchor.ts'
import { formatBytes } from '../../../views/model/format.ts'
import { pointsPageView, programmePageView } from '../../../views/model/points-page.ts'
import type { PointsRequest } from '../../../views/model/points-page.ts'
import { pointsRecordWords } from '../../../views/model/points-words.ts'
import { readRecord } from '../../../views/model/record.ts'
import type { StreamRecord } from '../../../views/model/record.ts'
import { pageContext, sendPage } from './page-context.ts'
import type { PageContext, PageQuery, Site } from './page-context.ts'
import { bundleBytesOf } from './programme-stories.ts'
import type { ProgrammeStory } from './programme-stories.ts'
import { carryQuery } from './render.ts'
import { notFound } from './record-pages.ts'
import { keysFor, signatureOf } from './signed-entry.ts'

const Query = Type.Object(
  {
    lang: Type.Optional(Type.String({ maxLength: 20 })),
    tl: Type.Optional(Type.String({ maxLength: 100 })),
    text: Type.Optional(Type.String({ maxLength: 10 })),
  },
  { additionalProperties: true },
)
const programme = Type.String({ pattern: '^[a-z0-9-]{1,40}$' })
const index = Type.String({ pattern: '^(0|[1-9][0-9]{0,15})$' })

/** From this size on, a bundle is fetched only when the reader asks for it. */
const LARGE_BUNDLE_BYTES = 2_000_000

type Kind = Exclude<PointsRequest['kind'], 'entry'>

export function pointsPages(app: FastifyInstance, site: Site): void {
  const params = Type.Object({ programme })
  const page = (path: string, kind: Kind): void => {
    app.get<{ Params: { programme: string }; Querystring: PageQuery }>(
      path,
      { schema: { params, querystring: Query, hide: true } },
      async (request, reply) => await programmePage(site, request, reply, { kind, id: request.params.programme }),
    )
  }
  page('/points/:programme', 'programme')
  page('/points/:programme/rewards', 'rewards')
  page('/points/:programme/proposals', 'proposals')
  app.get<{ Params: { programme: string; index: string }; Querystring: PageQuery }>(
    '/points/:programme/ballots/:index',
    { schema: { params: Type.Object({ programme, index }), querystring: Query, hide: true } },
    async (request, reply) => {
      const { programme: id, index: ballot } = request.params
      return await programmePage(site, request, reply, { kind: 'ballot', id, ballot: Number(ballot) })
    },
  )
}

type Asked = { kind: Kind; id: string; ballot?: number }

async function programmePage(
  site: Site,
  request: FastifyRequest<{ Querystring: PageQuery }>,
  reply: FastifyReply,
  { kind, id, ballot }: Asked,
): Promise<FastifyReply> {
  const story = await site.stories.find(id)
  if (story === undefined) throw notFound('programme', 'There is no such points programme.')
  const context = pageContext(site, request)
  const asking: PointsRequest = {
    ...requestOf(site, context, story),
    kind,
    ...(ballot === undefined ? {} : { ballot }),
  }
  const view = programmePageView(asking, story, wordsOf(context))
  if (view === undefined) throw notFound('ballot', 'There is no such ballot.')
  const path = `/points/${id}${kind === 'programme' ? '' : kind === 'ballot' ? `/ballots/${ballot}` : `/${kind}`}`
  const html = site.templates(kind, {
    ...pointsBase(site, context, { path, id, brand: story.entries[0]?.entry.brand }),
    title: view.documentTitle,
    view,
    bundleSize: sizeToAsk(story),
    pageData: pageData(context, asking, [story.figures.entries, story.newest?.size ?? 0]),
    ways: waysOf(context, story.stream, story.entries[0]?.entry.brand),
    permalink: `${context.config.publicUrl}${path}`,
  })
  return sendPage(reply, html)
}

/** The page of one entry of a programme's stream: as everywhere, with the names of these types and with their script. */
export async function pointsEntryPage(
  site: Site,
  request: FastifyRequest<{ Querystring: PageQuery }>,
  reply: FastifyReply,
  stream: string,
  index: number,
): Promise<FastifyReply> {
  const bundle = await site.deps.bundles.timeline(stream)
  if (bundle === undefined) throw notFound('entry', 'There is no such entry.')
  const record = readRecord(bundle)
  const keys = await keysFor(site, record, index)
  return sendPage(reply, renderPointsEntry(site, pageContext(site, request), { record, index, keys }))
}

/** An entry of a programme, and the stream that its signature is judged by, if it bears one. */
export type PointsEntry = { record: StreamRecord; index: number; keys: StreamRecord | undefined }

/** The HTML of that page. */
export function renderPointsEntry(site: Site, context: PageContext, { record, index, keys }: PointsEntry): string {
  const { stream } = record
  const asking: PointsRequest = { ...requestOf(site, context, record), kind: 'entry', index }
  const view = pointsPageView(asking, record, wordsOf(context))
  if (view === undefined) throw notFound('entry', 'There is no such entry.')
  const id = stream.slice('points:'.length)
  const payloadBytes = record.entries.reduce((sum, { raw }) => sum + raw.length, 0)
  const path = `/e/${index}`
  return site.templates('entry', {
    ...pointsBase(site, context, { path, id, brand: record.entries[0]?.entry.brand }),
    back: context.words.points.entryBack,
    title: view.documentTitle,
    view,
    bundleSize: sizeToAsk({ bundleBytes: bundleBytesOf(payloadBytes, record.entries.length) }),
    signature: signatureOf(context, record, keys, index),
    pageData: pageData(context, asking, [record.entries.length, record.newest?.size ?? 0]),
    ways: waysOf(context, stream, record.entries[0]?.entry.brand),
    permalink: `${context.config.publicUrl}${path}`,
  })
}

/** The size of a bundle that is fetched only when the reader asks for it. */
function sizeToAsk({ bundleBytes }: Pick<ProgrammeStory, 'bundleBytes'>): string | undefined {
  return bundleBytes > LARGE_BUNDLE_BYTES ? formatBytes(bundleBytes) : undefined
}

function requestOf(
  site: Site,
  { config, lang }: PageContext,
  { stream, newest }: { stream: string; newest?: { chainId: number } | undefined },
): Omit<PointsRequest, 'kind'> {
  return {
    lang,
    now: site.deps.now(),
    demo: config.testChain || (newest !== undefined && isTestChain(newest.chainId)),
    publicUrl: config.publicUrl,
    streams: [stream],
  }
}

function wordsOf({ words }: PageContext): Parameters<typeof programmePageView>[2] {
  return { words: pointsRecordWords(words.record, words.points), points: words.points }
}

function pageData(
  { base, config }: PageContext,
  request: PointsRequest,
  version: [entries: number, anchored: number],
): string {
  return JSON.stringify({
    request,
    versions: [version],
    rpcUrls: config.chainPublicRpcUrls,
    testChain: config.testChain,
    intervalSeconds: config.anchorIntervalSeconds,
    helpLines: base['helpLines'],
  })
}

/** What the templates of these pages get beside their view. */
function pointsBase(
  site: Site,
  context: PageContext,
  { path, id, brand }: { path: string; id: string; brand: string | undefined },
): Record<string, unknown> {
  const { points } = context.words
  const links = [
    { href: `/points/${id}`, text: points.links.programme },
    { href: `/points/${id}/rewards`, text: points.links.rewards },
    { href: `/points/${id}/proposals`, text: points.links.proposals },
    { href: '/me', text: points.links.me },
  ]
  return {
    ...context.base,
    w: wordsOf(context).words,
    p: points,
    script: site.assets.scripts.get(`points.${context.lang}`),
    moreStyle: site.assets.pointsStyle,
    pointsNav: links.map((link) => ({ ...link, current: link.href === path })),
    bundleSize: undefined,
    registerHref: brand === undefined ? undefined : `/redactions?brand=${brand}`,
  }
}

function waysOf(
  { words, carried }: PageContext,
  stream: string,
  brand: string | undefined,
): { href: string; text: string }[] {
  return [
    { href: `/v1/streams/${stream}/bundle`, text: words.site.ways.bundle },
    ...(brand === undefined ? [] : [{ href: carryQuery(`/b/${brand}`, carried), text: words.site.ways.brand }]),
    { href: carryQuery('/verify', carried), text: words.site.ways.verify },
    { href: carryQuery('/how', carried), text: words.site.ways.how },
  ]
}
