/**
 * The JSON API for auditors: entries, proofs, bundles, anchors and batch answers. Everything here can be checked by
 * whoever asks, and is the same from every instance. GET only, open to pages of any origin.
 *
 * Caching: a proof at a stated size never changes; what holds a disclosure may be erased, and so is fresh for at most a
 * minute; what speaks of "now" for a few seconds.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import '@fastify/swagger'
import type { Static } from 'typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Anchor } from '../../ledger/anchor.ts'
import { base64url } from '../../ledger/bytes.ts'
import { formatTlogProof } from '../../ledger/tlog-proof.ts'
import { AppError } from '../errors.ts'
import { parseGtin } from '../gs1/gtin.ts'
import type { Auditor } from '../services/audit/auditor.ts'
import type { LogReader, StoredEntry } from '../services/log/reader.ts'
import * as schemas from './v1-schemas.ts'

export type V1Deps = {
  auditor: Auditor
  reader: LogReader
  /** The bundle of a stream as JSON text (ledger/README.md, part 14). @throws AppError not_found */
  readBundle(stream: string): Promise<string>
}

const IMMUTABLE = 'public, max-age=31536000, immutable'
const ERASABLE = 'public, max-age=60'
const NOW = 'public, max-age=5'

/** Registers `/v1/*`. */
export async function v1Routes(app: FastifyInstance, deps: V1Deps): Promise<void> {
  app.addHook('onRequest', async (_request, reply) => {
    // Nothing here depends on who asks, so any page may: an auditor's tool from elsewhere is the point of it.
    reply.header('access-control-allow-origin', '*').header('cross-origin-resource-policy', 'cross-origin')
  })
  app.addHook('preValidation', async ({ params, query }) => {
    mustBePlainNumbers(params as Record<string, unknown>)
    mustBePlainNumbers(query as Record<string, unknown>)
  })
  logRoutes(app, deps)
  entryRoutes(app, deps)
  recordRoutes(app, deps)
}

const NUMBERS = new Set(['index', 'size', 'from', 'to', 'before', 'limit'])

/**
 * A number has one spelling. The framework reads `1e1` and `007` as numbers too; caches would then keep one proof under
 * many addresses for ever.
 */
function mustBePlainNumbers(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (NUMBERS.has(name) && !(typeof value === 'string' && /^(?:0|[1-9][0-9]{0,15})$/.test(value))) {
      throw new AppError('validation_failed', `${name} must be a whole number in decimal digits.`)
    }
  }
}

function logRoutes(instance: FastifyInstance, { auditor, reader }: V1Deps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  app.get(
    '/v1/log',
    { schema: schemaOf('Which log this is and where it stands', schemas.LogAnswer) },
    async (_, reply) => {
      const { root, ...identity } = await auditor.identity()
      reply.header('cache-control', NOW)
      return { ...identity, root: base64url(root) }
    },
  )

  app.get(
    '/v1/consistency',
    {
      schema: {
        ...schemaOf('Proof that the log at one size begins with the log at a smaller one', schemas.ConsistencyAnswer),
        querystring: schemas.ConsistencyQuery,
      },
    },
    async (request, reply) => {
      const { from } = request.query
      const to = await sizeAsked(reader, reply, request.query.to)
      if (from < 1 || from > to) throw new AppError('validation_failed', 'The sizes must be 1 <= from <= to.')
      return { from, to, proof: (await reader.consistencyProof(from, to)).map(base64url) }
    },
  )

  app.get(
    '/v1/anchors',
    {
      schema: {
        ...schemaOf('What the chain has confirmed, newest first', schemas.AnchorsAnswer),
        querystring: schemas.AnchorsQuery,
      },
    },
    async (request, reply) => {
      const { before, limit = schemas.LIMIT_DEFAULT } = request.query
      const anchors = await auditor.anchors({ limit: limit + 1, ...(before === undefined ? {} : { before }) })
      const page = anchors.slice(0, limit)
      reply.header('cache-control', NOW)
      return { anchors: page.map(anchorJson), next: anchors.length > limit ? (page.at(-1)?.size ?? null) : null }
    },
  )
}

