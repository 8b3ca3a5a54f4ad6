/**
 * Connections whose other end is gone without a word: a host that lost its power, a firewall that forgot the connection.
 * Nothing closes such a connection, and TCP goes on sending for a quarter of an hour before it says so. The server ends
 * what takes too long while it is there; so what stays silent for longer than that has nobody at its other end.
 */
import type { Socket } from 'node:net'

/** How long is waited for a database. */
export type Patience = {
  /** After so many milliseconds the server ends a statement. */
  statementMs: number
  /** After so many milliseconds in which nothing was heard the connection is given up; longer than `statementMs`. */
  silenceMs: number
}

/** Nothing that a request waits for takes nearly as long; nobody waits longer than 10 s for a lock. */
export const PATIENCE: Patience = { statementMs: 45_000, silenceMs: 60_000 }

/** For a program that reads whole tables, and that no request waits for. */
export const LONG_PATIENCE: Patience = { statementMs: 600_000, silenceMs: 660_000 }

/**
 * Ends a connection on which nothing was heard and nothing sent for so long, as one that was lost. The socket counts by
 * itself, also while it is being closed: no query costs a timer.
 */
export function endWhenSilent(socket: Socket, silenceMs: number): void {
  socket.on('timeout', () => {
    const before = trafficOf(socket)
    // Where it was this process that stood still, the answer lies there unread: reading comes before this.
    setImmediate(() => {
      if (trafficOf(socket) === before) socket.destroy(lostConnection())
    })
  })
  socket.setTimeout(silenceMs)
}

/** Does a work that may be silent for any time. */
export async function bearSilence(socket: Socket, work: () => Promise<unknown>): Promise<void> {
  const { timeout = 0 } = socket
  socket.setTimeout(0)
  try {
    await work()
  } finally {
    socket.setTimeout(timeout)
  }
}

function trafficOf({ bytesRead, bytesWritten }: Socket): number {
  return bytesRead + bytesWritten
}

/** What the system says when it gives up by itself, a quarter of an hour later. */
function lostConnection(): Error {
  return Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'read' })
}
