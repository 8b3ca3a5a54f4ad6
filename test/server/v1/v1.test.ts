/** The auditors' API: what it answers is checked with the core alone, as an auditor would. */
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { parseBase64url } from '../../../ledger/bytes.ts'
import { formatBundle } from '../../../ledger/bundle.ts'
import { openCheckpoint } from '../../../ledger/checkpoint.ts'
import { leafHash } from '../../../ledger/hash.ts'
import { logId, parseLogId } from '../../../ledger/log-id.ts'
import { parseVerifierKey } from '../../../ledger/note.ts'
import { verifyConsistency, verifyInclusion } from '../../../ledger/proof.ts'
import { verifyTlogProof } from '../../../ledger/tlog-proof.ts'
import { verifyBundle } from '../../../ledger/verify.ts'
import { readAnchoringFigures } from '../../../server/services/anchoring/status.ts'
import { openAuditor } from '../../../server/services/audit/auditor.ts'
import { buildBundle } from '../../../server/services/log/bundle.ts'
import type { Draft } from '../../../server/services/log/command.ts'
import { registerErrorHandler } from '../../../server/web/error-handler.ts'
import { operatorRoutes } from '../../../server/web/operator-routes.ts'
import { v1Routes } from '../../../server/web/v1-routes.ts'
import { AnchorsQuery } from '../../../server/web/v1-schemas.ts'
import { openSite, settle } from '../anchoring/site.ts'
import type { Site } from '../anchoring/site.ts'

type Json = Record<string, never>
type Test = { teardown(work: () => Promise<unknown>): void }

function openApp(t: Test, site: Site): FastifyInstance {
  const { database, deps, log } = site
  const { reader, checkpoints } = log
  const app = fastify({ routerOptions: { maxParamLength: 400 } })
  registerErrorHandler(app)
  operatorRoutes(app, {
    problems: async () => await reader.head().then(() => []),
    figures: async () => await readAnchoringFigures({ database, reader }),
  })
  void app.register(v1Routes, {
    auditor: openAuditor({ database, reader }),
    reader,
    readBundle: async (stream: string) =>
      formatBundle(await buildBundle({ database, checkpoints, heads: deps.heads }, stream)),
  })
  t.teardown(async () => await app.close())
  return app
}

