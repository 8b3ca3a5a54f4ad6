/**
 * Instants and days of the record, by arithmetic of our own: the core has no clock, and engines differ on what else
 * their Date accepts. UTC, proleptic Gregorian, years 0000 to 9999, no leap seconds.
 *
 *     2026-11-22T06:00:00.000Z   an instant: always these 24 characters, so text order is time order
 *     2016-09-02T14:30Z          a minute
 *     2016-09-02                 a day, in a zone such as +09:00
 *
 * A claim about the world (`occurredAt`) has the precision it is known with (I24): it allows every instant from
 * `earliest` to `latest`, and "recorded late" is counted from the latest.
 */
import { LedgerError } from './errors.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The zone of a due day that names none. */
const DUE_ZONE_DEFAULT = '+08:00'

/** How exactly an `occurredAt` is known, and the first and last instants (ms since 1970) that it allows. */
export type Occurrence = { precision: 'day' | 'minute' | 'millisecond'; earliest: number; latest: number }

/** When a commitment falls due: an instant, or a day that ends at 24:00 in its zone. */
export type Due = { at: string } | { date: string; zone?: string }

/**
 * Milliseconds since 1970 of an instant in its 24 characters.
 *
 * @throws LedgerError instant_malformed unless `formatInstant` of the result is this very text (I23)
 */
export function parseInstant(value: string): number {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z$/.exec(value)
  if (match === null) throw malformed('not like 2026-11-22T06:00:00.000Z')
  const [, day, hour, minute, second, ms] = match as unknown as [string, string, string, string, string, string]
  return dayStart(day) + timeOfDay(Number(hour), Number(minute), Number(second)) + Number(ms)
}

/** Texts that were found to be instants lately: entries of one batch name the same few again and again. */
const recent = new Set<string>()
const RECENT_MAX = 16

/** Whether a text is an instant in its 24 characters. */
export function isInstant(value: unknown): value is string {
  if (typeof value !== 'string') return false
  if (recent.has(value)) return true
  if (!holds(() => parseInstant(value))) return false
  if (recent.size === RECENT_MAX) recent.clear()
  recent.add(value)
  return true
}

/**
 * The 24 characters of an instant.
 *
 * @param ms milliseconds since 1970, in the years 0000 to 9999
 * @throws LedgerError instant_malformed
 */
export function formatInstant(ms: number): string {
  const days = Math.floor(ms / DAY_MS)
  const rest = ms - days * DAY_MS
  const { year, month, day } = civilDate(days)
  if (!Number.isSafeInteger(ms) || year < 0 || year > 9999) throw malformed('year')
  const minutes = Math.floor(rest / MINUTE_MS)
  const seconds = Math.floor((rest % MINUTE_MS) / 1000)
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
  const time = `${pad(Math.floor(minutes / 60), 2)}:${pad(minutes % 60, 2)}:${pad(seconds, 2)}.${pad(rest % 1000, 3)}`
  return `${date}T${time}Z`
}

/** Whether a text is a calendar day such as 2016-09-02. */
export function isDay(value: unknown): value is string {
  return typeof value === 'string' && holds(() => dayStart(value))
}

/** Whether a text is an offset from UTC, from -14:00 to +14:00; UTC is +00:00. */
export function isZone(value: unknown): value is string {
  return typeof value === 'string' && holds(() => zoneOffset(value))
}

/**
 * What an `occurredAt` allows.
 *
 * @param zone required with a day, refused with any other form, which is in UTC
 * @throws LedgerError instant_malformed (I24)
 */
export function parseOccurredAt(occurredAt: string, zone?: string): Occurrence {
  if (/^\d{4}-\d\d-\d\d$/.test(occurredAt)) {
    if (zone === undefined) throw malformed('a day without a zone')
    const earliest = dayStart(occurredAt) - zoneOffset(zone)
    return { precision: 'day', earliest, latest: earliest + DAY_MS - 1 }
  }
  if (zone !== undefined) throw malformed('a zone without a day')
  const minute = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)Z$/.exec(occurredAt)
  if (minute !== null) {
    const [, day, hours, minutes] = minute as unknown as [string, string, string, string]
    const earliest = dayStart(day) + timeOfDay(Number(hours), Number(minutes), 0)
    return { precision: 'minute', earliest, latest: earliest + MINUTE_MS - 1 }
  }
  const instant = parseInstant(occurredAt)
  return { precision: 'millisecond', earliest: instant, latest: instant }
}

/**
 * The instant, in its 24 characters, at which something falls due: whoever has not done it before then has missed it.
 *
 * @throws LedgerError instant_malformed
 */
export function dueInstant(due: Due): string {
  if ('at' in due) return formatInstant(parseInstant(due.at))
  return formatInstant(dayStart(due.date) + DAY_MS - zoneOffset(due.zone ?? DUE_ZONE_DEFAULT))
}

/** Whether a value is a due time: `{ date, zone? }` or `{ at }`. */
export function isDue(value: unknown): value is Due {
  return holds(() => dueInstant(value as Due))
}

/**
 * The end of a day, in its 24 characters, that lies some months after the day of an instant; a day that its month does not
 * have is the last one that it has.
 *
 * @throws LedgerError instant_malformed, also beyond the year 9999
 */
export function dayEndAfterMonths(instant: string, months: number, zone = DUE_ZONE_DEFAULT): string {
  const offset = zoneOffset(zone)
  const { year, month, day } = civilDate(Math.floor((parseInstant(instant) + offset) / DAY_MS))
  const next = year * 12 + (month - 1) + months
  const first = (shift: number): number => daysSince1970(Math.floor((next + shift) / 12), ((next + shift) % 12) + 1, 1)
  const days = first(0) + Math.min(day, first(1) - first(0))
  return formatInstant(days * DAY_MS - offset)
}

function dayStart(value: string): number {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value)
  if (match === null) throw malformed('not like 2016-09-02')
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number]
  const days = daysSince1970(year, month, day)
  const back = civilDate(days)
  if (back.year !== year || back.month !== month || back.day !== day) throw malformed('no such day')
  return days * DAY_MS
}

function timeOfDay(hour: number, minute: number, second: number): number {
  if (hour > 23 || minute > 59 || second > 59) throw malformed('no such time')
  return (hour * 60 + minute) * MINUTE_MS + second * 1000
}

function zoneOffset(zone: string): number {
  const match = /^([+-])(\d\d):(\d\d)$/.exec(zone)
  if (match === null) throw malformed('not like +09:00')
  const minutes = Number(match[2]) * 60 + Number(match[3])
  if (Number(match[3]) > 59 || minutes > 14 * 60 || zone === '-00:00') throw malformed('no such zone')
  return (match[1] === '-' ? -minutes : minutes) * MINUTE_MS
}

/** Days from 1970-01-01 to a date. Years run from March, so that the leap day is the last of its year. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** The date that many days after 1970-01-01. */
function civilDate(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  }
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

function holds(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}

function malformed(what: string): LedgerError {
  return new LedgerError('instant_malformed', `malformed instant: ${what}`)
}
