/**
 * Files that are whole or absent, whenever we are killed and whenever the power fails: written under another name,
 * flushed, and only then given their own. Readable by their owner alone.
 */
import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes a file, in place of one that is there. Its folder is made when it is missing. */
export async function replaceDurably(file: string, text: string): Promise<void> {
  await rename(await writeBeside(file, text), file)
  await flush(dirname(file))
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
  await flush(dirname(file))
  return true
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

/** Makes a name that was given in a folder last. */
async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
