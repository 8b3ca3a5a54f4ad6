/**
 * Databases for tests, on both engines: migrated, empty, opened as the service opens them.
 *
 *     for (const engine of ENGINES) t.test(`… on ${engine}`, async (t) => { const { database } = await openTestDatabase(t, engine) })
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import t from 'tap'
import { openDatabase } from '../../server/db/database.ts'
import type { Database, Engine } from '../../server/db/database.ts'
import { PARSERS, openMigrated } from '../../server/db/pglite.ts'
import { createPostgresDatabase, stopPostgres } from './postgres.ts'

export const ENGINES: readonly Engine[] = ['postgres', 'pglite']

export type TestDatabase = {
  database: Database
  /** PostgreSQL only: for further connections, also of the owner. */
  url?: string
  /** A folder for high-water file, keys and the like. */
  dataDir: string
}

type Test = { teardown(work: () => Promise<void>): void }

t.teardown(stopPostgres)

/** Opens an empty database, which the end of the test takes away. */
export async function openTestDatabase(test: Test, engine: Engine): Promise<TestDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tl-data-'))
  if (engine === 'pglite') {
    const database = await openMemory()
    test.teardown(async () => {
      await database.close()
      await rm(dataDir, { recursive: true })
    })
    return { database, dataDir }
  }
  const clone = await createPostgresDatabase()
  const { url } = clone
  const database = await openDatabase({ url, dataDir })
  test.teardown(async () => {
    await database.close()
    await clone.drop()
    await rm(dataDir, { recursive: true })
  })
  return { database, url, dataDir }
}

let template: Promise<Blob> | undefined

/** PGlite in memory. Loading what was initialised before takes a fifth of the time of initialising. */
async function openMemory(): Promise<Database> {
  template ??= dumpNew()
  return openMigrated(await PGlite.create({ parsers: PARSERS, loadDataDir: await template }))
}

async function dumpNew(): Promise<Blob> {
  const pglite = await PGlite.create({ parsers: PARSERS })
  const dump = await pglite.dumpDataDir('none')
  await pglite.close()
  return dump
}
