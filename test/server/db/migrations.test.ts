import { readFile, readdir } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import t from 'tap'
import { MIGRATIONS, assertMigrated, migrate, pendingMigrations } from '../../../server/db/migrate.ts'
import { openOwner, openPostgres } from '../../../server/db/postgres.ts'
import { parseInt8, parseInt8Array } from '../../../server/db/types.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'

const ROOT = new URL('../../../', import.meta.url)

t.test('every file of migrations/ is run, in the order of its name', async (t) => {
  const files = (await readdir(new URL('migrations/', ROOT))).filter((name) => name.endsWith('.ts'))
  t.same(
    Object.keys(MIGRATIONS),
    files.toSorted().map((name) => name.slice(0, -'.ts'.length)),
  )
})

t.test('a second run finds nothing to do', async (t) => {
  const { url, database } = await openTestDatabase(t, 'postgres')
  const owner = openOwner(url ?? '')
  t.teardown(async () => owner.destroy())
  t.same(await migrate(owner), [])
  t.same(await pendingMigrations(database.kysely), [], 'which the service can see')
  await assertMigrated(database.kysely)
})

t.test('a service on a database that nobody migrated says what to do', async (t) => {
  const { url, database } = await openTestDatabase(t, 'postgres')
  const owner = openOwner(url ?? '')
  t.teardown(async () => owner.destroy())
  const last = Object.keys(MIGRATIONS).at(-1) ?? ''
  await sql`DELETE FROM kysely_migration WHERE name = ${last}`.execute(owner)
  const behind = { code: 'not_migrated', message: new RegExp(`pending: ${last}.*npm run migrate`) }
  await t.rejects(assertMigrated(database.kysely), behind)
  await sql`DROP SCHEMA public CASCADE`.execute(owner)
  await t.rejects(assertMigrated(database.kysely), { code: 'not_migrated' })
})

t.test('nor may a login that was never allowed to act as the service', async (t) => {
  const { url = '' } = await openTestDatabase(t, 'postgres')
  const own = 'postgresql://postgres@'
  if (!url.startsWith(own)) return t.pass('a server of others may want a password of a new login')
  const owner = openOwner(url)
  await sql`CREATE ROLE migrations_test_stranger LOGIN`.execute(owner)
  const stranger = openPostgres(url.replace(own, 'postgresql://migrations_test_stranger@'), 1)
  t.teardown(async () => {
    await stranger.close()
    await sql`DROP ROLE migrations_test_stranger`.execute(owner)
    await owner.destroy()
  })
  await t.rejects(assertMigrated(stranger.kysely), { code: 'not_migrated', message: /permission denied/ })
  return undefined
})

for (const engine of ENGINES) {
  t.test(`the tables on ${engine} are those that the code names, with the same columns`, async (t) => {
    const { database } = await openTestDatabase(t, engine)
    const { rows } = await sql<{ name: string; columns: string[] }>`
      SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attname) AS columns
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
        AND c.relname NOT LIKE 'kysely%'
      GROUP BY c.relname ORDER BY c.relname`.execute(database.kysely)
    const found = Object.fromEntries(rows.map(({ name, columns }) => [name, columns]))
    // The lock's own key has one value and is never named.
    found['log_head'] = (found['log_head'] ?? []).filter((column) => column !== 'only_row')
    t.same(found, await namedTables())
  })

  t.test(`sizes above 2^53-1 are refused on ${engine}, not rounded`, async (t) => {
    const { database } = await openTestDatabase(t, engine)
    const read = async (value: string): Promise<unknown> => {
      const statement = { name: `read-${value.length}-${value.slice(-1)}`, text: `SELECT ${value}::bigint AS value` }
      const [row] = await database.query(statement, [])
      return row?.['value']
    }
    t.equal(await read('9007199254740991'), Number.MAX_SAFE_INTEGER)
    await t.rejects(read('9007199254740993'))
  })
}

t.test('integers of 64 bits become numbers or errors', async (t) => {
  t.equal(parseInt8('-9007199254740991'), Number.MIN_SAFE_INTEGER)
  t.throws(() => parseInt8('9007199254740992'))
  t.same(parseInt8Array('{}'), [])
  t.same(parseInt8Array('{1,-2}'), [1, -2])
})

t.test('npm run migrate brings an empty database to the latest migration', async (t) => {
  const { url } = await openTestDatabase(t, 'postgres')
  const owner = openOwner(url ?? '')
  await sql`DROP SCHEMA public CASCADE`.execute(owner)
  await sql`CREATE SCHEMA public`.execute(owner)
  await owner.destroy()
  const script = fileURLToPath(new URL('server/bin/migrate.ts', ROOT))
  const run = async (): Promise<string> => {
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, DATABASE_URL: url, MIGRATE_DATABASE_URL: '' },
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    t.equal(code, 0, output)
    return output
  }
  t.match(await run(), /migrated: 0001-app-role/)
  t.match(await run(), /is at the latest migration/)
})

/** Tables and columns as tables.ts writes them, read from its text. */
async function namedTables(): Promise<Record<string, string[]>> {
  const source = await readFile(new URL('server/db/tables.ts', ROOT), 'utf8')
  const body = source.slice(source.indexOf('export interface Tables {')).replaceAll(/\/\*\*[\s\S]*?\*\//g, '')
  const tables = [...body.matchAll(/^ {2}(\w+): \{([\s\S]*?)\}\n/gm)].map(([, name = '', columns = '']) => {
    const names = [...columns.matchAll(/(?:^|;|\n)\s*(\w+):/g)].map(([, column = '']) => column)
    return [name, names.toSorted()] as const
  })
  return Object.fromEntries(tables.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
