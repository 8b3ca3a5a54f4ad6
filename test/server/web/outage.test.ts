/**
 * A database that goes away and comes back under the whole service: real PostgreSQL is stopped and started again, and
 * every address is asked before, meanwhile and after.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { readConfig } from '../../../server/config.ts'
import { migrate } from '../../../server/db/migrate.ts'
import { openDatabase } from '../../../server/db/database.ts'
import { openOwner } from '../../../server/db/postgres.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import { startService } from '../../../server/start.ts'
import { execute, startPostgres } from '../../support/postgres.ts'
import { ADMIN_KEY } from '../../support/service.ts'
import { GTIN, NAME, crisisBody, milestoneBody } from '../admin/site.ts'

t.setTimeout(600_000)

type Test = { teardown(work: () => Promise<unknown>): void }

const ADMIN = { authorization: `Bearer ${ADMIN_KEY}` }

/** Pages and files that say nothing of the record, and what monitors ask. */
const NEED_NO_DATABASE =
  /^\/(how|verify|verify\.html|me|me\/card|thanks|withdraw|healthz|metrics|docs.*|assets\/.*|01\/.*)$/

t.test('while the database is away every route says so with 503, and then the service goes on by itself', async (t) => {
  const { postgres, app, told, code, viewCode } = await startOnOwnPostgres(t)
  const addresses = addressesOf(app, { code, slug: 'dairy', gtin: GTIN, id: 'herd', programme: 'herd' })
  t.ok(addresses.length > 60, `${addresses.length} addresses`)

  const ask = async (address: string) => {
    const holder = address.startsWith('/v1/holder')
    const headers = holder ? { authorization: `Bearer ${viewCode}` } : address.startsWith('/admin') ? ADMIN : {}
    return await app.inject({ url: address, headers: { accept: 'text/html', 'accept-language': 'en', ...headers } })
  }
  const before = new Map<string, number>()
  for (const address of addresses) before.set(address, (await ask(address)).statusCode)
  t.same(
    [...before].filter(([, status]) => status >= 500),
    [],
    'with a database no route fails',
  )
  t.ok([...before.values()].filter((status) => status === 200).length > 40, 'and most have something to say')

  await postgres.halt()
  for (const address of addresses) {
    const answer = await ask(address)
    const { statusCode, headers, body } = answer
    if (NEED_NO_DATABASE.test(address)) {
      t.equal(statusCode, before.get(address), address)
      continue
    }
    t.equal(statusCode, 503, address)
    if (address === '/readyz') continue
    t.equal(headers['retry-after'], '2', address)
    t.equal(headers['cache-control'], 'no-store', address)
    if (String(headers['content-type']).startsWith('text/html')) t.match(body, 'unavailable', address)
    else t.match(answer.json(), { status: 503, code: 'unavailable' }, address)
  }
  const page = await ask(`/c/${code}`)
  t.match(page.headers['content-type'], 'text/html')
  t.match(page.body, 'The record cannot be read at the moment; it is not affected.', 'a page for browsers, in words')
  const write = { url: `/admin/v1/crises/${code}/milestones`, body: milestoneBody(), key: 'during-the-outage' }
  const refused = await post(app, write)
  t.equal(refused.statusCode, 503)
  t.ok(refused.headers['retry-after'])
  t.equal(told.filter((line) => /cannot be reached/.test(line)).length, 1, 'it is told once, not for every request')
  t.notOk(told.includes('unexpected error'))

  await postgres.resume()
  while ((await ask('/readyz')).statusCode !== 200) await sleep(50)
  for (const address of addresses) t.equal((await ask(address)).statusCode, before.get(address), address)
  const written = await post(app, write)
  t.equal(written.statusCode, 201, 'the same request is written now')
  t.match((await ask(`/e/${written.json<{ index: number }>().index}`)).statusCode, 200)
  while (!told.includes('the database answers again')) await sleep(50)
})

t.test('writes that PostgreSQL is stopped under are written once when it is back, by the same requests', async (t) => {
  const { service, postgres, url, dataDir, app, code } = await startOnOwnPostgres(t)
  const database = await openDatabase({ url, dataDir })
  t.teardown(async () => database.close())
  const countOf = async (): Promise<number> => {
    const named = database.kysely.selectFrom('stream').select('count').where('name', '=', `crisis:${code}`)
    return (await named.executeTakeFirstOrThrow()).count
  }
  const before = await countOf()
  const statuses = new Map<number, number>()
  const indexes = new Set<number>()
  let isAway = (): void => undefined
  const away = new Promise<void>((resolve) => (isAway = resolve))
  const writeUntilWritten = async (number: number): Promise<void> => {
    for (;;) {
      const answer = await post(app, {
        url: `/admin/v1/crises/${code}/milestones`,
        body: milestoneBody({ occurredAt: '2026-01-01T00:00:00.000Z' }),
        key: `write-${number}`,
      })
      statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1)
      if (answer.statusCode === 201) {
        indexes.add(answer.json<{ index: number }>().index)
        return
      }
      isAway()
      if (answer.statusCode !== 503) throw new Error(answer.body)
      await sleep(20)
    }
  }
  let next = 0
  const writers = Array.from({ length: 8 }, async () => {
    // They go on until the outage has met one of them, and then each writes once more.
    for (let isLast = false; !isLast;) {
      isLast = statuses.has(503)
      await writeUntilWritten(next++)
    }
  })
  while (indexes.size < 20) await sleep(5)
  await postgres.halt()
  await away
  await postgres.resume()
  await Promise.all(writers)
  t.same(new Set(statuses.keys()), new Set([201, 503]))
  t.equal(statuses.get(201), next)
  t.equal(indexes.size, next, 'no entry answers two requests')
  // The check wants a log that rests: an anchor may be due now, and its entries with it.
  await service.close()
  t.same((await checkLog(database)).problems, [])
  t.equal((await countOf()) - before, next, 'nothing was written twice')
})

