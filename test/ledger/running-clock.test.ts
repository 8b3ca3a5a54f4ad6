/** Clocks of a crisis: started by dues, ended by the kind that they ask for, missed by the system alone (W1, W4, C3). */
import t from 'tap'
import { foldPromises, noPromises } from '../../ledger/commitment.ts'
import type { PromiseState } from '../../ledger/commitment.ts'
import { foldCrisis } from '../../ledger/crisis.ts'
import type { CrisisState } from '../../ledger/crisis.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import { dueMisses, missingMisses, openPromises } from '../../ledger/promises.ts'
import { foldClocks, isUpdate } from '../../ledger/running-clock.ts'
import type { ClockState } from '../../ledger/running-clock.ts'
import { CrisisStream } from './crisis-stream.ts'

const at = (time: string): string => `2026-06-${time}:00.000Z`
const dues = (...clocks: [JsonValue, string][]): JsonValue =>
  clocks.map(([clock, time]) => ({ clock, due: { at: at(time) } }))
const fold = ({ entries }: CrisisStream): CrisisState =>
  entries.reduce<CrisisState | undefined>((state, { index, entry }) => foldCrisis(state, entry, index), undefined)!
const clocks = (stream: CrisisStream): readonly ClockState[] => fold(stream).clocks ?? []
const opened = (...started: [JsonValue, string][]): CrisisStream =>
  new CrisisStream({ dues: dues(...started) }, at('14T08:00'))

t.test('a crisis opens with its clocks running, and each ends by the kind that it asks for (W1)', async (t) => {
  const stream = opened(['acknowledge', '14T12:00'], ['first_statement', '15T08:00'])
  t.match(clocks(stream), [
    { promise: 'acknowledge_1', clock: 'acknowledge', madeBy: 10, due: { at: at('14T12:00') } },
    { promise: 'first_statement_1' },
  ])
  t.match(openPromises(fold(stream)), [
    { promise: 'acknowledge_1', due: at('14T12:00'), clock: 'acknowledge' },
    { promise: 'first_statement_1' },
  ])
  const rows: [string, JsonObject, boolean][] = [
    ['acknowledge', { kind: 'acknowledged' }, true],
    ['acknowledge', { kind: 'statement' }, false],
    ['acknowledge', { kind: 'dismissed' }, true],
    ...['holding_statement', 'statement', 'technical_statement', 'rebuttal', 'safety_instruction'].map(
      (kind): [string, JsonObject, boolean] => ['first_statement', { kind }, true],
    ),
    ['first_statement', { kind: 'acknowledged' }, false],
    ['update', { kind: 'investigation_update' }, true],
    ['update', { kind: 'next_update_set', due: { at: at('20T08:00') } }, false],
    ['scope', { kind: 'scope_published' }, true],
    ['dossier', { kind: 'review_published' }, true],
    ['look_back_30', { kind: 'look_back_published', lookBack: 30 }, true],
    ['look_back_30', { kind: 'look_back_published', lookBack: 7 }, false],
    ['look_back_30', { kind: 'look_back_published' }, false],
    ['seal', { kind: 'dismissed' }, false],
    ['seal', { kind: 'statement' }, false],
    ['seal', {}, false],
  ]
  for (const [clock, data, ends] of rows) {
    const one = opened([clock, '20T08:00'])
    one.add('milestone.recorded', data, at('14T09:00'))
    t.equal(
      openPromises(fold(one)).filter(({ clock: open }) => open === clock).length,
      ends ? 0 : 1,
      JSON.stringify(data),
    )
    one.add('milestone.recorded', data, at('14T09:00'), 'system')
  }
})

t.test('what was done stays in the state; updates and seals leave nothing behind', async (t) => {
  const stream = opened(['acknowledge', '14T12:00'], ['update', '15T08:00'])
  const by = stream.milestone({ kind: 'acknowledged', dues: dues(['update', '16T08:00']) }, at('14T09:00'))
  t.same(clocks(stream), [
    { promise: 'acknowledge_1', clock: 'acknowledge', madeBy: 10, due: { at: at('14T12:00') }, by },
    { promise: 'update_2', clock: 'update', madeBy: by, due: { at: at('16T08:00') } },
  ])
  const seal = stream.add('seal.recorded', { digest: 'x', dues: dues(['seal', '20T08:00']) }, at('14T10:00'))
  t.match(clocks(stream)[2], { promise: 'seal_3', madeBy: seal })
  stream.add('seal.opened', { seal: 999 }, at('14T11:00'))
  t.equal(clocks(stream).length, 3, 'another seal')
  stream.add('seal.opened', { seal }, at('14T11:00'))
  t.equal(clocks(stream).length, 2)
})

