/** Deliveries: each cohort by itself, never silently less (R3). */
import t from 'tap'
import { foldDeliveries, isDelivery, isSilentRecount, permille } from '../../ledger/delivery.ts'
import type { Delivery } from '../../ledger/delivery.ts'

const count: Delivery = { remedy: 'r', cohort: 'vocal', eligible: 20, delivered: 5, asOf: '2026-06-14', base: 3 }

const SHAPES: readonly [string, unknown, boolean][] = [
  ['a count', count, true],
  ['a count that revises', { ...count, revises: 4 }, true],
  ['all of them', { ...count, delivered: 20 }, true],
  ['more than all', { ...count, delivered: 21 }, false],
  ['no object', 7, false],
  ['no remedy', { ...count, remedy: 1 }, false],
  ['no day', { ...count, asOf: null }, false],
  ['a cohort of its own', { ...count, cohort: 'friends' }, false],
  ['a negative count', { ...count, delivered: -1 }, false],
  ['no base', { ...count, base: 'x' }, false],
  ['a revision of nothing', { ...count, revises: -1 }, false],
]
for (const [name, value, holds] of SHAPES) {
  t.test(`${name} ${holds ? 'is' : 'is not'} a delivery`, async (t) => {
    t.equal(isDelivery(value as never), holds)
  })
}

t.test('R3: cohorts are counted apart, and the last count of each stands', async (t) => {
  const silent = { ...count, cohort: 'silent', delivered: 1 } as const
  const first = foldDeliveries([], [count, silent], 10)
  const second = foldDeliveries(first, [{ ...count, delivered: 9 }], 12)
  t.same(second, [
    { ...silent, index: 10 },
    { ...count, delivered: 9, index: 12 },
  ])
  t.same(foldDeliveries(second, [{ ...count, remedy: 's' }], 13).length, 3)
})

t.test('R3: fewer delivered, fewer eligible or another base must be said', async (t) => {
  const known = [{ ...count, index: 10 }]
  t.equal(isSilentRecount([], count), false)
  t.equal(isSilentRecount(known, count), false)
  t.equal(isSilentRecount(known, { ...count, eligible: 30, delivered: 6 }), false)
  t.equal(isSilentRecount(known, { ...count, delivered: 4 }), true)
  t.equal(isSilentRecount(known, { ...count, eligible: 19 }), true)
  t.equal(isSilentRecount(known, { ...count, base: 4 }), true)
  t.equal(isSilentRecount(known, { ...count, delivered: 4, revises: 10 }), false)
  t.equal(isSilentRecount(known, { ...count, cohort: 'all', delivered: 4 }), false)
})

t.test('a rate is rounded down, so that 100 % means all', async (t) => {
  t.equal(permille(999_999, 1_000_000), 999)
  t.equal(permille(20, 20), 1000)
  t.equal(permille(0, 0), undefined)
})