/** The service on a PostgreSQL of its own, with a record, and what it has told its operator. */
async function startOnOwnPostgres(t: Test) {
  const postgres = await startPostgres()
  t.teardown(async () => postgres.stop())
  await execute(postgres.url('postgres'), 'CREATE DATABASE ledger')
  const url = postgres.url('ledger')
  const owner = openOwner(url)
  await migrate(owner)
  await owner.destroy()
  const dataDir = await mkdtemp(join(tmpdir(), 'tl-outage-'))
  t.teardown(async () => rm(dataDir, { recursive: true }))
  const env = {
    DATA_DIR: dataDir,
    DATABASE_URL: url,
    PORT: '0',
    ADMIN_KEY,
    RATE_LIMIT_PER_MINUTE: '100000',
    ANCHOR_INTERVAL_SECONDS: '3600',
  }
  const told: string[] = []
  const tell = (facts: object | string, message?: string): void => {
    told.push(message ?? String(facts))
  }
  const service = await startService(readConfig(env), { info: tell, warn: () => undefined, error: tell })
  t.teardown(async () => service.close())
  const { app } = service
  return { service, postgres, url, dataDir, app, told, ...(await writeRecord(app)) }
}

type Write = { url: string; body: object; key?: string }

async function post(app: FastifyInstance, { url, body, key = url }: Write) {
  const headers = { ...ADMIN, 'content-type': 'application/json', 'idempotency-key': key }
  return await app.inject({ method: 'POST', url, headers, payload: JSON.stringify(body) })
}

/** A brand with a product, a crisis and a points programme with one holder. */
async function writeRecord(app: FastifyInstance): Promise<{ code: string; viewCode: string }> {
  const write = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const answer = await post(app, { url: `/admin/v1${path}`, body })
    if (answer.statusCode !== 201) throw new Error(`${path}: ${answer.body}`)
    return answer.json()
  }
  await write('/brands', { slug: 'dairy', name: NAME })
  await write('/brands/dairy/products', { gtin: GTIN, name: NAME })
  await write(`/products/${GTIN}/batches`, { lot: 'L1', label: { en: 'lot 1' } })
  const { code } = await write('/crises', crisisBody({ products: [{ gtin: GTIN, batches: ['L1'] }] }))
  await write('/brands/dairy/programmes', {
    id: 'herd',
    name: NAME,
    original: 'zh-CN',
    terms: {
      text: { 'zh-CN': '积分按公开规则发放。', en: 'Points follow published rules.' },
      noCash: { 'zh-CN': '积分不是钱。', en: 'Points are no money.' },
      expiry: { months: 12 },
    },
  })
  const { holders } = await write('/programmes/herd/holders', {})
  const [{ viewCode }] = holders as [{ viewCode: string }]
  return { code: String(code), viewCode }
}

/** An address for every route that answers GET, from the tree that the router prints. */
function addressesOf(app: FastifyInstance, names: Readonly<Record<string, string>>): string[] {
  const parts: string[] = []
  const patterns: string[] = []
  for (const line of app.printRoutes().split('\n')) {
    const [, indent = '', part = '', methods = ''] = /^([│ ]*)[├└]── (\S*?)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? []
    const depth = indent.length / 4
    parts.splice(depth, parts.length, part)
    if (methods.split(', ').includes('GET')) patterns.push(parts.join(''))
  }
  const values: Readonly<Record<string, string>> = {
    index: '0',
    batch: 'L1',
    stream: 'ledger',
    file: `${names['code']}.svg`,
    sha256: '0'.repeat(64),
    ...names,
  }
  return patterns.map((pattern) =>
    pattern
      .replace(/^\/log\/tile\/\*$/, '/log/tile/0/000.p/1')
      .replace(/^\/v1\/consistency$/, '/v1/consistency?from=1&to=1')
      .replace(/^\/qr\/p\/:file\|:gtin$/, `/qr/p/${GTIN}.svg`)
      .replace(/:file\|:gtin/, GTIN)
      .replace(/:(\w+)/g, (_, name: string) => values[name] ?? '1'),
  )
}
