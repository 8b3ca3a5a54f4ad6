/**
 * The service as its users run it: `server/bin/serve.ts` in a process of its own, spoken to over HTTP. However a test
 * ends, nothing stays: a shell holds the other end of a pipe of ours and stops the service when the pipe closes.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const SERVE = join(import.meta.dirname, '../../server/bin/serve.ts')

/** The first admin key of every service that a test starts. */
export const ADMIN_KEY = 'tl_test_0123456789abcdefghijklmnopqrstuvwxyzABCDEF'

export type Service = {
  /** Scheme, host and port. */
  baseUrl: string
  /** Of the service itself, not of the shell that guards it. */
  pid: number
  /** What it has written so far, both streams. */
  output(): string
  /** Asks it to stop and waits until it has. */
  stop(): Promise<void>
}

export type ServiceOptions = {
  dataDir: string
  /** Further variables; DATABASE_URL for instance. */
  env?: Readonly<Record<string, string>>
  /** Arguments for Node itself, such as --cpu-prof. */
  nodeArguments?: readonly string[]
  /** The port; a free one unless given. */
  port?: number
  readySeconds?: number
}

const GUARD = `
trap '' INT TERM HUP
log=$1
shift
"$@" >"$log" 2>&1 </dev/null &
echo $!
cat >/dev/null
kill -TERM $! 2>/dev/null
wait $!
`

/**
 * Starts the service and waits until /readyz says that it is ready.
 *
 * @throws Error with the end of its output when it stops before or takes too long
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { dataDir, env = {}, nodeArguments = [], readySeconds = 90 } = options
  const port = options.port ?? (await freePort())
  const log = `${dataDir}.log`
  const guard = spawn('sh', ['-c', GUARD, 'guard', log, process.execPath, ...nodeArguments, SERVE], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATA_DIR: dataDir,
      PORT: String(port),
      ADMIN_KEY,
      LOG_LEVEL: 'warn',
      ...env,
    },
    detached: true,
  })
  const ended = new Promise<void>((resolve) => guard.once('exit', () => resolve()))
  const pid = await firstNumber(guard.stdout)
  guard.unref()
  const baseUrl = `http://127.0.0.1:${port}`
  const output = (): string => readFileSync(log, 'utf8')
  const stop = async (): Promise<void> => {
    guard.ref()
    guard.stdin.end()
    await ended
  }
  try {
    await untilReady(baseUrl, pid, readySeconds)
  } catch (error) {
    await stop()
    throw new Error(`${(error as Error).message}\n${output().slice(-4000)}`, { cause: error })
  }
  return { baseUrl, pid, output, stop }
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Whether a process is still there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function untilReady(baseUrl: string, pid: number, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (Date.now() < deadline) {
    const ready = await fetch(`${baseUrl}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return
    if (!isAlive(pid)) throw new Error('the service stopped before it was ready')
    await sleep(100)
  }
  throw new Error(`the service was not ready after ${seconds} s`)
}

async function firstNumber(stream: AsyncIterable<Uint8Array>): Promise<number> {
  for await (const chunk of stream) return Number(new TextDecoder().decode(chunk))
  throw new Error('the guard said nothing')
}
