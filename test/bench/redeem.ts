/**
 * redeem.ratio: what a redemption costs here, against the plain service that keeps one with an INSERT.
 *
 * Measured like append.ratio (append.ts): processes of their own, one PostgreSQL with fsync, alternating rounds. A
 * redemption finds out whose the spend code is, takes the points that expire first, holds a place, and is double entry with
 * the database's own second count, openings and a signed checkpoint. All of it is on one reward, the worst case.
 * Afterwards places and balances must be what was answered.
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
import { startService } from '../support/service.ts'
import type { Service } from '../support/service.ts'
import { perSecond, runLoad, startBaseline } from './append.ts'
import type { LoadReport } from './append-load.ts'
import type { Figure } from './figure.ts'
import { median } from './figure.ts'
import { BENCH_PROGRAMME, openBenchProgramme, post, untilAnchored } from './grants-programme.ts'

export type RedeemOptions = {
  rounds: number
  warmupSeconds: number
  seconds: number
  connections: number
  holders: number
  nodeArguments?: readonly string[]
  report?: (line: string) => void
}

export const FULL_REDEEM: RedeemOptions = { rounds: 7, warmupSeconds: 2, seconds: 6, connections: 64, holders: 500 }
export const QUICK_REDEEM: RedeemOptions = { ...FULL_REDEEM, rounds: 1, warmupSeconds: 1, seconds: 2, holders: 100 }

const REWARD = 'visit'
const POINTS = 1_000_000
const TEXT = { 'zh-CN': '牧场参观', en: 'A visit to the ranch' }

type Round = { ledger: LoadReport; baseline: LoadReport }

/** Runs the rounds and gives the figure. */
export async function measureRedeem(options: RedeemOptions): Promise<Figure[]> {
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
    const spendCodes = await openReward(first.baseUrl, options.holders)
    await first.stop()
    const ledger = await start(600)
    const baseline = await startBaseline(postgres.url('baseline'))
    const load = fork(new URL('append-load.ts', import.meta.url))
    try {
      const rounds = await runRounds(options, load, ledger.baseUrl, baseline.baseUrl, spendCodes)
      return [figureOf(options, rounds, await checkPlaces(postgres.url('ledger'), rounds, options))]
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

/** Everybody gets a million points, and one reward costs one of them. */
async function openReward(baseUrl: string, count: number): Promise<string[]> {
  const { holders, spendCodes, sources } = await openBenchProgramme(baseUrl, { holders: count, sources: 1 })
  await post(baseUrl, `/programmes/${BENCH_PROGRAMME}/rules`, {
    rule: 'plenty',
    activity: 'product_testing',
    title: TEXT,
    text: TEXT,
    earns: { pointsMax: POINTS },
    reviewerRole: 'staff',
    pendingDays: 0,
  })
  await post(baseUrl, `/programmes/${BENCH_PROGRAMME}/rewards`, {
    reward: REWARD,
    title: TEXT,
    text: TEXT,
    conditions: TEXT,
    cost: 1,
    capacity: 1_000_000_000,
    from: new Date(Date.now() - 60_000).toISOString(),
    until: new Date(Date.now() + 86_400_000).toISOString(),
    valueClass: 'small',
  })
  await untilAnchored(baseUrl)
  for (let from = 0; from < holders.length; from += 16) {
    const grants = holders.slice(from, from + 16).map(async (holder) => {
      const grant = { rule: 'plenty', source: sources[0], holder, amount: POINTS }
      return await post(baseUrl, `/programmes/${BENCH_PROGRAMME}/grants`, grant)
    })
    await Promise.all(grants)
  }
  return spendCodes
}

async function runRounds(
  { report = () => {}, rounds: count, ...options }: RedeemOptions,
  load: ChildProcess,
  ledgerUrl: string,
  baselineUrl: string,
  bearers: string[],
): Promise<Round[]> {
  const run = async (url: string): Promise<LoadReport> =>
    await runLoad(load, {
      url,
      paths: ['/v1/holder/redemptions'],
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reward: REWARD }),
      bearers,
      connections: options.connections,
      warmupSeconds: options.warmupSeconds,
      seconds: options.seconds,
    })
  const rounds: Round[] = []
  for (let number = 1; number <= count; number++) {
    const baseline = await run(baselineUrl)
    const ledger = await run(ledgerUrl)
    rounds.push({ ledger, baseline })
    report(
      `round ${number}: ${perSecond(ledger)}/s, p99 ${ledger.p99.toFixed(1)} ms; ` +
        `plain INSERT ${perSecond(baseline)}/s; ratio ${(ledger.answered / baseline.answered).toFixed(2)}`,
    )
  }
  return rounds
}

/** RW1, P1: every answered redemption is there, places are counted and points are held for each. */
async function checkPlaces(databaseUrl: string, rounds: readonly Round[], options: RedeemOptions): Promise<string> {
  const answered = rounds.flatMap(({ ledger }) => ledger.indexes)
  if (new Set(answered).size !== answered.length) throw new Error('two answers named the same redemption')
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<Record<'redeemed' | 'known' | 'taken' | 'held' | 'left', string>>(
      `SELECT (SELECT count(*) FROM redemption) AS redeemed,
        (SELECT count(*) FROM redemption WHERE entry_index = ANY ($1::bigint[])) AS known,
        (SELECT taken FROM reward) AS taken, (SELECT sum(held) FROM account) AS held,
        (SELECT sum(remaining) FROM tranche) AS left`,
      [answered],
    )
    const { redeemed, known, taken, held, left } = rows[0]!
    if (Number(known) !== answered.length) throw new Error('an answered redemption is not there')
    if (redeemed !== taken || redeemed !== held) throw new Error(`${redeemed} redeemed, ${taken} places, ${held} held`)
    if (Number(left) + Number(held) !== options.holders * POINTS) throw new Error(`${left} left and ${held} held: L5`)
    return `${Number(redeemed).toLocaleString('en')} redemptions, places and balances exact`
  } finally {
    await client.end()
  }
}

function figureOf({ connections, seconds, holders }: RedeemOptions, rounds: Round[], checked: string): Figure {
  const rate = (side: keyof Round): number => median(rounds.map((round) => perSecond(round[side])))
  return {
    id: 'redeem.ratio',
    value: median(rounds.map(({ ledger, baseline }) => ledger.answered / baseline.answered)),
    unit: 'ratio',
    goal: 0.5,
    better: 'higher',
    detail:
      `median of ${rounds.length} alternating rounds of ${seconds} s, ${connections} connections, ${holders} holders, ` +
      `one reward; medians ${rate('ledger')} and ${rate('baseline')} a second; ${checked}`,
  }
}
