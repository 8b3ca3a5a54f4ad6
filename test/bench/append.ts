/**
 * append.ratio and append.p99ratio: what a milestone costs here, against the plainest service that keeps one.
 *
 * Both services are processes of their own on one PostgreSQL with fsync; the load comes from a third. The rounds
 * alternate, so that a slow minute of the machine hits both, and each ratio is of one round of each; the median counts.
 * The ledger answers when a milestone is durable, in the tree and under a signed checkpoint, with authentication,
 * idempotency, projections and disclosures on. Afterwards every answer is held against the log.
 */
import { fork, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../server/db/migrate.ts'
import { openOwner } from '../../server/db/postgres.ts'
import { execute, startPostgres } from '../support/postgres.ts'
import { ADMIN_KEY, startService } from '../support/service.ts'
import type { LoadOrder, LoadReport } from './append-load.ts'
import { checkAnswers } from './append-check.ts'
import { BENCH_KIND, benchMilestone, openCrises } from './append-crises.ts'
import type { Figure } from './figure.ts'
import { median } from './figure.ts'

export type AppendOptions = {
  rounds: number
  warmupSeconds: number
  seconds: number
  connections: number
  /** The load is spread over this many crises. */
  crises: number
  /** Arguments for Node of the ledger's process, such as --cpu-prof. */
  nodeArguments?: readonly string[]
  report?: (line: string) => void
}

export const FULL: AppendOptions = { rounds: 11, warmupSeconds: 2, seconds: 6, connections: 64, crises: 256 }
export const QUICK: AppendOptions = { rounds: 1, warmupSeconds: 1, seconds: 2, connections: 64, crises: 16 }

type Round = { ledger: LoadReport; baseline: LoadReport }

/** Runs the rounds and gives both figures. */
export async function measureAppend(options: AppendOptions): Promise<Figure[]> {
  const report = options.report ?? (() => {})
  const folder = mkdtempSync(join(tmpdir(), 'tl-bench-'))
  const postgres = await startPostgres({ fsync: true })
  try {
    for (const name of ['ledger', 'baseline']) {
      await execute(postgres.url('postgres'), `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`)
    }
    const owner = openOwner(postgres.url('ledger'))
    await migrate(owner)
    await owner.destroy()

    const ledger = await startService({
      dataDir: join(folder, 'data'),
      env: {
        DATABASE_URL: postgres.url('ledger'),
        LOG_LEVEL: 'silent',
        RATE_LIMIT_PER_MINUTE: '1000000000',
        ANCHOR_INTERVAL_SECONDS: '600',
      },
      ...(options.nodeArguments === undefined ? {} : { nodeArguments: options.nodeArguments }),
    })
    const baseline = await startBaseline(postgres.url('baseline'))
    const load = fork(new URL('append-load.ts', import.meta.url))
    try {
      const codes = await openCrises(ledger.baseUrl, options.crises)
      const rounds = await runRounds(options, report, load, ledger.baseUrl, baseline.baseUrl, codes)
      const checked = await checkAnswers(ledger.baseUrl, postgres.url('ledger'), rounds, options.connections)
      return figuresOf(options, rounds, checked)
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

async function runRounds(
  options: AppendOptions,
  report: (line: string) => void,
  load: ChildProcess,
  ledgerUrl: string,
  baselineUrl: string,
  codes: readonly string[],
): Promise<Round[]> {
  const body = JSON.stringify(benchMilestone(new Date().toISOString()))
  const order = (url: string): LoadOrder => ({
    url,
    paths: codes.map((code) => `/admin/v1/crises/${code}/milestones`),
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body,
    connections: options.connections,
    warmupSeconds: options.warmupSeconds,
    seconds: options.seconds,
  })
  const rounds: Round[] = []
  for (let number = 1; number <= options.rounds; number++) {
    const baseline = await runLoad(load, order(baselineUrl))
    const ledger = await runLoad(load, order(ledgerUrl))
    rounds.push({ ledger, baseline })
    report(
      `round ${number}: ${perSecond(ledger)}/s, p99 ${ledger.p99.toFixed(1)} ms; ` +
        `plain INSERT ${perSecond(baseline)}/s, p99 ${baseline.p99.toFixed(1)} ms; ` +
        `ratio ${(ledger.answered / baseline.answered).toFixed(2)}`,
    )
  }
  return rounds
}

export async function runLoad(load: ChildProcess, order: LoadOrder): Promise<LoadReport> {
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

function figuresOf({ connections, seconds, crises }: AppendOptions, rounds: Round[], checked: string): Figure[] {
  const rate = (side: keyof Round): number => median(rounds.map((round) => perSecond(round[side])))
  const p99 = (side: keyof Round): string => median(rounds.map((round) => round[side].p99)).toFixed(1)
  const how = `${rounds.length} alternating rounds of ${seconds} s, ${connections} connections, ${crises} crises`
  return [
    {
      id: 'append.ratio',
      value: median(rounds.map(({ ledger, baseline }) => ledger.answered / baseline.answered)),
      unit: 'ratio',
      goal: 1,
      better: 'higher',
      detail: `median of ${how}; medians ${rate('ledger')} and ${rate('baseline')} a second; ${checked}`,
    },
    {
      id: 'append.p99ratio',
      value: median(rounds.map(({ ledger, baseline }) => ledger.p99 / baseline.p99)),
      unit: 'ratio',
      goal: 1.5,
      better: 'lower',
      detail: `same rounds; medians ${p99('ledger')} and ${p99('baseline')} ms`,
    },
  ]
}

export const perSecond = ({ answered, seconds }: LoadReport): number => Math.round(answered / seconds)

export async function startBaseline(databaseUrl: string): Promise<{ baseUrl: string; stop(): Promise<void> }> {
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
