/**
 * Evidence files, known by their SHA-256: `EVIDENCE_DIR/ab/ab12…`. A file is written under a temporary name while it is
 * hashed, forced to disk, renamed, and its folder forced too, before any entry names it. A crash leaves at most a
 * temporary file or a file that no entry names; never an entry without its file.
 */
import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncFolder } from '../../durable-file.ts'
import { AppError } from '../../errors.ts'
import { HEAD_BYTES } from './media-type.ts'

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

/** A file that has arrived whole, but has no name yet. */
export type ReceivedFile = {
  /** Lower-case hex. */
  readonly sha256: string
  readonly bytes: number
  /** Its first bytes. */
  readonly head: Uint8Array
  readonly temporary: string
}

export class EvidenceStore {
  readonly #folder: string
  readonly bytesMax: number

  /** @param bytesMax the greatest file that is taken */
  constructor(folder: string, bytesMax: number = 50 * 1024 * 1024) {
    this.#folder = folder
    this.bytesMax = bytesMax
  }

  /**
   * Writes a stream to disk under a temporary name. Whoever calls it must `keep` or `discard` what comes back.
   *
   * @throws AppError payload_too_large, file_empty
   */
  async receive(chunks: AsyncIterable<Uint8Array>): Promise<ReceivedFile> {
    const incoming = join(this.#folder, 'incoming')
    await mkdir(incoming, { recursive: true, mode: 0o700 })
    const temporary = join(incoming, randomUUID())
    const file = await open(temporary, 'wx', 0o600)
    try {
      const received = await this.#write(file, chunks)
      await file.sync()
      return { ...received, temporary }
    } catch (error) {
      await unlink(temporary)
      throw error
    } finally {
      await file.close()
    }
  }

  async #write(file: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<Omit<ReceivedFile, 'temporary'>> {
    const hash = createHash('sha256')
    const head: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of chunks) {
      if (bytes < HEAD_BYTES) head.push(chunk.subarray(0, HEAD_BYTES - bytes))
      bytes += chunk.length
      if (bytes > this.bytesMax) {
        throw new AppError('payload_too_large', `A file may have at most ${this.bytesMax} bytes.`)
      }
      hash.update(chunk)
      await file.writeFile(chunk)
    }
    if (bytes === 0) throw new AppError('file_empty', 'The file has no bytes.')
    return { sha256: hash.digest('hex'), bytes, head: Buffer.concat(head) }
  }

  /** Gives a received file its name, durably. The same bytes again replace themselves. */
  async keep(file: ReceivedFile): Promise<void> {
    await this.place(file)
    await this.settle(file)
  }

  /** The first half of `keep`: the file has its name, and its bytes are still at hand until `settle` or `discard`. */
  async place({ sha256, temporary }: ReceivedFile): Promise<void> {
    const path = this.#pathOf(sha256)
    const folder = dirname(path)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const named = `${temporary}.named`
    await link(temporary, named)
    await rename(named, path)
    // The file's name lives in its folder, the folder's in the folder above.
    await syncFolder(folder)
    await syncFolder(this.#folder)
  }

  /**
   * The second half, once the entry is written: between the two the last entry that named these bytes before may have
   * been erased, and the file with it.
   */
  async settle(file: ReceivedFile): Promise<void> {
    if (!(await isThere(this.#pathOf(file.sha256)))) await this.place(file)
    await unlink(file.temporary)
  }

  /** Takes the bytes of a file away, durably; nothing when they are gone already. @param sha256 64 digits of hex */
  async erase(sha256: string): Promise<void> {
    const path = this.#pathOf(sha256)
    if (!(await isThere(path))) return
    await rm(path, { force: true })
    await syncFolder(dirname(path))
  }

  /** Clears away what uploads that were cut off have left, when it is older than this. Returns how many files. */
  async clearAbandoned(olderThanMs: number, now: number): Promise<number> {
    const incoming = join(this.#folder, 'incoming')
    const names = await readdir(incoming).catch(() => [])
    let cleared = 0
    for (const name of names) {
      const found = await stat(join(incoming, name)).catch(() => undefined)
      if (found === undefined || now - found.mtimeMs < olderThanMs) continue
      await rm(join(incoming, name), { force: true })
      cleared += 1
    }
    return cleared
  }

  #pathOf(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256)
  }

  /** Takes a received file away again. */
  async discard({ temporary }: ReceivedFile): Promise<void> {
    await unlink(temporary)
  }

  /**
   * The bytes of a file, hashed again before they are handed out (E1).
   *
   * @throws AppError not_found; Error when the file on disk is no longer the one that was recorded
   */
  async read(sha256: string): Promise<Uint8Array> {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new AppError('not_found', 'There is no such file.')
    const file = await open(join(this.#folder, sha256.slice(0, 2), sha256), 'r').catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') throw new AppError('not_found', 'There is no such file.', {}, { cause: error })
        throw error
      },
    )
    try {
      const bytes = await file.readFile()
      if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
        throw new Error(`E1: the evidence file ${sha256} has been changed on disk`)
      }
      return bytes
    } finally {
      await file.close()
    }
  }
}
