/**
 * The sequencer: commands that arrive while a batch is being written form the next batch, so that many requests share a
 * transaction, a flush to disk and a signature (group commit). The next batch waits for the lock while the one before is
 * committed, so that the database need not wait for us in between. Any number of instances may do so on one database:
 * the order is that of the row lock, and nothing that an instance remembers is trusted without it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { equalBytes } from '../../../ledger/bytes.ts'
import type { JsonObject } from '../../../ledger/json.ts'
import type { Database } from '../../db/database.ts'
import { OutcomeUnknownError } from '../../db/session.ts'
import { AppError } from '../../errors.ts'
import { isOutage } from '../outage.ts'
import { appendBatch } from './append.ts'
import type { Appended } from './append.ts'
import { findAnswers } from './answers.ts'
import { writtenOf } from './batch.ts'
import type { DueMisses, Judged } from './batch.ts'
import type { CheckpointSigner } from './checkpoint-signer.ts'
import type { Appender, AppendResult, Command } from './command.ts'
import { CrisisCache } from './crisis-cache.ts'
import { judgeDry } from './dry-run.ts'
import type { Mark } from './high-water.ts'
import { BeyondLogError } from './tree-reader.ts'

/** Requests in one transaction: enough to share the flush, few enough to keep the lock short. */
const BATCH_MAX = 64
/** How long a batch waits for more requests at most. */
const GATHER_MS = 2
/** How long answers wait for the next batch to be sent, at most: another instance may have the lock before it. */
const YIELD_MS = 2
/** Requests that wait; more are told to come back, so that none waits for ever. */
const QUEUE_MAX = 1024

export type SequencerOptions = {
  database: Database
  checkpoints: CheckpointSigner
  /** The root of the log at a size, computed from the database: to see that the history is still the same. */
  rootAt: (size: number) => Promise<Uint8Array>
  dueMisses: DueMisses
  clock?: () => number
  /** Told of what no caller is told: unexpected errors of a batch. */
  onError?: (error: unknown) => void
}

type Waiting = {
  command: Command
  resolve: (result: AppendResult) => void
  reject: (error: unknown) => void
}

export class Sequencer implements Appender {
  readonly #options: Required<SequencerOptions> & { crises: CrisisCache }
  readonly #queue: Waiting[] = []
  #running: Promise<void> | undefined
  #closed = false
  /** With so many requests the next batch waits no longer; and what ends its wait. */
  #enough = 1
  #gathered: () => void = () => undefined
  /** Where the log stood after our last batch: only ever compared with what is read under the lock. */
  #known: Mark | undefined
  /** The batch that was begun last. `sent`: when nothing of it is awaited any more but its write. */
  #newest: { batch: readonly Waiting[]; sent: Promise<void> } | undefined

  constructor(options: SequencerOptions) {
    this.#options = { clock: Date.now, onError: () => undefined, ...options, crises: new CrisisCache() }
  }

  async append(command: Command): Promise<AppendResult> {
    this.#options.checkpoints.assertRunning()
    if (this.#closed) throw new AppError('unavailable', 'The service is stopping.')
    if (command.dryRun === true) {
      const dryRun = await judgeDry(this.#options, command)
      return { status: 200, body: {}, replayed: false, written: [], dryRun }
    }
    if (this.#queue.length >= QUEUE_MAX) {
      throw new AppError('busy', 'Too many writes are waiting; try again in a moment.', { retryAfterSeconds: 1 })
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ command, resolve, reject })
      this.#running ??= this.#run()
      if (this.#queue.length >= this.#enough) this.#gathered()
    })
  }

  /** Waits until what was accepted is written; accepts nothing more. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    await this.#options.checkpoints.flush()
  }

  async #run(): Promise<void> {
    // What arrives in the same turn of the event loop joins the first batch.
    await new Promise(setImmediate)
    let before = Promise.resolve()
    let size = 1
    for (;;) {
      await this.#gather(before, size)
      const batch = this.#queue.splice(0, BATCH_MAX)
      if (batch.length === 0) break
      size = batch.length
      const last = before
      const { promise: sent, resolve: onSent } = Promise.withResolvers<void>()
      this.#newest = { batch, sent }
      before = this.#appendTogether(batch, last, onSent)
      void before.then(onSent)
      await sent
    }
    this.#running = undefined
    this.#newest = undefined
  }

  /**
   * Waits for as many requests as the last batch had while that one is under way, and then a moment for half as many.
   * Whoever was answered usually asks again: without the wait the first of them is a batch of its own, and all others
   * stand behind it. With it, one half is written while the other is answered and read.
   *
   * @param before the batch that is under way
   * @param size how many requests it has
   */
  async #gather(before: Promise<void>, size: number): Promise<void> {
    await this.#waitFor(size, before)
    if (this.#queue.length > 0) await this.#waitFor(Math.ceil(size / 2), sleep(GATHER_MS))
  }

