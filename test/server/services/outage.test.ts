import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import t from 'tap'
import { OutcomeUnknownError } from '../../../server/db/session.ts'
import { AppError } from '../../../server/errors.ts'
import { isOutage, outageRefusal } from '../../../server/services/outage.ts'
import { OutageWatch } from '../../../server/services/outage-watch.ts'
import { createPostgresDatabase, execute, stopPostgres } from '../../support/postgres.ts'
import { freePort } from '../../support/service.ts'

t.teardown(stopPostgres)

/** What a promise rejects with. */
async function errorOf(work: Promise<unknown>): Promise<Error> {
  return await work.then(
    () => new Error('nothing was thrown'),
    (error: unknown) => error as Error,
  )
}

t.test('what pg throws when the database is away is an outage', async (t) => {
  const port = await freePort()
  for (const host of ['127.0.0.1', 'localhost', '/nowhere']) {
    const error = await errorOf(new pg.Client({ host, port, user: 'nobody' }).connect())
    t.ok(isOutage(error), `${host}: ${error.message}`)
  }
  const silent = createServer()
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  t.teardown(() => silent.close())
  const unheard = new pg.Pool({
    host: '127.0.0.1',
    port: (silent.address() as AddressInfo).port,
    connectionTimeoutMillis: 20,
  })
  const error = await errorOf(unheard.connect())
  t.ok(isOutage(error), error.message)
  await unheard.end()
})

t.test('a pool without a connection to give, and a connection that is ended, are outages', async (t) => {
  const created = await createPostgresDatabase()
  const { url } = created
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  t.teardown(async () => {
    await pool.end()
    await created.drop()
  })
  const client = await pool.connect()
  client.on('error', () => undefined)
  pool.options.connectionTimeoutMillis = 20
  const late = await errorOf(pool.connect())
  t.ok(isOutage(late), late.message)
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const [asleep, behind] = [client.query('SELECT pg_sleep(100)'), client.query('SELECT 1')].map(errorOf)
  await execute(url, `SELECT pg_terminate_backend(${rows[0]!.pid})`)
  for (const ended of [await asleep, await behind, await errorOf(client.query('SELECT 1'))]) {
    t.ok(isOutage(ended), ended!.message)
  }
  client.release(true)
})

t.test('what a request has caused is no outage', async (t) => {
  const created = await createPostgresDatabase()
  const { url } = created
  t.teardown(async () => created.drop())
  for (const text of ['SELECT nothing', 'SELECT 1/0', 'INSERT INTO setting VALUES (NULL)']) {
    t.notOk(isOutage(await errorOf(execute(url, text))), text)
  }
  t.notOk(isOutage(await errorOf(readFile('/nowhere'))), 'a file that is not there')
  t.notOk(isOutage(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })), 'a reader who went away')
  t.notOk(isOutage(new AggregateError([])))
  t.notOk(isOutage('a word'))
})

t.test('an outage is found behind what it has caused, and refused once', (t) => {
  const lost = Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' })
  const refusal = new AppError('busy', 'Ask again.', {}, { cause: lost })
  t.ok(isOutage(refusal))
  t.equal(outageRefusal(refusal), undefined, 'which is a refusal already')
  t.match(outageRefusal(lost), { code: 'unavailable', cause: lost })
  t.match(outageRefusal(new OutcomeUnknownError(lost)), { code: 'unavailable' })
  t.ok(isOutage(new AggregateError([lost, refusal])))
  t.notOk(isOutage(new AggregateError([lost, new Error('a fault of ours')])), 'a fault beside it must be told')
  t.equal(outageRefusal(new Error('a fault of ours')), undefined)
  t.end()
})

t.test('an outage is told once, and once more when it is over', async (t) => {
  const lost = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' })
  const told: string[] = []
  let isOver = (): void => undefined
  const over = new Promise<void>((resolve) => (isOver = resolve))
  let answers = 0
  const watch = new OutageWatch(
    async () => {
      if (++answers < 3) throw lost
    },
    {
      info: () => {
        told.push('over')
        isOver()
      },
      warn: () => undefined,
      error: () => told.push('lost'),
    },
    1,
  )
  t.notOk(watch.tell(new Error('a fault of ours')), 'what is none is told elsewhere')
  t.ok(watch.tell(lost))
  t.ok(watch.tell(lost))
  const alive = setInterval(() => undefined, 1000)
  await over
  t.same([told, answers], [['lost', 'over'], 3])
  watch.tell(lost)
  t.same(told, ['lost', 'over', 'lost'], 'the next one is told again')
  watch.close()
  clearInterval(alive)
})
