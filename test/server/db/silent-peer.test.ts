import t from 'tap'
import { openDatabase } from '../../../server/db/database.ts'
import type { Database } from '../../../server/db/database.ts'
import { OutcomeUnknownError } from '../../../server/db/session.ts'
import type { Session, Statement } from '../../../server/db/session.ts'
import type { Patience } from '../../../server/db/silent-peer.ts'
import { isOutage } from '../../../server/services/outage.ts'
import { openTestDatabase } from '../../support/database.ts'
import { startFaultProxy } from '../../support/fault-proxy.ts'
import type { FaultProxy } from '../../support/fault-proxy.ts'

const PID: Statement = { name: 'pid', text: 'SELECT pg_backend_pid() AS pid' }
const SLEEP: Statement = { name: 'sleep', text: 'SELECT pg_sleep($1::float8)' }
const COUNT: Statement = { name: 'count', text: 'SELECT count(*)::int AS count FROM idempotency' }
const STORE: Statement = {
  name: 'store',
  text: `INSERT INTO idempotency (request, body_hmac, status, answer)
    VALUES (decode($1, 'hex'), decode($1, 'hex'), 201, '{}')`,
}

/** Long enough for an answer on a machine that has other work. */
const SHORT: Patience = { statementMs: 2_500, silenceMs: 3_000 }

type Test = Parameters<typeof openTestDatabase>[0]

/** A database behind a proxy that forgets connections, with one connection at a time. */
async function openProxied(t: Test, patience: Patience): Promise<{ database: Database; proxy: FaultProxy }> {
  const { url = '', dataDir } = await openTestDatabase(t, 'postgres')
  const proxy = await startFaultProxy(url)
  const database = await openDatabase({ url: proxy.url, dataDir, poolSize: 1, patience })
  t.teardown(async () => {
    await database.close()
    await proxy.close()
  })
  return { database, proxy }
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  )
}

/** Something that is lost in COMMIT or before it. */
async function store(database: Database, hash: string): Promise<void> {
  await database.transaction({ isolation: 'read committed' }, async (session: Session) => {
    await session.query(STORE, [hash.repeat(32)])
  })
}

t.test(
  'a read whose connection falls silent fails as in every outage, and the next has another connection',
  async (t) => {
    const { database, proxy } = await openProxied(t, SHORT)
    const [first] = await database.query<{ pid: number }>(PID, [])
    for (const mode of ['lost', 'unanswered'] as const) {
      proxy.breakAt({ marker: 'idempotency', mode, isSilent: true })
      const reading = [database.query(COUNT, []), database.kysely.selectFrom('log_head').selectAll().execute()]
      const error = await errorOf(reading[0]!)
      t.ok(proxy.hasBroken())
      t.match(error, { code: 'ETIMEDOUT', syscall: 'read' })
      t.ok(isOutage(error))
      t.same(await reading[1], [], 'who waited for a connection is served')
      t.notSame(await database.query(PID, []), [first])
    }
    proxy.breakAt({ marker: 'idempotency', mode: 'unanswered', isSilent: true })
    const inSnapshot = database.transaction({ isolation: 'snapshot' }, async (session) => session.query(COUNT, []))
    t.ok(isOutage(await errorOf(inSnapshot)))
    t.same(await database.query(COUNT, []), [{ count: 0 }])
  },
)

t.test('of a COMMIT that silence answers nobody knows; only reading tells', async (t) => {
  const { database, proxy } = await openProxied(t, SHORT)
  proxy.breakAt({ marker: 'COMMIT\0', mode: 'lost', isSilent: true })
  const lost = await errorOf(store(database, 'ab'))
  t.ok(lost instanceof OutcomeUnknownError)
  t.match(lost, { cause: { code: 'ETIMEDOUT' } })
  t.same(await database.query(COUNT, []), [{ count: 0 }])
  proxy.breakAt({ marker: 'COMMIT\0', mode: 'unanswered', isSilent: true })
  t.ok((await errorOf(store(database, 'cd'))) instanceof OutcomeUnknownError)
  t.same(await database.query(COUNT, []), [{ count: 1 }])
  proxy.breakAt({ marker: 'INSERT', mode: 'lost', isSilent: true })
  const unwritten = await errorOf(store(database, 'ef'))
  t.notOk(unwritten instanceof OutcomeUnknownError, 'before COMMIT it is known that nothing happened')
  t.ok(isOutage(unwritten))
  t.same(await database.query(COUNT, []), [{ count: 1 }])
})

t.test('closing does not wait for ever for who is silent', async (t) => {
  const { url = '', dataDir } = await openTestDatabase(t, 'postgres')
  const proxy = await startFaultProxy(url)
  t.teardown(async () => proxy.close())
  const database = await openDatabase({ url: proxy.url, dataDir, patience: SHORT })
  proxy.breakAt({ marker: 'idempotency', mode: 'unanswered', isSilent: true })
  const reading = errorOf(database.query(COUNT, []))
  while (!proxy.hasBroken()) await new Promise(setImmediate)
  await database.close()
  t.ok(isOutage(await reading))
})

t.test('a statement that takes too long is ended by the server, which is there', async (t) => {
  const { database } = await openProxied(t, { statementMs: 2_000, silenceMs: 60_000 })
  const before = await database.query(PID, [])
  const error = await errorOf(
    database.transaction({ isolation: 'read committed' }, async (session) => session.query(SLEEP, [600])),
  )
  t.match(error, { code: '57014' })
  t.ok(isOutage(error), 'which is worth another try')
  t.same(await database.query(PID, []), before, 'and its connection is as good as before')
  t.match(await errorOf(database.query(SLEEP, [600])), { code: '57014' })
  t.equal((await database.query(PID, [])).length, 1)
})

t.test('what runs alone may take longer than anything else', async (t) => {
  const { database } = await openProxied(t, { statementMs: 2_000, silenceMs: 3_000 })
  const before = await database.query(PID, [])
  await database.runAlone('SELECT pg_sleep(4)')
  t.notSame(await database.query(PID, []), before, 'and its connection is nobody else’s')
  t.match(await errorOf(database.query(SLEEP, [600])), { code: '57014' })
  t.match(await errorOf(database.runAlone('SELECT 1/0')), { code: '22012' })
  t.equal((await database.query(PID, [])).length, 1)
})

t.test('a process that stood still itself does not take the server for silent', async (t) => {
  const { url = '', dataDir } = await openTestDatabase(t, 'postgres')
  const database = await openDatabase({ url, dataDir, patience: SHORT })
  t.teardown(async () => database.close())
  const pid = await database.transaction({ isolation: 'snapshot' }, async (session) => {
    await session.query(COUNT, [])
    const answer = session.query(PID, [])
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SHORT.silenceMs + 500)
    return await answer
  })
  t.equal(pid.length, 1)
})
