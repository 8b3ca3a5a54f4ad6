/** What pages link to that is no page: QR codes and evidence files. */
import { createReadStream } from 'node:fs'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { AppError } from '../../errors.ts'
import { DigitalLinkError } from '../../gs1/digital-link.ts'
import { hasCheckDigit } from '../../gs1/check-digits.ts'
import { pageContext } from './page-context.ts'
import type { Site } from './page-context.ts'
import { crisisCode, productCode, qrPng, qrSvg } from './qr.ts'
import type { Code, LabelForm } from './qr.ts'
import { notFound } from './record-pages.ts'

const File = Type.String({ maxLength: 80 })
const Query = Type.Object({ form: Type.Optional(Type.Literal('small')) }, { additionalProperties: true })

export function fileRoutes(app: FastifyInstance, site: Site): void {
  app.get<{ Params: { file: string } }>(
    '/qr/c/:file',
    { schema: { params: Type.Object({ file: File }), querystring: Query, hide: true } },
    async (request, reply) => {
      const { name, format } = splitEnding(request.params.file)
      const bundle = await site.deps.bundles.timeline(`crisis:${name}`)
      if (bundle === undefined) throw notFound('incident', 'There is no such incident.')
      const { publicUrl, logId } = site.deps.config()
      return await sendCode(site, request, reply, crisisCode(publicUrl, name, logId), format)
    },
  )
  app.get<{ Params: { file: string } }>(
    '/qr/p/:file',
    { schema: { params: Type.Object({ file: File }), querystring: Query, hide: true } },
    async (request, reply) => {
      const { name, format } = splitEnding(request.params.file)
      return await sendProductCode(site, request, reply, name, undefined, format)
    },
  )
  app.get<{ Params: { gtin: string; file: string } }>(
    '/qr/p/:gtin/:file',
    {
      schema: {
        params: Type.Object({ gtin: Type.String({ maxLength: 20 }), file: File }),
        querystring: Query,
        hide: true,
      },
    },
    async (request, reply) => {
      const { name, format } = splitEnding(request.params.file)
      return await sendProductCode(site, request, reply, request.params.gtin, name, format)
    },
  )
  app.get<{ Params: { sha256: string } }>(
    '/evidence/:sha256',
    { schema: { params: Type.Object({ sha256: Type.String({ maxLength: 64 }) }), hide: true } },
    async (request, reply) => await sendEvidence(site, request.params.sha256, reply),
  )
}

async function sendProductCode(
  site: Site,
  request: FastifyRequest,
  reply: FastifyReply,
  typed: string,
  lot: string | undefined,
  format: 'svg' | 'png',
): Promise<FastifyReply> {
  const gtin = typed.padStart(14, '0')
  if (!hasCheckDigit(gtin) || gtin.length !== 14 || (await site.deps.lookups.product(gtin)) === undefined) {
    throw notFound('product', 'This product is not on record.')
  }
  const { publicUrl, logId } = site.deps.config()
  try {
    return await sendCode(site, request, reply, productCode(publicUrl, gtin, lot, logId), format)
  } catch (error) {
    if (!(error instanceof DigitalLinkError)) throw error
    throw new AppError('digital_link_invalid', `This batch cannot stand in a GS1 Digital Link: ${error.message}.`)
  }
}

async function sendCode(
  site: Site,
  request: FastifyRequest,
  reply: FastifyReply,
  code: Code,
  format: 'svg' | 'png',
): Promise<FastifyReply> {
  const { words, config } = pageContext(site, request)
  const { form } = request.query as { form?: LabelForm }
  reply.header('cache-control', 'public, max-age=300').header('x-content-type-options', 'nosniff')
  if (format === 'png') return await reply.type('image/png').send(await qrPng(code))
  return await reply
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('vary', 'accept-language')
    .type('image/svg+xml')
    .send(qrSvg(code, config.publicUrl, config.logId, words.site, form))
}

/** Files come from people: never shown, always saved, never sniffed. */
async function sendEvidence(site: Site, sha256: string, reply: FastifyReply): Promise<FastifyReply> {
  const file = /^[0-9a-f]{64}$/.test(sha256) ? await site.deps.lookups.evidence(sha256) : undefined
  if (file === undefined) throw notFound('evidence', 'There is no such file.')
  return await reply
    .header('cache-control', 'public, max-age=60')
    .header('content-disposition', `attachment; filename="${sha256}"`)
    .header('content-length', file.bytes)
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('x-content-type-options', 'nosniff')
    .type('application/octet-stream')
    .send(createReadStream(file.path))
}

/** `CR-7K2M9QPD.svg`; a lot may itself hold dots, so the last ending counts. */
function splitEnding(file: string): { name: string; format: 'svg' | 'png' } {
  const match = /^(.+)\.(svg|png)$/.exec(file)
  if (match === null) throw new AppError('not_found', 'A QR code ends in .svg or .png.')
  return { name: match[1] ?? '', format: match[2] === 'svg' ? 'svg' : 'png' }
}
