/**
 * The demo's clock. A crisis takes weeks, and a demo a minute: so this process's clock is set back, and moved forward
 * between the steps of the story until it is now again. The embedded database runs in this process and asks the same
 * clock; the embedded chain is told. Everything else is the real thing: due times pass, and the system notices by itself.
 *
 * Only the demo does this. A service that is given a database of its own compares its clock with the database's before
 * every write and would refuse to write.
 */

export class StoryClock {
  readonly #real = Date.now
  /** How far the story's clock is behind, in milliseconds. */
  #behindMs = 0

  /** Sets the clock of this process back to an instant, in milliseconds since 1970. */
  start(atMs: number): void {
    this.#behindMs = this.#real() - atMs
    Date.now = () => this.#real() - this.#behindMs
  }

  /** The story's time. */
  now(): number {
    return this.#real() - this.#behindMs
  }

  /** The time outside the story. */
  realNow(): number {
    return this.#real()
  }

  /**
   * Moves clock and chain forward to an instant; earlier ones are left alone.
   *
   * @param rpcUrl the embedded chain. It is moved first: a block may be later than what it anchors, but not earlier
   */
  async advanceTo(atMs: number, rpcUrl: string): Promise<void> {
    const seconds = Math.ceil((atMs - this.now()) / 1000)
    if (seconds <= 0) return
    await increaseChainTime(rpcUrl, seconds)
    this.#behindMs = Math.max(0, this.#behindMs - seconds * 1000)
  }

  /** Gives the process its own clock back. */
  stop(): void {
    this.#behindMs = 0
    Date.now = this.#real
  }
}

async function increaseChainTime(rpcUrl: string, seconds: number): Promise<void> {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'evm_increaseTime', params: [seconds] }),
  })
  const answer = (await response.json()) as { error?: { message: string } }
  if (answer.error !== undefined) throw new Error(`the chain's clock was not moved: ${answer.error.message}`)
}
