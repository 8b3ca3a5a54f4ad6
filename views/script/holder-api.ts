/** What a holder's page asks of the service. The code travels in a header: addresses end up in histories and logs. */

/** A refusal of the service, by its stable code. */
export class Refused extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, { code = '', detail = '' }: { code?: string; detail?: string }) {
    super(detail)
    this.status = status
    this.code = code
  }
}

/** How far the server's clock is ahead of this one, in milliseconds, as far as the last answer told. */
let aheadMs = 0

/** Milliseconds since 1970 by the server's clock. */
export function serverNow(): number {
  return Date.now() + aheadMs
}

export async function fetchReceipt(viewCode: string): Promise<Uint8Array> {
  const response = await ask('/v1/holder/receipt', { headers: bearer(viewCode) })
  return new Uint8Array(await response.arrayBuffer())
}

export async function fetchProgramme(id: string): Promise<Record<string, unknown>> {
  return (await (await ask(`/v1/programmes/${id}`, {})).json()) as Record<string, unknown>
}

/** The published list of a ballot's votes. */
export async function fetchBallotList(programme: string, ballot: number): Promise<Uint8Array> {
  return new Uint8Array(await (await ask(`/v1/ballots/${programme}/${ballot}/list`, {})).arrayBuffer())
}

/** Sends what a holder wants. @param key the same for the same wish, so that sending twice does it once */
export async function send(path: string, code: string, body: object, key: string): Promise<Record<string, unknown>> {
  const response = await ask(path, {
    method: 'POST',
    headers: { ...bearer(code), 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Record<string, unknown>
}

function bearer(code: string): Record<string, string> {
  return { authorization: `Bearer ${code}` }
}

type Question = { method?: string; headers?: Record<string, string>; body?: string }

async function ask(path: string, options: Question): Promise<Response> {
  const response = await fetch(path, {
    ...options,
    headers: { accept: 'application/json', ...options.headers },
    credentials: 'omit',
    cache: 'no-store',
  })
  const time = Number(response.headers.get('x-server-time') ?? Number.NaN)
  if (!Number.isNaN(time)) aheadMs = time - Date.now()
  if (response.ok) return response
  throw new Refused(response.status, (await response.json().catch(() => ({}))) as { code?: string; detail?: string })
}
