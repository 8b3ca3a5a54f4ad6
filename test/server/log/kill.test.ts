/**
 * kill −9 in the middle of writing, from the very first start on: what was acknowledged is there, the log is whole, and
 * the next start works. KILL_ROUNDS rounds for each engine (default: a few).
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { base64url } from '../../../ledger/bytes.ts'
import { lockDataDir } from '../../../server/db/data-dir-lock.ts'
import { openDatabase } from '../../../server/db/database.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import { openSigner } from '../../../server/services/log/signer.ts'
import { createPostgresDatabase } from '../../support/postgres.ts'
import { ENGINES } from '../../support/database.ts'
import { ORIGIN, openTestLog } from '../../support/log.ts'

const LOAD = fileURLToPath(new URL('../../support/append-load.ts', import.meta.url))
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 3)
const WRITERS = 64

/** PGlite takes seconds for a start. */
t.setTimeout(600_000)

type Acknowledged = Map<number, string>

for (const engine of ENGINES) {
  t.test(`on ${engine}`, async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tl-kill-'))
    const clone = engine === 'postgres' ? await createPostgresDatabase() : undefined
    const acknowledged: Acknowledged = new Map()

    // The first start is killed twice on its way: while the database is made, and somewhat later.
    for (const ms of engine === 'postgres' ? [150, 400] : [700, 2500]) {
      await killAfter(startLoad(dataDir, clone?.url, acknowledged), ms)
    }
    for (let round = 0; round < ROUNDS; round++) {
      const load = startLoad(dataDir, clone?.url, acknowledged)
      t.teardown(load.kill)
      await load.ready
      await killAfter(load, 200 + ((round * 137) % 400))
    }

    const lock = await lockDataDir(dataDir)
    const database = await openDatabase({ url: clone?.url, dataDir })
    const log = await openTestLog({ database, dataDir, signer: await openSigner(join(dataDir, 'log.key'), ORIGIN) })
    t.ok(acknowledged.size > ROUNDS, `${acknowledged.size} writes were acknowledged`)
    const missing: number[] = []
    for (const [index, leafHash] of acknowledged) {
      const [entry] = await log.reader.entries(index, index + 1)
      if (entry === undefined || base64url(entry.leafHash) !== leafHash) missing.push(index)
    }
    t.same(missing, [], 'every acknowledged write is there')
    t.same((await checkLog(database)).problems, [])
    await log.close()
    await database.close()
    await lock.release()
    await clone?.drop()
    await rm(dataDir, { recursive: true })
  })
}

type Load = { ready: Promise<unknown>; kill: () => Promise<void> }

function startLoad(dataDir: string, url: string | undefined, acknowledged: Acknowledged): Load {
  const child = spawn(process.execPath, [LOAD, dataDir, String(WRITERS), ...(url === undefined ? [] : [url])], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const closed = once(child, 'close')
  let isReady = (): void => undefined
  const ready = new Promise<void>((resolve) => (isReady = resolve))
  createInterface(child.stdout).on('line', (line) => {
    if (line === 'ready') isReady()
    const match = /^(\d+) ([\w-]{43}) [\w-]{36}$/.exec(line)
    if (match !== null) acknowledged.set(Number(match[1]), match[2] ?? '')
  })
  const died = closed.then(() => {
    throw new Error(`the writer ended by itself: ${errors}`)
  })
  died.catch(() => undefined)
  return {
    ready: Promise.race([ready, died]),
    kill: async () => {
      child.kill('SIGKILL')
      await closed
    },
  }
}

async function killAfter(load: Load, ms: number): Promise<void> {
  load.ready.catch(() => undefined)
  await sleep(ms)
  await load.kill()
}
