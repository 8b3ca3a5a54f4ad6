/**
 * grants.ratio: what a grant of points costs here, against the plain service that keeps one with an INSERT.
 * grants.bulk: how much faster grants are in a file than one by one.
 *
 * Measured like append.ratio (append.ts): processes of their own, one PostgreSQL with fsync, alternating rounds. A grant
 * is double entry with the database's own second count, a tranche, openings, guards, a signed checkpoint. Afterwards the
 * trial balance must be what was answered.
 */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '../../server/db/migrate.ts'
import { openOwner } from '../../server/db/postgres.ts'
import { execute, startPostgres } from '../support/postgres.ts'
import { ADMIN_KEY, startService } from '../support/service.ts'
import type { Service } from '../support/service.ts'
import { perSecond, runLoad, startBaseline } from './append.ts'
import type { LoadReport } from './append-load.ts'
import type { Figure } from './figure.ts'
import { median } from './figure.ts'
import { BENCH_PROGRAMME, BENCH_RULE, grantFile, openBenchProgramme, untilAnchored } from './grants-programme.ts'

export type GrantsOptions = {
  rounds: number
  warmupSeconds: number
  seconds: number
  connections: number
  holders: number
  sources: number
  /** Sources of one file: it has a line for each of them and each holder. */
  fileSources: number
  nodeArguments?: readonly string[]
  report?: (line: string) => void
}

export const FULL_GRANTS: GrantsOptions = {
  rounds: 7,
  warmupSeconds: 2,
  seconds: 6,
  connections: 64,
  holders: 500,
  sources: 1200,
  fileSources: 40,
}
export const QUICK_GRANTS: GrantsOptions = {
  ...FULL_GRANTS,
  rounds: 1,
  warmupSeconds: 1,
  seconds: 2,
  sources: 96,
  fileSources: 4,
}

type Round = { ledger: LoadReport; baseline: LoadReport; bulkPerSecond: number }

/** Runs the rounds and gives both figures. */
export async function measureGrants(options: GrantsOptions): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tl-bench-'))
  const postgres = await startPostgres({ fsync: true })
  try {
    for (const name of ['ledger', 'baseline']) {
      await execute(postgres.url('postgres'), `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`)
    }
    const owner = openOwner(postgres.url('ledger'))
    await migrate(owner)
    await owner.destroy()
    const start = async (anchorSeconds: number): Promise<Service> =>
      await startService({
        dataDir: join(folder, 'data'),
        env: {
          DATABASE_URL: postgres.url('ledger'),
          LOG_LEVEL: 'silent',
          LOG_ORIGIN: 'bench.example/log',
          RATE_LIMIT_PER_MINUTE: '1000000000',
          ANCHOR_INTERVAL_SECONDS: String(anchorSeconds),
        },
        ...(options.nodeArguments === undefined ? {} : { nodeArguments: options.nodeArguments }),
      })
    // ER1: a rule must be under an anchor first; then anchors come as rarely as they do while milestones are measured.
    const first = await start(5)
    const subjects = await openBenchProgramme(first.baseUrl, options)
    await untilAnchored(first.baseUrl)
    await first.stop()
    const ledger = await start(600)
    const baseline = await startBaseline(postgres.url('baseline'))
    const load = fork(new URL('append-load.ts', import.meta.url))
    try {
      const rounds = await runRounds(options, load, ledger.baseUrl, baseline.baseUrl, subjects)
      return figuresOf(options, rounds, await checkBalance(postgres.url('ledger'), rounds))
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
  { report = () => {}, ...options }: GrantsOptions,
  load: ChildProcess,
  ledgerUrl: string,
  baselineUrl: string,
  { holders, sources }: { holders: string[]; sources: number[] },
): Promise<Round[]> {
  // Files take their sources from the end, so that no pair is granted twice.
  const forFiles = sources.splice(-options.rounds * options.fileSources)
  let from = 0
  const run = async (url: string): Promise<LoadReport> =>
    await runLoad(load, {
      url,
      paths: [`/admin/v1/programmes/${BENCH_PROGRAMME}/grants`],
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: '',
      pairs: { holders, sources, from, rule: BENCH_RULE },
      connections: options.connections,
      warmupSeconds: options.warmupSeconds,
      seconds: options.seconds,
    })
  const rounds: Round[] = []
  for (let number = 1; number <= options.rounds; number++) {
    const baseline = await run(baselineUrl)
    const ledger = await run(ledgerUrl)
    from += ledger.sent
    const file = await grantFile(ledgerUrl, holders, forFiles.splice(0, options.fileSources))
    const bulkPerSecond = Math.round(file.granted / file.seconds)
    rounds.push({ ledger, baseline, bulkPerSecond })
    report(
      `round ${number}: ${perSecond(ledger)}/s, p99 ${ledger.p99.toFixed(1)} ms; in a file ${bulkPerSecond}/s; ` +
        `plain INSERT ${perSecond(baseline)}/s; ratio ${(ledger.answered / baseline.answered).toFixed(2)}`,
    )
  }
  return rounds
}

/** P1, and that every answered grant is there with its points. */
async function checkBalance(databaseUrl: string, rounds: readonly Round[]): Promise<string> {
  const answered = rounds.flatMap(({ ledger }) => ledger.indexes)
  if (new Set(answered).size !== answered.length) throw new Error('two answers named the same grant')
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ grants: string; given: string; owed: string; left: string; known: string }>(
      `SELECT (SELECT count(*) FROM point_grant) AS grants,
        (SELECT sum(amount) FROM point_grant) AS given,
        (SELECT sum(available) FROM account) AS owed,
        (SELECT sum(remaining) FROM tranche) AS left,
        (SELECT count(*) FROM point_grant WHERE entry_index = ANY ($1::bigint[])) AS known`,
      [answered],
    )
    const { grants, given, owed, left, known } = rows[0]!
    if (Number(known) !== answered.length) throw new Error('an answered grant is not there')
    if (given !== owed || owed !== left) throw new Error(`${given} given, ${owed} owed, ${left} left: P1, L5`)
    return `${Number(grants).toLocaleString('en')} grants, balances and tranches exact`
  } finally {
    await client.end()
  }
}

function figuresOf({ connections, seconds, holders }: GrantsOptions, rounds: Round[], checked: string): Figure[] {
  const rate = (side: 'ledger' | 'baseline'): number => median(rounds.map((round) => perSecond(round[side])))
  const how = `${rounds.length} alternating rounds of ${seconds} s, ${connections} connections, ${holders} holders`
  return [
    {
      id: 'grants.ratio',
      value: median(rounds.map(({ ledger, baseline }) => ledger.answered / baseline.answered)),
      unit: 'ratio',
      goal: 0.5,
      better: 'higher',
      detail: `median of ${how}; medians ${rate('ledger')} and ${rate('baseline')} a second; ${checked}`,
    },
    {
      id: 'grants.bulk',
      value: median(rounds.map(({ ledger, bulkPerSecond }) => bulkPerSecond / perSecond(ledger))),
      unit: 'ratio',
      goal: 5,
      better: 'higher',
      detail: `same rounds; a file at ${median(rounds.map((round) => round.bulkPerSecond))} a second`,
    },
  ]
}
