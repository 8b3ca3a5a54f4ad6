/**
 * Small files that must survive a crash whole: written under a temporary name, forced to disk, renamed, and the folder
 * forced too. A reader sees the old content or the new one, never a part.
 */
import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Replaces the content of a file; mode 0600. */
export async function writeDurably(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = await writeTemporary(path, content)
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/**
 * The content of a file, which is made first when it is not there. Of several processes that make it at once one wins,
 * and all read what the winner wrote.
 */
export async function readOrCreateFile(path: string, content: () => string): Promise<string> {
  const existing = await readIfThere(path)
  if (existing !== undefined) return existing
  await mkdir(dirname(path), { recursive: true })
  const temporary = await writeTemporary(path, content())
  // Unlike rename, link refuses to replace a file that another process made meanwhile.
  await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await unlink(temporary)
  await syncFolder(dirname(path))
  return readFile(path, 'utf8')
}

/** The content of a file, undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function writeTemporary(path: string, content: string): Promise<string> {
  const temporary = `${path}.${randomUUID()}.tmp`
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  return temporary
}

/** A new name is durable only once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
