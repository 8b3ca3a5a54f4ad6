/** The calendar of mainland China agrees with itself and with the law, and an operator can put a newer one in its place. */
import { join } from 'node:path'
import t from 'tap'
import { endOfWorkingDay } from '../../../ledger/working-days.ts'
import type { WorkCalendar } from '../../../ledger/working-days.ts'
import {
  WORK_CALENDAR,
  calendarWarnings,
  readWorkCalendar,
  setWorkCalendar,
  workCalendar,
} from '../../../server/services/clocks/work-calendar.ts'
import { calendarChecks, milestoneClocks, openingClocks } from '../../../server/services/clocks/clock-terms.ts'

const { holidays, workdays, years } = WORK_CALENDAR
const weekday = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay()
const isWeekend = (day: string): boolean => weekday(day) % 6 === 0
const of = (days: readonly string[], year: number): string[] => days.filter((day) => day.startsWith(String(year)))

/** The 13 days of the law (since 2025): those by the sun are fixed, the others follow the moon or the sun's terms. */
const FIXED = ['01-01', '05-01', '05-02', '10-01', '10-02', '10-03']
const MOVING: Readonly<Record<number, readonly string[]>> = {
  2025: ['01-28', '01-29', '01-30', '01-31', '04-04', '05-31', '10-06'],
  2026: ['02-16', '02-17', '02-18', '02-19', '04-05', '06-19', '09-25'],
}

t.test('in each year 13 weekdays more are off than are made up for, and every day of the law is off', async (t) => {
  for (const year of years) {
    const off = of(holidays, year)
    const legal = [...FIXED, ...MOVING[year]!].map((day) => `${year}-${day}`)
    t.equal(legal.length, 13)
    for (const day of legal) t.ok(off.includes(day), day)
    const weekdaysOff = off.filter((day) => !isWeekend(day)).length
    t.equal(weekdaysOff - of(workdays, year).length, 13, `${year}: a day of the law that is a weekend is given back`)
  }
})

t.test('only weekends are worked to make up, and each lies within two weeks of a holiday', async (t) => {
  for (const day of workdays) {
    t.ok(isWeekend(day), day)
    const near = holidays.some((other) => Math.abs(Date.parse(other) - Date.parse(day)) <= 14 * 86_400_000)
    t.ok(near, `${day} is near a holiday`)
  }
})

t.test('holidays are runs of 1, 3, 5, 7, 8 or 9 days, as the notices make them', async (t) => {
  const runs: string[][] = []
  for (const day of holidays) {
    const last = runs.at(-1)
    const before = new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10)
    if (last?.at(-1) === before) last.push(day)
    else runs.push([day])
  }
  const lengths = (year: number): number[] =>
    runs.filter(([day = '']) => day.startsWith(String(year))).map((run) => run.length)
  t.same(lengths(2025), [1, 8, 3, 5, 3, 8])
  t.same(lengths(2026), [3, 9, 3, 5, 3, 3, 7])
})

const BRAND = { clocks: null, clocksIndex: null, clocksVersion: 0 }
const opened = (recordedAt: string): unknown => openingClocks(BRAND as never, 'S4', recordedAt)['dues']

t.test('CL3: a due time beyond the last year is there, leaves out weekends alone, and says so', async (t) => {
  t.same(opened('2026-12-28T02:00:00.000Z'), [{ clock: 'acknowledge', due: { at: '2026-12-31T16:00:00.000Z' } }])
  t.same(opened('2026-12-30T02:00:00.000Z'), [
    { clock: 'acknowledge', due: { at: '2027-01-04T16:00:00.000Z' }, weekdaysOnly: true },
  ])
  t.same(endOfWorkingDay('2030-05-01T02:00:00.000Z', 1, WORK_CALENDAR).weekdaysOnly, true)
})

