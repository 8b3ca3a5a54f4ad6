import type { ServiceLog } from './service-log.ts'

/** What must be closed, in the opposite order of opening; one that fails does not keep the others open. */
export class Closers {
  readonly #closers: (() => Promise<unknown>)[] = []
  readonly #log: ServiceLog

  constructor(log: ServiceLog) {
    this.#log = log
  }

  add(close: () => Promise<unknown>): void {
    this.#closers.unshift(close)
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) {
      await close().catch((error: unknown) => this.#log.error({ err: error }, 'closing failed'))
    }
  }
}
