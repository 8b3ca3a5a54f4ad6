/** Promises with a due time: their outcomes, their misses, and the misses that somebody left out. */
import t from 'tap'
import fc from 'fast-check'
import type { CommitmentState, PromiseState } from '../../ledger/commitment.ts'
import { foldPromises, noPromises, promiseMembers } from '../../ledger/commitment.ts'
import { foldCrisis } from '../../ledger/crisis.ts'
import type { CrisisState } from '../../ledger/crisis.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { MILESTONE_KINDS } from '../../ledger/milestone.ts'
import { dueMisses, missingMisses, nextUpdateInForce, openPromises } from '../../ledger/promises.ts'
import type { OpenPromise } from '../../ledger/promises.ts'
import { isUpdate } from '../../ledger/running-clock.ts'
import { CrisisStream, note7Stream } from './crisis-stream.ts'

const fold = ({ entries }: CrisisStream): CrisisState => {
  let state: CrisisState | undefined
  for (const { index, entry } of entries) state = foldCrisis(state, entry, index)
  return state as CrisisState
}
const at = (time: string): string => `2026-06-${time}:00.000Z`
const due = (time: string): JsonObject => ({ at: at(time) })
const make = (stream: CrisisStream, id: string, time: string, recordedAt: string): number =>
  stream.milestone({ kind: 'commitment_made', commitment: { id, due: due(time) } }, at(recordedAt))
/** What the sequencer does before it judges: the system's entries for all that is due. */
const pass = (stream: CrisisStream, time: string): number[] =>
  dueMisses(fold(stream), at(time)).map(({ type, data, actor }) => stream.add(type, data, at(time), actor.kind))
const commitment = (stream: CrisisStream): CommitmentState => fold(stream).commitments[0]!

t.test('a commitment is kept when its outcome is recorded before it is due', async (t) => {
  const stream = new CrisisStream()
  const madeBy = make(stream, 'c1', '20T10:00', '14T10:00')
  t.match(commitment(stream), { outcome: 'open', madeBy, moved: 0 })
  t.same(openPromises(fold(stream)), [{ promise: 'c1', due: at('20T10:00'), madeBy }])
  t.same(dueMisses(fold(stream), '2026-06-20T09:59:59.999Z'), [])
  const by = stream.milestone({ kind: 'commitment_fulfilled', fulfils: 'c1' }, '2026-06-20T09:59:59.999Z')
  t.match(commitment(stream), { outcome: 'kept', by })
  t.same(missingMisses(stream.entries, at('30T00:00')), [])
})

t.test('a due time that passes is a miss of the system, and what comes after is late (W4)', async (t) => {
  const stream = new CrisisStream()
  const madeBy = make(stream, 'c1', '20T10:00', '14T10:00')
  t.same(dueMisses(fold(stream), at('20T10:00')), [
    {
      type: 'milestone.recorded',
      stream: 'crisis:CR-7K2M9QPD',
      brand: 'acme',
      actor: { kind: 'system' },
      data: {
        kind: 'commitment_missed',
        of: 'c1',
        occurredAt: at('20T10:00'),
        assertedBy: ['system'],
        promise: 'c1',
        due: { at: at('20T10:00') },
        madeBy,
      },
    },
  ])
  const [missed] = pass(stream, '20T10:01')
  t.match(commitment(stream), { outcome: 'missed', by: missed, misses: [missed] })
  t.same(dueMisses(fold(stream), at('30T00:00')), [], 'said once')
  const explained = stream.milestone({ kind: 'commitment_explained', of: 'c1' }, at('20T11:00'))
  t.match(commitment(stream), { outcome: 'missed', explained })
  stream.milestone({ kind: 'commitment_fulfilled', fulfils: 'c1' }, at('21T11:00'))
  t.match(commitment(stream), { outcome: 'late', misses: [missed], firstDue: due('20T10:00') })
  t.same(missingMisses(stream.entries, at('30T00:00')), [])
})