async function getJson(app: FastifyInstance, url: string): Promise<Json> {
  const answer = await app.inject(url)
  if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.body}`)
  return JSON.parse(answer.body) as Json
}

const hashes = (texts: string[]): Uint8Array[] => texts.map(parseBase64url)

void t.test('the log names itself, and every proof it gives leads to the root it states', async (t) => {
  const site = await openSite(t, 'postgres')
  const app = openApp(t, site)
  await site.write(6)
  await settle(site.deps)
  await site.write(2)
  const log = await getJson(app, '/v1/log')
  t.match(log, { origin: 'anchoring.test/log', chainId: 31337, contract: site.contract.address, size: 18 })
  const { origin, chainId, contract } = log
  t.equal(parseLogId(log['logId']!), logId({ origin: origin!, chainId: chainId!, contract: contract! }))
  const size: number = log['size']!
  const root = parseBase64url(log['root']!)
  for (let index = 0; index < size; index++) {
    const entry = await getJson(app, `/v1/entries/${index}`)
    const leaf = leafHash(parseBase64url(entry['bytes']!))
    t.strictSame(parseBase64url(entry['leafHash']!), leaf)
    const proof = await getJson(app, `/v1/entries/${index}/proof?size=${size}`)
    verifyInclusion({ leafHash: leaf, index, size, proof: hashes(proof['proof']!), root })
    const file = await app.inject(`/v1/entries/${index}/tlog-proof`)
    const proven = verifyTlogProof(file.body, leaf, parseVerifierKey(log['vkey']!))
    t.strictSame([proven.index, proven.checkpoint.size], [index, size])
  }
  for (let from = 1; from <= size; from++) {
    const { proof } = await getJson(app, `/v1/consistency?from=${from}&to=${size}`)
    verifyConsistency({
      from,
      to: size,
      fromRoot: await site.log.reader.root(from),
      toRoot: root,
      proof: hashes(proof!),
    })
  }
})

void t.test('anchors come newest first, in pages', async (t) => {
  const site = await openSite(t, 'postgres')
  const app = openApp(t, site)
  t.strictSame(await getJson(app, '/v1/anchors'), { anchors: [], next: null })
  for (let i = 0; i < 3; i++) {
    await site.write(1)
    await settle(site.deps)
  }
  const sizes: number[] = []
  for (let next: number | null = Number.MAX_SAFE_INTEGER; next !== null;) {
    const page: { anchors: { size: number; root: string; contract: string }[]; next: number | null } = (
      await app.inject(`/v1/anchors?before=${next}&limit=2`)
    ).json()
    sizes.push(...page.anchors.map(({ size }) => size))
    next = page.next
    for (const { size, root } of page.anchors) {
      t.strictSame(parseBase64url(root), (await site.contract.anchorAt(size))?.root)
    }
  }
  t.strictSame(sizes, [10, 7, 4])
  t.strictSame(AnchorsQuery.required ?? [], [], 'the documentation demands no query')
})

void t.test(
  'bundles verify, the answer to a batch is that of the record, and a crisis is told at a glance',
  async (t) => {
    const site = await openSite(t, 'postgres')
    const app = openApp(t, site)
    await site.log.sequencer.append({
      needs: { brands: ['acme'], products: [GTIN], batches: [{ gtin: GTIN, lot: 'L1' }], crises: [CODE] },
      judge: () => RECALL,
    })
    await settle(site.deps)
    for (const url of [
      `/v1/crises/${CODE}/bundle`,
      `/v1/streams/crisis:${CODE}/bundle`,
      '/v1/streams/brand:acme/bundle',
    ]) {
      const answer = await app.inject(url)
      const { verdict, checks } = verifyBundle(answer.rawPayload, { allowTestChain: true })
      t.not(
        verdict,
        'mismatch',
        checks
          .filter(({ ok }) => ok === 'failed')
          .map(({ code }) => code)
          .join(),
      )
      t.equal(answer.headers['cache-control'], 'public, max-age=60')
    }
    t.match(await getJson(app, `/v1/crises/${CODE}`), {
      code: CODE,
      brand: 'acme',
      mode: 'live',
      count: 2,
      anchored: {},
    })
    const answer = await getJson(app, `/v1/products/${GTIN}/answer?batch=L1&market=US`)
    t.match(answer, { gtin: GTIN, answer: 'stop_use', crisis: CODE, by: 7, perCrisis: [{ crisis: CODE }] })
    t.match(await getJson(app, `/v1/products/${GTIN.slice(1)}/answer?batch=L1&asOf=6`), { answer: 'nothing_recorded' })
    t.match(await getJson(app, '/v1/products/96385074/answer'), { gtin: '00000096385074', answer: 'nothing_recorded' })
  },
)

const REFUSED: readonly [string, number, string][] = [
  ['/v1/entries/99', 404, 'not_found'],
  ['/v1/entries/-1', 400, 'validation_failed'],
  ['/v1/entries/1.5', 400, 'validation_failed'],
  ['/v1/entries/01', 400, 'validation_failed'],
  ['/v1/entries/1e0', 400, 'validation_failed'],
  ['/v1/entries/0/proof?size=1e0', 400, 'validation_failed'],
  ['/v1/entries/0/proof?size=1&size=1', 400, 'validation_failed'],
  ['/v1/entries/0/proof?size=', 400, 'validation_failed'],
  ['/v1/entries/9007199254740992', 400, 'validation_failed'],
  ['/v1/entries/0/proof?size=99', 404, 'not_found'],
  ['/v1/entries/2/proof?size=2', 400, 'validation_failed'],
  ['/v1/entries/99/tlog-proof', 404, 'not_found'],
  ['/v1/consistency?from=0&to=2', 400, 'validation_failed'],
  ['/v1/consistency?from=3&to=2', 400, 'validation_failed'],
  ['/v1/consistency?from=1&to=99', 404, 'not_found'],
  ['/v1/consistency', 400, 'validation_failed'],
  ['/v1/anchors?limit=0', 400, 'validation_failed'],
  ['/v1/anchors?limit=201', 400, 'validation_failed'],
  ['/v1/crises/CR-22222222', 404, 'not_found'],
  ['/v1/crises/CR-22222222/bundle', 404, 'not_found'],
  ['/v1/crises/nonsense', 400, 'validation_failed'],
  ['/v1/streams/brand:nobody/bundle', 404, 'not_found'],
  ['/v1/streams/other:x/bundle', 400, 'validation_failed'],
  ['/v1/products/00000096385075/answer', 400, 'validation_failed'],
  ['/v1/products/00000096385074/answer?asOf=yesterday', 400, 'validation_failed'],
  ['/v1/products/00000096385074/answer?asOf=999999', 404, 'not_found'],
  ['/v1/products/00000096385074/answer?market=usa', 400, 'validation_failed'],
]

void t.test('what is not there, or not a question, is a problem document with a stable code', async (t) => {
  const site = await openSite(t, 'postgres')
  const app = openApp(t, site)
  await site.write(1)
  for (const [url, status, code] of REFUSED) {
    const answer = await app.inject(url)
    t.equal(answer.statusCode, status, url)
    t.match(answer.json(), { status, code }, url)
    t.match(answer.headers['content-type'], /^application\/problem\+json/)
  }
})

void t.test('what cannot change is cached for ever, what can be erased for a minute; any page may ask', async (t) => {
  const site = await openSite(t, 'postgres')
  const app = openApp(t, site)
  await site.write(1)
  const cached = async (url: string): Promise<unknown> => (await app.inject(url)).headers['cache-control']
  t.match(await cached('/v1/entries/1/proof?size=2'), /immutable/)
  t.match(await cached('/v1/consistency?from=1&to=3'), /immutable/)
  t.equal(await cached('/v1/entries/1'), 'public, max-age=60')
  t.equal(await cached('/v1/entries/1/proof'), 'public, max-age=5')
  t.equal(await cached('/v1/log'), 'public, max-age=5')
  t.equal((await app.inject('/v1/log')).headers['access-control-allow-origin'], '*')
})

void t.test('monitors see life, readiness and figures, and no address', async (t) => {
  const site = await openSite(t, 'postgres')
  const app = openApp(t, site)
  await site.write(1)
  await settle(site.deps)
  await app.inject('/v1/products/00000096385074/answer?batch=SECRET-SERIAL')
  t.match((await app.inject('/healthz')).json(), { status: 'ok' })
  t.match((await app.inject('/readyz')).json(), { status: 'ready' })
  const { body } = await app.inject('/metrics')
  t.match(body, /trust_ledger_log_size 4\n/)
  t.match(body, /trust_ledger_anchored_size 4\n/)
  t.match(body, /trust_ledger_anchor_late 0\n/)
  t.match(body, 'route="/v1/products/:gtin/answer"')
  t.notMatch(body, 'SECRET-SERIAL')
  const note = await site.log.reader.checkpoint()
  t.equal(openCheckpoint(note, parseVerifierKey(site.log.reader.vkey())).size, 4)
})

void t.test('a service that cannot work says so and is not given requests', async (t) => {
  const app = fastify()
  operatorRoutes(app, {
    problems: async () => ['log_stopped'],
    figures: async () => await Promise.reject(new Error('the database is away')),
  })
  t.teardown(async () => await app.close())
  const ready = await app.inject('/readyz')
  t.strictSame([ready.statusCode, ready.json()], [503, { status: 'not ready', problems: ['log_stopped'] }])
  t.equal((await app.inject('/metrics')).statusCode, 200, 'figures of the process are there all the same')
})

const CODE = 'CR-7K2M9QPD'
const GTIN = '04012345678901'
const names = { 'zh-CN': '爱可美', en: 'Acme' }
const acme = { brand: 'acme', actor: { kind: 'staff', id: 'k_1' } }

/** A brand, a product, and a crisis whose advice covers one batch of it. */
const RECALL: readonly Draft[] = [
  { type: 'stream.opened', stream: 'ledger', actor: { kind: 'operator' }, data: { opens: 'brand:acme' } },
  { type: 'brand.opened', stream: 'brand:acme', ...acme, data: { slug: 'acme', name: names } },
  { type: 'product.registered', stream: 'brand:acme', ...acme, data: { gtin: GTIN, name: names } },
  { type: 'batch.registered', stream: 'brand:acme', ...acme, data: { gtin: GTIN, lot: 'L1' } },
  { type: 'stream.opened', stream: 'brand:acme', ...acme, data: { opens: `crisis:${CODE}`, code: CODE } },
  {
    type: 'crisis.opened',
    stream: `crisis:${CODE}`,
    ...acme,
    data: {
      code: CODE,
      mode: 'live',
      brandName: names,
      title: names,
      original: 'en',
      type: 'product_quality',
      severity: 'S1',
      safety: true,
      products: [{ gtin: GTIN, name: names, batches: [{ lot: 'L1' }] }],
      parties: [{ id: 'brand', kind: 'brand', name: names }],
    },
  },
  {
    type: 'milestone.recorded',
    stream: `crisis:${CODE}`,
    ...acme,
    data: {
      kind: 'safety_instruction',
      occurredAt: '2026-01-05',
      zone: '+08:00',
      assertedBy: ['brand'],
      original: 'en',
      advice: { level: 'stop_use', scope: [{ by: 'batch', gtin: GTIN, lot: 'L1' }] },
    },
  },
]
