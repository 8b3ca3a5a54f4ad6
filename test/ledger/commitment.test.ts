import t from 'tap'
import { foldPromises, isClaimedOutcome, isCommitment, noPromises, promiseMembers } from '../../ledger/commitment.ts'
import type { PromiseState } from '../../ledger/commitment.ts'
import type { Entry } from '../../ledger/entry.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import { isUpdate } from '../../ledger/running-clock.ts'

const DUE = { at: '2026-03-10T00:00:00.000Z' }
const LATER = { at: '2026-03-20T00:00:00.000Z' }
const BEFORE = '2026-03-01T00:00:00.000Z'
const AFTER = '2026-03-11T00:00:00.000Z'

const entry = (data: JsonObject, recordedAt = BEFORE, more: Partial<Entry> = {}): Entry => ({
  v: 1,
  type: 'milestone.recorded',
  brand: 'dairy',
  stream: 'crisis:CR-7K2M9QPD',
  seq: 2,
  prev: null,
  recordedAt,
  actor: { kind: 'staff', id: 'k' },
  data,
  ...more,
})
const bySystem = (data: JsonObject, recordedAt = AFTER): Entry => entry(data, recordedAt, { actor: { kind: 'system' } })

const opened = (mode: string): PromiseState => noPromises(entry({ mode }, BEFORE, { type: 'crisis.opened' }))
const fold = (state: PromiseState, ...entries: Entry[]): PromiseState =>
  entries.reduce((before, next, at) => foldPromises(before, next, 10 + at), state)
const outcomeOf = (state: PromiseState): string | undefined => state.commitments[0]?.outcome

const made = entry({ kind: 'commitment_made', commitment: { id: 'c1', due: DUE } })
const kept = (recordedAt: string): Entry => entry({ kind: 'commitment_fulfilled', fulfils: 'c1' }, recordedAt)
const moved = entry({ kind: 'commitment_rescheduled', of: 'c1', due: LATER }, AFTER)
const missed = bySystem({ kind: 'commitment_missed', promise: 'c1', of: 'c1', due: DUE, madeBy: 10 })

t.test('in a live crisis the outcome follows from when it was recorded, not from what is claimed', async (t) => {
  const live = opened('live')
  const rows: [string, Entry[]][] = [
    ['open', [made]],
    ['kept', [made, kept(BEFORE)]],
    ['late', [made, kept(AFTER)]],
    ['missed', [made, missed]],
    ['late', [made, missed, kept(AFTER)]],
    ['late', [made, missed, moved, kept(AFTER)]],
    ['kept', [made, moved, kept(AFTER)]],
    ['retrospective', [entry(made.data, AFTER)]],
    ['retrospective', [entry(made.data, AFTER), kept(AFTER)]],
    ['abandoned', [made, entry({ kind: 'commitment_abandoned', of: 'c1' })]],
    ['open', [made, missed, moved]],
    ['missed', [made, missed, entry({ kind: 'commitment_rescheduled', of: 'c1' }, AFTER)]],
    ['open', [made, entry({ kind: 'commitment_fulfilled', fulfils: 'c2' })]],
  ]
  for (const [outcome, entries] of rows) t.equal(outcomeOf(fold(live, ...entries)), outcome)
})

t.test('the first due time stays, moves are counted, misses and explanations are kept (W2)', async (t) => {
  const explained = entry({ kind: 'commitment_explained', of: 'c1' }, AFTER)
  const missedAgain = bySystem({ kind: 'commitment_missed', promise: 'c1', of: 'c1', due: LATER, madeBy: 10 })
  const [commitment] = fold(opened('live'), made, missed, explained, moved, missedAgain).commitments
  t.match(commitment, {
    firstDue: DUE,
    due: LATER,
    moved: 1,
    explained: 12,
    misses: [11, 14],
    outcome: 'missed',
    by: 14,
  })
  t.equal(fold(opened('live'), made, made).commitments.length, 1, 'an id is used once')
})

