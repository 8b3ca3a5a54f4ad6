/** Claim: what a holder told us of himself is in no file of PostgreSQL once it was erased, and nothing of it was sampled. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import t from 'tap'
import { openDatabase } from '../../../server/db/database.ts'
import { migrate } from '../../../server/db/migrate.ts'
import { openOwner } from '../../../server/db/postgres.ts'
import { openHolders } from '../../../server/services/points/open-holders.ts'
import { eraseContact } from '../../../server/services/points/points-reads.ts'
import { ErasureDuty, erasureWarnings, readOwed } from '../../../server/services/redaction/erasure-duty.ts'
import { filesHolding } from '../../support/byte-search.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { openTestLog } from '../../support/log.ts'
import { PROGRAMME, once, openTestProgramme } from '../../support/points.ts'
import { execute, startPostgres } from '../../support/postgres.ts'

const noFiles = { erase: async (): Promise<void> => undefined }

/** Holders with these contacts; their ids in the same order. */
async function openWith(place: TestDatabase, contacts: readonly string[]): Promise<string[]> {
  const log = await openTestLog({ database: place.database, dataDir: join(place.dataDir, 'log') })
  await openTestProgramme(log, place.database, [], 1)
  const ids: string[] = []
  for (const contact of contacts) {
    const { command, holders } = openHolders(once(), PROGRAMME, { contact })
    await log.sequencer.append(command)
    ids.push(holders[0]!.id)
  }
  await log.close()
  return ids
}

/** A text that stands nowhere else. */
const address = (): string => `+86 ${randomBytes(12).toString('hex')}`

t.test('after an erasure no file of PostgreSQL holds the contact, and the others keep theirs', async (t) => {
  const server = await startPostgres()
  const data = join(decodeURIComponent(/host=([^&]+)/.exec(server.url('contacts'))![1]!), 'data')
  await execute(server.url('postgres'), `CREATE DATABASE contacts TEMPLATE template0 ENCODING 'UTF8'`)
  const url = server.url('contacts')
  const owner = openOwner(url)
  await migrate(owner)
  const dataDir = await mkdtemp(join(tmpdir(), 'tl-contacts-'))
  const database = await openDatabase({ url, dataDir })
  t.teardown(async () => {
    await database.close()
    await owner.destroy()
    await server.stop()
    await rm(dataDir, { recursive: true })
  })
  const contacts = Array.from({ length: 8 }, address)
  const [erased, ...others] = contacts as [string, ...string[]]
  const ids = await openWith({ database, url, dataDir }, contacts)
  const isSegment = (path: string): boolean => path.startsWith('pg_wal/')
  const holding = async (texts: string[]): Promise<string[]> => await filesHolding(data, texts, isSegment)
  await execute(url, 'ANALYZE')
  await execute(url, 'CHECKPOINT')
  t.equal(
    (await holding([erased])).length,
    1,
    'before, the file of the table holds it, and that of statistics does not',
  )

  const duty = new ErasureDuty(database, noFiles)
  t.ok(await eraseContact(database, ids[0]!))
  t.match(await readOwed(database), { count: 1 })
  await sql`REVOKE MAINTAIN ON holder_contact FROM trust_ledger_app`.execute(owner)
  t.same(await duty.round(), { done: false, hindrance: 'no_right_to_vacuum' })
  t.match(await erasureWarnings(database, duty), [/GRANT MAINTAIN ON disclosure, holder_contact/])
  t.match(await readOwed(database), { count: 1 }, 'not told as gone before it is')
  await sql`GRANT MAINTAIN ON holder_contact TO trust_ledger_app`.execute(owner)
  t.same(await duty.round(), { done: true })
  t.match(await readOwed(database), { count: 0 })
  t.same(await erasureWarnings(database, duty), [])

  await execute(url, 'ANALYZE')
  await execute(url, 'CHECKPOINT')
  t.same(await holding([erased]), [], 'no file holds it')
  const kept = await database.kysely.selectFrom('holder_contact').select('contact').orderBy('contact').execute()
  t.same(
    kept.map(({ contact }) => contact),
    others.toSorted(),
  )
})

for (const engine of ENGINES) {
  t.test(
    `each erasure of a contact is owed until it is done, without a word of whose it was, on ${engine}`,
    async (t) => {
      const place = await openTestDatabase(t, engine)
      const { database } = place
      const ids = await openWith(place, [address(), address(), address()])
      const duty = new ErasureDuty(database, noFiles)
      t.notOk(await eraseContact(database, 'H-00000000000000000000'))
      t.match(await readOwed(database), { count: 0 })
      await Promise.all(ids.map(async (id) => await eraseContact(database, id)))
      t.match(await readOwed(database), { count: ids.length })
      t.same(await duty.round(), { done: true })
      t.match(await readOwed(database), { count: 0 })
      const { rows } = await sql<object>`SELECT * FROM contact_erasure`.execute(database.kysely)
      t.same(Object.keys(rows[0]!), ['id', 'owed_since', 'gone_at'])
      await t.rejects(sql`DELETE FROM contact_erasure`.execute(database.kysely), /append-only|permission denied/)
    },
  )
}
