/**
 * Presets: how long a brand may take for what, by severity. The program has one of its own; a brand may publish another,
 * and whether that is looser is told beside it, so that nobody mistakes time limits of the brand's choice for strict ones.
 * Specification: README.md, "Clocks" (CL1).
 */
import { isJsonObject } from './json.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { SEVERITIES } from './milestone.ts'

export type Severity = (typeof SEVERITIES)[number]

/** How long something may take. */
export type Duration = { readonly hours: number } | { readonly days: number } | { readonly workingDays: number }

export const TIMED_CLOCKS = ['acknowledge', 'first_statement', 'update', 'scope', 'dossier', 'seal'] as const
export type TimedClock = (typeof TIMED_CLOCKS)[number]

/** The clocks of one severity; what is absent is not timed. `lookBacks`: days after closing, ascending. */
export type SeverityClocks = { readonly [clock in TimedClock]?: Duration } & { readonly lookBacks?: readonly number[] }

/** The clocks of every severity. */
export type ClockPreset = { readonly [severity in Severity]: SeverityClocks }

/** The preset of brands that have published none: version 0. */
export const DEFAULT_CLOCKS: ClockPreset = {
  S1: {
    acknowledge: { hours: 1 },
    first_statement: { hours: 4 },
    update: { hours: 12 },
    scope: { hours: 24 },
    dossier: { days: 30 },
    seal: { days: 7 },
    lookBacks: [7, 30, 90, 180],
  },
  S2: {
    acknowledge: { hours: 4 },
    first_statement: { hours: 24 },
    update: { hours: 24 },
    scope: { hours: 72 },
    dossier: { days: 30 },
    seal: { days: 30 },
    lookBacks: [30, 90],
  },
  S3: {
    acknowledge: { hours: 24 },
    first_statement: { hours: 72 },
    update: { days: 7 },
    scope: { days: 7 },
    dossier: { days: 60 },
    seal: { days: 90 },
    lookBacks: [90],
  },
  S4: { acknowledge: { workingDays: 3 }, seal: { days: 90 } },
}

/** The clocks of a severity; none when it is no severity. */
export function clocksOf(preset: ClockPreset, severity: string): SeverityClocks {
  return (preset as Readonly<Record<string, SeverityClocks | undefined>>)[severity] ?? {}
}

/** A limit that is longer than the common one, or that is missing. */
export type LooserLimit =
  | { readonly clock: TimedClock; readonly limit?: Duration; readonly common: Duration }
  | { readonly clock: 'lookBacks'; readonly limit: readonly number[]; readonly common: readonly number[] }

/**
 * The limits of a severity that are looser than those of the program's own preset, in the order of the clocks. Limits are
 * compared by the longest that they can be, holidays aside; look-backs one by one, each by its day.
 *
 * @param preset as an entry says it; what is no preset has no looser limit
 */
export function looserLimits(severity: string, preset: JsonValue | undefined): LooserLimit[] {
  if (!isClockPreset(preset)) return []
  const [own, common] = [preset as unknown as ClockPreset, DEFAULT_CLOCKS].map((one) => clocksOf(one, severity))
  const looser: LooserLimit[] = []
  for (const clock of TIMED_CLOCKS) {
    const [limit, usual] = [own![clock], common![clock]]
    if (usual === undefined || (limit !== undefined && longestHours(limit) <= longestHours(usual))) continue
    looser.push({ clock, common: usual, ...(limit === undefined ? {} : { limit }) })
  }
  const [days, usual] = [own!.lookBacks ?? [], common!.lookBacks ?? []]
  const isLooser = usual.some((day, at) => (days[at] ?? Infinity) > day)
  return isLooser ? [...looser, { clock: 'lookBacks', limit: days, common: usual }] : looser
}

/** n working days begin after the day of the entry, and there is a weekend in every five. */
function longestHours(limit: Duration): number {
  if ('hours' in limit) return limit.hours
  if ('days' in limit) return limit.days * 24
  return (1 + limit.workingDays + 2 * Math.ceil(limit.workingDays / 5)) * 24
}

/** The longest that a clock may be set to, in hours, and the most look-backs. */
const HOURS_MAX = 24 * 366
const LOOK_BACKS_MAX = 12

/** Whether a value is a preset: every severity, known clocks, whole durations of at least one, at most a year (CL1). */
export function isClockPreset(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value) || Object.keys(value).length !== SEVERITIES.length) return false
  return SEVERITIES.every((severity) => isSeverityClocks(value[severity]))
}

function isSeverityClocks(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false
  return Object.entries(value).every(([name, member]) =>
    name === 'lookBacks'
      ? isLookBacks(member)
      : (TIMED_CLOCKS as readonly string[]).includes(name) && isJsonObject(member) && isDuration(member),
  )
}

function isLookBacks(value: JsonValue): boolean {
  if (!Array.isArray(value) || value.length > LOOK_BACKS_MAX) return false
  return value.every((days, at) => isWhole(days, HOURS_MAX / 24) && (at === 0 || value[at - 1]! < days!))
}

function isDuration(value: JsonObject): boolean {
  const { hours, days, workingDays } = value
  if (Object.keys(value).length !== 1) return false
  return isWhole(hours, HOURS_MAX) || isWhole(days, HOURS_MAX / 24) || isWhole(workingDays, HOURS_MAX / 24)
}

function isWhole(value: JsonValue | undefined, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max
}
