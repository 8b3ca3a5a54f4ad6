/**
 * append.ratio and append.p99ratio: what a milestone costs here, against the plainest service that keeps one.
 *
 * Both services are processes of their own on one PostgreSQL with fsync; the load comes from a third. The rounds
 * alternate, so that a slow minute of the machine hits both, and each ratio is of one round of each; the median counts.
 * The ledger answers when a milestone is durable, in the tree and under a signed checkpoint, with authentication,
 * idempotency, projections and disclosures on. Afterwards every answer is held against the log.
 */
import { ADMIN_KEY } from '../support/service.ts'
import { checkAnswers } from './append-check.ts'
import { benchMilestone, openCrises } from './append-crises.ts'
import type { Figure } from './figure.ts'
import { median } from './figure.ts'
import { describeRound, onGround, perSecond, ratioOf, runRound } from './side-by-side.ts'
import type { Ground, Round } from './side-by-side.ts'

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

/** Runs the rounds and gives both figures. */
export async function measureAppend(options: AppendOptions): Promise<Figure[]> {
  const prepare = async (url: string): Promise<string[]> => await openCrises(url, options.crises)
  return await onGround({ nodeArguments: options.nodeArguments, prepare }, async (ground, codes) => {
    const rounds = await runRounds(options, ground, codes)
    const checked = await checkAnswers(ground.ledgerUrl, ground.databaseUrl, rounds, options.connections)
    return figuresOf(options, rounds, checked)
  })
}

async function runRounds(
  { report = () => {}, rounds: count, connections, warmupSeconds, seconds }: AppendOptions,
  ground: Ground,
  codes: readonly string[],
): Promise<Round[]> {
  const order = {
    paths: codes.map((code) => `/admin/v1/crises/${code}/milestones`),
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(benchMilestone(new Date().toISOString())),
    ...{ connections, warmupSeconds, seconds },
  }
  const rounds: Round[] = []
  for (let number = 1; number <= count; number++) {
    const round = await runRound(ground, order)
    rounds.push(round)
    report(describeRound(number, round))
  }
  return rounds
}

function figuresOf({ connections, seconds, crises }: AppendOptions, rounds: Round[], checked: string): Figure[] {
  const rate = (side: keyof Round): number => median(rounds.map((round) => perSecond(round[side])))
  const p99 = (side: keyof Round): string => median(rounds.map((round) => round[side].p99)).toFixed(1)
  const how = `${rounds.length} alternating rounds of ${seconds} s, ${connections} connections, ${crises} crises`
  return [
    {
      id: 'append.ratio',
      value: median(rounds.map(ratioOf)),
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
