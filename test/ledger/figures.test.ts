import t from 'tap'
import { foldFigures, isDecimal, isFigure, isSilentRevision } from '../../ledger/figures.ts'
import type { Figure } from '../../ledger/figures.ts'
import type { JsonValue } from '../../ledger/json.ts'

const figure = (value: number | string, more: Partial<Figure> = {}): Figure => ({
  series: 'us.burns',
  value,
  qualifier: 'exact',
  unit: 'reports',
  asOf: '2016-10-13',
  assertedBy: 'cpsc',
  ...more,
})

t.test('a figure has a series and a number, and says its base and revision by index', async (t) => {
  const good: JsonValue[] = [
    { series: 's', value: 1 },
    { series: 's', value: '12.5' },
    { series: 's', value: 1, base: 'this' },
    { series: 's', value: 1, base: 3, revises: 4 },
  ]
  for (const value of good) t.ok(isFigure(value), JSON.stringify(value))
  const bad: (JsonValue | undefined)[] = [
    ...[undefined, null, 1, [], {}, { series: 1, value: 1 }, { series: 's' }, { series: 's', value: true }],
    ...[
      { series: 's', value: '1e3' },
      { series: 's', value: 1, base: 'that' },
      { series: 's', value: 1, revises: 'n' },
    ],
  ]
  for (const value of bad) t.notOk(isFigure(value), JSON.stringify(value))
})

t.test('a decimal number has one spelling', async (t) => {
  for (const text of ['0', '-1', '12.50', `1.${'0'.repeat(38)}`]) t.ok(isDecimal(text), text)
  for (const text of ['', '01', '1.', '.5', '+1', '1e3', `1.${'0'.repeat(39)}`]) t.notOk(isDecimal(text), text)
})

t.test('FG1: a series that falls or changes its base says what it revises', async (t) => {
  const last = { series: 'us.burns', value: 26, index: 8 }
  t.notOk(isSilentRevision(undefined, figure(1), 9), 'the first of its series')
  t.notOk(isSilentRevision(last, figure(26), 9), 'as before')
  t.notOk(isSilentRevision(last, figure('27.5'), 9), 'it grew')
  t.ok(isSilentRevision(last, figure(13), 9), 'it fell')
  t.notOk(isSilentRevision(last, figure(13, { revises: 8 }), 9), 'it fell and says so')
  t.ok(isSilentRevision(last, figure(30, { base: 5 }), 9), 'another base')
  t.ok(isSilentRevision(last, figure(30, { base: 'this' }), 9), 'itself as base')
  t.notOk(isSilentRevision({ ...last, base: 9 }, figure(30, { base: 'this' }), 9), 'the same base')
})

t.test('the last figure of each series is kept, and nothing is summed (FG2)', async (t) => {
  const first = foldFigures([], [figure(26), figure(92, { series: 'us.overheating', base: 'this' })], 8)
  t.same(first, [
    { series: 'us.burns', value: 26, index: 8 },
    { series: 'us.overheating', value: 92, index: 8, base: 8 },
  ])
  t.same(foldFigures(first, [figure(13, { base: 2 })], 25), [
    { series: 'us.burns', value: 13, index: 25, base: 2 },
    first[1],
  ])
})
