/** Transactions whose round trips are counted, on either engine. */

/** The role that the service acts under: it may not change or take out what is in the log. */
export const APP_ROLE = 'trust_ledger_app'

/** A statement that is prepared once for each connection, under its name. */
export type Statement = { name: string; text: string }

/** How a transaction begins. `first` is a statement without parameters that travels with BEGIN, such as a lock. */
export type Beginning = {
  /** `snapshot`: read only, all reads see one moment. */
  isolation: 'read committed' | 'snapshot'
  first?: string
}

export type Row = Record<string, unknown>

/** What the server tells beside a result. `routine`: its own function that told it, in no human language. */
export type Notice = { routine: string; detail: string }

/** Statements run in the order in which they are sent, and none needs to wait for the answer of the one before. */
export interface Session {
  query<R = Row>(statement: Statement, parameters: readonly unknown[]): Promise<R[]>
  /** Sends a statement whose answer is awaited with that of COMMIT only: where it fails, nothing is committed. */
  send(statement: Statement, parameters: readonly unknown[]): void
}

/** COMMIT was sent, and its answer does not say enough. Only reading the database again tells what happened. */
export class OutcomeUnknownError extends Error {
  constructor(cause: unknown) {
    super('it is not known what was committed', { cause })
    this.name = 'OutcomeUnknownError'
  }
}

/** The SQLSTATE of an error of either engine, undefined when it is another error, such as a lost connection. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined
  // Each has a digit, which tells it from EPIPE.
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined
}
