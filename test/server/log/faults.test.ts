import t from 'tap'
import { openDatabase } from '../../../server/db/database.ts'
import type { AppError } from '../../../server/errors.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import type { AppendResult, Command } from '../../../server/services/log/command.ts'
import type { Log } from '../../../server/services/log/open-log.ts'
import { openTestDatabase } from '../../support/database.ts'
import { startFaultProxy } from '../../support/fault-proxy.ts'
import type { Fault } from '../../support/fault-proxy.ts'
import { execute } from '../../support/postgres.ts'
import { crisisCode, idempotencyOf, openBrand, openCrisis, openTestLog, recordStatement } from '../../support/log.ts'

const CODE = crisisCode(0)

/** Every round trip of an append, each failed, and failed but happened. Only the last case may be answered by 2xx. */
const FAULTS: { step: string; marker: string; mode: Fault['mode']; isAnswered: boolean }[] = [
  { step: 'begin and lock', marker: 'FOR UPDATE', mode: 'lost', isAnswered: false },
  { step: 'begin and lock', marker: 'FOR UPDATE', mode: 'unanswered', isAnswered: false },
  { step: 'read', marker: 'append-read', mode: 'lost', isAnswered: false },
  { step: 'read', marker: 'append-read', mode: 'unanswered', isAnswered: false },
  { step: 'write', marker: 'append-write', mode: 'lost', isAnswered: false },
  { step: 'write and commit', marker: 'append-write', mode: 'unanswered', isAnswered: true },
  { step: 'commit', marker: 'COMMIT\0', mode: 'lost', isAnswered: false },
  { step: 'commit', marker: 'COMMIT\0', mode: 'unanswered', isAnswered: true },
]

t.test('a write that meets a broken connection is answered truly, and the same request ends well', async (t) => {
  const { url, dataDir, database: direct } = await openTestDatabase(t, 'postgres')
  const proxy = await startFaultProxy(url ?? '')
  const database = await openDatabase({ url: proxy.url, dataDir })
  const log = await openTestLog({ database, dataDir })
  t.teardown(async () => {
    await log.close()
    await database.close()
    await proxy.close()
  })
  await log.sequencer.append(openBrand())
  await log.sequencer.append(openCrisis(CODE))

  for (const { step, marker, mode, isAnswered } of FAULTS) {
    await t.test(`${step}, ${mode}`, async (t) => {
      const { size } = await log.reader.head()
      const requests = [1, 2, 3].map((number) => {
        const text = `${step} ${mode} ${number}`
        return recordStatement(CODE, text, idempotencyOf(text))
      })
      proxy.breakAt({ marker, mode })
      const first = await Promise.allSettled(requests.map(async (request) => log.sequencer.append(request)))
      t.ok(proxy.hasBroken())
      for (const result of first) {
        if (result.status === 'rejected') t.equal((result.reason as AppError).code, 'unavailable')
      }
      t.equal(
        first.every(({ status }) => status === 'fulfilled'),
        isAnswered,
      )
      const again = await Promise.all(requests.map(async (request) => log.sequencer.append(request)))
      t.equal((await log.reader.head()).size, size + requests.length, 'each is written once')
      t.same(
        again.map(({ replayed }) => replayed),
        requests.map(() => isAnswered),
      )
      const answered = first.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      t.same(answered.map(entryOf), isAnswered ? again.map(entryOf) : [])
      t.same((await checkLog(direct)).problems, [])
    })
  }

  await t.test('a server that ends all its connections at once loses nothing', async (t) => {
    const stop = new AbortController()
    const acknowledged: AppendResult[] = []
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      for (let i = 0; !stop.signal.aborted; i++) {
        const text = `${writer} ${i}`
        await log.sequencer.append(recordStatement(CODE, text, idempotencyOf(text))).then(
          (result) => acknowledged.push(result),
          (error: AppError) => t.equal(error.code, 'unavailable'),
        )
      }
    })
    for (let round = 0; round < 5; round++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      await terminateOthers(url ?? '')
    }
    stop.abort()
    await Promise.all(writers)
    const { size } = await log.reader.head()
    t.ok(acknowledged.length > 0)
    t.ok(acknowledged.every(({ body }) => Number(body['index']) < size))
    const indexes = new Set(acknowledged.map(({ body }) => body['index']))
    t.equal(indexes.size, acknowledged.length, 'no entry answers two requests')
    t.same((await checkLog(direct)).problems, [])
  })
})

t.test('a writer whose connection falls silent goes on, and what it was writing ends well', async (t) => {
  const { url, dataDir, database: direct } = await openTestDatabase(t, 'postgres')
  const proxy = await startFaultProxy(url ?? '')
  const database = await openDatabase({ url: proxy.url, dataDir, patience: { statementMs: 2_500, silenceMs: 3_000 } })
  const log = await openTestLog({ database, dataDir })
  t.teardown(async () => {
    await log.close()
    await database.close()
    await proxy.close()
  })
  await log.sequencer.append(openBrand())
  await log.sequencer.append(openCrisis(CODE))

  for (const { mode, status } of [
    { mode: 'unanswered', status: 'fulfilled' },
    { mode: 'lost', status: 'rejected' },
  ] as const) {
    const { size } = await log.reader.head()
    const requests = ['before', 'behind'].map((which) => {
      const text = `silence, ${mode}, ${which}`
      return recordStatement(CODE, text, idempotencyOf(text))
    })
    const [before, behind] = requests as [Command, Command]
    proxy.breakAt({ marker: 'COMMIT\0', mode, isSilent: true })
    const first = log.sequencer.append(before)
    first.catch(() => undefined)
    while (!proxy.hasBroken()) await new Promise(setImmediate)
    const written = await writeUntilWritten(log, behind)
    const [settled] = await Promise.allSettled([first])
    t.equal(settled.status, status, `${mode}: ${settled.status}`)
    if (settled.status === 'rejected') t.equal((settled.reason as AppError).code, 'unavailable')
    const again = await writeUntilWritten(log, before)
    t.equal(again.replayed, mode === 'unanswered')
    t.not(again.body['index'], written.body['index'])
    t.equal((await log.reader.head()).size, size + requests.length, 'each is written once')
    t.same((await checkLog(direct)).problems, [])
  }
})

/** Sends a request again for as long as the lock is held by a transaction that nobody ends but the server. */
async function writeUntilWritten(log: Log, request: Command): Promise<AppendResult> {
  for (;;) {
    const [result] = await Promise.allSettled([log.sequencer.append(request)])
    if (result.status === 'fulfilled') return result.value
    if ((result.reason as AppError).code !== 'unavailable') throw result.reason
  }
}

function entryOf({ body: { index, leafHash, seq } }: AppendResult): unknown {
  return { index, leafHash, seq }
}

async function terminateOthers(url: string): Promise<void> {
  await execute(
    url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  )
}
