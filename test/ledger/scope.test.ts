/** What a new scope takes away (R2), and whether the remedies are for all (R1). */
import t from 'tap'
import type { Milestone } from '../../ledger/milestone.ts'
import { extentOf, foldOffers, narrowedBy, owedTo, reachesAll, supersededBy } from '../../ledger/scope.ts'
import type { AdviceState, OfferState, RemedyLedger, ScopeState } from '../../ledger/scope.ts'
import { GTIN } from './crisis-stream.ts'

const batch = (lot: string) => ({ by: 'batch', gtin: GTIN, lot }) as const
const ALL = { by: 'all', gtin: GTIN } as const
const scope = (index: number, lots: string[], more: Partial<ScopeState> = {}): ScopeState => ({
  index,
  version: index,
  selectors: lots.map(batch),
  ...more,
})
const advice = (index: number, level: AdviceState['level'], lots: string[]): AdviceState => ({
  index,
  kind: 'safety_instruction',
  level,
  selectors: lots.map(batch),
})
const named = (index: number, kind: string, lots: string[]): OfferState => ({ index, kind, selectors: lots.map(batch) })
const says = (more: Partial<Milestone>): Milestone => ({
  kind: 'scope_published',
  occurredAt: '2026-06-14',
  assertedBy: ['brand'],
  ...more,
})

t.test('R2: a version that leaves goods or markets out narrows every scope that named them', async (t) => {
  const state = { scopes: [scope(1, ['L1']), scope(2, ['L1', 'L2'], { markets: ['CN', 'US'] })], advice: [] }
  t.same(narrowedBy(state, says({ scope: [batch('L1'), batch('L2')] })), [])
  t.same(narrowedBy(state, says({ scope: [batch('L1'), batch('L2')], markets: ['CN'] })), [1, 2])
  t.same(narrowedBy(state, says({ scope: [batch('L2')] })), [1, 2])
  t.same(narrowedBy(state, says({ scope: [batch('L1')] })), [2])
  t.same(narrowedBy(state, says({ scope: [ALL] })), [])
  t.same(narrowedBy(state, says({})), [1, 2], 'a scope of nothing takes everything away')
  t.same(narrowedBy(state, says({ kind: 'statement', scope: [] })), [], 'other kinds only by replacing')
  t.same(narrowedBy(state, says({ kind: 'recall_expanded', scope: [batch('L1')], replaces: [2] })), [2])
  const all = [batch('L1'), batch('L2')]
  t.same(narrowedBy(state, says({ kind: 'recall_expanded', scope: all, replaces: [2] })), [])
  t.same(
    narrowedBy(state, says({ kind: 'recall_progress', scope: all, replaces: [2] })),
    [2],
    'a kind by which nobody is told what is affected does not say it anew',
  )
})

t.test('R2: a recall or a remedy that is said anew for fewer goods narrows, whatever its advice', async (t) => {
  const offers = [named(6, 'recall_initiated', ['L1', 'L2']), named(7, 'remedy_announced', ['L3'])]
  const state = { scopes: [], advice: [], offers }
  const replacing = (more: Partial<Milestone>): number[] =>
    narrowedBy(state, says({ kind: 'recall_expanded', replaces: [6], ...more }))
  const both = [batch('L1'), batch('L2')]
  t.same(replacing({ scope: both }), [])
  t.same(replacing({ scope: [ALL], replaces: [6, 7] }), [])
  t.same(replacing({ scope: [batch('L1')] }), [6])
  t.same(replacing({ scope: both, markets: ['CN'] }), [6])
  t.same(replacing({}), [6])
  t.same(replacing({ advice: { level: 'check', scope: both } }), [], 'advice says at least as much of the goods')
  t.same(replacing({ scope: [batch('L2')], advice: { level: 'check', scope: [batch('L1')] } }), [])
  t.same(replacing({ kind: 'recall_completed', scope: both }), [6])
  t.same(replacing({ kind: 'recall_expanded', scope: [batch('L1')], replaces: [] }), [], 'what is not replaced holds')
  const advised = { ...state, advice: [{ ...advice(6, 'return', ['L1', 'L2']), kind: 'recall_initiated' }] }
  t.same(narrowedBy(advised, says({ kind: 'recall_expanded', replaces: [6] })), [6], 'an entry is named once')
})