t.test('staff who try it out are told so too', async (t) => {
  const [check, ...others] = calendarChecks(openingClocks(BRAND as never, 'S4', '2026-12-30T02:00:00.000Z'))
  t.match(check, { check: 'working_days', ok: true, detail: /ends with 2026.*only Saturdays and Sundays/ })
  t.same(others, [])
  for (const at of ['2026-12-28T02:00:00.000Z', '2026-06-15T02:00:00.000Z']) {
    t.same(calendarChecks(openingClocks(BRAND as never, 'S4', at)), [])
  }
  t.same(calendarChecks({}), [])
})

t.test('the operator is told from the month on in which the next notice is out', async (t) => {
  t.same(calendarWarnings(WORK_CALENDAR, Date.parse('2026-11-30T23:59:59Z')), [])
  for (const day of ['2026-12-01', '2027-06-01', '2031-01-01']) {
    const [warning = '', ...others] = calendarWarnings(WORK_CALENDAR, Date.parse(`${day}T00:00:00Z`))
    t.match(warning, /ends with 2026.*only Saturdays and Sundays.*WORK_CALENDAR_FILE/)
    t.same(others, [])
  }
})

t.test('a newer calendar is data: from the next start on it counts, and entries name it', async (t) => {
  const newer: WorkCalendar = {
    ...WORK_CALENDAR,
    version: 3,
    years: [...years, 2027],
    holidays: [...holidays, '2027-01-01'],
  }
  const file = join(t.testdir({ 'calendar.json': JSON.stringify({ ...newer, source: 'a notice' }) }), 'calendar.json')
  t.same(await readWorkCalendar(file), newer)
  t.teardown(() => setWorkCalendar(WORK_CALENDAR))
  setWorkCalendar(await readWorkCalendar(file))
  t.same(workCalendar(), newer)
  t.same(calendarWarnings(workCalendar(), Date.parse('2026-12-31T00:00:00Z')), [])
  t.same(opened('2026-12-30T02:00:00.000Z'), [{ clock: 'acknowledge', due: { at: '2027-01-05T16:00:00.000Z' } }])
  t.match(openingClocks(BRAND as never, 'S4', '2026-12-30T02:00:00.000Z'), {
    clocks: { calendar: { name: 'CN', version: 3 } },
  })
  t.same(milestoneClocks({ mode: 'live' } as never, { kind: 'acknowledged' } as never, '2026-12-30T02:00:00.000Z'), {})
})

t.test('what is no calendar, or would pass for the built-in one, is a problem of the configuration', async (t) => {
  t.equal(await readWorkCalendar(undefined), WORK_CALENDAR)
  const files = {
    same: WORK_CALENDAR,
    other: { ...WORK_CALENDAR, name: 'JP', years: [2026], version: 1, holidays: [], workdays: [] },
    silent: { ...WORK_CALENDAR, workdays: workdays.slice(1) },
    shorter: {
      ...WORK_CALENDAR,
      version: 3,
      years: [2026],
      holidays: of(holidays, 2026),
      workdays: of(workdays, 2026),
    },
    both: { ...WORK_CALENDAR, version: 3, workdays: [...workdays, '2026-10-01'].toSorted() },
    beyond: { ...WORK_CALENDAR, version: 3, holidays: [...holidays, '2027-01-01'] },
    nothing: null,
  }
  const folder = t.testdir({
    ...Object.fromEntries(Object.entries(files).map(([name, value]) => [`${name}.json`, JSON.stringify(value)])),
    'broken.json': '{',
  })
  t.same(await readWorkCalendar(join(folder, 'same.json')), WORK_CALENDAR)
  t.equal((await readWorkCalendar(join(folder, 'other.json'))).name, 'JP')
  for (const name of ['silent', 'shorter', 'both', 'beyond', 'nothing', 'broken', 'missing']) {
    await t.rejects(
      readWorkCalendar(join(folder, `${name}.json`)),
      {
        code: 'config_invalid',
        message: /^WORK_CALENDAR_FILE/,
      },
      name,
    )
  }
})
