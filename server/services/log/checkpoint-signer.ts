/**
 * The only place where checkpoints are signed (S6): over committed sizes, after COMMIT, and never one that contradicts an
 * earlier one. Once a contradiction was seen nothing is signed any more until an operator has looked.
 */
import { equalBytes } from '../../../ledger/bytes.ts'
import { signCheckpoint } from '../../../ledger/checkpoint.ts'
import { AppError } from '../../errors.ts'
import type { HighWater, Mark } from './high-water.ts'
import type { LogSigner } from './signer.ts'

export class CheckpointSigner {
  readonly signer: LogSigner
  readonly #highWater: HighWater
  #last: (Mark & { note: string }) | undefined
  #stopped: string | undefined

  constructor(signer: LogSigner, highWater: HighWater) {
    this.signer = signer
    this.#highWater = highWater
  }

  /** The origin of the log, which is the name of its key. */
  get origin(): string {
    return this.signer.name
  }

  /** The last checkpoint that was signed here, in this run or an earlier one. */
  get mark(): Mark | undefined {
    return this.#highWater.mark
  }

  /**
   * The signed checkpoint of a committed size.
   *
   * @throws AppError log_stopped when this contradicts an earlier checkpoint, and ever after
   */
  sign({ size, root }: Mark): string {
    this.assertRunning()
    const { mark } = this
    if (mark !== undefined && mark.size === size && !equalBytes(mark.root, root)) {
      throw this.stop(`another root was signed at size ${size}`)
    }
    if (this.#last !== undefined && this.#last.size === size && equalBytes(this.#last.root, root))
      return this.#last.note
    const note = signCheckpoint({ origin: this.origin, size, root }, this.signer)
    // Older sizes are signed for anchors and readers of the past; the last one is asked for again and again.
    if (this.#last === undefined || size > this.#last.size) this.#last = { size, root, note }
    this.#highWater.raise({ size, root })
    return note
  }

  /** Nothing is signed from now on. Returns the error to throw. */
  stop(why: string): AppError {
    this.#stopped ??= why
    return this.#error()
  }

  /** @throws AppError log_stopped */
  assertRunning(): void {
    if (this.#stopped !== undefined) throw this.#error()
  }

  /** Writes the high-water mark. */
  async flush(): Promise<void> {
    await this.#highWater.flush()
  }

  #error(): AppError {
    return new AppError('log_stopped', `The log signs nothing until an operator has looked: ${this.#stopped}.`)
  }
}
