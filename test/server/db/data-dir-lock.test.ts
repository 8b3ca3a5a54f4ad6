import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { findDataDirHolder, lockDataDir } from '../../../server/db/data-dir-lock.ts'

t.test('a folder is held by one process, which is named to the next', async (t) => {
  const folder = t.testdir()
  const lock = await lockDataDir(folder)
  await t.rejects(lockDataDir(folder), { code: 'data_dir_locked', detail: { pid: process.pid } })
  t.equal(await findDataDirHolder(folder), process.pid)
  await lock.release()
  t.equal(await findDataDirHolder(folder), undefined)
  t.notOk(existsSync(join(folder, 'lock')))
})

t.test('the lock of a process that is gone is taken over', async (t) => {
  const folder = t.testdir()
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const own = JSON.parse(await contentOfLock(folder)) as { pid: number; started: string }
  await writeFile(join(folder, 'lock'), JSON.stringify({ ...own, pid: child.pid, started: '' }))
  await t.rejects(lockDataDir(folder), { code: 'data_dir_locked', detail: { pid: child.pid } })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await lockDataDir(folder)
  await lock.release()
})

t.test('the lock of another process that had the same id is taken over', async (t) => {
  const folder = t.testdir()
  const own = JSON.parse(await contentOfLock(folder)) as { pid: number; started: string }
  if (own.started === '') return t.pass('this system does not tell when a process started')
  await writeFile(join(folder, 'lock'), JSON.stringify({ ...own, started: 'before the last boot' }))
  const lock = await lockDataDir(folder)
  return lock.release()
})

t.test('a lock that was cut off is taken over', async (t) => {
  const folder = t.testdir({ lock: '{"pid":' })
  const lock = await lockDataDir(folder)
  await lock.release()
})

t.test('of many that take a stale lock at once one gets it', async (t) => {
  const stale = '{"pid":1073741824,"started":"never"}'
  for (let round = 0; round < 20; round++) {
    // The last rounds also find that a process was killed while it took a stale lock away.
    const folder = join(t.testdir(), String(round))
    await mkdir(folder)
    await writeFile(join(folder, 'lock'), stale)
    if (round >= 10) await writeFile(join(folder, 'lock.stale'), stale)
    const results = await Promise.allSettled(Array.from({ length: 20 }, async () => lockDataDir(folder)))
    t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    t.same(await readdir(folder), ['lock'])
  }
})

/** What this process writes into a lock. */
async function contentOfLock(folder: string): Promise<string> {
  const lock = await lockDataDir(folder)
  const content = await readFile(join(folder, 'lock'), 'utf8')
  await lock.release()
  return content
}

t.test('a folder that cannot be made is refused in words', async (t) => {
  const file = join(t.testdir({ file: 'no folder' }), 'file')
  for (const folder of [file, join(file, 'below'), '/proc/trust-ledger/data']) {
    await t.rejects(lockDataDir(folder), { code: 'data_dir_unusable', message: /^DATA_DIR cannot be used: E/ }, folder)
  }
  const deep = join(t.testdir(), 'a', 'b', 'c')
  const lock = await lockDataDir(deep)
  await lock.release()
})
