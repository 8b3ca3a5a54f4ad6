/**
 * `npm run bench -- [--json FILE] [--only ID,ID] [--quick]`: every figure that the project promises, each a ratio or a
 * count taken in one run on one machine, printed as a table and written as JSON. A figure that misses its goal is
 * reported as it is; the exit status speaks only of whether everything could be measured. `--quick` shows that the
 * benches run; its figures mean nothing.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { FULL, QUICK, measureAppend } from './append.ts'
import { measureCore } from './core.ts'
import { describeMachine, formatTable } from './figure.ts'
import type { Figure } from './figure.ts'
import { measureAnchor1m, measureCheck20 } from './gas.ts'
import { FULL_GRANTS, QUICK_GRANTS, measureGrants } from './grants.ts'
import { FULL_REDEEM, QUICK_REDEEM, measureRedeem } from './redeem.ts'
import { measureVerifierSize, measureVerifierTime } from './verifier.ts'

type Bench = { ids: readonly string[]; measure: (quick: boolean) => Promise<Figure[]> }

const BENCHES: readonly Bench[] = [
  { ids: ['core.ratio'], measure: async (quick) => [quick ? measureCore(4096, 3) : measureCore()] },
  { ids: ['verifier.kb'], measure: async () => [await measureVerifierSize()] },
  { ids: ['verifier.ms'], measure: async (quick) => [await measureVerifierTime(quick ? 3 : 25)] },
  { ids: ['gas.check20'], measure: async () => [await measureCheck20()] },
  { ids: ['gas.anchor1m'], measure: async () => [await measureAnchor1m()] },
  {
    ids: ['append.ratio', 'append.p99ratio'],
    measure: async (quick) => await measureAppend({ ...(quick ? QUICK : FULL), report: progress }),
  },
  {
    ids: ['grants.ratio', 'grants.bulk'],
    measure: async (quick) => await measureGrants({ ...(quick ? QUICK_GRANTS : FULL_GRANTS), report: progress }),
  },
  {
    ids: ['redeem.ratio'],
    measure: async (quick) => await measureRedeem({ ...(quick ? QUICK_REDEEM : FULL_REDEEM), report: progress }),
  },
]

/** To standard error, so that standard output is the table alone. */
function progress(line: string): void {
  console.error(`  ${line}`)
}

const { values } = parseArgs({
  options: { json: { type: 'string' }, only: { type: 'string' }, quick: { type: 'boolean', default: false } },
})
const known = BENCHES.flatMap(({ ids }) => ids)
const wanted = values.only === undefined ? known : values.only.split(',')
const strangers = wanted.filter((id) => !known.includes(id))
if (strangers.length > 0) {
  console.error(`no figure ${strangers.join(', ')}; there are ${known.join(', ')}`)
  process.exit(2)
}

const figures: Figure[] = []
for (const { ids, measure } of BENCHES) {
  if (!ids.some((id) => wanted.includes(id))) continue
  progress(`measuring ${ids.join(', ')}`)
  try {
    figures.push(...(await measure(values.quick)).filter(({ id }) => wanted.includes(id)))
  } catch (error) {
    console.error(`${ids.join(', ')} could not be measured:`, error)
    process.exitCode = 1
  }
}

const machine = describeMachine()
console.log(`\n${machine}${values.quick ? '\nquick: these figures mean nothing' : ''}\n\n${formatTable(figures)}`)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, figures }, undefined, 2)}\n`)
