/**
 * PGlite, PostgreSQL inside this process, with its files in the data folder: for trying out and for small use.
 *
 * It does not fsync: what was acknowledged survives a killed process, but not a power cut. It does not lock its folder
 * either: see data-dir-lock.ts.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { PGliteOptions } from '@electric-sql/pglite'
import { Kysely, PGliteDialect } from 'kysely'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { APP_ROLE } from './session.ts'
import type { Beginning, Notice, Session, Statement } from './session.ts'
import type { Tables } from './tables.ts'
import { INT8, INT8_ARRAY, parseInt8, parseInt8Array } from './types.ts'

const FOLDER = 'db'
/** Folders with this start are first starts that never came to their end. */
const UNFINISHED = 'db-unfinished-'

/** One table for both engines: see types.ts. */
export const PARSERS: NonNullable<PGliteOptions['parsers']> = { [INT8]: parseInt8, [INT8_ARRAY]: parseInt8Array }

/** Opens the database of a data folder, makes it when there is none, and brings it to the latest migration. */
export async function openPglite(dataDir: string): Promise<Database> {
  await mkdir(dataDir, { recursive: true })
  await removeUnfinished(dataDir)
  const folder = join(dataDir, FOLDER)
  if (!(await isFolder(folder))) await create(dataDir, folder)
  return openMigrated(await PGlite.create(folder, { parsers: PARSERS }))
}

/** A database on a PGlite instance: migrated by its owner, then under the role of the service. */
export async function openMigrated(pglite: PGlite): Promise<Database> {
  const kysely = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) })
  await migrate(kysely)
  await pglite.exec(`SET ROLE ${APP_ROLE}; SET TimeZone = 'UTC'`)
  return {
    kysely,
    engine: 'pglite',
    query: async <R>({ text }: Statement, parameters: readonly unknown[]) =>
      (await pglite.query<R>(text, [...parameters])).rows,
    transaction: async (beginning, work) => runTransaction(pglite, beginning, work),
    runAlone: async (text) => runAlone(pglite, text),
    close: async () => {
      await kysely.destroy()
    },
  }
}

/**
 * Makes the database under another name and renames it when it is whole: a start that was killed on the way leaves
 * nothing that the next one could take for a database.
 */
async function create(dataDir: string, folder: string): Promise<void> {
  const unfinished = join(dataDir, `${UNFINISHED}${randomUUID()}`)
  const pglite = await PGlite.create(unfinished, { parsers: PARSERS })
  const kysely = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) })
  await migrate(kysely)
  await kysely.destroy()
  await rename(unfinished, folder)
}

async function removeUnfinished(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(UNFINISHED)) await rm(join(dataDir, name), { recursive: true, force: true })
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

async function runAlone(pglite: PGlite, text: string): Promise<Notice[]> {
  const notices: Notice[] = []
  await pglite.query(text, [], {
    onNotice: ({ routine = '', detail = '' }) => void notices.push({ routine, detail }),
  })
  return notices
}

async function runTransaction<R>(
  pglite: PGlite,
  { isolation, first }: Beginning,
  work: (session: Session) => Promise<R>,
): Promise<R> {
  return pglite.transaction(async (transaction) => {
    // Kysely's way to set the level is ignored on this engine; the statement is not.
    if (isolation === 'snapshot') await transaction.exec('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    if (first !== undefined) await transaction.exec(first)
    const query = async <T>({ text }: { text: string }, parameters: readonly unknown[]): Promise<T[]> =>
      (await transaction.query<T>(text, [...parameters])).rows
    const sent: Promise<unknown>[] = []
    const send = (statement: Statement, parameters: readonly unknown[]): void => {
      const answer = query(statement, parameters)
      answer.catch(() => undefined)
      sent.push(answer)
    }
    const result = await work({ query, send })
    await Promise.all(sent)
    return result
  })
}
