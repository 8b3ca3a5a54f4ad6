/** Containment of scopes: a table of pairs, and the laws that hold for all of them. */
import fc from 'fast-check'
import t from 'tap'
import { bareSelectors, containExtent, containsSelector } from '../../ledger/extent.ts'
import { coverageOf, marketsContain } from '../../ledger/selector.ts'
import type { Selector } from '../../ledger/selector.ts'

const gtin = '09520123456788'
const other = '09520123456795'
const all: Selector = { by: 'all', gtin }
const batch = (lot: string, of = gtin): Selector => ({ by: 'batch', gtin: of, lot })
const version = (from?: string, to?: string): Selector => ({
  by: 'version',
  gtin,
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
})
const serial = (from: string, to: string): Selector => ({ by: 'serial', gtin, from, to })
const market = (code: string, of?: string): Selector => ({
  by: 'market',
  market: code,
  ...(of === undefined ? {} : { gtin: of }),
})
const service = (more: Partial<Record<'what' | 'who' | 'where' | 'from' | 'to', string>> = {}): Selector => ({
  by: 'service',
  what: 'brakes',
  ...more,
})

const PAIRS: readonly [Selector, Selector, boolean][] = [
  [all, all, true],
  [all, batch('L1'), true],
  [all, batch('L1', other), false],
  [all, version('1', '2'), true],
  [all, serial('1', '2'), true],
  [all, market('CN', gtin), true],
  [all, market('CN'), false],
  [all, service(), false],
  [batch('L1'), batch('L1'), true],
  [batch('L1'), batch('L2'), false],
  [batch('L1'), batch('L1', other), false],
  [batch('L1'), all, false],
  [version('1.2', '1.10'), version('1.3', '1.9'), true],
  [version('1.2', '1.9'), version('1.3', '1.10'), false],
  [version('1.2', '1.9'), version('1.2.0', '1.9.0'), true],
  [version(), version('1.3'), true],
  [version('1'), version(), false],
  [version(undefined, '2'), version('1', '2'), true],
  [version('beta', '2'), version('beta', '2'), true],
  [version('alpha', '2'), version('beta', '2'), false],
  [version('v1', 'v2'), version('1', '2'), false],
  [version('v01', 'v20'), version('v1', 'v3'), true],
  [version(), serial('1', '2'), false],
  [serial('A100', 'A900'), serial('A0200', 'A300'), true],
  [serial('A100', 'A900'), { ...serial('A200', 'A300'), gtin: other } as Selector, false],
  [
    serial('99999999999999999998', '99999999999999999999'),
    serial('99999999999999999999', '99999999999999999999'),
    true,
  ],
  [market('CN'), market('CN', gtin), true],
  [market('CN', gtin), market('CN', gtin), true],
  [market('CN', gtin), market('CN'), false],
  [market('CN'), market('US'), false],
  [market('CN'), batch('L1'), false],
  [service(), service({ who: 'A', where: 'B', from: '2026-01-01' }), true],
  [service({ who: 'A' }), service(), false],
  [service({ where: 'B' }), service({ where: 'C' }), false],
  [service({ what: 'tyres' }), service(), false],
  [service(), all, false],
  [service({ from: '2026-01-01', to: '2026-02-01' }), service({ from: '2026-01-02', to: '2026-02-01' }), true],
  [service({ from: '2026-01-03' }), service({ from: '2026-01-02' }), false],
]

for (const [wider, narrower, holds] of PAIRS) {
  t.test(
    `${JSON.stringify(wider)} ${holds ? 'contains' : 'does not contain'} ${JSON.stringify(narrower)}`,
    async (t) => {
      t.equal(containsSelector(wider, narrower), holds)
    },
  )
}

const MARKETS: readonly [readonly (readonly string[] | undefined)[], readonly string[] | undefined, boolean][] = [
  [[undefined], undefined, true],
  [[['*']], ['CN'], true],
  [[['CN']], ['*'], false],
  [[['CN'], ['*', '-CN']], undefined, true],
  [[['*', '-CN'], ['CN']], undefined, true],
  [[['*', '-CN', '-US'], ['CN']], ['*', '-US'], true],
  [
    [
      ['*', '-CN'],
      ['*', '-US'],
    ],
    ['*'],
    true,
  ],
  [[['*', '-CN']], ['CN', 'US'], false],
  [[['*', '-CN']], ['US'], true],
  [[['CN'], ['US']], ['US', 'CN'], true],
  [[['CN', '-CN']], ['CN'], false],
  [[], ['CN'], false],
]

for (const [wider, narrower, holds] of MARKETS) {
  t.test(
    `markets ${JSON.stringify(wider)} ${holds ? 'contain' : 'do not contain'} ${JSON.stringify(narrower)}`,
    async (t) => {
      const extents = wider.map((markets) => ({ selectors: [all], ...(markets === undefined ? {} : { markets }) }))
      const asked = { selectors: [batch('L1')], ...(narrower === undefined ? {} : { markets: narrower }) }
      t.equal(containExtent(extents, asked), holds)
    },
  )
}

t.test('what a contained scope covers for certain, the containing one covers too', async () => {
  const selectors = fc.array(
    fc.oneof(
      fc.constantFrom(all, market('CN'), market('CN', gtin), market('US', gtin)),
      fc.constantFrom('L1', 'L2', 'L3').map((lot) => batch(lot)),
    ),
    { maxLength: 4 },
  )
  const markets = fc.option(fc.subarray(['*', 'CN', 'US', '-CN', '-US']), { nil: undefined })
  const extent = fc.record({ selectors, markets }).map(({ selectors, markets }) => ({
    selectors,
    ...(markets === undefined ? {} : { markets }),
  }))
  fc.assert(
    fc.property(extent, extent, fc.constantFrom('L1', 'L2'), fc.constantFrom('CN', 'US', 'JP'), (a, b, lot, where) => {
      if (!containExtent([a], b) || !marketsContain(b.markets, where)) return
      const goods = { gtin, lot, market: where }
      if (coverageOf(b.selectors, goods) !== 'covered') return
      if (coverageOf(a.selectors, goods) !== 'covered' || !marketsContain(a.markets, where)) throw new Error('lost')
    }),
    { numRuns: 3000 },
  )
})

t.test('words on a batch do not change what is meant', async (t) => {
  t.same(bareSelectors([{ by: 'batch', gtin, lot: 'L1', label: { en: 'neck' } }, all]), [batch('L1'), all])
})
