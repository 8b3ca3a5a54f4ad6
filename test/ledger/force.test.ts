/** What is in force: how entries lose their force, and that corrections and withdrawals take along what they must. */
import t from 'tap'
import { foldCrisis } from '../../ledger/crisis.ts'
import type { CrisisState } from '../../ledger/crisis.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { CrisisStream, GTIN } from './crisis-stream.ts'

const fold = ({ entries }: CrisisStream): CrisisState => {
  let state: CrisisState | undefined
  for (const { index, entry } of entries) state = foldCrisis(state, entry, index)
  return state as CrisisState
}
const scope: JsonObject[] = [{ by: 'batch', gtin: GTIN, lot: 'L1' }]
const advice = { level: 'stop_use', scope }
const rulesOf = (stream: CrisisStream): string[] => fold(stream).marks.map(({ rule }) => rule)

t.test('later entries end earlier ones, and only earlier ones', async (t) => {
  const stream = new CrisisStream()
  const first = stream.milestone({ kind: 'safety_instruction', advice })
  const claim = stream.milestone({ kind: 'statement', statedUnaffected: scope })
  const second = stream.milestone({ kind: 'safety_instruction', advice, replaces: [first], overtakes: [claim, 9_999] })
  const state = fold(stream)
  t.same(state.ended, [
    { index: first, by: second, how: 'replaced' },
    { index: claim, by: second, how: 'overtaken' },
  ])
  const given = { kind: 'safety_instruction', level: 'stop_use', selectors: scope }
  t.same(state.advice, [{ index: second, ...given }])
})

t.test('the goods of a recall stay in force until the recall says them anew or they are corrected', async (t) => {
  const stream = new CrisisStream()
  const first = stream.milestone({ kind: 'recall_initiated', recall: 'cn', scope })
  const other = stream.milestone({ kind: 'recall_initiated', recall: 'us', scope, markets: ['US'] })
  t.match(fold(stream).offers, [{ index: first }, { index: other, markets: ['US'] }])
  const second = stream.milestone({ kind: 'recall_expanded', recall: 'cn', scope, replaces: [first] })
  t.match(fold(stream).offers, [{ index: other }, { index: second }])
  stream.milestone({ kind: 'recall_completed', recall: 'cn', replaces: [second] })
  const { offers, narrowings } = fold(stream)
  t.match(offers, [{ index: other }])
  t.match(narrowings, [{ of: [second] }])
})

t.test('a remedy is announced, opened and withdrawn; a withdrawn one stays withdrawn', async (t) => {
  const stream = new CrisisStream()
  const announced = stream.milestone({ kind: 'remedy_announced', remedy: 'r1' })
  const opened = stream.milestone({ kind: 'remedy_opened', remedy: 'r1' })
  stream.milestone({ kind: 'remedy_announced', remedy: 'r2' })
  t.match(fold(stream).remedies, [
    { id: 'r1', state: 'opened', announced, opened },
    { id: 'r2', state: 'announced' },
  ])
  const withdrawn = stream.milestone({ kind: 'remedy_withdrawn', withdraws: [opened], reason: 'new_hazard' })
  stream.milestone({ kind: 'remedy_opened', remedy: 'r1' })
  stream.milestone({ kind: 'remedy_announced', remedy: 'r2' })
  const state = fold(stream)
  t.match(state.remedies, [
    { id: 'r1', state: 'withdrawn', withdrawn },
    { id: 'r2', state: 'announced' },
  ])
  t.same(
    state.ended.map(({ index }) => index),
    [opened, announced],
  )
})

t.test(
  'R2: a scope that covers less is remembered, and with a reason takes the place of those before it',
  async (t) => {
    const stream = new CrisisStream()
    const both = [...scope, { by: 'batch', gtin: GTIN, lot: 'L2' }]
    const first = stream.milestone({ kind: 'scope_published', scope: both })
    const silent = stream.milestone({ kind: 'scope_published', scope })
    t.match(fold(stream), {
      narrowings: [{ index: silent, of: [first] }],
      scopes: [{ index: first }, { index: silent }],
    })
    t.same(rulesOf(stream), ['narrowing_unexplained'])
    const narrowingReason = 'ruled_out_by_test'
    const said = stream.milestone({ kind: 'scope_published', scope, narrowingReason, replaces: [silent] })
    const state = fold(stream)
    t.same(state.narrowings[1], { index: said, of: [first], reason: narrowingReason })
    t.same(
      state.scopes.map(({ index }) => index),
      [said],
    )
    t.same(
      state.ended.map(({ index, how }) => [index, how]),
      [
        [first, 'replaced'],
        [silent, 'replaced'],
      ],
    )
    const same = stream.milestone({ kind: 'scope_published', scope, narrowingReason })
    t.match(fold(stream), { scopes: [{ index: same }], narrowings: { length: 2 } }, 'nothing was taken away')
  },
)

t.test('corrections are noted; those that void an entry end it', async (t) => {
  const stream = new CrisisStream()
  const wrong = stream.milestone({ kind: 'safety_instruction', advice })
  const right = stream.milestone({ kind: 'safety_instruction', advice })
  const at = '2026-06-15T00:00:00.000Z'
  stream.add('correction.recorded', { corrects: right, reason: 'incomplete' }, at)
  stream.add('correction.recorded', { corrects: 'x', reason: 'incomplete' }, at)
  const by = stream.add('correction.recorded', { corrects: wrong, reason: 'incorrect_data', by: right }, at)
  const state = fold(stream)
  t.equal(state.corrections.length, 2)
  t.same(state.ended, [{ index: wrong, by, how: 'corrected' }])
  t.match(state.advice, [{ index: right }])
})
