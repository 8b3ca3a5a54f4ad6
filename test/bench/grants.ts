/**
 * grants.ratio: what a grant of points costs here, against the plain service that keeps one with an INSERT.
 * grants.bulk: how much faster grants are in a file than one by one.
 *
 * Measured like append.ratio (append.ts): processes of their own, one PostgreSQL with fsync, alternating rounds. A grant
 * is double entry with the database's own second count, a tranche, openings, guards, a signed checkpoint. Afterwards the
 * trial balance must be what was answered.
 */
import pg from 'pg'
import { ADMIN_KEY } from '../support/service.ts'
import type { Figure } from './figure.ts'
import { median } from './figure.ts'
import { BENCH_PROGRAMME, BENCH_RULE, grantFile, openBenchProgramme } from './grants-programme.ts'
import { describeRound, onGround, perSecond, ratioOf, runRound } from './side-by-side.ts'
import type { Ground, Round } from './side-by-side.ts'

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

type GrantsRound = Round & { bulkPerSecond: number }

/** Runs the rounds and gives both figures. */
export async function measureGrants(options: GrantsOptions): Promise<Figure[]> {
  const prepare = async (url: string): ReturnType<typeof openBenchProgramme> => await openBenchProgramme(url, options)
  return await onGround({ nodeArguments: options.nodeArguments, prepare }, async (ground, subjects) => {
    const rounds = await runRounds(options, ground, subjects)
    return figuresOf(options, rounds, await checkBalance(ground.databaseUrl, rounds))
  })
}

async function runRounds(
  { report = () => {}, rounds: count, fileSources, connections, warmupSeconds, seconds }: GrantsOptions,
  ground: Ground,
  { holders, sources }: { holders: string[]; sources: number[] },
): Promise<GrantsRound[]> {
  // Files take their sources from the end, so that no pair is granted twice.
  const forFiles = sources.splice(-count * fileSources)
  let from = 0
  const rounds: GrantsRound[] = []
  for (let number = 1; number <= count; number++) {
    const round = await runRound(ground, {
      paths: [`/admin/v1/programmes/${BENCH_PROGRAMME}/grants`],
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: '',
      pairs: { holders, sources, from, rule: BENCH_RULE },
      ...{ connections, warmupSeconds, seconds },
    })
    from += round.ledger.sent
    const file = await grantFile(ground.ledgerUrl, holders, forFiles.splice(0, fileSources))
    const bulkPerSecond = Math.round(file.granted / file.seconds)
    rounds.push({ ...round, bulkPerSecond })
    report(describeRound(number, round, `, in a file ${bulkPerSecond}/s`))
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

function figuresOf({ connections, seconds, holders }: GrantsOptions, rounds: GrantsRound[], checked: string): Figure[] {
  const rate = (side: 'ledger' | 'baseline'): number => median(rounds.map((round) => perSecond(round[side])))
  const how = `${rounds.length} alternating rounds of ${seconds} s, ${connections} connections, ${holders} holders`
  return [
    {
      id: 'grants.ratio',
      value: median(rounds.map(ratioOf)),
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
