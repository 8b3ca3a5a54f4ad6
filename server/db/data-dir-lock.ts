/**
 * One process at a time in a data folder: PGlite does not lock its files, and a second process would lose writes.
 *
 * The lock is the file DATA_DIR/lock with the process id and the time when that process started. A lock whose process is
 * gone, or whose id another process has now, is stale and taken over.
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { AppError } from '../errors.ts'

type Holder = { pid: number; started: string }

export type DataDirLock = { release(): Promise<void> }

/**
 * Takes the lock of a data folder, which is made when it is not there.
 *
 * @throws AppError data_dir_locked, with `pid`, while a running process holds it
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  await mkdir(dataDir, { recursive: true })
  const path = join(dataDir, 'lock')
  const own = JSON.stringify({ pid: process.pid, started: await startOf(process.pid) })
  const temporary = `${path}.${randomUUID()}`
  await writeFile(temporary, own)
  try {
    await take(path, temporary, dataDir)
  } finally {
    await unlink(temporary)
  }
  return { release: async () => release(path, own) }
}

/** Whose lock it is, undefined when nobody that runs holds it. */
export async function findDataDirHolder(dataDir: string): Promise<number | undefined> {
  const holder = parseHolder(await readOrEmpty(join(dataDir, 'lock')))
  return holder !== undefined && (await isRunning(holder)) ? holder.pid : undefined
}

async function take(path: string, temporary: string, dataDir: string): Promise<void> {
  for (;;) {
    // Unlike rename, link refuses to replace: of two that try at once one gets the lock.
    if (await linked(temporary, path)) return
    const content = await readOrEmpty(path)
    const holder = parseHolder(content)
    if (holder !== undefined && (await isRunning(holder))) {
      throw new AppError('data_dir_locked', `${dataDir} is in use by process ${holder.pid}`, { pid: holder.pid })
    }
    await removeStale(path, content)
  }
}

/**
 * Takes a stale lock away. Another process may have done so and locked since we looked: what was moved aside is then not
 * what we saw, and goes back.
 */
async function removeStale(path: string, seen: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  if ((await readFile(aside, 'utf8')) !== seen) await linked(aside, path)
  await unlink(aside)
}

async function release(path: string, own: string): Promise<void> {
  if ((await readOrEmpty(path)) === own) await unlink(path)
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

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return ''
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
    const boot = (await readOrEmpty('/proc/sys/kernel/random/boot_id')).trim()
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
