/**
 * The ground of every bench of writes: the ledger and the plain service on databases of one PostgreSQL with fsync, each a
 * process of its own, and a load generator that turns to one and then to the other.
 */
import { fork, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrate } from '../../server/db/migrate.ts'
import { openOwner } from '../../server/db/postgres.ts'
import { BENCH_KIND } from './append-crises.ts'
import { execute, startPostgres } from '../support/postgres.ts'
import { startService } from '../support/service.ts'
import type { Service } from '../support/service.ts'
import type { LoadOrder, LoadReport } from './append-load.ts'

/** How often an anchor may come while a load runs: too seldom to come into it. */
const ANCHOR_SECONDS = 600
/** And while subjects are prepared that need one: rules are usable only under an anchor. */
const PREPARING_ANCHOR_SECONDS = 5

export type Ground = {
  ledgerUrl: string
  baselineUrl: string
  /** The ledger's database. */
  databaseUrl: string
  load: ChildProcess
}

/** One turn of each, the plain service first. */
export type Round = { ledger: LoadReport; baseline: LoadReport }

/**
 * Opens the ground, measures on it, and takes it away.
 *
 * @param prepare what is made on a ledger with frequent anchors, which is then started anew for the load
 */
export async function onGround<Subjects, Result>(
  {
    nodeArguments,
    prepare,
  }: { nodeArguments?: readonly string[] | undefined; prepare: (ledgerUrl: string) => Promise<Subjects> },
  measure: (ground: Ground, subjects: Subjects) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'tl-bench-'))
  const postgres = await startPostgres({ fsync: true })
  try {
    for (const name of ['ledger', 'baseline']) {
      await execute(postgres.url('postgres'), `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`)
    }
    const databaseUrl = postgres.url('ledger')
    const owner = openOwner(databaseUrl)
    await migrate(owner)
    await owner.destroy()
    const start = async (anchorSeconds: number): Promise<Service> =>
      await startService({
        dataDir: join(folder, 'data'),
        env: {
          DATABASE_URL: databaseUrl,
          LOG_LEVEL: 'silent',
          // The port, and with it the address, is another one after the preparation; the log's name must not be.
          LOG_ORIGIN: 'bench.example/log',
          RATE_LIMIT_PER_MINUTE: '1000000000',
          ANCHOR_INTERVAL_SECONDS: String(anchorSeconds),
        },
        ...(nodeArguments === undefined ? {} : { nodeArguments }),
      })
    const preparing = await start(PREPARING_ANCHOR_SECONDS)
    const subjects = await prepare(preparing.baseUrl)
    // What was prepared counts only under an anchor, and the load must not begin with one that is due.
    await untilAnchored(preparing.baseUrl)
    await preparing.stop()
    const ledger = await start(ANCHOR_SECONDS)
    const baseline = await startBaseline(postgres.url('baseline'))
    const load = fork(new URL('append-load.ts', import.meta.url))
    try {
      return await measure({ ledgerUrl: ledger.baseUrl, baselineUrl: baseline.baseUrl, databaseUrl, load }, subjects)
    } finally {
      load.disconnect()
      await baseline.stop()
      await ledger.stop()
    }
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Waits until the chain has confirmed the log as it stands. */
export async function untilAnchored(baseUrl: string): Promise<void> {
  const ask = async <Answer>(path: string): Promise<Answer> =>
    (await (await fetch(`${baseUrl}${path}`)).json()) as Answer
  for (;;) {
    const { size } = await ask<{ size: number }>('/v1/log')
    const { anchors } = await ask<{ anchors: { size: number }[] }>('/v1/anchors?limit=1')
    if (anchors[0]?.size === size) return
    await sleep(500)
  }
}

/** The same load on the plain service and then on the ledger. */
export async function runRound(
  { load, ledgerUrl, baselineUrl }: Ground,
  order: Omit<LoadOrder, 'url'>,
): Promise<Round> {
  const baseline = await runLoad(load, { ...order, url: baselineUrl })
  return { baseline, ledger: await runLoad(load, { ...order, url: ledgerUrl }) }
}

/** A round in a line. `also`: what else was measured in it. */
export function describeRound(number: number, { ledger, baseline }: Round, also = ''): string {
  return (
    `round ${number}: ${perSecond(ledger)}/s, p99 ${ledger.p99.toFixed(1)} ms${also}; ` +
    `plain INSERT ${perSecond(baseline)}/s, p99 ${baseline.p99.toFixed(1)} ms; ratio ${ratioOf({ ledger, baseline }).toFixed(2)}`
  )
}

/** How many answers the ledger gives for one of the plain service. */
export const ratioOf = ({ ledger, baseline }: Round): number => ledger.answered / baseline.answered

export const perSecond = ({ answered, seconds }: LoadReport): number => Math.round(answered / seconds)

async function runLoad(load: ChildProcess, order: LoadOrder): Promise<LoadReport> {
  const report = await new Promise<LoadReport>((resolve, reject) => {
    load.once('message', (message) => resolve(message as LoadReport))
    load.once('exit', () => reject(new Error('the load generator ended')))
    load.send(order)
  })
  load.removeAllListeners('exit')
  if (report.refused > 0 || report.errors > 0) {
    throw new Error(`${report.refused} requests refused, ${report.errors} errors; first: ${report.firstRefusal ?? '-'}`)
  }
  return report
}

async function startBaseline(databaseUrl: string): Promise<{ baseUrl: string; stop(): Promise<void> }> {
  const script = join(import.meta.dirname, 'append-baseline.ts')
  const child = spawn(process.execPath, [script, databaseUrl, BENCH_KIND], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve((JSON.parse(line.toString()) as { port: number }).port))
    child.once('exit', () => reject(new Error('the plain service ended')))
  })
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.stdin.end()
      await ended
    },
  }
}
