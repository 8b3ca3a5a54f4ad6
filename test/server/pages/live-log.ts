/** A live crisis of an invented brand as a sample log: an instruction for one batch, a promise, a promised update. */
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import { SampleLog } from './sample-log.ts'
import type { Told } from './sample-log.ts'

export const LIVE_START = Date.parse('2026-06-10T02:00:00.000Z')

const BRAND = 'example-dairy'
const CODE = 'CR-LIVE2345'
const STREAM = `crisis:${CODE}`
const GTIN = '06901234567892'
const NAME = { 'zh-CN': '示例乳业', en: 'Example Dairy' }
const PRODUCT = { 'zh-CN': '示例鲜牛奶 950ml', en: 'Example milk 950 ml' }
const BY = { brand: BRAND, actor: { kind: 'staff', id: 'k_1' } }
/** The place in the stream of the entry that promises the update. */
const SEQ_OF_UPDATE = 4
const DUE = { at: '2026-06-15T10:00:00.000Z' }

/** @param words what stands in the places that people write, for texts that mean harm */
export function tellLive(words: { title?: string; instruction?: string; source?: JsonObject } = {}): Told {
  const log = new SampleLog({ startMs: LIVE_START })
  const title = { 'zh-CN': words.title ?? '部分批次口味异常', en: words.title ?? 'Taste fault in some batches' }
  const batches = [{ lot: 'L0611' }, { lot: 'L0612' }]
  log.append('ledger', 'stream.opened', { opens: `brand:${BRAND}` })
  log.append(`brand:${BRAND}`, 'brand.opened', { slug: BRAND, name: NAME }, BY)
  log.append(`brand:${BRAND}`, 'product.registered', { gtin: GTIN, name: PRODUCT }, BY)
  log.append(`brand:${BRAND}`, 'stream.opened', { opens: STREAM, code: CODE }, BY)
  log.append(
    STREAM,
    'crisis.opened',
    {
      code: CODE,
      mode: 'live',
      brandName: NAME,
      title,
      original: 'zh-CN',
      type: 'product_quality',
      severity: 'S2',
      safety: true,
      products: [{ gtin: GTIN, name: PRODUCT, batches }],
      parties: [{ id: 'brand', kind: 'brand', name: NAME }],
    },
    BY,
  )
  const entries = new Map<string, number>()
  const tell = (id: string, data: JsonObject, redactable: Record<string, JsonValue>): void => {
    const common = { occurredAt: '2026-06-10T01:30Z', assertedBy: ['brand'], original: 'zh-CN' }
    entries.set(id, log.append(STREAM, 'milestone.recorded', { ...common, ...data }, { ...BY, redactable }))
  }
  const scope = [{ by: 'batch', gtin: GTIN, lot: 'L0611' }]
  tell(
    'instruction',
    { kind: 'safety_instruction', scope, advice: { level: 'stop_use', scope } },
    {
      '/text/zh-CN': words.instruction ?? '批次 L0611 请勿饮用，保留包装。',
      ...(words.source === undefined ? {} : { '/sources/0': words.source }),
    },
  )
  const promise = { id: 'c1', due: { date: '2026-06-20' } }
  const measure = { '/commitment/measure/zh-CN': '公布检测结果', '/text/zh-CN': '将公布检测结果。' }
  tell('promise', { kind: 'commitment_made', commitment: promise }, measure)
  tell('update', { kind: 'next_update_set', due: DUE }, {})
  return { log, brand: BRAND, code: CODE, stream: STREAM, gtin: GTIN, entries }
}

/** The promised update does not come, and the system records that. */
export function missUpdate({ log, stream, entries }: Told): void {
  log.wait(Date.parse(DUE.at) - LIVE_START)
  const madeBy = entries.get('update')!
  log.append(
    stream,
    'milestone.recorded',
    {
      kind: 'next_update_missed',
      occurredAt: DUE.at,
      assertedBy: ['system'],
      promise: `next_update_${SEQ_OF_UPDATE}`,
      due: DUE,
      madeBy,
    },
    { brand: BRAND, actor: { kind: 'system' } },
  )
}
