import { readFile, stat, writeFile } from 'node:fs/promises'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { sql } from 'kysely'
import t from 'tap'
import { parseEntry } from '../../../ledger/entry.ts'
import { openOwner } from '../../../server/db/postgres.ts'
import { deleteOldAnswers } from '../../../server/services/log/answers.ts'
import { openSigner, signerOf } from '../../../server/services/log/signer.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'
import { ORIGIN, crisisCode, openBrand, openCrisis, openTestLog, recordStatement } from '../../support/log.ts'

t.test('the key of the log is made once, for its owner only', async (t) => {
  const file = join(t.testdir(), 'keys', 'log.key')
  const signers = await Promise.all([1, 2, 3, 4].map(async () => openSigner(file, ORIGIN)))
  t.equal(new Set(signers.map(({ vkey }) => vkey)).size, 1, 'also when several start at once')
  t.equal((await stat(file)).mode & 0o777, 0o600)
  await writeFile(file, generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await t.rejects(openSigner(file, ORIGIN), { code: 'log_key_unreadable' })
  await writeFile(file, 'no key at all')
  await t.rejects(openSigner(file, ORIGIN), { code: 'log_key_unreadable', message: /no Ed25519 private key/ })
})

for (const engine of ENGINES) {
  t.test(`on ${engine}`, async (t) => {
    const { database, dataDir } = await openTestDatabase(t, engine)
    const first = await openTestLog({ database, dataDir })
    await first.sequencer.append(openBrand())
    await first.close()

    await t.test('a log keeps its name for ever', async (t) => {
      const signer = signerOf(generateKeyPairSync('ed25519').privateKey, 'elsewhere.example/log')
      await t.rejects(openTestLog({ database, dataDir, signer }), { code: 'origin_changed' })
    })

    await t.test('a start that changes nothing writes nothing', async (t) => {
      const { size } = await first.reader.head()
      const log = await openTestLog({ database, dataDir })
      t.equal((await log.reader.head()).size, size)
      await log.close()
    })

    await t.test('S3: a clock that differs by more than 5 s stops writing', async (t) => {
      for (const skew of [-6_000, 6_000]) {
        const log = await openTestLog({ database, dataDir, clock: () => Date.now() })
        await log.close()
        await t.rejects(openTestLog({ database, dataDir, clock: () => Date.now() + skew }), { code: 'clock' })
      }
    })

    await t.test('S3: a clock behind the last entry repeats its time for 5 minutes, then stops writing', async (t) => {
      const { database, dataDir } = await openTestDatabase(t, engine)
      const log = await openTestLog({ database, dataDir })
      const lastEntryIs = async (minutes: number): Promise<string> => {
        const last = new Date(Date.now() + minutes * 60_000)
        await database.kysely.updateTable('log_head').set({ last_recorded_at: last }).execute()
        return last.toISOString()
      }
      const last = await lastEntryIs(4)
      const { body } = await log.sequencer.append(openBrand())
      t.equal(parseEntry((await log.reader.entry(Number(body['index']))).bytes).recordedAt, last)
      await lastEntryIs(6)
      const { size } = await log.reader.head()
      await t.rejects(log.sequencer.append(openCrisis(crisisCode(0))), { code: 'clock', message: /5 minutes behind/ })
      t.equal((await log.reader.head()).size, size)
      await log.close()
    })

    await t.test('stored answers are cleared away after 48 hours', async (t) => {
      const hoursAgo = (hours: number, byte: number) => ({
        request: new Uint8Array(32).fill(byte),
        body_hmac: new Uint8Array(32),
        status: 201,
        answer: '{}',
        created_at: new Date(Date.now() - hours * 3_600_000).toISOString(),
      })
      await database.kysely
        .insertInto('idempotency')
        .values([hoursAgo(47, 1), hoursAgo(49, 2)])
        .execute()
      t.equal(await deleteOldAnswers(database.kysely), 1)
      t.equal(await deleteOldAnswers(database.kysely), 0)
    })

    await t.test('what was signed last is written down at stop', async (t) => {
      const log = await openTestLog({ database, dataDir })
      await log.sequencer.append(openCrisis(crisisCode(0)))
      const { size, root } = await log.reader.head()
      await log.close()
      t.equal(await readFile(join(dataDir, 'high-water'), 'utf8'), `${size} ${Buffer.from(root).toString('hex')}\n`)
    })

    await t.test('a database that does not contain what was signed is a fork, and nothing starts on it', async (t) => {
      const file = join(dataDir, 'high-water')
      const mark = await readFile(file, 'utf8')
      const [size = '', root = ''] = mark.trim().split(' ')
      await writeFile(file, `${Number(size) + 1} ${root}\n`)
      await t.rejects(openTestLog({ database, dataDir }), { code: 'log_stopped' })
      await writeFile(file, `${Number(size) - 1} ${root}\n`)
      await t.rejects(openTestLog({ database, dataDir }), { code: 'log_stopped' })
      await writeFile(file, 'half a li')
      await t.rejects(openTestLog({ database, dataDir }), /not a high-water mark/)
      await writeFile(file, mark)
      const log = await openTestLog({ database, dataDir })
      await log.close()
    })
  })
}

t.test('a database that is restored under a running instance stops its signing', async (t) => {
  const { database, dataDir, url } = await openTestDatabase(t, 'postgres')
  const log = await openTestLog({ database, dataDir })
  t.teardown(async () => log.close())
  await log.sequencer.append(openBrand())
  await log.sequencer.append(openCrisis(crisisCode(0)))
  const owner = openOwner(url ?? '')
  t.teardown(async () => owner.destroy())
  const snapshot = await sql`SELECT size, edge FROM log_head`.execute(owner)
  const [head] = snapshot.rows as { size: number; edge: Uint8Array }[]
  await log.sequencer.append(recordStatement(crisisCode(0), 'signed, then lost'))
  await sql`ALTER TABLE log_head DISABLE TRIGGER ALL`.execute(owner)
  await sql`ALTER TABLE entry DISABLE TRIGGER ALL`.execute(owner)
  await sql`ALTER TABLE disclosure DISABLE TRIGGER ALL`.execute(owner)
  await sql`UPDATE log_head SET size = ${head!.size}, edge = ${head!.edge}`.execute(owner)
  await sql`DELETE FROM disclosure WHERE entry_index >= ${head!.size}`.execute(owner)
  await sql`DELETE FROM entry WHERE index >= ${head!.size}`.execute(owner)
  await sql`UPDATE stream SET count = count - 1, last_index = ${head!.size - 1},
    head = (SELECT leaf_hash FROM entry WHERE index = ${head!.size - 1})
    WHERE name = ${`crisis:${crisisCode(0)}`}`.execute(owner)
  await t.rejects(log.sequencer.append(recordStatement(crisisCode(0), 'a fork')), { code: 'log_stopped' })
  await t.rejects(log.sequencer.append(recordStatement(crisisCode(0), 'a fork')), { code: 'log_stopped' })
  await t.rejects(log.reader.checkpoint(), { code: 'log_stopped' })
})
