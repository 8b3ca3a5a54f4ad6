/**
 * What the log keeps of a request: enough to see what happened, nothing that leads to a person. No address, no query, no
 * serial number of a product, no header.
 */
import type { FastifyRequest } from 'fastify'

/** GS1 serial numbers (AI 21), also where somebody spelled the digits as escapes. */
const SERIALS = /\/(?:2|%32)(?:1|%31)\/[^/]+/g

/** A path as it may be logged: serial numbers are masked, the query is dropped. */
export const loggedPath = (url: string): string => (url.split('?')[0] ?? '').replace(SERIALS, '/21/-')

/** Serializers for Fastify's logger. */
export const logSerializers = {
  req: (request: FastifyRequest) => ({ method: request.method, path: loggedPath(request.url) }),
}
