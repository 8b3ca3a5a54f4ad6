/** Which clocks an entry starts, and until when: presets, severities, closings, working days (CL1–CL4). */
import t from 'tap'
import fc from 'fast-check'
import { DEFAULT_CLOCKS } from '../../ledger/clock-preset.ts'
import { milestoneDues, openingDues, sealDues } from '../../ledger/clocks.ts'
import type { TimedCrisis, Timing } from '../../ledger/clocks.ts'
import { foldCrisis } from '../../ledger/crisis.ts'
import type { CrisisState } from '../../ledger/crisis.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import { SEVERITIES } from '../../ledger/milestone.ts'
import type { Milestone } from '../../ledger/milestone.ts'
import { openPromises } from '../../ledger/promises.ts'
import type { WorkCalendar } from '../../ledger/working-days.ts'
import { CrisisStream } from './crisis-stream.ts'

const CALENDAR: WorkCalendar = { name: 'CN', version: 1, zone: '+08:00', years: [2026], holidays: [], workdays: [] }
const timing = (recordedAt: string, preset = DEFAULT_CLOCKS): Timing => ({ preset, calendar: CALENDAR, recordedAt })
const NOON = '2026-06-15T04:00:00.000Z'
const after = (hours: number, from = NOON): string => new Date(Date.parse(from) + hours * 3_600_000).toISOString()

/** A crisis that is written as the service writes it: every entry carries the clocks that it starts. */
class TimedStream extends CrisisStream {
  constructor(severity: string, recordedAt = NOON) {
    super({ severity, dues: openingDues(severity, timing(recordedAt)) as unknown as JsonValue }, recordedAt)
  }

  get state(): CrisisState {
    return this.entries.reduce<CrisisState | undefined>(
      (s, { index, entry }) => foldCrisis(s, entry, index),
      undefined,
    )!
  }

  says(recordedAt: string, members: JsonObject): string[] {
    const milestone = { occurredAt: recordedAt, assertedBy: ['brand'], ...members } as unknown as Milestone
    const dues = milestoneDues(this.state, milestone, timing(recordedAt))
    this.milestone({ ...members, ...(dues.length === 0 ? {} : { dues }) }, recordedAt)
    return dues.map(({ clock, due }) => `${clock} ${due.at}`)
  }

  runs(): string[] {
    return openPromises(this.state).map(({ promise }) => promise)
  }
}

t.test('each severity starts with its own clocks, and the least grave with working days (CL1)', async (t) => {
  const opened = (severity: string): string[] =>
    openingDues(severity, timing(NOON)).map(({ clock, due }) => `${clock} ${due.at}`)
  t.same(opened('S1'), [`acknowledge ${after(1)}`, `first_statement ${after(4)}`])
  t.same(opened('S2'), [`acknowledge ${after(4)}`, `first_statement ${after(24)}`])
  t.same(opened('S3'), [`acknowledge ${after(24)}`, `first_statement ${after(72)}`])
  t.same(opened('S4'), ['acknowledge 2026-06-18T16:00:00.000Z'], 'the end of Thursday in Beijing')
  t.same(opened('S9'), [], 'no such severity')
  t.same(openingDues('S4', timing('2026-12-31T04:00:00.000Z')), [
    { clock: 'acknowledge', due: { at: '2027-01-05T16:00:00.000Z' }, weekdaysOnly: true },
  ])
  t.same(sealDues('S1', timing(NOON)), [{ clock: 'seal', due: { at: after(24 * 7) } }])
})

t.test('from the acknowledgement on, an update starts the next one, until the crisis ends', async (t) => {
  const crisis = new TimedStream('S2')
  t.same(crisis.says(after(0), { kind: 'holding_statement' }), [], 'the clock to acknowledge runs')
  t.same(crisis.says(after(1), { kind: 'acknowledged' }), [`update ${after(25)}`])
  t.same(crisis.says(after(2), { kind: 'apology' }), [])
  t.same(crisis.says(after(3), { kind: 'statement' }), [`update ${after(27)}`])
  t.same(crisis.runs(), ['update_5'])
  t.same(crisis.says(after(4), { kind: 'dismissed' }), [])
  t.same(crisis.runs(), [])
  t.same(crisis.says(after(5), { kind: 'statement' }), [], 'it is over')
  t.same(new TimedStream('S4').says(after(1), { kind: 'acknowledged' }), [], 'a single case: on change')
})

t.test('a cause starts the clock of the scope, once, unless a scope rests on a cause', async (t) => {
  const crisis = new TimedStream('S1')
  crisis.says(after(0), { kind: 'acknowledged' })
  t.same(crisis.says(after(1), { kind: 'cause_identified' }), [`update ${after(13)}`, `scope ${after(25)}`])
  t.same(crisis.says(after(2), { kind: 'cause_identified' }), [`update ${after(14)}`], 'it runs already')
  crisis.says(after(3), { kind: 'scope_published', scope: [], basis: 'cause' })
  t.same(crisis.says(after(4), { kind: 'cause_identified' }), [`update ${after(16)}`], 'published already')
})

