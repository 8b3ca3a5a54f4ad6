/**
 * What a request says about itself, beside what is to be recorded: `acknowledge`, the questions of an editor that the
 * sender has answered, and `approvedBy`, the approval of a second person. Any JSON body of this API may carry them; they
 * are taken out before the body is checked against its schema, and are never recorded as they came.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../errors.ts'
import { WARNING_CODES, lintRequest } from '../../services/crises/editorial-lint.ts'
import type { Warning } from '../../services/crises/editorial-lint.ts'
import type { Signing } from '../../services/keys/sign-entries.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request says about itself; set before its body is checked. */
    consideration: SecondLook
    /** The body without `approvedBy`: what a second person approves. */
    approvable: unknown
  }
}

/** What a request says about itself, before the server's key is at hand (requests.ts). */
export type SecondLook = {
  warnings: readonly Warning[]
  acknowledged: readonly string[]
  approvedBy?: string
  /** Added once the body is checked (entry-signature.ts). */
  signing?: Signing
}

const NOTHING: SecondLook = { warnings: [], acknowledged: [] }

/** Takes the two members out of every JSON body and looks at the rest as an editor would. */
export function registerSecondLook(app: FastifyInstance): void {
  // Filled in before anything reads it; the shape of the request object stays the same for all requests.
  app.decorateRequest('consideration', null as unknown as SecondLook)
  app.decorateRequest('approvable', undefined)
  app.addHook('preValidation', (request, _reply, done) => {
    const { method, body, bodyBytes } = request
    request.consideration = NOTHING
    // A file that comes as a stream is read by its route.
    if (bodyBytes === undefined) return done()
    if (method !== 'POST' || typeof body !== 'object' || body === null || Array.isArray(body)) return done()
    try {
      request.consideration = considerationOf(request, body as Record<string, unknown>)
      return done()
    } catch (error) {
      return done(error as Error)
    }
  })
}

/** @throws AppError validation_failed */
function considerationOf(request: FastifyRequest, body: Record<string, unknown>): SecondLook {
  const { acknowledge, approvedBy, ...rest } = body
  request.body = rest
  request.approvable = acknowledge === undefined ? rest : { ...rest, acknowledge }
  return {
    warnings: lintRequest(rest),
    acknowledged: acknowledgedCodes(acknowledge),
    ...(approvedBy === undefined ? {} : { approvedBy: approvalId(approvedBy) }),
  }
}

/**
 * The codes that a request acknowledges.
 *
 * @throws AppError validation_failed
 */
export function acknowledgedCodes(value: unknown): string[] {
  if (value === undefined) return []
  const codes: readonly string[] = WARNING_CODES
  if (Array.isArray(value) && value.every((code) => codes.includes(code as string))) return value as string[]
  throw invalid('/acknowledge', `is a list of ${codes.join(', ')}`)
}

function approvalId(value: unknown): string {
  if (typeof value === 'string' && /^ap_[0-9a-zA-Z_-]{8,60}$/.test(value)) return value
  throw invalid('/approvedBy', 'is the id of an approval, as POST /approvals answered it')
}

function invalid(at: string, message: string): AppError {
  return new AppError('validation_failed', `The request is not as described at ${at}: ${message}`, {
    errors: [{ at, message }],
  })
}
