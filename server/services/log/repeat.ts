/** Work that is done again and again in the background: never twice at once, and never after it was stopped. */

export type Repeated = { stop(): Promise<void> }

/** Repeats the work; errors are told and the next round tries again. */
export function repeat(
  work: () => Promise<unknown>,
  { intervalMs, onError }: { intervalMs: number; onError: (error: unknown) => void },
): Repeated {
  let round: Promise<unknown> = Promise.resolve()
  let isRunning = false
  const timer = setInterval(() => {
    if (isRunning) return
    isRunning = true
    round = work()
      .catch(onError)
      .finally(() => (isRunning = false))
  }, intervalMs)
  timer.unref()
  return {
    stop: async () => {
      clearInterval(timer)
      await round
    },
  }
}