t.test('closing starts dossier and look-backs, and closing again doubles none that runs (CL4)', async (t) => {
  const crisis = new TimedStream('S2')
  crisis.says(after(0), { kind: 'acknowledged' })
  crisis.says(after(1), { kind: 'statement', state: 'investigating' })
  crisis.says(after(2), { kind: 'scope_published', scope: [], basis: 'cause', state: 'remedying' })
  crisis.says(after(3), { kind: 'statement', state: 'monitoring' })
  const day = (days: number, from: number): string => after(24 * days + from)
  const all = [`dossier ${day(30, 4)}`, `look_back_30 ${day(30, 4)}`, `look_back_90 ${day(90, 4)}`]
  t.same(crisis.says(after(4), { kind: 'closed', noCauseReason: 'not_found' }), all)
  t.same(crisis.says(after(5), { kind: 'closed' }), [], 'it is closed')
  t.same(crisis.says(after(6), { kind: 'reopened' }), [`update ${after(30)}`])
  crisis.says(after(7), { kind: 'review_published' })
  crisis.says(after(8), { kind: 'statement', state: 'remedying' })
  crisis.says(after(9), { kind: 'statement', state: 'monitoring' })
  t.same(crisis.says(after(10), { kind: 'closed' }), [`dossier ${day(30, 10)}`], 'look-backs run on')
  t.match(crisis.runs(), ['look_back_30_6', 'dossier_12', 'look_back_90_6'])
})

t.test('a crisis that was made less grave before its end owes what it was', async (t) => {
  const crisis = new TimedStream('S2')
  crisis.says(after(0), { kind: 'acknowledged' })
  crisis.says(after(1), { kind: 'reclassified', severity: 'S1' })
  crisis.says(after(2), { kind: 'reclassified', severity: 'S4' })
  t.equal(crisis.state.gravest, 'S1')
  const names = crisis.says(after(3), { kind: 'closed' }).map((due) => due.split(' ')[0])
  t.same(names, ['dossier', 'look_back_7', 'look_back_30', 'look_back_90', 'look_back_180'])
  crisis.says(after(4), { kind: 'reclassified', severity: 'S1' })
  t.equal(crisis.state.gravest, undefined, 'as grave again')
})

t.test('a graver severity tightens what runs, forward only; a lesser one changes nothing (CL2)', async (t) => {
  const crisis = new TimedStream('S3')
  t.same(crisis.says(after(2), { kind: 'reclassified', severity: 'S1' }), [
    `acknowledge ${after(3)}`,
    `first_statement ${after(6)}`,
  ])
  t.same(crisis.runs(), ['acknowledge_2', 'first_statement_2', 'acknowledge_1', 'first_statement_1'], 'the old stand')
  t.same(crisis.says(after(2), { kind: 'reclassified', severity: 'S3' }), [])
  crisis.says(after(2), { kind: 'acknowledged' })
  t.same(crisis.runs(), ['first_statement_2', 'first_statement_1', 'update_4'])
  t.same(crisis.says(after(3), { kind: 'reclassified', severity: 'S2' }), [`update ${after(27)}`])
  crisis.says(after(3), { kind: 'statement' })
  const single = new TimedStream('S4')
  single.says(after(1), { kind: 'acknowledged' })
  single.says(after(2), { kind: 'cause_identified' })
  t.same(
    single.says(after(3), { kind: 'reclassified', severity: 'S1' }),
    [`first_statement ${after(7)}`, `update ${after(15)}`, `scope ${after(27)}`],
    'what the lesser one did not have begins',
  )
  const slow = new TimedStream('S2')
  t.same(
    slow.says(after(3.5), { kind: 'reclassified', severity: 'S1' }),
    [`first_statement ${after(7.5)}`],
    'not later',
  )
})

t.test('a reconstructed record starts no clock', async (t) => {
  const past: TimedCrisis = { mode: 'reconstructed', state: 'suspected', severity: 'S1', causes: [], scopes: [] }
  const milestone = { kind: 'acknowledged', occurredAt: NOON, assertedBy: ['brand'] } as const
  t.same(milestoneDues(past, milestone, timing(NOON)), [])
  t.not(milestoneDues({ ...past, mode: 'live' }, milestone, timing(NOON)).length, 0)
})

t.test('every due time lies ahead, and no clock is started twice by one entry', async (t) => {
  const kinds = [
    'acknowledged',
    'statement',
    'cause_identified',
    'scope_published',
    'closed',
    'reopened',
    'reclassified',
  ]
  const step = fc.record({
    kind: fc.constantFrom(...kinds),
    wait: fc.integer({ min: 0, max: 200 }),
    severity: fc.constantFrom(...SEVERITIES),
    state: fc.constantFrom('investigating', 'remedying', 'monitoring', undefined),
  })
  fc.assert(
    fc.property(fc.constantFrom(...SEVERITIES), fc.array(step, { maxLength: 15 }), (severity, steps) => {
      const crisis = new TimedStream(severity)
      let hours = 0
      for (const { kind, wait, severity: next, state } of steps) {
        hours += wait
        const more = kind === 'reclassified' ? { severity: next } : kind === 'statement' && state ? { state } : {}
        const dues = crisis.says(after(hours), { kind, ...(kind === 'scope_published' ? { scope: [] } : {}), ...more })
        const names = dues.map((due) => due.split(' ')[0]!)
        t.equal(new Set(names).size, names.length)
        t.ok(dues.every((due) => due.split(' ')[1]! > after(hours)))
        t.ok(names.every((name) => crisis.runs().some((promise) => promise === `${name}_${crisis.entries.length}`)))
      }
    }),
    { numRuns: 150 },
  )
})
