/**
 * Under which clocks a crisis stands. Its first entry says so once and for all (CL1), preset included, so that the
 * stream tells its story without anything from outside; every later due time is computed from it.
 */
import { DEFAULT_CLOCKS, isClockPreset } from '../../../ledger/clock-preset.ts'
import type { ClockPreset } from '../../../ledger/clock-preset.ts'
import { milestoneDues, openingDues } from '../../../ledger/clocks.ts'
import type { StartedClock, Timing } from '../../../ledger/clocks.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import { isJsonObject } from '../../../ledger/json.ts'
import type { JsonObject } from '../../../ledger/json.ts'
import type { Milestone } from '../../../ledger/milestone.ts'
import type { BrandRow, Check } from '../log/command.ts'
import { workCalendar } from './work-calendar.ts'

/** A preset as a brand's stream has published it; version 0 is that of the program, which no entry holds. */
export type PublishedClocks = {
  readonly version: number
  readonly index: number | null
  readonly severities: JsonObject
}

/** The clocks that a brand's next live crisis will run under. */
export function clocksOfBrand(brand: Pick<BrandRow, 'clocks' | 'clocksIndex' | 'clocksVersion'>): PublishedClocks {
  const { clocks, clocksIndex: index, clocksVersion: version } = brand
  return clocks === null
    ? { version: 0, index: null, severities: DEFAULT_CLOCKS as unknown as JsonObject }
    : { version, index, severities: clocks }
}

/** The members `clocks` and `dues` of the entry that opens a live crisis. */
export function openingClocks(brand: BrandRow, severity: string, recordedAt: string): JsonObject {
  const { version, index, severities } = clocksOfBrand(brand)
  const calendar = workCalendar()
  const { name, version: calendarVersion } = calendar
  const clocks = {
    version,
    ...(index === null ? {} : { index }),
    calendar: { name, version: calendarVersion },
    severities,
  }
  const preset = severities as unknown as ClockPreset
  return { clocks, ...duesMember(openingDues(severity, { preset, calendar, recordedAt })) }
}

/**
 * What the due times of a crisis are computed from; undefined when no clocks run: in a reconstructed record, and in a
 * crisis whose first entry names none.
 */
export function timingOf(state: CrisisState, recordedAt: string): Timing | undefined {
  const { mode, terms } = state
  if (mode !== 'live' || !isClockPreset(terms)) return undefined
  return { preset: terms as unknown as ClockPreset, calendar: workCalendar(), recordedAt }
}

/** The member `dues` of a milestone that starts clocks; nothing when it starts none. */
export function milestoneClocks(state: CrisisState, milestone: Milestone, recordedAt: string): JsonObject {
  const timing = timingOf(state, recordedAt)
  return timing === undefined ? {} : duesMember(milestoneDues(state, milestone, timing))
}

/** What whoever tries a request out must know of the due times that it starts: that no calendar reaches that far. */
export function calendarChecks({ dues }: JsonObject): Check[] {
  const isGuessed = Array.isArray(dues) && dues.some((due) => isJsonObject(due) && due['weekdaysOnly'] === true)
  if (!isGuessed) return []
  const { name, years } = workCalendar()
  const detail = `The calendar ${name} ends with ${years.at(-1)}: of later days only Saturdays and Sundays are left out, and the entry says so.`
  return [{ check: 'working_days', ok: true, detail }]
}

/** Due times as a member of an entry's data. */
export function duesMember(dues: readonly StartedClock[]): JsonObject {
  return dues.length === 0 ? {} : { dues: dues.map((due) => ({ ...due, due: { ...due.due } })) }
}
