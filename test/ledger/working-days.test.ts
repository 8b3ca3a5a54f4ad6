/** Working days: the calendar is data, and a year that it does not know is counted by weekends, visibly (CL3). */
import t from 'tap'
import fc from 'fast-check'
import type { JsonValue } from '../../ledger/json.ts'
import { endOfWorkingDay, isWorkCalendar } from '../../ledger/working-days.ts'
import type { WorkCalendar } from '../../ledger/working-days.ts'

/** Spring festival of 2026 with its two make-up Saturdays. */
const CN: WorkCalendar = {
  name: 'CN',
  version: 1,
  zone: '+08:00',
  years: [2026],
  holidays: [15, 16, 17, 18, 19, 20, 21, 22, 23].map((day) => `2026-02-${day}`),
  workdays: ['2026-02-14', '2026-02-28'],
}
const end = (start: string, n: number, calendar = CN): string => endOfWorkingDay(start, n, calendar).at

t.test('the day itself does not count, weekends and holidays neither, make-up days do', async (t) => {
  const rows: [string, number, string, string][] = [
    ['2026-06-15T02:00:00.000Z', 1, '2026-06-16T16:00:00.000Z', 'Monday to the end of Tuesday in Beijing'],
    ['2026-06-15T15:59:59.999Z', 1, '2026-06-16T16:00:00.000Z', 'still Monday there'],
    ['2026-06-15T16:00:00.000Z', 1, '2026-06-17T16:00:00.000Z', 'already Tuesday there'],
    ['2026-06-12T02:00:00.000Z', 1, '2026-06-15T16:00:00.000Z', 'over a weekend'],
    ['2026-02-13T02:00:00.000Z', 1, '2026-02-14T16:00:00.000Z', 'Saturday 14 February is worked'],
    ['2026-02-13T02:00:00.000Z', 2, '2026-02-24T16:00:00.000Z', 'over the holiday week'],
    ['2026-02-13T02:00:00.000Z', 6, '2026-02-28T16:00:00.000Z', 'the second make-up Saturday'],
  ]
  for (const [start, n, expected, what] of rows) t.equal(end(start, n), expected, what)
})

t.test('beyond the calendar only weekends are known, and the result says so', async (t) => {
  t.same(endOfWorkingDay('2026-12-30T02:00:00.000Z', 1, CN), { at: '2026-12-31T16:00:00.000Z', weekdaysOnly: false })
  t.same(endOfWorkingDay('2026-12-31T02:00:00.000Z', 1, CN), { at: '2027-01-01T16:00:00.000Z', weekdaysOnly: true })
  t.same(endOfWorkingDay('0001-01-01T00:00:00.000Z', 5, { ...CN, zone: '-05:00' }).weekdaysOnly, true)
  for (const n of [0, 1.5, 2001, Number.NaN]) {
    t.throws(() => endOfWorkingDay('2026-06-15T02:00:00.000Z', n, CN), { code: 'instant_malformed' })
  }
})

t.test('working days follow one another: n and then m are n + m, and each is later than the one before', async (t) => {
  const day = fc.integer({ min: 0, max: 364 })
  const calendar = fc.record({
    off: fc.uniqueArray(day, { maxLength: 60 }),
    on: fc.uniqueArray(day, { maxLength: 20 }),
  })
  const dateOf = (n: number): string => new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10)
  const count = fc.integer({ min: 1, max: 40 })
  fc.assert(
    fc.property(calendar, day, count, count, ({ off, on }, from, n, m) => {
      const holidays = off.filter((one) => !on.includes(one)).map(dateOf)
      const random: WorkCalendar = { ...CN, holidays: holidays.toSorted(), workdays: on.map(dateOf).toSorted() }
      const start = `${dateOf(from)}T04:00:00.000Z`
      // The end of a day is the first instant of the next one, in which counting goes on a millisecond earlier.
      const between = new Date(Date.parse(end(start, n, random)) - 1).toISOString()
      t.equal(end(between, m, random), end(start, n + m, random))
      const days = (Date.parse(end(start, n, random)) - Date.parse(start)) / 86_400_000
      t.ok(days >= n && end(start, n, random) < end(start, n + 1, random))
      const last = new Date(Date.parse(end(start, n, random)) - 1 + 8 * 3_600_000)
      const date = last.toISOString().slice(0, 10)
      const isWeekend = last.getUTCDay() % 6 === 0
      t.notOk(random.years.includes(last.getUTCFullYear()) && random.holidays.includes(date), 'never a day off')
      t.notOk(isWeekend && !random.workdays.includes(date), 'never a weekend that nobody works')
    }),
    { numRuns: 150 },
  )
})

t.test('a calendar knows its years, and each of its days once', async (t) => {
  const good = CN as unknown as Record<string, JsonValue>
  t.ok(isWorkCalendar(good))
  const bad: (JsonValue | undefined)[] = [
    undefined,
    [],
    ...[
      { name: 7 },
      { version: 0 },
      { zone: 'Beijing' },
      { years: 2026 },
      { years: [2026, 2026] },
      { years: ['2026'] },
      { holidays: '2026-02-15' },
      { holidays: ['2026-02-30'] },
      { holidays: ['2026-02-16', '2026-02-15'] },
      { holidays: ['2027-02-15'] },
      { workdays: ['2026-02-15'] },
      { workdays: null },
    ].map((change) => ({ ...good, ...change })),
  ]
  for (const value of bad) t.notOk(isWorkCalendar(value), JSON.stringify(value))
})
