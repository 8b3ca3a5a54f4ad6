/**
 * GS1 Digital Links, as the QR codes on products hold them: 307 to the page of the product or batch, the query passed on
 * byte for byte. The path is read as it came over the wire, because a decoded `%2F` would cut a batch in two.
 */
import type { FastifyPluginAsync } from 'fastify'
import { Type } from 'typebox'
import { AppError } from '../errors.ts'
import { DigitalLinkError, parseDigitalLink } from '../gs1/digital-link.ts'
import type { DigitalLink } from '../gs1/digital-link.ts'

export const gs1Routes: FastifyPluginAsync = async (app) => {
  const schema = { params: Type.Object({ '*': Type.String({ maxLength: 300 }) }), hide: true }
  app.get('/01/*', { schema }, (request, reply) => {
    const target = request.raw.url ?? ''
    const { value, qualifiers } = readLink(target)
    const lot = qualifiers.get('10')
    const path = lot === undefined ? `/p/${value}` : `/p/${value}/${encodeURIComponent(lot)}`
    const query = target.includes('?') ? target.slice(target.indexOf('?')) : ''
    return reply.header('cache-control', 'public, max-age=300').redirect(`${path}${query}`, 307)
  })
}

/** A trailing slash makes no difference to a resolver; the parser itself knows none. */
function readLink(target: string): DigitalLink {
  try {
    return parseDigitalLink(target.replace(/\/(?=\?|$)/, ''))
  } catch (error) {
    if (!(error instanceof DigitalLinkError)) throw error
    const what = error.problem === 'check_digit' || error.problem === 'key_length' ? 'check_digit' : 'query'
    throw new AppError('digital_link_invalid', `This is not a GS1 Digital Link: ${error.message}.`, { what })
  }
}
