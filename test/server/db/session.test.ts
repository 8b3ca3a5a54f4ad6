import t from 'tap'
import { OutcomeUnknownError, sqlState } from '../../../server/db/session.ts'
import type { Statement } from '../../../server/db/session.ts'
import { openTestDatabase } from '../../support/database.ts'

const NOW: Statement = { name: 'now', text: 'SELECT 1 AS one' }
const APPROVALS: Statement = { name: 'answers', text: 'SELECT count(*)::int AS count FROM idempotency' }
const STORE: Statement = {
  name: 'store',
  text: `INSERT INTO idempotency (request, body_hmac, status, answer)
    VALUES (decode($1, 'hex'), decode($1, 'hex'), $2::int, '{}')`,
}
const HASH = 'ab'.repeat(32)

for (const engine of ['postgres', 'pglite'] as const) {
  t.test(`${engine}: the last statement is committed with its transaction, or fails it`, async (t) => {
    const { database } = await openTestDatabase(t, engine)
    const count = async (): Promise<unknown> => (await database.query(APPROVALS, []))[0]
    const store = async (status: number): Promise<void> =>
      await database.transaction({ isolation: 'read committed' }, async (session) => {
        await session.query(NOW, [])
        session.send(STORE, [HASH, status])
      })
    await t.rejects(store(0), { code: '23514' }, 'the table takes no such status')
    t.same(await count(), { count: 0 })
    await store(201)
    t.same(await count(), { count: 1 })
    await t.rejects(store(201), { code: '23505' }, 'nor the same request twice')
    t.same(await count(), { count: 1 }, 'and the connection is still good')
  })
}

t.test('what was sent behind a lock that is not given fails with the reason of the lock', async (t) => {
  const { database } = await openTestDatabase(t, 'postgres')
  const lock = 'SELECT 1 FROM log_head FOR UPDATE'
  await database.kysely
    .insertInto('log_head')
    .values({ size: 0, edge: Buffer.alloc(0), last_recorded_at: null, origin: 'example.com/log' })
    .execute()
  await database.transaction({ isolation: 'read committed', first: lock }, async () => {
    const first = `SET LOCAL lock_timeout = '10ms'; ${lock}`
    const waiting = database.transaction({ isolation: 'read committed', first }, async (session) =>
      session.query(NOW, []),
    )
    await t.rejects(waiting, { code: '55P03' })
  })
})

t.test('a statement that never left this process is not passed over', async (t) => {
  const { database } = await openTestDatabase(t, 'postgres')
  const unsendable = {
    toPostgres: () => {
      throw new Error('cannot be spelled')
    },
  }
  const written = database.transaction({ isolation: 'read committed' }, async (session) => {
    session.send(STORE, [HASH, 201])
    session.send(STORE, [unsendable, 201])
  })
  await t.rejects(written, { name: 'OutcomeUnknownError', cause: { message: 'cannot be spelled' } })
  t.same(await database.query(APPROVALS, []), [{ count: 1 }], 'what was sent stands, and only reading tells so')
})

t.test('only what the server said has an SQLSTATE', async (t) => {
  const told = (code: unknown): string | undefined => sqlState(Object.assign(new Error('x'), { code }))
  t.equal(told('23505'), '23505')
  t.equal(told('HV00B'), 'HV00B')
  for (const code of ['EPIPE', 'ECONNRESET', '2350', 23505, undefined]) t.equal(told(code), undefined, String(code))
  t.equal(sqlState('23505'), undefined)
  t.match(new OutcomeUnknownError(new Error('lost')), { cause: { message: 'lost' } })
})
