/**
 * The admin API as a brand's own tool would use it: one request after the other, each with an Idempotency-Key made from
 * the name of its step. A run that was cut can therefore be repeated: what was recorded is answered from the service's
 * memory of it, and the rest follows.
 */

export type AdminClientOptions = {
  /** Scheme and host of the service, no trailing slash. */
  baseUrl: string
  /** The admin key that asks. */
  key: string
  /** Goes into every Idempotency-Key: the same run id repeats a run, another one is a new story. */
  runId: string
}

/** What every 201 of the admin API carries, and what some of them add. */
export type WriteAnswer = { index: number; stream: string; [member: string]: unknown }

/** The service refused a request: its problem document says why. */
export class RefusedError extends Error {
  readonly status: number
  readonly problem: unknown

  constructor(step: string, path: string, status: number, problem: unknown) {
    super(`${step}: POST ${path} was answered ${status}\n${JSON.stringify(problem, undefined, 2)}`)
    this.name = 'RefusedError'
    this.status = status
    this.problem = problem
  }
}

export class AdminClient {
  readonly #options: AdminClientOptions

  constructor(options: AdminClientOptions) {
    this.#options = options
  }

  /** The same client with another key: another person at the same desk. */
  as(key: string): AdminClient {
    return new AdminClient({ ...this.#options, key })
  }

  /**
   * Sends one write.
   *
   * @param step a name that no other step of the run has
   * @param path from `/admin/v1` or `/v1` on
   * @param body JSON, or a form with a file
   * @throws RefusedError unless the answer is 201
   */
  async post(step: string, path: string, body: unknown): Promise<WriteAnswer> {
    const { baseUrl, key, runId } = this.#options
    const isForm = body instanceof FormData
    const response = await fetch(baseUrl + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'idempotency-key': `${runId}/${step}`,
        ...(isForm ? {} : { 'content-type': 'application/json' }),
      },
      body: isForm ? body : JSON.stringify(body),
    })
    const text = await response.text()
    if (response.status !== 201) throw new RefusedError(step, path, response.status, parsed(text))
    return JSON.parse(text) as WriteAnswer
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
