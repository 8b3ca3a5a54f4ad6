/**
 * The calendar of working days that this program counts by: mainland China, from the yearly notices of the State Council,
 * or what the operator puts in its place (WORK_CALENDAR_FILE), since the notice for a year comes out in the November
 * before. Due times that were computed with an older one stand as they are, because entries carry them
 * (ledger/README.md, part 23).
 *
 * It is set rather than handed on: one calendar counts for every command of a process, from its start to its end.
 */
import { readFile } from 'node:fs/promises'
import type { JsonValue } from '../../../ledger/json.ts'
import { isWorkCalendar } from '../../../ledger/working-days.ts'
import type { WorkCalendar } from '../../../ledger/working-days.ts'
import { AppError } from '../../errors.ts'
import data from './working-days-cn.json' with { type: 'json' }

/** @throws Error when the file is not a calendar: nothing is timed by a guess */
function builtIn(value: JsonValue): WorkCalendar {
  if (!isWorkCalendar(value)) throw new Error('CL3: working-days-cn.json is no calendar')
  return calendarOf(value)
}

/** The members of a calendar; the file may have others, such as its source. */
function calendarOf(value: JsonValue): WorkCalendar {
  const { name, version, zone, years, holidays, workdays } = value as unknown as WorkCalendar
  return { name, version, zone, years, holidays, workdays }
}

/** The calendar that comes with the program. */
export const WORK_CALENDAR: WorkCalendar = builtIn(data)

let inForce = WORK_CALENDAR

/** The calendar by which the service counts working days. */
export function workCalendar(): WorkCalendar {
  return inForce
}

/** Counts by another calendar from now on. Called when the service starts, before anything is timed. */
export function setWorkCalendar(calendar: WorkCalendar): void {
  inForce = calendar
}

/**
 * Reads WORK_CALENDAR_FILE, which has the form of working-days-cn.json; without a file the built-in calendar.
 *
 * @throws AppError config_invalid, also for a calendar that knows fewer years than the built-in one, or the same name and
 *   version with other days: an entry names the calendar by both
 */
export async function readWorkCalendar(file: string | undefined): Promise<WorkCalendar> {
  if (file === undefined) return WORK_CALENDAR
  const value: JsonValue = await readFile(file, 'utf8')
    .then((text) => JSON.parse(text) as JsonValue)
    .catch((error: unknown) => {
      throw refused(file, `cannot be read: ${(error as Error).message}`)
    })
  if (!isWorkCalendar(value)) {
    throw refused(file, 'is no calendar: { name, version, zone, years, holidays, workdays }, days and years ascending.')
  }
  const calendar = calendarOf(value)
  const { name, version, years } = WORK_CALENDAR
  if (calendar.name !== name) return calendar
  if (years.some((year) => !calendar.years.includes(year)))
    throw refused(file, `must keep the years ${years.join(', ')}.`)
  const isSame = JSON.stringify(calendar) === JSON.stringify(WORK_CALENDAR)
  if (calendar.version > version || isSame) return calendar
  throw refused(file, `differs from the built-in calendar: give it a version above ${version}.`)
}

/** From 1 December on the notice for the next year is out. Months count from 0. */
const NOTICE_MONTH = 11

/**
 * What the operator must know of the calendar: that it ends soon, or has ended.
 *
 * @param now milliseconds since 1970
 */
export function calendarWarnings({ name, version, years }: WorkCalendar, now: number): string[] {
  const last = years.at(-1) ?? 0
  if (now < Date.UTC(last, NOTICE_MONTH, 1)) return []
  return [
    `The calendar of working days ${name} (version ${version}) ends with ${last}. In later years only Saturdays and Sundays are left out of due times in working days, and the entries and pages say so. Put the days of the next year into a file and name it in WORK_CALENDAR_FILE.`,
  ]
}

function refused(file: string, why: string): AppError {
  return new AppError('config_invalid', `WORK_CALENDAR_FILE ${file} ${why}`)
}
