/** The subjects that the append bench writes about, opened through the admin API as a brand would. */
import { randomUUID } from 'node:crypto'
import { ADMIN_KEY } from '../support/service.ts'

const BRAND = 'bench'
const GTIN = '09520123456788'

/** The kind of milestone that is recorded. */
export const BENCH_KIND = 'investigation_update'

/** The milestone that is recorded over and over: both languages, one source, the batch it speaks of. */
export const benchMilestone = (occurredAt: string): Record<string, unknown> => ({
  kind: BENCH_KIND,
  occurredAt,
  original: 'zh-CN',
  assertedBy: ['brand'],
  markets: ['CN'],
  scope: [{ by: 'batch', gtin: GTIN, lot: 'L0611' }],
  text: {
    'zh-CN':
      '已从三家门店取回同批次样品，送两家实验室检测。初步结果预计两天内公布；在此之前，请不要饮用这一批次，包装请保留。',
    en: 'Samples of the batch were taken back from three shops and sent to two laboratories. First results are expected within two days; until then, please do not drink this batch and keep the pack.',
  },
  sources: [{ title: 'Sampling protocol', publisher: 'Example Dairy', date: '2026-06-14' }],
})

/** Opens a brand with one product, one batch and this many live crises; gives their codes. */
export async function openCrises(baseUrl: string, crises: number): Promise<string[]> {
  const name = { 'zh-CN': '示例乳业', en: 'Example Dairy' }
  const product = { gtin: GTIN, name: { 'zh-CN': '示例鲜牛奶 950ml', en: 'Example fresh milk 950 ml' } }
  await post(baseUrl, '/admin/v1/brands', { slug: BRAND, name })
  await post(baseUrl, `/admin/v1/brands/${BRAND}/products`, product)
  await post(baseUrl, `/admin/v1/products/${GTIN}/batches`, { lot: 'L0611' })
  const open = async (): Promise<string> => {
    const { stream } = await post(baseUrl, '/admin/v1/crises', {
      brand: BRAND,
      mode: 'live',
      title: { 'zh-CN': '部分批次口味异常', en: 'Taste fault in some batches' },
      original: 'zh-CN',
      type: 'product_quality',
      severity: 'S3',
      safety: false,
      products: [{ gtin: GTIN, batches: ['L0611'] }],
      parties: [{ id: 'brand', kind: 'brand', name }],
    })
    return stream.replace(/^crisis:/, '')
  }
  const codes: string[] = []
  while (codes.length < crises) codes.push(...(await Promise.all(Array.from({ length: 16 }, open))))
  return codes.slice(0, crises)
}

async function post(baseUrl: string, path: string, body: unknown): Promise<{ index: number; stream: string }> {
  const response = await fetch(baseUrl + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(body),
  })
  if (response.status !== 201) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as { index: number; stream: string }
}
