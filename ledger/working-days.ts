/**
 * Working days by a calendar that is data: which years it knows, which days nobody works, and which Saturdays and
 * Sundays are worked instead. Governments publish it a year at a time, so a time may fall into a year that no calendar
 * knows yet. Then only weekends count, and the result says so: a clock that waited for a calendar would be no clock.
 * Specification: README.md, "Clocks" (CL3).
 */
import { LedgerError } from './errors.ts'
import { dueInstant, formatInstant, isDay, isZone, parseInstant } from './instant.ts'
import { isJsonObject } from './json.ts'
import type { JsonValue } from './json.ts'

/** A calendar of working days in one zone. Days are `2026-02-14`, ascending. */
export type WorkCalendar = {
  readonly name: string
  readonly version: number
  readonly zone: string
  /** The years that it knows, every day of them. */
  readonly years: readonly number[]
  /** Days off, weekends among them or not. */
  readonly holidays: readonly string[]
  /** Saturdays and Sundays that are worked to make up for a holiday. */
  readonly workdays: readonly string[]
}

/** `weekdaysOnly`: the count met a year that the calendar does not know, and took weekends alone as days off there. */
export type WorkingTime = { readonly at: string; readonly weekdaysOnly: boolean }

const DAY_MS = 86_400_000
/** More than this is no clock any more. */
const DAYS_MAX = 2_000

/**
 * The end, at 24:00 in the calendar's zone, of the n-th working day after the day of an instant.
 *
 * @param start an instant in its 24 characters
 * @param n 1 to 2000
 * @throws LedgerError instant_malformed, also for another n
 */
export function endOfWorkingDay(start: string, n: number, calendar: WorkCalendar): WorkingTime {
  if (!Number.isInteger(n) || n < 1 || n > DAYS_MAX) throw new LedgerError('instant_malformed', 'malformed: days')
  const ahead = zoneAheadMs(calendar.zone)
  const holidays = new Set(calendar.holidays)
  const workdays = new Set(calendar.workdays)
  let day = Math.floor((parseInstant(start) + ahead) / DAY_MS)
  let weekdaysOnly = false
  for (let left = n; left > 0;) {
    day += 1
    const date = formatInstant(day * DAY_MS).slice(0, 10)
    const isWeekday = dayOfWeek(day) > 0 && dayOfWeek(day) < 6
    const isKnown = calendar.years.includes(Number(date.slice(0, 4)))
    if (!isKnown) weekdaysOnly = true
    if (isKnown ? workdays.has(date) || (isWeekday && !holidays.has(date)) : isWeekday) left -= 1
  }
  return { at: formatInstant((day + 1) * DAY_MS - ahead), weekdaysOnly }
}

/** Whether a value is a calendar: known days only, each once, ascending, no day both off and worked. */
export function isWorkCalendar(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false
  const { name, version, zone, years, holidays, workdays } = value
  if (typeof name !== 'string' || !isCount(version) || !isZone(zone) || !Array.isArray(years)) return false
  if (!isDayList(holidays, years) || !isDayList(workdays, years)) return false
  return years.every(isCount) && isAscending(years) && !workdays.some((day) => holidays.includes(day))
}

function isDayList(value: JsonValue | undefined, years: readonly JsonValue[]): value is string[] {
  if (!Array.isArray(value) || !value.every(isDay)) return false
  return isAscending(value) && value.every((day) => years.includes(Number(day.slice(0, 4))))
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

function isAscending(values: readonly JsonValue[]): boolean {
  return values.every((value, at) => at === 0 || values[at - 1]! < value!)
}

/** How far the clocks of a zone are ahead of UTC, in milliseconds. */
function zoneAheadMs(zone: string): number {
  return DAY_MS - parseInstant(dueInstant({ date: '1970-01-01', zone }))
}

/** 0 is a Sunday; 1970-01-01 was a Thursday. */
function dayOfWeek(day: number): number {
  return (((day + 4) % 7) + 7) % 7
}