function entryRoutes(instance: FastifyInstance, { reader }: V1Deps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  const params = schemas.IndexParams
  app.get(
    '/v1/entries/:index',
    { schema: { ...schemaOf('An entry with the disclosures that are still held', schemas.EntryAnswer), params } },
    async (request, reply) => {
      const { index, leafHash, bytes, disclosures } = await readEntry(reader, request.params.index)
      reply.header('cache-control', ERASABLE)
      return { index, leafHash: base64url(leafHash), bytes: base64url(bytes), disclosures }
    },
  )

  app.get(
    '/v1/entries/:index/proof',
    {
      schema: {
        ...schemaOf('Proof that an entry is in the log', schemas.InclusionAnswer),
        params,
        querystring: schemas.SizeQuery,
      },
    },
    async (request, reply) => {
      const { index } = request.params
      const { leafHash } = await readEntry(reader, index)
      const size = await sizeAsked(reader, reply, request.query.size, index)
      const proof = await reader.inclusionProof(index, size)
      return { index, size, leafHash: base64url(leafHash), proof: proof.map(base64url) }
    },
  )

  app.get(
    '/v1/entries/:index/tlog-proof',
    {
      schema: {
        summary: 'The same as a file for third-party tools (C2SP tlog-proof), with the signed checkpoint',
        tags: ['auditor'],
        params,
        querystring: schemas.SizeQuery,
      },
    },
    async (request, reply) => {
      const { index } = request.params
      await readEntry(reader, index)
      const size = await sizeAsked(reader, reply, request.query.size, index)
      const file = formatTlogProof({
        index,
        proof: await reader.inclusionProof(index, size),
        checkpoint: await reader.checkpointAt(size),
      })
      return await reply
        .type('text/plain; charset=utf-8')
        .header('content-disposition', `attachment; filename="entry-${index}.tlog-proof"`)
        .send(file)
    },
  )
}

function recordRoutes(instance: FastifyInstance, deps: V1Deps): void {
  const { auditor } = deps
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  const sendBundle = async (reply: FastifyReply, stream: string): Promise<FastifyReply> => {
    const bundle = await deps.readBundle(stream)
    return await reply.header('cache-control', ERASABLE).type('application/json; charset=utf-8').send(bundle)
  }
  const bundleSchema = { summary: 'Everything that proves a timeline offline', tags: ['auditor'] }

  app.get(
    '/v1/crises/:code',
    { schema: { ...schemaOf('A crisis at a glance', schemas.CrisisAnswer), params: schemas.CodeParams } },
    async (request, reply) => {
      reply.header('cache-control', NOW)
      return await auditor.crisis(request.params.code)
    },
  )
  app.get(
    '/v1/crises/:code/bundle',
    { schema: { ...bundleSchema, params: schemas.CodeParams } },
    async (request, reply) => await sendBundle(reply, `crisis:${request.params.code}`),
  )
  app.get(
    '/v1/streams/:stream/bundle',
    { schema: { ...bundleSchema, params: schemas.StreamParams } },
    async (request, reply) => await sendBundle(reply, request.params.stream),
  )
  app.get(
    '/v1/products/:gtin/answer',
    {
      schema: {
        ...schemaOf('What the record says about a product or a batch', schemas.ProductAnswer),
        params: schemas.ProductParams,
        querystring: schemas.AnswerQuery,
      },
    },
    async (request, reply) => {
      const gtin = parseGtin(request.params.gtin)
      if (gtin === undefined) throw new AppError('validation_failed', 'This is no GTIN, or its check digit is wrong.')
      const { batch, market, asOf } = request.query
      const answer = await auditor.answer({
        gtin,
        ...(batch === undefined ? {} : { lot: batch }),
        ...(market === undefined ? {} : { market }),
        ...(asOf === undefined ? {} : { asOf }),
      })
      reply.header('cache-control', NOW)
      return { gtin, ...answer } as Static<typeof schemas.ProductAnswer>
    },
  )
}

/** The size that was asked for, or the present one; sets how long the answer stays true. */
async function sizeAsked(
  reader: LogReader,
  reply: FastifyReply,
  asked: number | undefined,
  index = -1,
): Promise<number> {
  const { size } = await reader.head()
  reply.header('cache-control', asked === undefined ? NOW : IMMUTABLE)
  if (asked === undefined) return size
  if (asked > size) throw new AppError('not_found', `The log has ${size} entries.`)
  if (asked <= index) throw new AppError('validation_failed', `A log of ${asked} entries has no entry ${index}.`)
  return asked
}

async function readEntry(reader: LogReader, index: number): Promise<StoredEntry> {
  const { size } = await reader.head()
  if (index >= size) throw new AppError('not_found', `There is no entry ${index}: the log has ${size}.`)
  return await reader.entry(index)
}

function anchorJson({ root, ...anchor }: Anchor): Omit<Anchor, 'root'> & { root: string } {
  return { ...anchor, root: base64url(root) }
}

const schemaOf = <T>(summary: string, answer: T): { summary: string; tags: string[]; response: { 200: T } } => ({
  summary,
  tags: ['auditor'],
  response: { 200: answer },
})
