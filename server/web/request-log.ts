/**
 * What the log keeps of a request: enough to see what happened, nothing that leads to a person. No address, no query, no
 * serial number of a product, no header.
 */
import type { FastifyRequest } from 'fastify'

/** GS1 serial numbers (AI 21), also where somebody spelled the digits as escapes. */
const SERIALS = /\/(?:2|%32)(?:1|%31)\/[^/]+/g

/** A path as it may be logged: serial numbers are masked, the query is dropped. */
export const loggedPath = (url: string): string => (url.split('?')[0] ?? '').replace(SERIALS, '/21/-')

/** What may be told of an error. */
type LoggedError = { type: string; message: string; stack?: string; cause?: LoggedError; [fact: string]: unknown }

/** Members of an error that name things of ours, and never hold what people wrote. */
const FACTS = ['code', 'severity', 'constraint', 'schema', 'table', 'column', 'routine', 'syscall', 'errno'] as const

/**
 * An error as it may be logged. A closed list: errors of databases carry the parameters of their statement and the row
 * that failed, and with them texts and salts that must be erasable.
 */
export const loggedError = (error: unknown, depth = 0): LoggedError => {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) }
  const facts = FACTS.map((name) => [name, (error as unknown as Record<string, unknown>)[name]] as const)
  return {
    type: error.name,
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...Object.fromEntries(facts.filter(([, fact]) => typeof fact === 'string' || typeof fact === 'number')),
    ...(error.cause === undefined || depth >= 5 ? {} : { cause: loggedError(error.cause, depth + 1) }),
  }
}

/** Serializers for Fastify's logger. */
export const logSerializers = {
  err: (error: unknown) => loggedError(error),
  req: (request: FastifyRequest) => ({ method: request.method, path: loggedPath(request.url) }),
}