t.test('the brand cannot write a miss, nor an outcome of its own choice', async (t) => {
  const stream = new CrisisStream()
  make(stream, 'c1', '20T10:00', '14T10:00')
  const [miss] = dueMisses(fold(stream), at('20T10:00'))
  stream.add('milestone.recorded', miss!.data, at('20T10:00'), 'staff')
  t.equal(commitment(stream).outcome, 'open')
  stream.milestone({ kind: 'commitment_fulfilled', fulfils: 'c1', outcome: 'kept' }, at('20T11:00'))
  t.equal(commitment(stream).outcome, 'late')
  t.match(missingMisses(stream.entries, at('30T00:00')), [{ promise: 'c1', due: at('20T10:00') }])
})

t.test('a moved commitment keeps its first due time, and each due time can be missed (W2)', async (t) => {
  const stream = new CrisisStream()
  make(stream, 'c1', '20T10:00', '14T10:00')
  stream.milestone({ kind: 'commitment_rescheduled', of: 'c1', due: due('22T10:00') }, at('19T10:00'))
  t.match(commitment(stream), { outcome: 'open', moved: 1, firstDue: due('20T10:00'), due: due('22T10:00') })
  const [first] = pass(stream, '22T10:00')
  stream.milestone({ kind: 'commitment_rescheduled', of: 'c1', due: due('25T10:00') }, at('22T11:00'))
  t.match(commitment(stream), { outcome: 'open', moved: 2 })
  const [second] = pass(stream, '25T10:00')
  stream.milestone({ kind: 'commitment_rescheduled', of: 'c1', due: due('24T10:00') }, at('25T11:00'))
  t.match(commitment(stream), { outcome: 'missed', misses: [first, second] }, 'a past due time opens nothing')
  stream.milestone({ kind: 'commitment_abandoned', of: 'c1' }, at('26T10:00'))
  t.match(commitment(stream), { outcome: 'abandoned', misses: [first, second], moved: 3 })
  t.same(missingMisses(stream.entries, at('30T00:00')), [])
})

t.test('a commitment recorded after it was due is retrospective: neither kept nor missed', async (t) => {
  const stream = new CrisisStream()
  make(stream, 'c1', '13T10:00', '14T10:00')
  make(stream, 'c1', '29T10:00', '14T10:00')
  t.equal(fold(stream).commitments.length, 1, 'an id is made once')
  t.equal(commitment(stream).outcome, 'retrospective')
  t.same(pass(stream, '30T10:00'), [])
  const by = stream.milestone({ kind: 'commitment_fulfilled', fulfils: 'c1' }, at('30T11:00'))
  t.match(commitment(stream), { outcome: 'retrospective', by })
})

t.test('a day ends at 24:00 in its zone', async (t) => {
  const stream = new CrisisStream()
  stream.milestone({ kind: 'commitment_made', commitment: { id: 'c1', due: { date: '2026-06-20' } } })
  stream.milestone({ kind: 'commitment_made', commitment: { id: 'c2', due: { date: '2026-06-20', zone: '-04:00' } } })
  t.match(openPromises(fold(stream)), [{ due: at('20T16:00') }, { due: at('21T04:00') }])
})

t.test('a promised update is kept by an update only; setting another time ends nothing (C3)', async (t) => {
  const stream = new CrisisStream()
  t.equal(nextUpdateInForce(fold(stream)), undefined)
  const set = stream.milestone({ kind: 'next_update_set', due: due('15T18:00') }, at('14T10:00'))
  stream.milestone({ kind: 'next_update_set', due: due('13T18:00') }, at('14T10:30'))
  stream.milestone({ kind: 'next_update_set', due: due('18T18:00') }, at('14T11:00'))
  stream.milestone({ kind: 'apology' }, at('14T12:00'))
  t.match(nextUpdateInForce(fold(stream)), { promise: 'next_update_2', madeBy: set })
  t.same(
    fold(stream).marks.map(({ rule }) => rule),
    ['next_update_open'],
  )
  const [missed] = pass(stream, '16T00:00')
  t.match(stream.last().entry.data, { kind: 'next_update_missed', promise: 'next_update_2', madeBy: set })
  t.match(nextUpdateInForce(fold(stream)), { missed }, 'still owed')
  stream.milestone({ kind: 'investigation_update' }, at('16T10:00'))
  t.equal(nextUpdateInForce(fold(stream)), undefined)
  t.same(pass(stream, '30T00:00'), [])
  t.same(missingMisses(stream.entries, at('30T00:00')), [])
  t.notOk(isUpdate('signal_noted'))
})

