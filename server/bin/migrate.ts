/**
 * `npm run migrate`: brings the database to the latest migration and makes the role of the service. It connects as the
 * owner of the tables (MIGRATE_DATABASE_URL, else DATABASE_URL). Without either it migrates the embedded database, which
 * `npm start` also does by itself.
 */
import { resolve } from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { lockDataDir } from '../db/data-dir-lock.ts'
import { migrate } from '../db/migrate.ts'
import { openPglite } from '../db/pglite.ts'
import { openOwner } from '../db/postgres.ts'
import { APP_ROLE } from '../db/session.ts'
import { endedByArguments } from './usage.ts'

const USAGE = `usage: npm run migrate

Brings the database to the latest migration and makes the role of the service. It takes no arguments: it connects as
MIGRATE_DATABASE_URL, else DATABASE_URL; without either it migrates the embedded database in DATA_DIR.

exit status: 0 done, 1 failed, 2 usage`

const { DATABASE_URL, MIGRATE_DATABASE_URL, DATA_DIR } = process.env

/** What PostgreSQL says leaves open who may, and how. */
const ROLE_WAY_OUT =
  `The first migration makes the role ${APP_ROLE}, so the owner in MIGRATE_DATABASE_URL needs CREATEROLE: let a superuser ` +
  'say ALTER ROLE … CREATEROLE, and run it again.'

function mayNotCreateRole(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  return code === '42501' && String(message).includes('create role')
}

const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value)

try {
  process.exitCode = endedByArguments(process.argv.slice(2), USAGE) ?? (await run())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  if (mayNotCreateRole(error)) console.error(ROLE_WAY_OUT)
  process.exitCode = 1
}

async function run(): Promise<number> {
  const ownerUrl = given(MIGRATE_DATABASE_URL) ?? given(DATABASE_URL)
  if (ownerUrl === undefined) await migrateEmbedded(resolve(DATA_DIR ?? './data'))
  else await migrateServer(ownerUrl, given(DATABASE_URL))
  return 0
}

async function migrateServer(ownerUrl: string, serviceUrl: string | undefined): Promise<void> {
  const db = openOwner(ownerUrl)
  try {
    report(await migrate(db))
    // The service may log in as somebody else, who must then be allowed to act under the role.
    const login = serviceUrl === undefined ? undefined : loginOf(serviceUrl)
    if (login !== undefined && login !== loginOf(ownerUrl)) {
      await sql`GRANT ${sql.id(APP_ROLE)} TO ${sql.id(login)}`.execute(db)
      console.log(`${login} may act as ${APP_ROLE}`)
    }
  } finally {
    await db.destroy()
  }
}

/** Who a connection string logs in as. It may lack a host, which the platform's own parser of URLs refuses. */
function loginOf(url: string): string | undefined {
  return new pg.Client({ connectionString: url }).user
}

async function migrateEmbedded(dataDir: string): Promise<void> {
  const lock = await lockDataDir(dataDir)
  try {
    const database = await openPglite(dataDir)
    await database.close()
    console.log(`the embedded database in ${dataDir} is at the latest migration`)
  } finally {
    await lock.release()
  }
}

function report(names: readonly string[]): void {
  for (const name of names) console.log(`migrated: ${name}`)
  if (names.length === 0) console.log('the database is at the latest migration')
}
