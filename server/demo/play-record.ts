/**
 * Plays a record into a running service through its admin API, as a brand's own tool would: one request after the
 * other, each with an Idempotency-Key made from the record. A run that was cut can therefore be repeated: what was
 * recorded is answered from the service's memory of it, and the rest follows.
 */
import { milestoneBody } from './record.ts'
import type { DemoRecord } from './record.ts'

export type PlayOptions = {
  /** Scheme and host of the service, no trailing slash. */
  baseUrl: string
  /** An admin key that may open brands. */
  adminKey: string
  /** Goes into every Idempotency-Key: the same run id repeats a run, another one is a new story. */
  runId: string
  /** Is told each step in a few words. */
  report?: (line: string) => void
}

/** Where the story stands in the log. */
export type Played = {
  brand: string
  gtin: string
  code: string
  stream: string
  /** Index of the entry of each event, by the event's id. */
  entries: Map<string, number>
  /** The size of the log that the last answer's checkpoint covers is above this index. */
  lastIndex: number
}

/** What every 201 of the admin API carries. */
type WriteAnswer = { index: number; stream: string; code?: string }

/** The service refused a request of the record: its problem document says why. */
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

/**
 * Plays a record from its brand to its last event.
 *
 * @throws RefusedError when the service refuses a step; the steps before it stand
 */
export async function playRecord(record: DemoRecord, options: PlayOptions): Promise<Played> {
  const report = options.report ?? (() => {})
  const post = (step: string, path: string, body: unknown): Promise<WriteAnswer> => send(options, step, path, body)
  const { brand, product, batches, crisis, events } = record

  await post('brand', '/admin/v1/brands', brand)
  report(`brand ${brand.name.en}`)
  await post('product', `/admin/v1/brands/${brand.slug}/products`, product)
  report(`product ${product.name.en}, GTIN ${product.gtin}`)
  for (const batch of batches) await post(batch.lot, `/admin/v1/products/${product.gtin}/batches`, batch)
  report(`${batches.length} batches: ${batches.map(({ lot }) => lot).join(', ')}`)

  const opened = await post('crisis', '/admin/v1/crises', {
    ...crisis,
    brand: brand.slug,
    products: [{ gtin: product.gtin, batches: batches.map(({ lot }) => lot) }],
  })
  const code = opened.stream.replace(/^crisis:/, '')
  report(`crisis ${code}, ${crisis.mode}: ${crisis.title.en}`)

  const entries = new Map<string, number>()
  let lastIndex = opened.index
  for (const event of events) {
    const body = milestoneBody(record, event, entries)
    const { index } = await post(event.id, `/admin/v1/crises/${code}/milestones`, body)
    entries.set(event.id, index)
    lastIndex = index
    report(`entry ${index}  ${event.kind}`)
  }
  return { brand: brand.slug, gtin: product.gtin, code, stream: opened.stream, entries, lastIndex }
}

async function send(options: PlayOptions, step: string, path: string, body: unknown): Promise<WriteAnswer> {
  const response = await fetch(options.baseUrl + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${options.adminKey}`,
      'content-type': 'application/json',
      'idempotency-key': `${options.runId}/${step}`,
    },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (response.status !== 201) throw new RefusedError(step, path, response.status, parsed(text))
  return JSON.parse(text) as WriteAnswer
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
