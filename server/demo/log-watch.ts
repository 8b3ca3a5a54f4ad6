/** What the demo waits for: everybody can see it happen by the public addresses alone. */
import { setTimeout as sleep } from 'node:timers/promises'

/** What `/v1/log` says. */
export type LogFacts = { origin: string; logId: string; chainId: number; contract: string; size: number }

/** An anchor as `/v1/anchors` lists it. */
export type AnchorFacts = { size: number; block: number; transaction: string }

/** Anchoring and erasing are due within seconds here; this long without them is a fault. */
const WAIT_SECONDS = 60
const POLL_MS = 100
/** Longer than the demo's anchors are apart. */
const QUIET_MS = 2_500

export class LogWatch {
  readonly #baseUrl: string
  readonly #stopped: AbortSignal

  constructor(baseUrl: string, stopped: AbortSignal) {
    this.#baseUrl = baseUrl
    this.#stopped = stopped
  }

  async readLog(): Promise<LogFacts> {
    return await this.get<LogFacts>('/v1/log')
  }

  /** Waits until the newest anchor covers an entry. */
  async untilAnchored(index: number): Promise<AnchorFacts> {
    return await this.#until(`entry ${index} was not anchored`, async () => {
      const { anchors } = await this.get<{ anchors: AnchorFacts[] }>('/v1/anchors?limit=1')
      return anchors[0] !== undefined && anchors[0].size > index ? anchors[0] : undefined
    })
  }

  /** Waits until everything that is in the log now is anchored. */
  async untilAllAnchored(): Promise<AnchorFacts> {
    const { size } = await this.readLog()
    return await this.untilAnchored(size - 1)
  }

  /** Waits until everything is anchored and nothing more comes by itself: then a proof fetched now stays the newest. */
  async untilQuiet(): Promise<AnchorFacts> {
    for (;;) {
      const anchor = await this.untilAllAnchored()
      await sleep(QUIET_MS, undefined, { signal: this.#stopped })
      if ((await this.readLog()).size === anchor.size) return anchor
    }
  }

  /** Waits until nothing that was erased is owed to the database's files any more. */
  async untilErased(): Promise<void> {
    type Register = { items: { windows: { filesAt: string | null } | null }[] }
    await this.#until('an erasure was not finished', async () => {
      const { items } = await this.get<Register>('/v1/redactions')
      return items.every(({ windows }) => windows === null || windows.filesAt !== null) ? true : undefined
    })
  }

  async #until<T>(fault: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + WAIT_SECONDS * 1000
    while (performance.now() < deadline) {
      const found = await look()
      if (found !== undefined) return found
      await sleep(POLL_MS, undefined, { signal: this.#stopped })
    }
    throw new Error(`${fault} within ${WAIT_SECONDS} s`)
  }

  /** What a public address says, as JSON. */
  async get<T>(path: string): Promise<T> {
    const response = await fetch(this.#baseUrl + path)
    if (!response.ok) throw new Error(`GET ${path} was answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as T
  }
}
