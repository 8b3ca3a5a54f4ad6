/** The duty after an erasure: done by whoever may, never told as done before it is, and what hinders it is named. */
import { mkdtemp, rm, stat, utimes, writeFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import t from 'tap'
import { sql } from 'kysely'
import pg from 'pg'
import { openDatabase } from '../../../server/db/database.ts'
import type { Database } from '../../../server/db/database.ts'
import { migrate } from '../../../server/db/migrate.ts'
import { openOwner } from '../../../server/db/postgres.ts'
import { EvidenceStore } from '../../../server/services/evidence/evidence-store.ts'
import { openLookups } from '../../../server/services/lookups.ts'
import {
  ErasureDuty,
  erasureWarnings,
  readOwed,
  startErasureDuty,
} from '../../../server/services/redaction/erasure-duty.ts'
import { readRegister } from '../../../server/services/redaction/register.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'
import { BRAND, openBrand, openCrisis, openTestLog, recordStatement } from '../../support/log.ts'
import { execute, startPostgres } from '../../support/postgres.ts'
import { openSite } from '../admin/site.ts'
import type { Body, Site } from '../admin/site.ts'

const CODE = 'CR-22222222'
const noFiles = { erase: async (): Promise<void> => undefined }

/** A statement whose texts are erased; the index of the entry. */
async function eraseOne(database: Database, dataDir: string): Promise<number> {
  const log = await openTestLog({ database, dataDir })
  await log.sequencer.append(openBrand())
  await log.sequencer.append(openCrisis(CODE))
  const { written } = await log.sequencer.append(recordStatement(CODE, 'It was sour.'))
  const index = written[0]!.index
  await log.sequencer.append({
    needs: { streams: [`crisis:${CODE}`], entries: [index] },
    judge: (snapshot) =>
      snapshot.entry(index)!.held.map((digest) => ({
        type: 'redaction.registered',
        stream: `crisis:${CODE}`,
        brand: BRAND,
        actor: { kind: 'operator', id: 'k_operator' },
        data: { index, digest, reason: 'safety' },
      })),
  })
  await log.close()
  return index
}

for (const engine of ENGINES) {
  t.test(`what is owed is done once and for all, whoever comes first, on ${engine}`, async (t) => {
    const { database, dataDir } = await openTestDatabase(t, engine)
    const duty = new ErasureDuty(database, noFiles)
    t.same(await duty.round(), { done: true }, 'nothing is owed at first')
    await eraseOne(database, dataDir)
    t.match(await readOwed(database), { count: 2 })
    const other = new ErasureDuty(database, noFiles)
    const rounds = await Promise.all([duty.round(), other.round()])
    t.ok(rounds.every(({ done }) => done))
    t.match(await readOwed(database), { count: 0 })
    const { items, counts } = await readRegister(database, { limit: 10 }, 30)
    t.same(counts, [{ kind: 'erasure', reason: 'safety', count: 2 }])
    for (const { windows, recordedAt, brand } of items) {
      t.equal(brand, BRAND)
      t.ok(windows!.filesAt! >= recordedAt)
      t.equal(Date.parse(windows!.backupsBy) - Date.parse(recordedAt), 30 * 86_400_000)
    }
    const first = items.map(({ windows }) => windows!.filesAt)
    t.same(await duty.round(), { done: true })
    const again = (await readRegister(database, { limit: 10, brand: BRAND }, 30)).items
    t.same(
      again.map(({ windows }) => windows!.filesAt),
      first,
      'told once',
    )
    t.same((await readRegister(database, { limit: 1 }, 30)).next, items[0]!.index)
    t.same((await readRegister(database, { limit: 1, brand: 'nobody' }, 30)).items, [])
  })

  t.test(`no statistics of a disclosure are ever kept on ${engine}, and the register only grows`, async (t) => {
    const { database, dataDir, url } = await openTestDatabase(t, engine)
    await eraseOne(database, dataDir)
    if (url !== undefined) await execute(url, 'ANALYZE')
    else await sql`ANALYZE disclosure`.execute(database.kysely)
    const { rows } =
      await sql`SELECT attname FROM pg_stats WHERE tablename = 'disclosure' AND attname = 'body'`.execute(
        database.kysely,
      )
    t.same(rows, [])
    for (const table of ['erasure', 'correction', 'evidence_copy', 'erasure_duty']) {
      await t.rejects(sql`DELETE FROM ${sql.table(table)}`.execute(database.kysely), /append-only|permission denied/)
    }
    await t.rejects(sql`UPDATE erasure SET reason = 'safety'`.execute(database.kysely), /append-only|permission denied/)
    await t.rejects(sql`UPDATE erasure_duty SET owed_since = now()`.execute(database.kysely), /permission denied/)
  })
}

t.test('what hinders the duty is named, and nothing is told as gone before it is', async (t) => {
  const server = await startPostgres()
  await execute(server.url('postgres'), `CREATE DATABASE duty TEMPLATE template0 ENCODING 'UTF8'`)
  const owner = openOwner(server.url('duty'))
  await migrate(owner)
  const dataDir = await mkdtemp(join(tmpdir(), 'tl-duty-'))
  const database = await openDatabase({ url: server.url('duty'), dataDir })
  const older = new pg.Client({ connectionString: server.url('duty') })
  await older.connect()
  t.teardown(async () => {
    await older.end()
    await database.close()
    await owner.destroy()
    await server.stop()
    await rm(dataDir, { recursive: true })
  })
  const warnings: string[] = []
  const duty = new ErasureDuty(database, noFiles)
  const isOwed = async (): Promise<boolean> => (await readOwed(database)).count > 0

  await older.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await older.query('SELECT count(*) FROM entry')
  await eraseOne(database, dataDir)
  t.same(await duty.round(), { done: false, hindrance: 'old_transaction' }, 'somebody could still look at the rows')
  t.ok(await isOwed())
  t.match(await erasureWarnings(database, duty), [/older than an erasure/])
  await older.query('COMMIT')

  await sql`REVOKE MAINTAIN ON disclosure FROM trust_ledger_app`.execute(owner)
  t.same(await duty.round(), { done: false, hindrance: 'no_right_to_vacuum' }, 'skipped with a warning is not done')
  t.match(await erasureWarnings(database, duty), [/GRANT MAINTAIN/])
  await sql`GRANT MAINTAIN ON disclosure TO trust_ledger_app`.execute(owner)

  await sql`REVOKE pg_checkpoint FROM trust_ledger_app`.execute(owner)
  t.same(await duty.round(), { done: false, hindrance: 'no_right_to_checkpoint' })
  t.same(await duty.round(), { done: false, hindrance: 'no_right_to_checkpoint' }, 'and waits')
  t.match(await erasureWarnings(database, duty), [/GRANT pg_checkpoint/])
  t.ok(await isOwed())
  await sql`CHECKPOINT`.execute(owner)
  t.match(await duty.round(), { done: true }, "the server's own checkpoint will do")
  t.notOk(await isOwed())
  t.same(await erasureWarnings(database, duty), [])
  await sql`GRANT pg_checkpoint TO trust_ledger_app`.execute(owner)

  await sql`UPDATE erasure_duty SET gone_at = NULL, owed_since = now() - interval '2 minutes'`.execute(owner)
  t.match(await erasureWarnings(database, duty), [/2 erased values or files may still be on disk/], 'nobody looked')
  await sql`REVOKE MAINTAIN ON disclosure FROM trust_ledger_app`.execute(owner)
  const running = startErasureDuty(duty, {
    intervalMs: 5,
    onError: (error) => warnings.push(String(error)),
    warn: (message) => warnings.push(message),
  })
  while (warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  await sql`GRANT MAINTAIN ON disclosure TO trust_ledger_app`.execute(owner)
  while (await isOwed()) await new Promise((resolve) => setTimeout(resolve, 5))
  await running.stop()
  t.equal(warnings.length, 1, 'the operator is told once')
})

async function upload(site: Site, crisis: string, content: string): Promise<Body> {
  const form = [
    `--b\r\nContent-Disposition: form-data; name="crisis"\r\n\r\n${crisis}\r\n`,
    '--b\r\nContent-Disposition: form-data; name="file"; filename="x.txt"\r\n',
    `Content-Type: text/plain\r\n\r\n${content}\r\n--b--\r\n`,
  ].join('')
  return await site.write('/evidence', form, { headers: { 'content-type': 'multipart/form-data; boundary=b' } })
}

t.test('E1, E3: a file that several entries have goes with the last of them, and can come back', async (t) => {
  const site = await openSite(t, 'postgres')
  const folder = join(site.dataDir, 'evidence')
  const duty = new ErasureDuty(site.database, new EvidenceStore(folder))
  const lookups = openLookups(site.database, folder)
  const [one, two] = [await site.crisis(), await site.crisis()]
  const [first, second, third] = [
    await upload(site, one, 'shared words'),
    await upload(site, two, 'shared words'),
    await upload(site, one, 'shared words'),
  ]
  const sha256 = first['sha256'] as string
  const path = join(folder, sha256.slice(0, 2), sha256)
  const isThere = async (): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined
  const erase = async (index: unknown): Promise<void> => {
    await site.write(`/entries/${index as number}/redactions`, { reason: 'safety', file: true })
    await duty.round()
  }
  t.same(await readdir(join(folder, 'incoming')), [], 'no upload leaves a second copy')
  await erase(first['index'])
  await erase(second['index'])
  t.ok(await isThere(), 'the third entry still has it')
  t.ok(await lookups.evidence(sha256))
  await erase(third['index'])
  t.notOk(await isThere())
  t.equal(await lookups.evidence(sha256), undefined)
  const again = await upload(site, two, 'shared words')
  t.ok(await lookups.evidence(sha256), 'put on record again, it is there again')
  await duty.round()
  t.ok(await isThere(), 'and no old erasure takes it away')
  await site.write(`/entries/${again['index'] as number}/redactions`, { reason: 'safety', file: true })
  t.equal(await lookups.evidence(sha256), undefined, 'not handed out from then on, before the bytes are gone')
  const refused = await site.post(`/entries/${again['index'] as number}/redactions`, { reason: 'safety', file: true })
  t.equal(refused.json<{ code: string }>().code, 'nothing_to_erase')
})

t.test('E1: a file that is erased between an upload and its entry is put back', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tl-evidence-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  const store = new EvidenceStore(folder)
  const received = await store.receive(
    (async function* () {
      yield await Promise.resolve(Buffer.from('again'))
    })(),
  )
  await store.place(received)
  await store.erase(received.sha256)
  await store.settle(received)
  t.equal(Buffer.from(await store.read(received.sha256)).toString(), 'again')
  await store.erase(received.sha256)
  await store.erase(received.sha256)
  await t.rejects(store.read(received.sha256), { code: 'not_found' })
})

t.test('what an upload that was cut off has left is cleared away', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tl-evidence-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  const store = new EvidenceStore(folder)
  t.equal(await store.clearAbandoned(1000, Date.now()), 0, 'nothing was ever uploaded')
  await mkdir(join(folder, 'incoming'))
  for (const name of ['old', 'new']) await writeFile(join(folder, 'incoming', name), 'x')
  await utimes(join(folder, 'incoming', 'old'), new Date(0), new Date(0))
  t.equal(await store.clearAbandoned(60_000, Date.now()), 1)
  t.same(await readdir(join(folder, 'incoming')), ['new'])
})
