/** That the benches run and say what they promise to say; their figures are taken on a quiet machine, not here. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { runProgram } from '../support/run.ts'
import { formatTable, isReached, median } from './figure.ts'
import type { Figure } from './figure.ts'

t.setTimeout(600_000)

t.test('a quick run of every bench writes one figure for each promise', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tl-bench-test-'))
  t.teardown(async () => await rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'figures.json')
  const { status, stdout, stderr } = await runProgram('test/bench/bench.ts', ['--quick', '--json', file])
  t.equal(status, 0, stderr)
  const { machine, figures } = JSON.parse(await readFile(file, 'utf8')) as { machine: string; figures: Figure[] }
  t.match(machine, /Node v24/)
  t.same(
    figures.map(({ id }) => id),
    [
      'core.ratio',
      'verifier.kb',
      'verifier.ms',
      'gas.check20',
      'gas.anchor1m',
      'append.ratio',
      'append.p99ratio',
      'grants.ratio',
      'grants.bulk',
      'redeem.ratio',
    ],
  )
  for (const { id, value, unit, goal, better, detail } of figures) {
    t.ok(Number.isFinite(value) && value > 0, `${id} has a value`)
    t.ok(Number.isFinite(goal) && unit !== '' && detail !== '')
    t.ok(better === 'higher' || better === 'lower')
    t.match(stdout, id)
  }
})

t.test('only what was asked for is measured, and an unknown figure is refused', async (t) => {
  const one = await runProgram('test/bench/bench.ts', ['--quick', '--only', 'core.ratio'])
  t.equal(one.status, 0, one.stderr)
  t.notMatch(one.stdout, 'gas.check20')
  const none = await runProgram('test/bench/bench.ts', ['--only', 'core.speed'])
  t.equal(none.status, 2)
  t.match(none.stderr, 'no figure core.speed')
})

t.test('a missed goal is called missed', (t) => {
  const figure: Figure = { id: 'x.ratio', value: 0.9, unit: 'ratio', goal: 1, better: 'higher', detail: 'd' }
  t.notOk(isReached(figure))
  t.ok(isReached({ ...figure, better: 'lower' }))
  t.match(formatTable([figure]), /x\.ratio +0\.900 ratio +≥ 1 +MISSED +d/)
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 2, 3]), 2, 'of an even number, the lower middle')
  t.throws(() => median([]))
  t.end()
})
