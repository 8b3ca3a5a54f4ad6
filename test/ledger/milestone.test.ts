/** The table of kinds, and what readers take from entries that they do not trust. */
import t from 'tap'
import type { JsonObject } from '../../ledger/json.ts'
import { MILESTONE_KINDS, isMilestoneKind, milestoneOf, ruleOf } from '../../ledger/milestone.ts'
import { nameOf, partiesNamed, productsNamed } from '../../ledger/opening.ts'
import type { MilestoneKind } from '../../ledger/milestone.ts'
import { isDecimal } from '../../ledger/figures.ts'
import { coverageOf, isSelector, marketsContain } from '../../ledger/selector.ts'
import { CrisisStream, GTIN } from './crisis-stream.ts'

const told = (data: JsonObject, actor = 'staff'): boolean => {
  const stream = new CrisisStream()
  stream.add(
    'milestone.recorded',
    { occurredAt: '2026-06-14T08:00Z', assertedBy: ['brand'], ...data },
    '2026-06-14T09:00:00.000Z',
    actor,
  )
  return milestoneOf(stream.last().entry) !== undefined
}

t.test('the list of kinds is closed and holds the amended model', async (t) => {
  const kinds = Object.keys(MILESTONE_KINDS) as MilestoneKind[]
  t.equal(kinds.length, 57)
  t.same(
    kinds.filter((kind) => ruleOf(kind).system),
    ['commitment_missed', 'next_update_missed', 'clock_missed'],
  )
  for (const kind of [
    'statement',
    'containment',
    'remedy_opened',
    'remedy_withdrawn',
    'recall_expanded',
    'dismissed',
  ]) {
    t.ok(isMilestoneKind(kind), kind)
  }
  for (const kind of ['correction', 'redaction', 'toString', '__proto__']) t.notOk(isMilestoneKind(kind), kind)
})

t.test('only the system writes what the system writes, and nothing else (M3)', async (t) => {
  const missed = {
    kind: 'commitment_missed',
    promise: 'c1',
    of: 'c1',
    due: { at: '2026-06-14T08:00:00.000Z' },
    madeBy: 3,
  }
  t.ok(told(missed, 'system'))
  t.notOk(told(missed, 'staff'))
  t.notOk(told({ kind: 'statement' }, 'system'))
})

t.test('a milestone without the shape of its kind is told as unknown', async (t) => {
  const advice = { level: 'stop_use', scope: [{ by: 'all', gtin: GTIN }] }
  t.ok(told({ kind: 'safety_instruction', advice }))
  const broken: JsonObject[] = [
    { kind: 'safety_instruction' },
    { kind: 'safety_instruction', advice: [] },
    { kind: 'safety_instruction', advice: { level: 'shout', scope: [] } },
    { kind: 'safety_instruction', advice: { scope: [] } },
    { kind: 'safety_instruction', advice: { level: 'check', scope: [{ by: 'colour' }] } },
    { kind: 'statement', occurredAt: '2026-06-31', zone: '+08:00' },
    { kind: 'statement', occurredAt: 7 },
    { kind: 'statement', scope: [{ by: 'batch', gtin: GTIN }] },
    { kind: 'statement', scope: [7] },
    { kind: 'statement', scope: [{}] },
    { kind: 'statement', scope: [{ by: 'version', gtin: GTIN, from: 7 }] },
    { kind: 'statement', replaces: [-1] },
    { kind: 'statement', replaces: 3 },
    { kind: 'statement', state: 'happy' },
    { kind: 'statement', parties: [{ id: 'x' }] },
    { kind: 'statement', figures: [{ series: 's', value: '1e3' }] },
    { kind: 'statement', figures: [{ series: 's', value: 1, base: 'that' }] },
    { kind: 'statement', figures: [{ series: 's', value: 1, revises: 'n08' }] },
    { kind: 'statement', figures: [null] },
    { kind: 'statement', figures: [{ value: 1 }] },
    { kind: 'statement', commitment: { id: 'C 1', due: { date: '2026-06-14' } } },
    { kind: 'statement', commitment: { id: 'c1', due: { date: '2026-06-99' } } },
    { kind: 'statement', commitment: { id: 'c1' } },
    { kind: 'statement', commitment: 7 },
    { kind: 'statement', commitment: { id: 'c1', due: { date: '2026-06-14' }, outcome: 'splendid' } },
    { kind: 'next_update_set', due: 'soon' },
    { kind: 'next_update_set', due: { date: 7 } },
    { kind: 'nothing_of_ours' },
    { kind: 7 },
  ]
  for (const data of broken) t.notOk(told(data), JSON.stringify(data))
  t.equal(milestoneOf(new CrisisStream().last().entry), undefined, 'another type')
})

