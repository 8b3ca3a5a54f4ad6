/** The programme that the grants bench grants under, opened through the admin API, its rule covered by a real anchor. */
import { randomUUID } from 'node:crypto'
import { ADMIN_KEY } from '../support/service.ts'

export const BENCH_PROGRAMME = 'bench-points'
export const BENCH_RULE = 'supervise'
const BRAND = 'bench-points'

const TEXT = { 'zh-CN': '提交一份完整的检查记录。', en: 'For a complete record of an inspection.' }

/** Opens brand, programme, rule and holders with their spend codes, and puts sources on record. */
export async function openBenchProgramme(
  baseUrl: string,
  counts: { holders: number; sources: number },
): Promise<{ holders: string[]; spendCodes: string[]; sources: number[] }> {
  const name = { 'zh-CN': '示例乳业', en: 'Example Dairy' }
  await post(baseUrl, '/brands', { slug: BRAND, name })
  const terms = { text: TEXT, noCash: TEXT, expiry: { months: 12 } }
  await post(baseUrl, `/brands/${BRAND}/programmes`, { id: BENCH_PROGRAMME, name, original: 'zh-CN', terms })
  await post(baseUrl, `/programmes/${BENCH_PROGRAMME}/rules`, {
    rule: BENCH_RULE,
    activity: 'supervision',
    title: TEXT,
    text: TEXT,
    earns: { points: 10 },
    reviewerRole: 'staff',
    pendingDays: 0,
  })
  const holders: string[] = []
  const spendCodes: string[] = []
  while (holders.length < counts.holders) {
    const opened = await post(baseUrl, `/programmes/${BENCH_PROGRAMME}/holders`, { count: 100 })
    const shown = opened['holders'] as { id: string; spendCode: string }[]
    holders.push(...shown.map(({ id }) => id))
    spendCodes.push(...shown.map(({ spendCode }) => spendCode))
  }
  const sources: number[] = []
  while (sources.length < counts.sources) {
    const gtins = Array.from({ length: 16 }, (_, i) => gtinOf(sources.length + i))
    const answers = gtins.map(async (gtin) => await post(baseUrl, `/brands/${BRAND}/products`, { gtin, name }))
    sources.push(...(await Promise.all(answers)).map((answer) => Number(answer['index'])))
  }
  return { holders, spendCodes, sources }
}

const AUTHORIZATION = { authorization: `Bearer ${ADMIN_KEY}` }

/** A GTIN-14 with its check digit. */
function gtinOf(number: number): string {
  const digits = `0${String(9_520_000_000 + number).padStart(12, '0')}`
  const sum = digits.split('').reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 3 : 1), 0)
  return `${digits}${(10 - (sum % 10)) % 10}`
}

/** Writes as the operator. */
export async function post(baseUrl: string, path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${baseUrl}/admin/v1${path}`, {
    method: 'POST',
    headers: { ...AUTHORIZATION, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify(body),
  })
  if (response.status !== 201) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}

/** Grants all pairs of a file in one request, and gives how many were granted in how many seconds. */
export async function grantFile(
  baseUrl: string,
  holders: readonly string[],
  sources: readonly number[],
): Promise<{ granted: number; seconds: number }> {
  const lines = sources.flatMap((source) =>
    holders.map((holder) => `${JSON.stringify({ rule: BENCH_RULE, source, holder })}\n`),
  )
  const started = performance.now()
  const response = await fetch(`${baseUrl}/admin/v1/programmes/${BENCH_PROGRAMME}/grants/bulk`, {
    method: 'POST',
    headers: { ...AUTHORIZATION, 'content-type': 'application/x-ndjson', 'idempotency-key': randomUUID() },
    body: lines.join(''),
  })
  const last = (await response.text()).trim().split('\n').at(-1) ?? '{}'
  const seconds = (performance.now() - started) / 1000
  const { done, granted } = JSON.parse(last) as { done: boolean; granted: number }
  if (!done || granted !== lines.length) throw new Error(`${granted} of ${lines.length} lines granted: ${last}`)
  return { granted, seconds }
}