t.test('a clock that runs out is a miss of its own kind (W4)', async (t) => {
  const stream = new CrisisStream({ dues: [{ clock: 'acknowledge', due: due('14T12:00') }] })
  t.same(openPromises(fold(stream)), [
    { promise: 'acknowledge_1', due: at('14T12:00'), madeBy: 10, clock: 'acknowledge' },
  ])
  t.match(missingMisses(stream.entries, at('15T00:00')), [{ promise: 'acknowledge_1' }])
  pass(stream, '14T12:00')
  t.match(stream.last().entry.data, { kind: 'clock_missed', clock: 'acknowledge', due: due('14T12:00') })
  stream.milestone({ kind: 'acknowledged' }, at('14T13:00'))
  t.same([openPromises(fold(stream)), missingMisses(stream.entries, at('30T00:00'))], [[], []])
})

t.test('of promises due at one time the older comes first', async (t) => {
  const stream = new CrisisStream()
  const first = make(stream, 'c2', '20T10:00', '14T10:00')
  const second = make(stream, 'c1', '20T10:00', '14T10:00')
  const third = make(stream, 'c3', '19T10:00', '14T10:00')
  t.same(
    dueMisses(fold(stream), at('20T10:00')).map(({ data }) => data['madeBy']),
    [third, first, second],
  )
})

t.test('a miss that was left out is found, whoever wrote after the due time or nobody did', async (t) => {
  const quiet = new CrisisStream()
  const madeBy = make(quiet, 'c1', '20T10:00', '14T10:00')
  const missing = [{ promise: 'c1', due: at('20T10:00'), madeBy }]
  t.same(missingMisses(quiet.entries, at('20T10:00')), [], 'not yet asked for')
  t.same(missingMisses(quiet.entries, '2026-06-20T10:00:00.001Z'), missing)
  quiet.milestone({ kind: 'commitment_abandoned', of: 'c1' }, at('20T10:00'))
  t.same(missingMisses(quiet.entries, at('30T00:00')), missing, 'an outcome at the due time comes too late')
  t.same(missingMisses([], at('30T00:00')), [])
})

t.test('a reconstructed record runs no clocks and says its outcomes itself', async (t) => {
  const { stream, record } = note7Stream()
  const state = fold(stream)
  t.same(openPromises(state), [])
  t.same(dueMisses(state, '9999-12-31T23:59:59.999Z'), [])
  t.same(
    state.commitments.map(({ id, outcome }) => ({ id, outcome })),
    record.expect.commitments,
  )
  const silent = new CrisisStream({ mode: 'reconstructed' })
  make(silent, 'c1', '20T10:00', '14T10:00')
  silent.milestone({ kind: 'next_update_set', due: due('20T10:00') })
  t.match(fold(silent), { nextUpdates: [], commitments: [{ outcome: 'unknown' }] })
  silent.milestone({ kind: 'commitment_rescheduled', of: 'c1' })
  t.match(commitment(silent), { outcome: 'unknown', moved: 1 })
  silent.milestone({ kind: 'commitment_fulfilled', fulfils: 'c1' })
  t.match(commitment(silent), { outcome: 'unknown' })
})

