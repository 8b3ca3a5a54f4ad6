/**
 * A request that is refused while its body is still on the way. Whoever sends it reads the answer when everything is sent:
 * when the connection is closed before, the answer is lost with it. So the rest is read and thrown away, within limits.
 */
import type { IncomingMessage } from 'node:http'

/** What is sent beyond this is not waited for. */
const BYTES_MAX = 64_000_000
const WAIT_MS = 2_000

/** Resolves when the body has been sent, or as much of it as is worth waiting for. */
export const untilSent = async (request: IncomingMessage): Promise<void> => {
  if (request.complete || request.destroyed) return
  await new Promise<void>((resolve) => {
    let bytes = 0
    const done = (): void => {
      clearTimeout(timer)
      request.off('data', count).off('end', done).off('close', done)
      resolve()
    }
    const count = ({ length }: Buffer): void => {
      bytes += length
      if (bytes > BYTES_MAX) done()
    }
    const timer = setTimeout(done, WAIT_MS)
    request.on('data', count).on('end', done).on('close', done)
  })
}
