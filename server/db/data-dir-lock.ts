/**
 * One process at a time in a data folder: PGlite does not lock its files, and a second process would lose writes.
 *
 * The lock is the file DATA_DIR/lock with the process id and the time when that process started. A lock whose process is
 * gone, or whose id another process has now, is stale and taken over.
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { AppError } from '../errors.ts'

/** Taking a stale lock away is a matter of milliseconds. */
const GUARD_WAIT_MS = 10

type Holder = { pid: number; started: string }

export type DataDirLock = { release(): Promise<void> }

/**
 * Takes the lock of a data folder, which is made when it is not there.
 *
 * @throws AppError data_dir_locked, with `pid`, while a running process holds it; data_dir_unusable when the folder cannot
 * be made or written
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const path = join(dataDir, 'lock')
  const own = JSON.stringify({ pid: process.pid, started: await startOf(process.pid) })
  const temporary = `${path}.${randomUUID()}`
  try {
    await makeFolder(dataDir)
    await writeFile(temporary, own)
  } catch (error) {
    throw new AppError(
      'data_dir_unusable',
      `DATA_DIR cannot be used: ${(error as Error).message}`,
      {},
      { cause: error },
    )
  }
  try {
    const holder = await take(path, temporary)
    if (holder !== undefined) {
      throw new AppError('data_dir_locked', `${dataDir} is in use by process ${holder.pid}`, { pid: holder.pid })
    }
  } finally {
    await unlink(temporary)
  }
  return { release: async () => release(path, own) }
}

/** Level by level: with `recursive`, Node never comes back from below /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (await isFolder(path)) return
    if (!isMissing(error) || (await isFolder(dirname(path)))) throw error
    await makeFolder(dirname(path))
    await makeFolder(path)
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** Whose lock it is, undefined when nobody that runs holds it. */
export async function findDataDirHolder(dataDir: string): Promise<number | undefined> {
  const holder = parseHolder((await readIfThere(join(dataDir, 'lock'))) ?? '')
  return holder !== undefined && (await isRunning(holder)) ? holder.pid : undefined
}

/** @returns the running process that holds the lock already; undefined when it is ours now */
async function take(path: string, own: string): Promise<Holder | undefined> {
  for (;;) {
    // Unlike rename, link refuses to replace: of two that try at once one gets the lock.
    if (await linked(own, path)) return undefined
    const content = await readIfThere(path)
    if (content === undefined) continue
    const holder = parseHolder(content)
    if (holder !== undefined && (await isRunning(holder))) return holder
    await removeStale(path, own, content)
  }
}

/**
 * Takes a stale lock away. No file can be removed on the condition that it is still what we saw, and meanwhile another
 * process may have removed it and locked. So whoever removes one holds a second lock for as long; that one may be stale
 * too, and is then taken in the same way.
 */
async function removeStale(path: string, own: string, seen: string): Promise<void> {
  const guard = `${path}.stale`
  if ((await take(guard, own)) !== undefined) return await sleep(GUARD_WAIT_MS)
  try {
    if ((await readIfThere(path)) === seen) await unlink(path)
  } finally {
    await unlink(guard)
  }
}

async function release(path: string, own: string): Promise<void> {
  if ((await readIfThere(path)) === own) await unlink(path)
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

function parseHolder(content: string): Holder | undefined {
  try {
    const value = JSON.parse(content) as Holder
    return Number.isSafeInteger(value.pid) && typeof value.started === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

async function isRunning({ pid, started }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // Not permitted to signal it: it runs, under another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = await startOf(pid)
  // Where the system does not tell when a process started, its id alone must do.
  return now === '' || started === '' || now === started
}

/** When a process started, in whatever form the system gives it; empty when it gives none. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The name of the program, in parentheses, may have spaces. The start is field 22, in ticks since boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const boot = ((await readIfThere('/proc/sys/kernel/random/boot_id')) ?? '').trim()
    return `${boot}:${fields[19] ?? ''}`
  } catch {
    return startByPs(pid)
  }
}

async function startByPs(pid: number): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)])
    return stdout.trim()
  } catch {
    return ''
  }
}