t.test('a writer that writes what is due before anything else never leaves a miss out', async (t) => {
  const hour = fc.integer({ min: 0, max: 200 })
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 30 }),
    ahead: hour,
    kind: fc.constantFrom(0, 1, 2, 3, 4, 5),
  })
  const instant = (hours: number): string => new Date(Date.UTC(2026, 5, 14) + hours * 3_600_000).toISOString()
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const stream = new CrisisStream({}, instant(0))
      let now = 0
      let next = 0
      for (const { wait, ahead, kind } of steps) {
        now += wait
        const time = instant(now)
        for (const { data } of dueMisses(fold(stream), time)) stream.add('milestone.recorded', data, time, 'system')
        const promised = { at: instant(now + ahead) }
        const id = `c${next % 3}`
        if (kind === 0)
          stream.milestone({ kind: 'commitment_made', commitment: { id: `c${next++}`, due: promised } }, time)
        if (kind === 1) stream.milestone({ kind: 'commitment_fulfilled', fulfils: id }, time)
        if (kind === 2) stream.milestone({ kind: 'commitment_rescheduled', of: id, due: promised }, time)
        if (kind === 3) stream.milestone({ kind: 'next_update_set', due: promised }, time)
        if (kind === 4) stream.milestone({ kind: 'statement' }, time)
        if (kind === 5) stream.milestone({ kind: 'apology' }, time)
      }
      const promises = stream.entries.map(({ entry: { data } }) => JSON.stringify([data['promise'], data['due']]))
      const misses = promises.filter((_, position) => stream.entries[position]!.entry.actor.kind === 'system')
      return missingMisses(stream.entries, instant(now)).length === 0 && new Set(misses).size === misses.length
    }),
    { numRuns: 200 },
  )
  t.pass('held for every story')
})

t.test('promises are read from their own members, and from an entry of the right hand only', async (t) => {
  const stream = new CrisisStream()
  const said = (data: JsonObject, actor = 'staff', type = 'milestone.recorded'): boolean => {
    stream.add(type, data, at('14T10:00'), actor)
    return promiseMembers(stream.last().entry) !== undefined
  }
  const promised = { id: 'c1', due: due('20T10:00') }
  const table: [JsonObject, boolean, string?, string?][] = [
    [{ kind: 'statement', commitment: promised, figures: 'malformed' }, true],
    [{ kind: 'not_known_here', commitment: { ...promised, outcome: 'kept' }, outcome: 'kept' }, true],
    [{ commitment: promised }, false],
    [{ kind: 'statement', commitment: promised }, false, 'staff', 'evidence.recorded'],
    [{ kind: 'statement', commitment: promised }, false, 'system'],
    [{ kind: 'statement', commitment: 'c1' }, false],
    [{ kind: 'statement', commitment: { ...promised, id: 'C 1' } }, false],
    [{ kind: 'statement', commitment: { ...promised, due: '2026-06-20' } }, false],
    [{ kind: 'statement', commitment: { ...promised, outcome: 'forgotten' } }, false],
    [{ kind: 'statement', outcome: 'forgotten' }, false],
    [{ kind: 'commitment_fulfilled', fulfils: 1 }, false],
    [{ kind: 'next_update_set', due: { date: '2026-06-31' } }, false],
    [{ kind: 'next_update_missed', promise: 'next_update_2', due: due('20T10:00') }, true, 'system'],
    [{ kind: 'next_update_missed', promise: 'next_update_2', due: due('20T10:00') }, false],
    [{ kind: 'commitment_missed', promise: 'c1' }, false, 'system'],
    [{ kind: 'commitment_missed', due: due('20T10:00') }, false, 'system'],
  ]
  for (const [data, is, actor, type] of table) t.equal(said(data, actor, type), is, JSON.stringify(data))
})

t.test('the promises of a crisis are the same whether or not the rest of its story is read', async (t) => {
  const day = fc.integer({ min: 10, max: 29 }).map((day) => due(`${day}T10:00`))
  const id = fc.constantFrom('c1', 'c2')
  const data = fc.record(
    {
      kind: fc.constantFrom(...Object.keys(MILESTONE_KINDS), 'not_known_here'),
      commitment: fc.record({ id, due: day }),
      due: day,
      of: id,
      fulfils: id,
      promise: fc.constantFrom('c1', 'c2', 'next_update_2', 'next_update_3'),
      state: fc.constantFrom('investigating', 'remedying', 'nowhere'),
      scope: fc.constant<JsonObject[]>([]),
    },
    { requiredKeys: ['kind'] },
  )
  const step = fc.record({ data, day: fc.integer({ min: 14, max: 28 }), actor: fc.constantFrom('staff', 'system') })
  const mode = fc.constantFrom('live', 'reconstructed')
  fc.assert(
    fc.property(mode, fc.array(step, { maxLength: 12 }), (mode, steps) => {
      const stream = new CrisisStream({ mode })
      for (const { data, day, actor } of steps) stream.milestone(data, at(`${day}T08:00`), actor)
      const [opening, ...rest] = stream.entries
      let slim = noPromises(opening!.entry)
      for (const { entry, index } of rest) slim = foldPromises(slim, entry, index)
      const { mode: told, commitments, nextUpdates } = fold(stream)
      t.same(slim, { mode: told, commitments, nextUpdates })
      t.same(openPromises(slim), openPromises(fold(stream)))
    }),
    { numRuns: 200 },
  )
})

