/** Plays a record of the past into a running service through its admin API, from the brand to the last event. */
import { AdminClient } from './admin-client.ts'
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

/**
 * Plays a record from its brand to its last event.
 *
 * @throws RefusedError when the service refuses a step; the steps before it stand
 */
export async function playRecord(record: DemoRecord, options: PlayOptions): Promise<Played> {
  const report = options.report ?? (() => {})
  const client = new AdminClient({ baseUrl: options.baseUrl, key: options.adminKey, runId: options.runId })
  const post = client.post.bind(client)
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
