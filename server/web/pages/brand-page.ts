/**
 * The page of a brand with all its crises. There may be hundreds, and of most the page says one line, so it is made from
 * public records; only a copy to keep, which carries its proof, reads the bundles.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { crisisStreams, programmesOf } from '../../../views/model/home-view.ts'
import type { RecordEntry, StreamRecord } from '../../../views/model/record.ts'
import { feedAddress } from './feed.ts'
import { pageContext } from './page-context.ts'
import type { PageContext, PageQuery, Site } from './page-context.ts'
import { RecordQuery, notFound, programmeLinks, readStream, sendRecordPage } from './record-pages.ts'
import type { RecordPage } from './record-pages.ts'

export function brandPages(app: FastifyInstance, site: Site): void {
  app.get<{ Params: { slug: string }; Querystring: PageQuery }>(
    '/b/:slug',
    { schema: { params: Type.Object({ slug: Type.String({ maxLength: 40 }) }), querystring: RecordQuery, hide: true } },
    async (request, reply) => await brandPage(site, request, reply, request.params.slug),
  )
}

/** The page of a brand; where there is only one, the front page is this. */
export async function brandPage(
  site: Site,
  request: FastifyRequest<{ Querystring: PageQuery }>,
  reply: FastifyReply,
  slug: string,
): Promise<FastifyReply> {
  const context = pageContext(site, request)
  const { brand, crises } = await (context.isCopy ? readProven(site, slug) : readPublic(site, slug))
  return sendRecordPage(site, reply, context, brandOf(context, brand, crises))
}

/** The page of a brand with its crises. */
export function brandOf(context: PageContext, brand: StreamRecord, crises: readonly StreamRecord[]): RecordPage {
  const path = `/b/${brand.stream.slice('brand:'.length)}`
  return {
    template: 'brand',
    records: [brand, ...crises],
    asked: { kind: 'home' },
    path,
    qr: undefined,
    ways: [{ href: `/v1/streams/${brand.stream}/bundle`, text: context.words.site.ways.bundle }],
    more: { feed: feedAddress(context, path), programmes: programmeLinks(context, programmesOf(brand)) },
  }
}

type BrandRecords = { brand: StreamRecord; crises: StreamRecord[] }

async function readProven(site: Site, slug: string): Promise<BrandRecords> {
  const brand = await readStream(site, `brand:${slug}`, 'brand')
  const crises = crisisStreams(brand).map(async (stream) => await readStream(site, stream, 'incident'))
  return { brand, crises: await Promise.all(crises) }
}

async function readPublic({ records }: Site, slug: string): Promise<BrandRecords> {
  const [brand] = await records.find([`brand:${slug}`])
  if (brand === undefined) throw notFound('brand', 'There is no brand of this name.')
  const crises = await records.find(crisisStreams(brand))
  return { brand, crises: await records.withTexts(crises, hasPromise) }
}

/** What was promised is all that the page says in the words of an incident; everything else in it is public. */
function hasPromise({ data }: RecordEntry): boolean {
  return data['commitment'] !== undefined
}