t.test('a recall and a remedy name goods by their scope, and nothing else does', async (t) => {
  const scope = [{ ...batch('L1'), label: { en: 'one' } }]
  t.equal(foldOffers(undefined, says({ scope }), 3), undefined)
  t.equal(foldOffers(undefined, says({ kind: 'recall_initiated' }), 3), undefined)
  const [first] = foldOffers(undefined, says({ kind: 'recall_initiated', scope, markets: ['CN'] }), 3) ?? []
  t.same(first, { index: 3, kind: 'recall_initiated', selectors: [batch('L1')], markets: ['CN'] })
  t.match(foldOffers([first!], says({ kind: 'remedy_opened', scope }), 4), [{ index: 3 }, { index: 4 }])
})

t.test('R2: advice is weakened by fewer goods, a milder level, or none at all', async (t) => {
  const state = { scopes: [], advice: [advice(5, 'return', ['L1']), advice(4, 'stop_use', ['L2'])] }
  const replacing = (level: 'stop_use' | 'return' | 'check', lots: string[], replaces: number[]): number[] =>
    narrowedBy(state, says({ kind: 'safety_instruction', replaces, advice: { level, scope: lots.map(batch) } }))
  t.same(replacing('stop_use', ['L1', 'L2'], [4, 5]), [])
  t.same(replacing('return', ['L1', 'L2'], [4, 5]), [4])
  t.same(replacing('check', ['L1', 'L2'], [5, 4]), [4, 5])
  t.same(replacing('stop_use', ['L1'], [4, 5]), [4])
  t.same(replacing('check', [], []), [], 'what is not replaced stays in force')
  t.same(narrowedBy(state, says({ kind: 'statement', replaces: [4] })), [4])
})

t.test('only a version with a reason takes the place of those before it', async (t) => {
  const state = { scopes: [scope(1, ['L1']), scope(2, ['L2'])], advice: [] }
  t.same(supersededBy(state, says({ narrowingReason: 'ruled_out_by_test' })), [1, 2])
  t.same(supersededBy(state, says({})), [])
  t.same(supersededBy(state, says({ kind: 'safety_instruction', narrowingReason: 'ordered' })), [])
})

t.test('R1: a remedy is owed to all in a scope that rests on a cause and names goods', async (t) => {
  const ledger = (more: Partial<RemedyLedger>): RemedyLedger => ({
    scopes: [scope(1, ['L1'])],
    advice: [],
    causes: [],
    remedies: [],
    ...more,
  })
  t.same(owedTo(ledger({})), [], 'precaution')
  t.equal(owedTo(ledger({ causes: [{}] })).length, 1)
  t.equal(owedTo(ledger({ scopes: [scope(1, ['L1'], { basis: 'cause' }), scope(2, ['L2'])] })).length, 1)
  const service = { index: 1, version: 1, selectors: [{ by: 'service', what: 'brakes' }] } as const
  t.same(owedTo(ledger({ causes: [{}], scopes: [service] })), [], 'a service is no batch')
})

t.test('R1: remedies reach all together, say why not, or do not', async (t) => {
  const ledger = (remedies: RemedyLedger['remedies']): RemedyLedger => ({
    scopes: [scope(1, ['L1', 'L2'])],
    advice: [],
    causes: [{}],
    remedies,
  })
  const one = { id: 'a', state: 'opened', reach: extentOf([batch('L1')], undefined) } as const
  const two = { id: 'b', state: 'closed', reach: extentOf([batch('L2')], ['*']) } as const
  t.equal(reachesAll(ledger([])), false)
  t.equal(reachesAll(ledger([one])), false)
  t.equal(reachesAll(ledger([one, two])), true, 'what was delivered before it closed counts')
  t.equal(reachesAll(ledger([one, { ...two, state: 'withdrawn' }])), false)
  t.equal(reachesAll(ledger([{ ...one, partial: 'in_stages' }])), true)
  t.equal(reachesAll(ledger([{ id: 'c', state: 'announced' }])), true, 'without a scope it is for all')
})
