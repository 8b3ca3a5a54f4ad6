/** An outage of the database in the log of the service: one line when it begins and one when it is over. */
import type { ServiceLog } from '../service-log.ts'
import { isOutage } from './outage.ts'

/** Tells an outage once, however many requests and timers meet it. */
export class OutageWatch {
  readonly #probe: () => Promise<unknown>
  readonly #log: ServiceLog
  readonly #intervalMs: number
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  /** @param probe asks the database something; it is asked again and again while an outage lasts, and never else */
  constructor(probe: () => Promise<unknown>, log: ServiceLog, intervalMs: number) {
    this.#probe = probe
    this.#log = log
    this.#intervalMs = intervalMs
  }

  /** Takes an error that no caller is told of; gives false for one that is no outage, which is not told here. */
  tell(error: unknown): boolean {
    if (!isOutage(error)) return false
    if (this.#timer !== undefined || this.#isClosed) return true
    this.#log.error({ err: error }, 'the database cannot be reached: requests are answered with 503')
    this.#ask()
    return true
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #ask(): void {
    this.#timer = setTimeout(() => {
      this.#probe().then(
        () => this.#over(),
        () => this.#again(),
      )
    }, this.#intervalMs)
    this.#timer.unref()
  }

  #again(): void {
    if (!this.#isClosed) this.#ask()
  }

  #over(): void {
    this.#timer = undefined
    if (!this.#isClosed) this.#log.info('the database answers again')
  }
}
