/**
 * redeem.ratio: what a redemption costs here, against the plain service that keeps one with an INSERT.
 *
 * Measured like append.ratio (append.ts): processes of their own, one PostgreSQL with fsync, alternating rounds. A
 * redemption finds out whose the spend code is, takes the points that expire first, holds a place, and is double entry with
 * the database's own second count, openings and a signed checkpoint. All of it is on one reward, the worst case.
 * Afterwards places and balances must be what was answered.
 */
import pg from 'pg'
import type { Figure } from './figure.ts'
import { median } from './figure.ts'
import { BENCH_PROGRAMME, openBenchProgramme, post } from './grants-programme.ts'
import { describeRound, onGround, perSecond, ratioOf, runRound, untilAnchored } from './side-by-side.ts'
import type { Ground, Round } from './side-by-side.ts'

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

/** Runs the rounds and gives the figure. */
export async function measureRedeem(options: RedeemOptions): Promise<Figure[]> {
  const prepare = async (url: string): Promise<string[]> => await openReward(url, options.holders)
  return await onGround({ nodeArguments: options.nodeArguments, prepare }, async (ground, spendCodes) => {
    const rounds = await runRounds(options, ground, spendCodes)
    return [figureOf(options, rounds, await checkPlaces(ground.databaseUrl, rounds, options))]
  })
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
  { report = () => {}, rounds: count, connections, warmupSeconds, seconds }: RedeemOptions,
  ground: Ground,
  bearers: string[],
): Promise<Round[]> {
  const order = {
    paths: ['/v1/holder/redemptions'],
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reward: REWARD }),
    ...{ bearers, connections, warmupSeconds, seconds },
  }
  const rounds: Round[] = []
  for (let number = 1; number <= count; number++) {
    const round = await runRound(ground, order)
    rounds.push(round)
    report(describeRound(number, round))
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
    value: median(rounds.map(ratioOf)),
    unit: 'ratio',
    goal: 0.5,
    better: 'higher',
    detail:
      `median of ${rounds.length} alternating rounds of ${seconds} s, ${connections} connections, ${holders} holders, ` +
      `one reward; medians ${rate('ledger')} and ${rate('baseline')} a second; ${checked}`,
  }
}
