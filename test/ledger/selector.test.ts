import t from 'tap'
import type { JsonValue } from '../../ledger/json.ts'
import { coverageOf, isSelector, lotsNamed, marketsContain } from '../../ledger/selector.ts'
import type { Selector } from '../../ledger/selector.ts'

const GTIN = '09520123456788'
const OTHER = '09520123456795'

t.test('a selector has the members of its form and no others of another type', async (t) => {
  const good: JsonValue[] = [
    { by: 'all', gtin: GTIN },
    { by: 'batch', gtin: GTIN, lot: 'L1', label: { en: 'first' } },
    { by: 'version', gtin: GTIN },
    { by: 'version', gtin: GTIN, from: '1.0', to: '1.2' },
    { by: 'serial', gtin: GTIN, from: 'A1', to: 'A9' },
    { by: 'market', market: 'CN' },
    { by: 'service', what: 'repair', where: 'Beijing' },
  ]
  for (const value of good) t.ok(isSelector(value), JSON.stringify(value))
  const bad: (JsonValue | undefined)[] = [
    ...[undefined, null, 'all', ['all'], {}, { by: 1 }, { by: 'toString', gtin: GTIN }, { by: 'planet', gtin: GTIN }],
    ...[{ by: 'all' }, { by: 'batch', gtin: GTIN }, { by: 'serial', gtin: GTIN, from: 'A1' }],
    ...[
      { by: 'version', gtin: GTIN, from: 1 },
      { by: 'market', market: 'CN', gtin: 1 },
    ],
  ]
  for (const value of bad) t.notOk(isSelector(value), JSON.stringify(value))
})

t.test('what a selector says of goods: surely meant, perhaps meant, or not', async (t) => {
  const goods = { gtin: GTIN, lot: 'L1', market: 'CN' }
  const rows: [Selector, string][] = [
    [{ by: 'all', gtin: GTIN }, 'covered'],
    [{ by: 'all', gtin: OTHER }, 'not'],
    [{ by: 'batch', gtin: GTIN, lot: 'L1' }, 'covered'],
    [{ by: 'batch', gtin: GTIN, lot: 'L2' }, 'not'],
    [{ by: 'batch', gtin: OTHER, lot: 'L1' }, 'not'],
    [{ by: 'version', gtin: GTIN, from: '1.0' }, 'possibly'],
    [{ by: 'version', gtin: OTHER }, 'not'],
    [{ by: 'serial', gtin: GTIN, from: 'A', to: 'B' }, 'possibly'],
    [{ by: 'serial', gtin: OTHER, from: 'A', to: 'B' }, 'not'],
    [{ by: 'market', market: 'CN' }, 'covered'],
    [{ by: 'market', market: 'US' }, 'not'],
    [{ by: 'market', market: 'CN', gtin: GTIN }, 'covered'],
    [{ by: 'market', market: 'CN', gtin: OTHER }, 'not'],
    [{ by: 'service', what: 'repair' }, 'not'],
  ]
  for (const [selector, expected] of rows) t.equal(coverageOf([selector], goods), expected, JSON.stringify(selector))
  t.equal(coverageOf([{ by: 'market', market: 'US' }], { gtin: GTIN }), 'covered', 'no market asked for means all')
})

t.test('the surest of several selectors counts, and none means nothing', async (t) => {
  const perhaps: Selector = { by: 'version', gtin: GTIN }
  const surely: Selector = { by: 'all', gtin: GTIN }
  const not: Selector = { by: 'all', gtin: OTHER }
  t.equal(coverageOf([], { gtin: GTIN }), 'not')
  t.equal(coverageOf([perhaps, not], { gtin: GTIN }), 'possibly')
  t.equal(coverageOf([not, perhaps, surely], { gtin: GTIN }), 'covered')
})

t.test('markets are all, all but some, or a list', async (t) => {
  t.ok(marketsContain(undefined, 'CN'))
  t.ok(marketsContain([], 'CN'))
  t.ok(marketsContain(['US'], undefined))
  t.ok(marketsContain(['*'], 'CN'))
  t.notOk(marketsContain(['*', '-CN'], 'CN'))
  t.ok(marketsContain(['*', '-CN'], 'US'))
  t.ok(marketsContain(['US', 'KR'], 'KR'))
  t.notOk(marketsContain(['US', 'KR'], 'CN'))
})

t.test('the lots that are named are those of the product', async (t) => {
  const selectors: Selector[] = [
    { by: 'batch', gtin: GTIN, lot: 'L1' },
    { by: 'batch', gtin: OTHER, lot: 'L2' },
    { by: 'all', gtin: GTIN },
    { by: 'batch', gtin: GTIN, lot: 'L3' },
  ]
  t.same(lotsNamed(selectors, GTIN), ['L1', 'L3'])
})
