/**
 * Files that are whole or absent, whenever we are killed and whenever the power fails: written under another name,
 * flushed, and only then given their own. Readable by their owner alone.
 */
import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes a file, in place of one that is there. Its folder is made when it is missing. */
export async function replaceDurably(file: string, text: string): Promise<void> {
  await rename(await writeBeside(file, text), file)
  await syncFolder(dirname(file))
}

/** Writes a file unless there is one; answers whether it did. */
export async function createDurably(file: string, text: string): Promise<boolean> {
  const beside = await writeBeside(file, text)
  try {
    // Unlike rename, link refuses to replace.
    await link(beside, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await unlink(beside)
  }
  await syncFolder(dirname(file))
  return true
}

/**
 * The content of a file, which is made first when it is not there. Of several processes that make it at once one wins,
 * and all read what the winner wrote.
 */
export async function readOrCreateDurably(file: string, text: () => string): Promise<string> {
  const existing = await readIfThere(file)
  if (existing !== undefined) return existing
  await createDurably(file, text())
  return await readFile(file, 'utf8')
}

/** The content of a file, undefined when there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Makes a name that was given in a folder last: it lives in the folder, not in the file. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function writeBeside(file: string, text: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true })
  const beside = `${file}.${randomUUID()}.tmp`
  const handle = await open(beside, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return beside
}
