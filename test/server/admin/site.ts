/** The admin API on a test database, spoken to without a port: a brand with a crisis, and a key of every role. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import fastify from 'fastify'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Engine } from '../../../server/db/database.ts'
import type { Database } from '../../../server/db/database.ts'
import { EvidenceStore } from '../../../server/services/evidence/evidence-store.ts'
import { Approvals } from '../../../server/services/crises/approvals.ts'
import { ensureFirstKey } from '../../../server/services/keys/first-key.ts'
import type { Log } from '../../../server/services/log/open-log.ts'
import { signerOf } from '../../../server/services/log/signer.ts'
import { openAdminQuestions } from '../../../server/services/admin-questions.ts'
import { Directory } from '../../../server/services/directory.ts'
import { KeyRing } from '../../../server/services/keys/key-ring.ts'
import { adminRoutes } from '../../../server/web/admin/admin-routes.ts'
import { registerErrorHandler } from '../../../server/web/error-handler.ts'
import { buildBundle } from '../../../server/services/log/bundle.ts'
import { recordVerifierFiles } from '../../../server/services/log/verifier-files.ts'
import { openPublicEntryReads } from '../../../server/services/public-entries.ts'
import { openProgrammeReads } from '../../../server/services/points/programme-reads.ts'
import { withdrawWithCode } from '../../../server/services/redaction/withdraw-with-code.ts'
import { openLookups } from '../../../server/services/lookups.ts'
import type { PagesDeps } from '../../../server/web/pages/deps.ts'
import { openPages } from '../../../server/web/pages/pages-routes.ts'
import { isAppError } from '../../support/app-error.ts'
import { openTestDatabase } from '../../support/database.ts'
import { LOG_KEY, ORIGIN, openTestLog } from '../../support/log.ts'

export const GTIN = '09520123456788'
export const ADMIN_KEY = 'tl_root_0123456789abcdefghijklmnopqrstuvwxyz'
export const EVIDENCE_MAX = 20_000
export const NAME = { 'zh-CN': '示例乳业', en: 'Example Dairy' }

type Test = { teardown(work: () => Promise<void>): void }
export type Body = Record<string, unknown>
export type PostOptions = { key?: string | null; idempotencyKey?: string | null; headers?: Record<string, string> }

export class Site {
  readonly app: FastifyInstance
  readonly log: Log
  readonly database: Database
  readonly dataDir: string

  constructor(app: FastifyInstance, log: Log, database: Database, dataDir: string) {
    this.app = app
    this.log = log
    this.database = database
    this.dataDir = dataDir
  }

  /** Sends a POST; with the operator's key and a new Idempotency-Key unless told otherwise. */
  async post(path: string, body: unknown, options: PostOptions = {}): Promise<LightMyRequestResponse> {
    const { key = ADMIN_KEY, idempotencyKey = randomUUID(), headers = {} } = options
    return await this.app.inject({
      method: 'POST',
      url: `/admin/v1${path}`,
      headers: {
        ...(typeof body === 'string' || body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  }

  async get(path: string, key: string | null = ADMIN_KEY): Promise<LightMyRequestResponse> {
    const headers = key === null ? {} : { authorization: `Bearer ${key}` }
    return await this.app.inject({ method: 'GET', url: `/admin/v1${path}`, headers })
  }

  /** Sends what must be written, and gives the answer. */
  async write(path: string, body: unknown, options?: PostOptions): Promise<Body> {
    const response = await this.post(path, body, options)
    if (response.statusCode !== 201) throw new Error(`POST ${path}: ${response.statusCode} ${response.body}`)
    return response.json<Body>()
  }

  /** How many entries the log has. */
  async size(): Promise<number> {
    return (await this.log.reader.head()).size
  }

  /** A key of a role, for the brand unless it is the operator's. */
  async key(role: string, brand?: string): Promise<string> {
    const answer = await this.write('/keys', { role, ...(brand === undefined ? {} : { brand }) })
    return answer['key'] as string
  }

  /** Opens a crisis of the brand and gives its code. */
  async crisis(members: Body = {}): Promise<string> {
    return (await this.write('/crises', crisisBody(members)))['code'] as string
  }

  /** Records a milestone in a crisis and gives its index. */
  async milestone(code: string, members: Body): Promise<number> {
    return (await this.write(`/crises/${code}/milestones`, milestoneBody(members)))['index'] as number
  }
}

/**
 * Opens the admin API with the brand `dairy`, one product and the batches L1 and L2.
 *
 * @param withPages with the public pages, which take a second to compile
 */
export async function openSite(t: Test, engine: Engine = 'pglite', { withPages = false } = {}): Promise<Site> {
  const { database, dataDir } = await openTestDatabase(t, engine)
  const log = await openTestLog({ database, dataDir })
  await ensureFirstKey(database, log.sequencer, ADMIN_KEY)
  const signer = signerOf(LOG_KEY, ORIGIN)
  const app = fastify()
  registerErrorHandler(app)
  const pages = withPages ? await openPages(pagesOn(database, log, dataDir)) : undefined
  await app.register(adminRoutes, {
    ...(pages === undefined ? {} : { renderPreview: pages.renderPreview }),
    sequencer: log.sequencer,
    questions: openAdminQuestions(database),
    directory: new Directory(database),
    keys: new KeyRing(database),
    evidence: new EvidenceStore(join(dataDir, 'evidence'), EVIDENCE_MAX),
    approvals: new Approvals(database),
    bodyHmac: (body) => signer.bodyHmac(body),
  })
  if (pages !== undefined) await app.register(pages.routes)
  t.teardown(async () => {
    await app.close()
    await log.close()
  })
  const site = new Site(app, log, database, dataDir)
  await site.write('/brands', { slug: 'dairy', name: NAME })
  await site.write('/brands/dairy/products', { gtin: GTIN, name: { 'zh-CN': '鲜牛奶', en: 'Fresh milk' } })
  for (const lot of ['L1', 'L2']) await site.write(`/products/${GTIN}/batches`, { lot, label: { en: `lot ${lot}` } })
  return site
}

/** Pages over this log, which no chain has anchored. */
function pagesOn(database: Database, { checkpoints, sequencer }: Log, dataDir: string): PagesDeps {
  const source = { database, checkpoints, heads: { proof: async () => undefined } }
  return {
    config: () => ({
      publicUrl: 'https://id.example.com',
      testChain: false,
      chainPublicRpcUrls: [],
      anchorIntervalSeconds: 600,
      operatorName: 'Example operator',
      helpLines: [],
      verifierMirrors: [],
    }),
    recordVerifierFiles: async (files) => await recordVerifierFiles(database, sequencer, files),
    programmes: openProgrammeReads(database),
    publicEntries: openPublicEntryReads(database),
    withdraw: async (consent, code) => await withdrawWithCode(database, sequencer, consent, code),
    bundles: {
      timeline: async (stream) =>
        await buildBundle(source, stream).catch((error: unknown) => {
          if (isAppError(error, 'not_found')) return undefined
          throw error
        }),
    },
    lookups: openLookups(database, join(dataDir, 'evidence')),
    now: Date.now,
  }
}

export function crisisBody(members: Body = {}): Body {
  return {
    brand: 'dairy',
    mode: 'live',
    title: { 'zh-CN': '口味异常', en: 'Taste fault' },
    original: 'zh-CN',
    type: 'product_quality',
    severity: 'S3',
    safety: false,
    ownerRole: 'quality lead',
    products: [{ gtin: GTIN, batches: ['L1', 'L2'] }],
    parties: [{ id: 'brand', kind: 'brand', name: NAME }],
    ...members,
  }
}

export function milestoneBody(members: Body = {}): Body {
  return {
    kind: 'investigation_update',
    occurredAt: new Date().toISOString(),
    assertedBy: ['brand'],
    original: 'en',
    text: { 'zh-CN': '已取样。', en: 'Samples were taken.' },
    ...members,
  }
}

/** A time that many hours from now. */
export function inHours(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString()
}
