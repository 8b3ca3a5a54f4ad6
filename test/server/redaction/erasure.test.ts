/**
 * Acceptance of erasing, from outside: the service in a process of its own on a PostgreSQL of its own, whose files,
 * log, answers and pages are searched for a value, its salt and its disclosure before and after.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import pg from 'pg'
import { parseDisclosure } from '../../../ledger/disclosure.ts'
import { migrate } from '../../../server/db/migrate.ts'
import { openOwner } from '../../../server/db/postgres.ts'
import { untilAllCounted } from '../../support/anchored.ts'
import { filesHolding } from '../../support/byte-search.ts'
import { execute, startPostgres } from '../../support/postgres.ts'
import { runProgram } from '../../support/run.ts'
import { ADMIN_KEY, startService } from '../../support/service.ts'
import type { Service } from '../../support/service.ts'
import { GTIN, NAME, crisisBody, milestoneBody } from '../admin/site.ts'

type Json = Record<string, unknown>

/** A word that stands nowhere else: in the files of a database or of a service it can only come from us. */
const word = (): string => `sour${randomBytes(9).toString('hex')}`

class Client {
  readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Json> {
    const isForm = body instanceof FormData
    const response = await fetch(`${this.service.baseUrl}/admin/v1${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        'idempotency-key': randomUUID(),
        ...(isForm ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: isForm ? body : JSON.stringify(body),
    })
    const text = await response.text()
    if (response.status !== 201) throw new Error(`POST ${path}: ${response.status} ${text}`)
    return JSON.parse(text) as Json
  }

  async get(path: string): Promise<{ status: number; text: string; cache: string }> {
    const response = await fetch(`${this.service.baseUrl}${path}`)
    return { status: response.status, text: await response.text(), cache: response.headers.get('cache-control') ?? '' }
  }
}

type Story = {
  code: string
  index: number
  evidence: number
  sha256: string
  secrets: string[]
  value: string
  file: string
}

/** A crisis with a text and a file that must go, and others that must stay. */
async function tellStory(client: Client): Promise<Story> {
  await client.post('/brands', { slug: 'dairy', name: NAME })
  await client.post('/brands/dairy/products', { gtin: GTIN, name: NAME })
  for (const lot of ['L1', 'L2']) await client.post(`/products/${GTIN}/batches`, { lot })
  const code = (await client.post('/crises', crisisBody()))['code'] as string
  const [value, file, name] = [word(), word(), word()]
  const text = { en: `The milk was ${value}.`, 'zh-CN': `牛奶的味道是 ${value}。` }
  const index = (await client.post(`/crises/${code}/milestones`, milestoneBody({ text })))['index'] as number
  for (let i = 0; i < 5; i++)
    await client.post(`/crises/${code}/milestones`, milestoneBody({ text: { en: word(), 'zh-CN': word() } }))
  const form = new FormData()
  form.set('crisis', code)
  form.set('name', `${name}.txt`)
  form.set('file', new Blob([`plain ${file} text`], { type: 'text/plain' }), 'x.txt')
  const recorded = await client.post('/evidence', form)
  const evidence = recorded['index'] as number
  const disclosures = await Promise.all(
    [index, evidence].map(async (at) => {
      const entry = JSON.parse((await client.get(`/v1/entries/${at}`)).text) as { disclosures: string[] }
      return entry.disclosures
    }),
  )
  const bodies = disclosures.flat()
  const salts = bodies.map((body) => parseDisclosure(body).salt)
  const secrets = [value, name, ...bodies, ...salts]
  return { code, index, evidence, sha256: recorded['sha256'] as string, secrets, value, file }
}

/** Every public address that could show the story. */
function addresses({ code, index, evidence, sha256 }: Story): string[] {
  const pages = [
    `/c/${code}`,
    `/c/${code}?order=oldest`,
    '/',
    '/b/dairy',
    `/e/${index}`,
    `/e/${evidence}`,
    '/redactions',
  ]
  const pagesInBoth = pages.flatMap((page) =>
    ['zh-CN', 'en'].map((lang) => `${page}${page.includes('?') ? '&' : '?'}lang=${lang}`),
  )
  return [
    ...pagesInBoth,
    `/p/${GTIN}`,
    `/p/${GTIN}/L1`,
    `/v1/crises/${code}`,
    `/v1/crises/${code}/bundle`,
    '/v1/streams/brand:dairy/bundle',
    `/v1/entries/${index}`,
    `/v1/entries/${evidence}`,
    `/v1/products/${GTIN}/answer?batch=L1`,
    '/v1/redactions',
    '/log/tile/entries/000.p/12',
    '/metrics',
    '/docs/json',
    `/evidence/${sha256}`,
  ]
}

async function shownAt(client: Client, story: Story): Promise<string[]> {
  const shown: string[] = []
  for (const path of addresses(story)) {
    const { text } = await client.get(path)
    if ([...story.secrets, story.file].some((secret) => text.includes(secret))) shown.push(path)
  }
  return shown
}

/** The log id and the chain that the service told at its start. */
function toldAtStart(service: Service): { logId: string; rpcUrl: string } {
  const line =
    service
      .output()
      .split('\n')
      .find((text) => text.includes('"logId"')) ?? '{}'
  return JSON.parse(line) as { logId: string; rpcUrl: string }
}

async function verdictOf(service: Service, target: string): Promise<{ verdict: string; failed: string[] }> {
  const { logId, rpcUrl } = toldAtStart(service)
  const args = [`${service.baseUrl}${target}`, '--log', logId, '--rpc', rpcUrl, '--allow-test-chain', '--json']
  const { stdout } = await runProgram('server/bin/verify.ts', args)
  const report = JSON.parse(stdout) as { verdict: string; checks: { name: string; ok: string }[] }
  return { verdict: report.verdict, failed: report.checks.filter(({ ok }) => ok === 'failed').map(({ name }) => name) }
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 600; i++) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(100)
  }
  throw new Error(`after a minute there is no ${what}`)
}

async function untilGone(client: Client, count: number): Promise<Json[]> {
  return await until('sign that it is gone', async () => {
    const { items } = JSON.parse((await client.get('/v1/redactions')).text) as { items: Json[] }
    const gone = items.filter(({ windows }) => (windows as Json | null)?.['filesAt'] !== null)
    return gone.length >= count ? gone : undefined
  })
}

/**
 * Erases the text, the name and the file of a story, and claims everything that must hold from then on.
 *
 * @param verifies also with the command-line verifier, before and after
 */
async function eraseAndClaim(t: Test, client: Client, story: Story, verifies = false): Promise<void> {
  const { service } = client
  await untilAllCounted(client.service.baseUrl)
  t.ok((await shownAt(client, story)).length > 8, 'before, they are shown in many places')
  const bundle = `/v1/crises/${story.code}/bundle`
  const verified = { verdict: 'verified', failed: [] }
  if (verifies) t.same(await verdictOf(service, bundle), verified)

  await client.post(`/entries/${story.index}/redactions`, { reason: 'erasure_request', case: 'DSR-1' })
  await client.post(`/entries/${story.evidence}/redactions`, { reason: 'brand_removal', file: true, names: ['/name'] })
  t.same(await shownAt(client, story), [], 'at once no answer and no page holds them')
  const file = await client.get(`/evidence/${story.sha256}`)
  t.equal(file.status, 404, 'nor is the file handed out')

  const gone = await untilGone(client, 4)
  for (const { recordedAt, windows } of gone) {
    const { filesAt } = windows as { filesAt: string }
    t.ok(Date.parse(filesAt) - Date.parse(recordedAt as string) < 60_000, 'gone from the files within a minute')
  }
  if (verifies) {
    await untilAllCounted(client.service.baseUrl)
    t.same(await verdictOf(service, bundle), verified, 'the bundle has the same verdict')
    t.same(await verdictOf(service, '/log'), verified, 'and so has the whole log')
  }
  const page = (await client.get('/redactions?lang=en')).text
  for (const words of [
    'on request of the person',
    'Taken down by the brand',
    'File (fingerprint kept)',
    'Backups by',
  ]) {
    t.ok(page.includes(words), `the register says: ${words}`)
  }
  const entry = (await client.get(`/e/${story.index}?lang=en`)).text
  t.match(entry, /Erased, on request of the person/)
  t.match(
    (await client.get(`/e/${story.evidence}?lang=en`)).text,
    /File erased, fingerprint kept, taken down by the brand/,
  )
  t.match((await client.get(`/c/${story.code}?lang=zh-CN`)).text, /已删除，本人要求删除/)
  t.notOk(
    [...story.secrets, story.file].some((secret) => service.output().includes(secret)),
    'no log line holds them',
  )
}

t.test('E3, N2: after an erasure no file of PostgreSQL, no answer and no log line holds value or salt', async (t) => {
  const server = await startPostgres()
  const folder = decodeURIComponent(/host=([^&]+)/.exec(server.url('erasure'))![1]!)
  const files = join(folder, 'data')
  await execute(server.url('postgres'), `CREATE DATABASE erasure TEMPLATE template0 ENCODING 'UTF8'`)
  const owner = openOwner(server.url('erasure'))
  await migrate(owner)
  await owner.destroy()
  const dataDir = await mkdtemp(join(tmpdir(), 'tl-erasure-'))
  const env = { DATABASE_URL: server.url('erasure'), LOG_LEVEL: 'info', ANCHOR_INTERVAL_SECONDS: '1' }
  const client = new Client(await startService({ dataDir, env }))
  const admin = new pg.Client({ connectionString: server.url('erasure') })
  await admin.connect()
  t.teardown(async () => {
    await client.service.stop()
    await admin.end()
    await server.stop()
    await rm(dataDir, { recursive: true })
    await rm(`${dataDir}.log`)
  })
  const story = await tellStory(client)
  // Statistics sample columns; they must not have sampled this one.
  await admin.query('ANALYZE; CHECKPOINT')
  const isSegment = (path: string): boolean => path.startsWith('pg_wal/')
  t.ok((await filesHolding(files, story.secrets, isSegment)).length > 0, 'before, the files of the table hold them')
  t.ok((await filesHolding(dataDir, [story.file])).length > 0, 'and the folder of evidence the file')

  await eraseAndClaim(t, client, story, true)
  t.same(await filesHolding(files, [...story.secrets, story.file], isSegment), [], 'no file of the database holds them')
  t.same(await filesHolding(dataDir, [...story.secrets, story.file]), [], 'nor the folders of the service')
  // Segments are used again for new ones with what they held before: without that, they are gone with their age.
  await admin.query(`ALTER SYSTEM SET wal_recycle = off`)
  await admin.query(`ALTER SYSTEM SET min_wal_size = '32MB'`)
  await admin.query('SELECT pg_reload_conf()')
  await until('write-ahead log without them', async () => {
    await admin.query('SELECT pg_switch_wal()')
    await admin.query('CHECKPOINT')
    const held = await filesHolding(files, story.secrets)
    return held.length === 0 ? true : undefined
  })
  t.same(
    await filesHolding(folder, [...story.secrets, story.file]),
    [],
    'no segment and no log of the server holds them',
  )
  const rows = await admin.query<{ answer: string }>('SELECT answer FROM idempotency')
  t.ok(rows.rows.length > 10)
  t.notOk(
    rows.rows.some(({ answer }) => story.secrets.some((secret) => answer.includes(secret))),
    'no stored answer does',
  )
})

t.test('E3, N2: nor does a file of the embedded database, as far as these go', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tl-erasure-'))
  const client = new Client(await startService({ dataDir, env: { LOG_LEVEL: 'info', ANCHOR_INTERVAL_SECONDS: '1' } }))
  t.teardown(async () => {
    await client.service.stop()
    await rm(dataDir, { recursive: true })
    await rm(`${dataDir}.log`)
  })
  const story = await tellStory(client)
  t.ok((await filesHolding(dataDir, story.secrets)).length > 0, 'before, its files hold them')
  await eraseAndClaim(t, client, story)
  const isSegment = (path: string): boolean => path.startsWith('db/pg_wal/')
  t.same(
    await filesHolding(dataDir, [...story.secrets, story.file], isSegment),
    [],
    'afterwards none but the write-ahead log',
  )
  t.equal(createHash('sha256').update(`plain ${story.file} text`).digest('hex'), story.sha256, 'the fingerprint stays')
})