  /** Waits until so many requests are there, and no longer than until something else has happened. */
  async #waitFor(enough: number, end: Promise<unknown>): Promise<void> {
    // Who closes waits for nobody new, but for the batch that is under way.
    if (this.#queue.length >= enough || (this.#closed && this.#queue.length > 0)) return
    this.#enough = enough
    await Promise.race([end, new Promise<void>((resolve) => (this.#gathered = resolve))])
    this.#gathered = () => undefined
  }

  /**
   * Never throws: every request gets its answer or its error.
   *
   * @param before the batch before, which is answered first
   */
  async #appendTogether(batch: Waiting[], before: Promise<void>, onSent?: () => void): Promise<void> {
    try {
      const commands = batch.map(({ command }) => command)
      const appended = await appendBatch(this.#options, commands, onSent)
      await before
      await this.#yieldToNext(batch)
      await this.#answer(batch, appended).catch(async (error: unknown) => this.#answerLate(batch, error))
    } catch (error) {
      await before
      await this.#recover(batch, error)
    }
  }

  /**
   * Lets the next batch be sent first when it waits for the lock already: the database then writes it while we answer
   * this one and read what comes back, and does not stand still meanwhile.
   */
  async #yieldToNext(batch: readonly Waiting[]): Promise<void> {
    const next = this.#newest
    if (next !== undefined && next.batch !== batch) await Promise.race([next.sent, sleep(YIELD_MS)])
  }

  /** S6: signed after COMMIT, over what was committed, before any answer goes out. */
  async #answer(batch: readonly Waiting[], { judged, before, after }: Appended): Promise<void> {
    await this.#assertSameHistory(before)
    const note = this.#options.checkpoints.sign(after)
    this.#known = after
    batch.forEach(({ resolve, reject }, i) => {
      const outcome = judged[i]
      if (outcome === undefined || outcome.outcome === 'refused') reject(outcome?.error)
      else resolve(resultOf(outcome, note))
    })
  }

  /**
   * A log that does not contain what was signed last is not ours: a restored backup, or another database. Our own batch
   * before is the usual witness; when other instances wrote meanwhile, the tree is asked.
   */
  async #assertSameHistory(before: Mark): Promise<void> {
    const { checkpoints, rootAt } = this.#options
    const signed = checkpoints.mark
    if (signed === undefined) return
    const known = this.#known
    if (known !== undefined && known.size === before.size && equalBytes(known.root, before.root)) {
      if (signed.size <= before.size) return
    }
    // More may be signed than there was under our lock: a reader of this instance signs whatever is committed.
    try {
      if (equalBytes(await rootAt(signed.size), signed.root)) return
    } catch (error) {
      // A database that does not answer says nothing about the log.
      if (!(error instanceof BeyondLogError)) throw error
      throw checkpoints.stop(`the log ended at ${before.size}, but ${signed.size} was signed`)
    }
    throw checkpoints.stop(`the log has another root at size ${signed.size} than the one that was signed`)
  }

  /** It is committed, so nothing of it may be tried again, whatever kept it from being answered. */
  async #answerLate(batch: readonly Waiting[], error: unknown): Promise<void> {
    this.#known = undefined
    if (error instanceof AppError) {
      for (const { reject } of batch) reject(error)
      return
    }
    this.#options.onError(error)
    await this.#answerFromDatabase(batch)
  }

  async #recover(batch: readonly Waiting[], error: unknown): Promise<void> {
    this.#known = undefined
    if (error instanceof OutcomeUnknownError) {
      this.#options.onError(error)
      await this.#answerFromDatabase(batch)
    } else if (error instanceof AppError) {
      for (const { reject } of batch) reject(error)
    } else if (isOutage(error)) {
      this.#options.onError(error)
      const refusal = new AppError('unavailable', 'The database cannot write at the moment.', {}, { cause: error })
      for (const { reject } of batch) reject(refusal)
    } else if (batch.length > 1) {
      // S2: one request made the statement fail; the others must not suffer from it.
      this.#options.onError(error)
      for (const waiting of batch) await this.#appendTogether([waiting], Promise.resolve())
    } else {
      for (const { reject } of batch) reject(error)
    }
  }

  /** S7: the log is read again, and requests are answered from their idempotency rows or told to ask again. */
  async #answerFromDatabase(batch: readonly Waiting[]): Promise<void> {
    const requests = batch.flatMap(({ command: { idempotency } }) => (idempotency === undefined ? [] : [idempotency]))
    try {
      const { answers, head } = await findAnswers(this.#options.database, requests)
      await this.#assertSameHistory(head)
      const note = this.#options.checkpoints.sign(head)
      for (const { command, resolve, reject } of batch) {
        const request = command.idempotency
        const stored = request === undefined ? undefined : answers.get(request.request)
        if (request === undefined || stored === undefined) reject(outcomeUnknown())
        else if (!equalBytes(stored.bodyHmac, request.bodyHmac)) {
          reject(new AppError('idempotency_conflict', 'This Idempotency-Key was used with another body.'))
        } else {
          const { status, answer } = stored
          resolve(resultOf({ outcome: 'written', status, answer, written: writtenOf(answer) }, note))
        }
      }
    } catch (error) {
      this.#options.onError(error)
      const refusal = error instanceof AppError ? error : outcomeUnknown()
      for (const { reject } of batch) reject(refusal)
    }
  }
}

function outcomeUnknown(): AppError {
  return new AppError('unavailable', 'It is not known yet whether this was written; send the same request again.')
}

function resultOf(
  { outcome, status, answer, written }: Exclude<Judged, { outcome: 'refused' }>,
  note: string,
): AppendResult {
  const body: JsonObject = written.length === 0 ? answer : { ...answer, checkpoint: note }
  return { status, body, replayed: outcome === 'replayed', written }
}
