/**
 * When the database, and not the request, is what fails: it cannot be reached, ended the connection, has no connection
 * to give in time, or has no room. The same request may then be sent again (503). This is the one place that knows.
 */
import { OutcomeUnknownError, sqlState } from '../db/session.ts'
import { AppError } from '../errors.ts'

/** Time-outs of locks, lost connections, a server that stops or has no room: nothing that a single request caused. */
const SQL_STATES = /^(08|25P03|40|53|55P03|57|58)/

/** What pg says without a code when a connection is gone, or when the pool had none in time. */
const PG_SAYS =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client (has encountered a connection error|was closed) and is not queryable|Cannot use a pool after calling end)/

/** Errors of sockets and of names; a file has none of them. */
const SOCKET_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** Whether this error, or what it was caused by, is one of the database that would have met any other request too. */
export function isOutage(error: unknown): boolean {
  if (error instanceof OutcomeUnknownError) return true
  if (error instanceof AppError) return isOutage(error.cause)
  // A host with several addresses is tried at each of them.
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isOutage)
  if (!(error instanceof Error)) return false
  const state = sqlState(error)
  return state === undefined ? isLostConnection(error) : SQL_STATES.test(state)
}

function isLostConnection(error: Error): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (typeof code !== 'string') return PG_SAYS.test(error.message)
  // A reader who goes away in the middle of a request is an ECONNRESET too, but of no call to the system.
  return syscall !== undefined && (SOCKET_CODES.has(code) || syscall === 'connect')
}

/** The refusal to show for an outage; undefined for every other error, and for what is a refusal already. */
export function outageRefusal(error: unknown): AppError | undefined {
  if (error instanceof AppError || !isOutage(error)) return undefined
  return new AppError(
    'unavailable',
    'The database cannot be reached at the moment; send the same request again.',
    {},
    { cause: error },
  )
}
