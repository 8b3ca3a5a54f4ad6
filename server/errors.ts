/**
 * The one error that a caller may be told about. Everything else that is thrown is internal: its text goes to the log,
 * and the outside reads "internal error". It knows nothing of HTTP; `web/error-handler.ts` maps codes to statuses.
 */
export class AppError extends Error {
  /** A stable, machine-readable word in snake_case; part of the API. */
  readonly code: string
  /** Further public members of the problem document, such as the way out of a refused command. */
  readonly detail: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, detail: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = 'AppError'
    this.code = code
    this.detail = detail
  }
}
