/** Feeds of crises and brands, for feed readers: nobody has to leave an address to hear of a new entry. */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { crisisStreams } from '../../../views/model/home-view.ts'
import type { CrisisRecord } from '../../../views/model/record.ts'
import { brandFeed, crisisFeed } from './feed.ts'
import type { Feed } from './feed.ts'
import { pageContext } from './page-context.ts'
import type { PageQuery, Site } from './page-context.ts'
import { notFound } from './record-pages.ts'

const Query = Type.Object(
  {
    lang: Type.Optional(Type.String({ maxLength: 20 })),
    tl: Type.Optional(Type.String({ maxLength: 100 })),
    text: Type.Optional(Type.String({ maxLength: 10 })),
  },
  { additionalProperties: true },
)

export function feedRoutes(app: FastifyInstance, site: Site): void {
  app.get<{ Params: { code: string }; Querystring: PageQuery }>(
    '/c/:code/feed.xml',
    { schema: { params: Type.Object({ code: Type.String({ maxLength: 40 }) }), querystring: Query, hide: true } },
    async (request, reply) => {
      const [crisis] = await readCrises(site, [`crisis:${request.params.code}`])
      if (crisis === undefined) throw notFound('incident', 'There is no incident of this name.')
      return sendFeed(site, request, reply, crisisFeed(pageContext(site, request), crisis))
    },
  )
  app.get<{ Params: { slug: string }; Querystring: PageQuery }>(
    '/b/:slug/feed.xml',
    { schema: { params: Type.Object({ slug: Type.String({ maxLength: 40 }) }), querystring: Query, hide: true } },
    async (request, reply) => {
      const [brand] = await site.records.find([`brand:${request.params.slug}`])
      if (brand === undefined) throw notFound('brand', 'There is no brand of this name.')
      const crises = await readCrises(site, crisisStreams(brand))
      return sendFeed(site, request, reply, brandFeed(pageContext(site, request), brand, crises))
    },
  )
}

async function readCrises({ records }: Site, streams: readonly string[]): Promise<CrisisRecord[]> {
  return (await records.find(streams)).flatMap(({ state, ...record }) =>
    state === undefined ? [] : [{ ...record, state }],
  )
}

/** A feed changes with the record alone, so a reader that has it already is told so (RFC 9110, section 13.1.2). */
function sendFeed(site: Site, request: FastifyRequest, reply: FastifyReply, feed: Feed): FastifyReply {
  const { lang } = pageContext(site, request)
  const xml = site.templates('feed', { feed, lang })
  // Weak: the same feed may be sent compressed.
  const etag = `W/"${createHash('sha256').update(xml).digest('base64url').slice(0, 22)}"`
  reply
    .header('cache-control', 'public, max-age=60')
    .header('vary', 'accept-language')
    .header('etag', etag)
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('x-content-type-options', 'nosniff')
  if (isHeld(request.headers['if-none-match'], etag)) return reply.code(304).send()
  return reply.type('application/atom+xml; charset=utf-8').send(xml)
}

function isHeld(held: string | undefined, etag: string): boolean {
  const tags = (held ?? '').split(',').map((tag) => tag.trim())
  return tags.some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag.slice('W/'.length))
}
