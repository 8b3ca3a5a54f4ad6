/**
 * Requests that reach no route: an address that cannot be decoded, a request that is not HTTP. The framework answers
 * these itself, past every hook; here they get the same problem documents, pages and security headers as all others.
 */
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import { problemOf, sendProblem } from './error-handler.ts'
import type { ErrorPage } from './error-handler.ts'

/**
 * For Fastify's `frameworkErrors`.
 *
 * @param headers the security headers that a hook would have set
 */
export const refuseAddress = (
  error: { code: string },
  request: FastifyRequest,
  reply: FastifyReply,
  headers: Readonly<Record<string, string>>,
  errorPage?: ErrorPage,
): void => {
  // Nobody has parsed it, and pages look into it.
  request.query = {}
  const refusal =
    error.code === 'FST_ERR_MAX_PARAM_LENGTH'
      ? new AppError('url_too_long', 'A part of this address is too long.')
      : new AppError('url_malformed', 'This address cannot be decoded.')
  sendProblem(request, reply.headers(headers), problemOf(refusal), errorPage)
}

/**
 * Why an address that can be decoded is refused all the same: no name or number of ours has the character U+0000, and
 * PostgreSQL does not compare with it.
 */
export const refusalOf = (url: string): AppError | undefined =>
  url.includes('%00') ? new AppError('url_malformed', 'No address here has the character U+0000.') : undefined

/** What Node calls the ways in which a request fails to be one, in our codes. */
const CLIENT_CODES: Readonly<Record<string, [code: string, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'Address and headers are too large.'],
}

/** For Fastify's `clientErrorHandler`: answers what is left of a connection, and ends it. */
export const refuseConnection = (error: Error & { code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (socket.writable) socket.write(malformedAnswer(error.code ?? ''))
  socket.destroy(error)
}

const malformedAnswer = (nodeCode: string): string => {
  const [code, detail] = CLIENT_CODES[nodeCode] ?? ['request_malformed', 'This is not a request in HTTP.']
  const problem = problemOf(new AppError(code, detail))
  const body = JSON.stringify(problem)
  return [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}
