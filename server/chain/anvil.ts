/**
 * anvil as a child process that cannot outlive us, whatever ends us: a small shell holds one end of a pipe and ends
 * anvil when the other end, which only this process has, is closed. Used by the embedded chain and by the tests.
 */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import type { ChildProcess } from 'node:child_process'

/** A running anvil. */
export type Anvil = {
  /** Its JSON-RPC endpoint, on loopback and on a port of its own choice. */
  rpcUrl: string
  /** Process id of anvil itself (not of the shell that guards it). */
  pid: number
  /** Resolves when it has ended, for whatever reason. */
  exited: Promise<void>
  /** Ends it and waits for its end; safe to call twice. */
  stop: () => Promise<void>
}

const startTimeoutMs = 20_000
const stopTimeoutMs = 5_000

/*
 * Fd 3 is our end of the pipe: a background command of a shell gets no stdin, and anvil must not inherit it.
 * TERM rather than INT, because a shell without job control starts background commands with INT ignored.
 */
const guard = `
exec 3<&0 </dev/null
"$@" 3<&- &
anvil=$!
echo "anvil pid $anvil"
( while read -r line <&3; do :; done; kill -TERM "$anvil" 2>/dev/null ) &
watcher=$!
exec 3<&-
wait "$anvil"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
`

/**
 * Where the anvil binary of this platform is. Asked directly, because the package's own launcher is a script that
 * stands between us and the process id.
 * @throws Error when there is no package for this platform
 */
function anvilBinary(): string {
  const require = createRequire(import.meta.url)
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  const packages = createRequire(require.resolve('@foundry-rs/anvil/package.json'))
  return packages.resolve(`@foundry-rs/anvil-${platform}/bin/anvil`)
}

/**
 * Starts anvil on loopback with these further arguments.
 *
 * @param port 0: a free one of its choice
 * @throws Error with the last lines of its output when it does not come up within 20 s
 */
export async function startAnvil(args: readonly string[], port = 0): Promise<Anvil> {
  // A process group of its own: an interrupt from the terminal must reach us first, and anvil only through us.
  const child = spawn('/bin/sh', ['-c', guard, 'anvil-guard', anvilBinary(), '--port', String(port), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  // The pipe breaks when anvil ends by itself; `exited` tells, an exception would not.
  child.stdin.on('error', () => {})
  const stop = async (): Promise<void> => {
    child.stdin.end()
    const timer = setTimeout(() => killGroup(child), stopTimeoutMs)
    await exited
    clearTimeout(timer)
  }
  try {
    const own = await announced(child, exited)
    return { rpcUrl: `http://127.0.0.1:${own.port}`, pid: own.pid, exited, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Reads anvil's output until it has named its port; goes on reading later, so that its pipe never fills. */
async function announced(
  child: ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream },
  exited: Promise<void>,
): Promise<{ pid: number; port: number }> {
  let output = ''
  return await new Promise((resolve, reject) => {
    const fail = (reason: string): void => reject(new Error(`anvil ${reason}: ${output.slice(-2000).trim()}`))
    const timer = setTimeout(() => fail('did not start in time'), startTimeoutMs)
    let settled = false
    const read = (chunk: Buffer): void => {
      if (settled) return
      output += chunk.toString()
      const pid = /anvil pid (\d+)/.exec(output)
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(output)
      if (!pid || !port) return
      settled = true
      clearTimeout(timer)
      resolve({ pid: Number(pid[1]), port: Number(port[1]) })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', (error) => fail(error.message))
    void exited.then(() => {
      clearTimeout(timer)
      if (!settled) fail('ended at start')
    })
  })
}

/** The last resort: the shell and all its children. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It is gone already, which is what was wanted.
  }
}
