/** What a new scope takes away (R2), and whether the remedies are for all (R1). */
import t from 'tap'
import type { Milestone } from '../../ledger/milestone.ts'
import { extentOf, narrowedBy, owedTo, reachesAll, supersededBy } from '../../ledger/scope.ts'
import type { AdviceState, RemedyLedger, ScopeState } from '../../ledger/scope.ts'
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
