/**
 * Turns what was thrown into an answer: RFC 9457 problem details, or a page for a browser. The one table from error
 * codes to statuses lives here; a database that cannot be reached is 503 on every route; whatever else is not an
 * `AppError` is an internal error, whose text goes to the log only.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import { isOutage, outageRefusal } from '../services/outage.ts'
import { ADMIN_STATUS_OF_CODE } from './admin/refusals.ts'
import type { KnownMethods } from './known-methods.ts'
import { wordsOf } from './request-words.ts'
import { untilSent } from './unread-body.ts'

/** RFC 9457 with a stable `code`; further members are the error's public details. */
export type Problem = {
  type: string
  title: string
  status: number
  code: string
  detail: string
  [member: string]: unknown
}

export type ErrorPage = (request: FastifyRequest, problem: Problem) => string

/** Codes that are not listed are 400: the caller's mistake. */
export const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  ...ADMIN_STATUS_OF_CODE,
  key_missing: 401,
  key_invalid: 401,
  key_revoked: 401,
  holder_code_missing: 401,
  holder_code_invalid: 401,
  spend_code_needed: 403,
  view_code_needed: 403,
  nothing_to_show: 404,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  request_timeout: 408,
  conflict: 409,
  payload_too_large: 413,
  url_malformed: 400,
  url_too_long: 414,
  media_type_unsupported: 415,
  validation_failed: 400,
  idempotency_conflict: 422,
  rate_limited: 429,
  request_malformed: 400,
  headers_too_large: 431,
  internal: 500,
  clock: 503,
  busy: 503,
  log_stopped: 503,
  unavailable: 503,
}

/** What 503 means for a client: the same request with the same Idempotency-Key may be sent again. */
const RETRY_AFTER_SECONDS = 2

/**
 * @param methodsAt tells 405 from 404; without it every address that does not answer is one that is not there
 * @param onOutage told of every request that met a database that cannot be reached
 */
export const registerErrorHandler = (
  app: FastifyInstance,
  errorPage?: ErrorPage,
  methodsAt: KnownMethods = () => [],
  onOutage: (error: unknown) => void = () => undefined,
): void => {
  app.setErrorHandler(async (error: FastifyError | AppError, request, reply) => {
    const problem = problemOf(error)
    if (isOutage(error)) onOutage(error)
    else if (problem.status >= 500 && problem.status !== 503) request.log.error(error)
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') await untilSent(request.raw)
    return sendProblem(request, reply, problem, errorPage)
  })
  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsAt(request.url.split('?')[0] ?? '')
    // A route may itself say that it has nothing, so a method that is known is no reason for a 405.
    if (allowed.length === 0 || allowed.includes(request.method)) {
      const problem = problemOf(new AppError('not_found', 'There is nothing at this address.'))
      return sendProblem(request, reply, problem, errorPage)
    }
    const allow = allowed.join(', ')
    const problem = problemOf(new AppError('method_not_allowed', `This address answers ${allow} only.`, { allowed }))
    return sendProblem(request, reply.header('allow', allow), problem, errorPage)
  })
}

/** The problem document of anything that was thrown. */
export const problemOf = (thrown: FastifyError | AppError): Problem => {
  const error = outageRefusal(thrown) ?? thrown
  if (error instanceof AppError) {
    const status = STATUS_OF_CODE[error.code] ?? 400
    return {
      type: 'about:blank',
      title: titleOf(status),
      status,
      code: error.code,
      detail: error.message,
      ...error.detail,
    }
  }
  const status = error.statusCode ?? 500
  if (status >= 500) {
    return { type: 'about:blank', title: titleOf(500), status: 500, code: 'internal', detail: 'Internal error.' }
  }
  const code = FRAMEWORK_CODES[error.code] ?? CODE_OF_STATUS[status] ?? 'validation_failed'
  const problem: Problem = { type: 'about:blank', title: titleOf(status), status, code, detail: error.message }
  if (error.validation) {
    const errors = error.validation.map((fault) => ({ at: fault.instancePath, message: wordsOf(fault) }))
    problem.detail = `The request is not as described at ${errors[0]?.at || '/'}: ${errors[0]?.message ?? ''}`
    problem['errors'] = errors
  }
  return problem
}

/** Fastify's own refusals in our words, so that no caller depends on the framework. */
const FRAMEWORK_CODES: Readonly<Record<string, string>> = {
  FST_ERR_VALIDATION: 'validation_failed',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_REQ_FILE_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'validation_failed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'validation_failed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'validation_failed',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'media_type_unsupported',
}

/** What is left is told by its status alone. */
const CODE_OF_STATUS: Readonly<Record<number, string>> = {
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  408: 'request_timeout',
  413: 'payload_too_large',
  415: 'media_type_unsupported',
  429: 'rate_limited',
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Key missing or invalid',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'Request timeout',
  409: 'Conflict with the state of the record',
  413: 'Too large',
  414: 'Address too long',
  415: 'Media type not supported',
  422: 'Cannot be processed',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Internal error',
  503: 'Not available for the moment',
}

const titleOf = (status: number): string => TITLES[status] ?? 'Error'

/** The answer for whoever asks: a page or the document. */
export const sendProblem = (
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
  errorPage?: ErrorPage,
): FastifyReply => {
  if (problem.status === 503 && !reply.hasHeader('retry-after')) reply.header('retry-after', RETRY_AFTER_SECONDS)
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer') // RFC 9110, section 15.5.2
  reply.code(problem.status).header('cache-control', 'no-store').header('vary', 'accept')
  if (errorPage && wantsHtml(request)) return reply.type('text/html; charset=utf-8').send(errorPage(request, problem))
  return reply.type('application/problem+json; charset=utf-8').send(JSON.stringify(problem))
}

/** A browser names text/html before anything else; programs ask for JSON or for anything. */
const wantsHtml = (request: FastifyRequest): boolean => {
  const path = request.url.split('?')[0] ?? ''
  const machine = ['/admin/', '/v1/', '/log/', '/metrics', '/healthz', '/readyz'].some((prefix) =>
    path.startsWith(prefix),
  )
  return !machine && (request.headers.accept ?? '').includes('text/html')
}