/** The same question asked the slow way: what is open and due is looked for before every entry of anybody but the system. */
function missingBySlowReading({ entries }: CrisisStream, before: string): OpenPromise[] {
  const overdue = new Map<string, OpenPromise>()
  let state: PromiseState = noPromises(entries[0]!.entry)
  const note = (open: OpenPromise): unknown => overdue.set(`${open.promise} ${open.due}`, open)
  for (const { entry, index } of entries) {
    if (entry.actor.kind !== 'system')
      openPromises(state)
        .filter(({ due }) => due <= entry.recordedAt)
        .forEach(note)
    const { kind, promise, due } = promiseMembers(entry) ?? {}
    if (kind?.endsWith('_missed') === true)
      overdue.delete(`${promise} ${due !== undefined && 'at' in due ? due.at : ''}`)
    state = foldPromises(state, entry, index)
  }
  openPromises(state).forEach(note)
  return [...overdue.values()].filter(({ due }) => due < before)
}

t.test('whatever the order of promises, outcomes and misses, what is missing is found when it ends', async (t) => {
  const instant = fc.integer({ min: 14, max: 28 }).map((day) => ({ at: at(`${day}T12:00`) }))
  const id = fc.constantFrom('c1', 'c2', 'c3')
  const data = fc.record(
    {
      kind: fc.constantFrom(
        ...['commitment_made', 'commitment_rescheduled', 'commitment_fulfilled', 'commitment_abandoned', 'closed'],
        ...['commitment_missed', 'next_update_missed', 'clock_missed', 'next_update_set', 'investigation_update'],
      ),
      commitment: fc.record({ id, due: instant }),
      due: instant,
      of: id,
      fulfils: id,
      dues: fc.array(fc.record({ clock: fc.constantFrom('update', 'scope', 'seal'), due: instant }), { maxLength: 2 }),
    },
    { requiredKeys: ['kind'] },
  )
  const step = fc.record({ data, hours: fc.integer({ min: 0, max: 60 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 16 }), (steps) => {
      const stream = new CrisisStream()
      let now = Date.parse(at('14T08:00'))
      for (const { data, hours } of steps) {
        now += hours * 3_600_000
        // Nothing is moved into the past.
        if (data.kind === 'commitment_rescheduled' && Date.parse(data.due?.at ?? '') <= now) continue
        // A miss is of its own kind of promise and says nothing else; its due time may be any.
        const promise = { commitment_missed: 'c1', next_update_missed: 'next_update_3', clock_missed: 'scope_2' }[
          data.kind
        ]
        const said = promise === undefined ? data : { kind: data.kind, promise, due: data.due ?? due('20T12:00') }
        const actor = promise === undefined ? 'staff' : 'system'
        stream.milestone(said, new Date(now).toISOString(), actor)
      }
      const sorted = (list: OpenPromise[]): string[] => list.map((one) => JSON.stringify(one)).toSorted()
      for (const before of [at('20T00:00'), at('30T00:00')]) {
        t.same(sorted(missingMisses(stream.entries, before)), sorted(missingBySlowReading(stream, before)))
      }
    }),
    { numRuns: 300, seed: 7 },
  )
})

t.test('a crisis of thousands of open promises is read in a moment', async (t) => {
  const stream = new CrisisStream()
  const [opening] = stream.entries
  const entries = Array.from({ length: 5000 }, (_, i) => ({
    index: opening!.index + 1 + i,
    entry: {
      ...opening!.entry,
      type: 'milestone.recorded',
      data: { kind: 'commitment_made', commitment: { id: `c${i}`, due: due('20T10:00') } },
    },
  }))
  t.equal(
    missingMisses([opening!, ...entries], at('30T00:00')).filter(({ promise }) => promise.startsWith('c')).length,
    5000,
  )
})
