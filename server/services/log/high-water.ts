/**
 * The high-water mark: size and root of the last checkpoint that was signed, in a file that is never part of a database
 * backup. Whoever starts on a database that does not contain it has restored a backup, which is a fork: signing there
 * would contradict what was signed before.
 *
 * The file is rewritten at most once a second and at stop, so after a crash it is behind by a second at most.
 */
import { parseHex, hex } from '../../../ledger/bytes.ts'
import { HASH_BYTES } from '../../../ledger/hash.ts'
import { isSize } from '../../../ledger/tree.ts'
import { readIfThere, replaceDurably } from '../../durable-file.ts'

export type Mark = { size: number; root: Uint8Array }

const INTERVAL_MS = 1000

export class HighWater {
  readonly #path: string
  #mark: Mark | undefined
  #written: Mark | undefined
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  readonly #onError: (error: unknown) => void

  private constructor(path: string, mark: Mark | undefined, onError: (error: unknown) => void) {
    this.#path = path
    this.#mark = mark
    this.#written = mark
    this.#onError = onError
  }

  /**
   * Reads the mark.
   *
   * @param onError told when the file cannot be written; the next mark tries again
   * @throws Error when there is a file that is no mark
   */
  static async open(path: string, onError: (error: unknown) => void): Promise<HighWater> {
    const content = await readIfThere(path)
    return new HighWater(path, content === undefined ? undefined : parseMark(content, path), onError)
  }

  /** The last checkpoint that was signed here; undefined before the first. */
  get mark(): Mark | undefined {
    return this.#mark
  }

  /** Notes a checkpoint that is signed now. A smaller one than before changes nothing. */
  raise(mark: Mark): void {
    if (this.#mark !== undefined && mark.size <= this.#mark.size) return
    this.#mark = mark
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.flush().catch(this.#onError)
    }, INTERVAL_MS)
    // A process that has nothing else to do flushes when it stops.
    this.#timer.unref()
  }

  /** Writes what is not written yet. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(
      async () => this.#write(),
      async () => this.#write(),
    )
    await this.#writing
  }

  async #write(): Promise<void> {
    const mark = this.#mark
    if (mark === undefined || mark === this.#written) return
    // Instances that were given one folder have signed further than we: their mark must not be taken back.
    const content = await readIfThere(this.#path)
    if (content !== undefined && parseMark(content, this.#path).size > mark.size) return
    await replaceDurably(this.#path, `${mark.size} ${hex(mark.root)}\n`)
    this.#written = mark
  }
}

function parseMark(content: string, path: string): Mark {
  const match = /^(\d{1,16}) ([0-9a-f]{64})\n$/.exec(content)
  const size = Number(match?.[1])
  if (match === null || !isSize(size)) throw new Error(`${path} is not a high-water mark`)
  const root = parseHex(match[2] ?? '')
  if (root.length !== HASH_BYTES) throw new Error(`${path} is not a high-water mark`)
  return { size, root }
}
