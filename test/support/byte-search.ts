/** Looks for bytes in every file below a folder, as somebody with the disk in hand would. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The files that hold any of the texts, as UTF-8, each with the text that was found.
 *
 * @param skip paths below the folder that are left out
 */
export async function filesHolding(
  folder: string,
  texts: readonly string[],
  skip: (path: string) => boolean = () => false,
): Promise<string[]> {
  const needles = texts.map((text) => Buffer.from(text))
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || skip(path.slice(folder.length + 1))) continue
    // Files of a running database come and go.
    const bytes = await readFile(path).catch(() => Buffer.alloc(0))
    const held = texts.filter((_, at) => bytes.includes(needles[at]!))
    found.push(...held.map((text) => `${path}: ${text.slice(0, 20)}`))
  }
  return found
}