t.test('a reconstructed record says itself what became of a promise', async (t) => {
  const past = opened('reconstructed')
  const rows: [string, Entry[]][] = [
    ['unknown', [made]],
    ['kept', [entry({ kind: 'statement', commitment: { id: 'c1', due: DUE, outcome: 'kept' } })]],
    ['kept', [made, entry({ kind: 'commitment_fulfilled', fulfils: 'c1', outcome: 'kept' })]],
    ['unknown', [made, kept(AFTER)]],
    ['changed_by_others', [made, entry({ kind: 'commitment_rescheduled', of: 'c1', outcome: 'changed_by_others' })]],
    ['unknown', [made, entry({ kind: 'commitment_rescheduled', of: 'c1' })]],
  ]
  for (const [outcome, entries] of rows) t.equal(outcomeOf(fold(past, ...entries)), outcome)
  t.same(fold(past, entry({ kind: 'next_update_set', due: DUE })).nextUpdates, [], 'it runs no clocks')
})

t.test('a promised update ends with an update and not with another promise (C3)', async (t) => {
  const live = opened('live')
  const set = entry({ kind: 'next_update_set', due: DUE })
  const setLater = entry({ kind: 'next_update_set', due: LATER }, BEFORE, { seq: 3 })
  const both = fold(live, set, setLater)
  t.same(both.nextUpdates, [
    { promise: 'next_update_2', madeBy: 10, due: DUE },
    { promise: 'next_update_3', madeBy: 11, due: LATER },
  ])
  const miss = bySystem({ kind: 'next_update_missed', promise: 'next_update_2', due: DUE, madeBy: 10 })
  t.same(
    foldPromises(both, miss, 12).nextUpdates.map(({ missed: by }) => by),
    [12, undefined],
  )
  t.same(foldPromises(both, entry({ kind: 'statement' }), 12).nextUpdates, [])
  t.equal(foldPromises(live, entry({ kind: 'statement' }), 12), live, 'nothing changed')
  t.equal(foldPromises(live, entry({ kind: 'next_update_set' }), 12), live, 'no time, no promise')
  t.equal(foldPromises(live, entry({ kind: 'next_update_set', due: DUE }, AFTER), 12), live, 'a time that has passed')
  t.ok(isUpdate('closed'))
  t.notOk(isUpdate('apology'))
})

t.test('only the system writes a miss, and what is malformed promises nothing', async (t) => {
  const state = fold(opened('live'), made)
  const nothing: Entry[] = [
    entry({ kind: 'statement' }, BEFORE, { type: 'evidence.recorded' }),
    entry({ kind: 7 }),
    entry(missed.data, AFTER),
    bySystem({ kind: 'statement' }),
    bySystem({ kind: 'commitment_missed', due: DUE }),
    bySystem({ kind: 'commitment_missed', promise: 'c1' }),
    ...[{ of: 1 }, { fulfils: 1 }, { due: 'soon' }, { commitment: 'c' }, { outcome: 'perfect' }].map((more) =>
      entry({ kind: 'statement', ...more }),
    ),
  ]
  for (const one of nothing) {
    t.equal(promiseMembers(one), undefined, JSON.stringify(one.data))
    t.equal(foldPromises(state, one, 20), state)
  }
})

t.test('clocks run beside promises, whatever type of entry starts or ends them', async (t) => {
  const live = opened('live')
  const dues = [{ clock: 'seal', due: DUE }]
  const sealed = foldPromises(live, entry({ dues }, BEFORE, { type: 'seal.recorded' }), 10)
  t.match(sealed.clocks, [{ promise: 'seal_2', madeBy: 10, due: DUE }])
  t.same(foldPromises(sealed, entry({ seal: 10 }, BEFORE, { type: 'seal.opened' }), 11).clocks, [])
  const acknowledged = foldPromises(live, entry({ kind: 'acknowledged', dues: [{ clock: 'update', due: DUE }] }), 10)
  t.match(acknowledged, { commitments: [], nextUpdates: [], clocks: [{ promise: 'update_2' }] })
  t.equal(foldPromises(opened('reconstructed'), entry({ dues }), 10).clocks, undefined)
})

t.test('a commitment has an id, a due time, and an outcome of the list if any', async (t) => {
  t.ok(isCommitment({ id: 'c1', due: DUE }))
  t.ok(isCommitment({ id: 'c1', due: DUE, outcome: 'unknown' }))
  const bad: JsonValue[] = [
    ...[null, 'c1', { id: 'C1', due: DUE }, { id: '', due: DUE }, { id: 1, due: DUE }, { id: 'c1' }],
    ...[
      { id: 'c1', due: {} },
      { id: 'c1', due: DUE, outcome: 'open' },
    ],
  ]
  for (const value of bad) t.notOk(isCommitment(value), JSON.stringify(value))
  t.ok(isClaimedOutcome('kept'))
  t.notOk(isClaimedOutcome('open'))
})