t.test('names of a crisis are taken from what is well formed', async (t) => {
  const data = {
    products: [{ gtin: GTIN, batches: [{ lot: 'L1' }, { lot: 7 }, 3] }, { gtin: 1 }, null],
    parties: [{ id: 'a', kind: 'brand' }, { id: 'b' }],
  }
  t.same(productsNamed(data), [{ gtin: GTIN, lots: ['L1'] }])
  t.same(partiesNamed(data), [{ id: 'a', kind: 'brand' }])
  t.same(productsNamed({}), [])
  t.same(nameOf(7), { 'zh-CN': '', en: '' })
  t.same(nameOf({ en: 'A', 'zh-CN': 7 }), { 'zh-CN': '', en: 'A' })
})

t.test('selectors say what they surely, possibly or do not mean', async (t) => {
  const other = '09520123456795'
  const asked = { gtin: GTIN, lot: 'L1', market: 'CN' }
  const cases: [JsonObject, string][] = [
    [{ by: 'all', gtin: GTIN }, 'covered'],
    [{ by: 'all', gtin: other }, 'not'],
    [{ by: 'batch', gtin: GTIN, lot: 'L1' }, 'covered'],
    [{ by: 'batch', gtin: GTIN, lot: 'l1' }, 'not'],
    [{ by: 'batch', gtin: other, lot: 'L1' }, 'not'],
    [{ by: 'version', gtin: GTIN, to: '2.1' }, 'possibly'],
    [{ by: 'version', gtin: other }, 'not'],
    [{ by: 'serial', gtin: GTIN, from: '1', to: '9' }, 'possibly'],
    [{ by: 'market', market: 'CN' }, 'covered'],
    [{ by: 'market', market: 'US' }, 'not'],
    [{ by: 'market', market: 'CN', gtin: other }, 'not'],
    [{ by: 'service', what: 'repair' }, 'not'],
  ]
  for (const [selector, coverage] of cases) {
    t.ok(isSelector(selector))
    t.equal(coverageOf([selector as never], asked), coverage, JSON.stringify(selector))
  }
  t.equal(
    coverageOf(
      [
        { by: 'version', gtin: GTIN },
        { by: 'all', gtin: GTIN },
      ],
      asked,
    ),
    'covered',
  )
  t.equal(coverageOf([{ by: 'market', market: 'US' }], { gtin: GTIN }), 'covered', 'no market asked for')
})

t.test('markets are everywhere, some, or all but some', async (t) => {
  t.ok(marketsContain(undefined, 'CN'))
  t.ok(marketsContain(['*'], 'CN'))
  t.notOk(marketsContain(['*', '-CN'], 'CN'))
  t.ok(marketsContain(['*', '-CN'], 'US'))
  t.ok(marketsContain(['US', 'KR'], 'KR'))
  t.notOk(marketsContain(['US', 'KR'], 'CN'))
  t.ok(marketsContain(['US'], undefined))
})

t.test('decimals are written one way', async (t) => {
  for (const text of ['0', '-1', '12.50', '0.0']) t.ok(isDecimal(text), text)
  for (const text of ['', '01', '.5', '1.', '1e3', '+1', ' 1', '1'.repeat(41)]) t.notOk(isDecimal(text), text)
})
