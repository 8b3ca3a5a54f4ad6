/**
 * A connection to PostgreSQL that breaks where a test wants it: before a message of the client reaches the server, or
 * after the server has answered it and before the client hears of it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

/**
 * `lost`: the server never gets the message. `unanswered`: it does what it says, and its answer is lost.
 *
 * `isSilent`: neither end is told, not even when the other closes; what is sent the same way later is lost too.
 */
export type Fault = { marker: string; mode: 'lost' | 'unanswered'; isSilent?: boolean }

export type FaultProxy = {
  /** Connects through the proxy. */
  url: string
  /** The next message that contains the marker breaks its connection. */
  breakAt(fault: Fault): void
  /** Whether the last fault has happened. */
  hasBroken(): boolean
  close(): Promise<void>
}

/** Puts a proxy before the server of a connection string. */
export async function startFaultProxy(url: string): Promise<FaultProxy> {
  const { host, port, database, user, password } = new pg.Client({ connectionString: url })
  const folder = await mkdtemp(join(tmpdir(), 'tl-proxy-'))
  let fault: Fault | undefined
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = host.startsWith('/') ? connect(join(host, `.s.PGSQL.${port}`)) : connect(port, host)
    let met: Fault | undefined
    const end = (): void => {
      if (met?.isSilent === true) return
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end).on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    client.on('data', (chunk: Buffer) => {
      if (fault !== undefined && chunk.includes(fault.marker)) {
        met = fault
        fault = undefined
      }
      if (met?.mode === 'lost') end()
      else upstream.write(chunk)
    })
    upstream.on('data', (chunk: Buffer) => {
      if (met === undefined) client.write(chunk)
      else end()
    })
  })
  await new Promise<void>((resolve) => server.listen(join(folder, '.s.PGSQL.5432'), resolve))
  const login = `${encodeURIComponent(user ?? '')}${password ? `:${encodeURIComponent(password)}` : ''}`
  return {
    url: `postgresql://${login}@/${database}?host=${encodeURIComponent(folder)}`,
    breakAt: (next) => (fault = next),
    hasBroken: () => fault === undefined,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