t.test('a clock that runs out is a miss of the system, once, and what comes after is late (W4)', async (t) => {
  const stream = opened(['acknowledge', '14T12:00'], ['first_statement', '15T08:00'])
  const [miss, ...others] = dueMisses(fold(stream), at('14T12:00'))
  t.same(others, [], 'only what is due')
  t.same(miss?.data, {
    kind: 'clock_missed',
    clock: 'acknowledge',
    occurredAt: at('14T12:00'),
    assertedBy: ['system'],
    promise: 'acknowledge_1',
    due: { at: at('14T12:00') },
    madeBy: 10,
  })
  t.match(missingMisses(stream.entries, at('14T13:00')), [{ promise: 'acknowledge_1' }])
  stream.add('milestone.recorded', miss!.data, at('14T12:30'), 'staff')
  t.equal(clocks(stream)[0]?.missed, undefined, 'the brand cannot write it')
  const missed = stream.add('milestone.recorded', miss!.data, at('14T12:30'), 'system')
  t.same(dueMisses(fold(stream), at('14T23:00')), [])
  const by = stream.milestone({ kind: 'acknowledged' }, at('14T13:00'))
  t.match(clocks(stream)[0], { missed, by })
  t.same(missingMisses(stream.entries, at('15T08:00')), [])
  const other = opened(['update', '14T12:00'])
  other.add('milestone.recorded', { ...miss!.data, promise: 'update_1' }, at('14T12:30'), 'system')
  t.equal(clocks(other).length, 1, 'still owed')
  other.milestone({ kind: 'statement' }, at('14T13:00'))
  t.same(clocks(other), [])
})

t.test('the first entry after a due time shows that the miss was left out', async (t) => {
  const stream = opened(['acknowledge', '14T12:00'])
  stream.milestone({ kind: 'acknowledged' }, at('14T12:00'))
  t.match(missingMisses(stream.entries, at('20T00:00')), [{ promise: 'acknowledge_1', due: at('14T12:00') }])
})

t.test('only clocks that are known, well formed, ahead and new are started', async (t) => {
  const bad: JsonValue[] = [
    'soon',
    [null, 'acknowledge', 7],
    dues(['constructor', '20T08:00'], ['look_back_', '20T08:00'], [7, '20T08:00']),
    [{ clock: 'acknowledge' }, { clock: 'acknowledge', due: { at: 'noon' } }],
    dues(['acknowledge', '14T08:00']),
  ]
  for (const value of bad) {
    const stream = new CrisisStream({ dues: value }, at('14T08:00'))
    t.equal(fold(stream).clocks, undefined, JSON.stringify(value))
  }
  t.match(clocks(opened(['scope', '20T08:00'], ['scope', '21T08:00'])), [{ due: { at: at('20T08:00') } }])
  t.equal(clocks(opened(['scope', '20T08:00'], ['scope', '21T08:00'])).length, 1)
})

t.test('a reconstructed record runs no clocks, and an entry that changes none leaves them as they are', async (t) => {
  const past = new CrisisStream({ mode: 'reconstructed', dues: dues(['acknowledge', '20T08:00']) }, at('14T08:00'))
  t.same([fold(past).clocks, openPromises(fold(past))], [undefined, []])
  const stream = opened(['acknowledge', '20T08:00'])
  const known = clocks(stream)
  stream.milestone({ kind: 'apology' })
  const { entry, index } = stream.last()
  t.equal(foldClocks(known, entry, { kind: 'apology' }, index), known)
  t.equal(foldClocks(undefined, entry, undefined, index), undefined)
  t.ok(isUpdate('look_back_published'))
  t.notOk(isUpdate('apology'))
})

t.test('whoever reads the promises alone reads the same clocks', async (t) => {
  const stream = opened(['acknowledge', '14T12:00'], ['update', '15T08:00'])
  stream.milestone({ kind: 'acknowledged', dues: dues(['update', '16T08:00']) }, at('14T09:00'))
  let slim: PromiseState = noPromises(stream.entries[0]!.entry)
  for (const { entry, index } of stream.entries) slim = foldPromises(slim, entry, index)
  t.same(slim.clocks, clocks(stream))
})
