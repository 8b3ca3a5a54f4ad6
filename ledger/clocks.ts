/**
 * The clocks that a live crisis puts a brand under: how long each may take for each severity, and which due times an
 * entry starts. A preset is published before it is used and stays with a crisis from its opening on, so nobody can give
 * themselves more time half-way. Everything is handed in, the calendar of working days included.
 * Specification: README.md, "Clocks" (CL1–CL4).
 */
import { clocksOf } from './clock-preset.ts'
import type { ClockPreset, Duration, TimedClock } from './clock-preset.ts'
import type { CrisisState } from './crisis.ts'
import { dueInstant, formatInstant, parseInstant } from './instant.ts'
import { SEVERITIES } from './milestone.ts'
import type { Milestone } from './milestone.ts'
import { isUpdate } from './running-clock.ts'
import type { ClockState } from './running-clock.ts'
import { endOfWorkingDay } from './working-days.ts'
import type { WorkCalendar } from './working-days.ts'

/** A due time as an entry carries it. `weekdaysOnly`: no calendar of working days reached so far (working-days.ts). */
export type StartedClock = {
  readonly clock: string
  readonly due: { readonly at: string }
  readonly weekdaysOnly?: true
}

/** What due times are computed from. */
export type Timing = {
  readonly preset: ClockPreset
  readonly calendar: WorkCalendar
  /** The `recordedAt` of the entry that starts the clocks. */
  readonly recordedAt: string
}

/** What a crisis must tell to have its clocks started. */
export type TimedCrisis = Pick<CrisisState, 'mode' | 'state' | 'severity' | 'gravest' | 'clocks' | 'causes' | 'scopes'>

/** The clocks that opening a live crisis starts: to acknowledge it, and to say something in public. */
export function openingDues(severity: string, timing: Timing): StartedClock[] {
  return ['acknowledge' as const, 'first_statement' as const].flatMap((clock) => started(severity, clock, timing))
}

/** The clock that a sealed entry starts: by when it must be opened. */
export function sealDues(severity: string, timing: Timing): StartedClock[] {
  return started(severity, 'seal', timing)
}

/**
 * The clocks that a milestone starts in a crisis. None in a reconstructed record.
 *
 * @param crisis before the milestone
 */
export function milestoneDues(crisis: TimedCrisis, milestone: Milestone, timing: Timing): StartedClock[] {
  if (crisis.mode !== 'live') return []
  const { kind, severity = crisis.severity } = milestone
  if (kind === 'closed') return crisis.state === 'closed' ? [] : closingDues(crisis, crisis.gravest ?? severity, timing)
  const isOpen = kind === 'reopened' || (crisis.state !== 'closed' && crisis.state !== 'dismissed')
  if (!isOpen || kind === 'dismissed') return []
  // Until somebody acknowledges, the clock to acknowledge runs, and no other update answers it.
  const isTold = isUpdate(kind) && (crisis.state !== 'suspected' || kind === 'acknowledged')
  const dues: StartedClock[] = isTold ? started(severity, 'update', timing) : []
  if (kind === 'cause_identified' && needsScope(crisis)) dues.push(...started(severity, 'scope', timing))
  return isGraver(severity, crisis.severity) ? [...dues, ...tightened(crisis, severity, timing, dues)] : dues
}

/** A scope that rests on the cause answers it; until then the clock runs, once. */
function needsScope({ scopes, clocks = [] }: TimedCrisis): boolean {
  return (
    !scopes.some(({ basis }) => basis === 'cause') && !clocks.some((clock) => clock.clock === 'scope' && runs(clock))
  )
}

/**
 * Closing starts the dossier and the look-backs of the gravest severity that the crisis ever had; one that still runs
 * from an earlier closing is not doubled (CL4).
 */
function closingDues({ clocks = [] }: TimedCrisis, severity: string, timing: Timing): StartedClock[] {
  const lookBacks = clocksOf(timing.preset, severity).lookBacks ?? []
  const dues = started(severity, 'dossier', timing)
  for (const days of lookBacks) dues.push(startedOf(`look_back_${days}`, { days }, timing))
  return dues.filter(({ clock }) => !clocks.some((known) => known.clock === clock && runs(known)))
}

/**
 * A graver severity makes the clocks that still run shorter, and starts those that the lesser one did not have. Only
 * forward: what was due before stays due then (CL2).
 */
function tightened(
  crisis: TimedCrisis,
  severity: string,
  timing: Timing,
  already: readonly StartedClock[],
): StartedClock[] {
  const { clocks = [], state, causes } = crisis
  const isWanted: Readonly<Record<string, boolean>> = {
    acknowledge: state === 'suspected',
    first_statement: true,
    update: state !== 'suspected',
    scope: causes.length > 0 && !crisis.scopes.some(({ basis }) => basis === 'cause'),
  }
  return (['acknowledge', 'first_statement', 'update', 'scope'] as const)
    .filter((clock) => isWanted[clock] === true && !already.some((due) => due.clock === clock))
    .flatMap((clock) => started(severity, clock, timing))
    .filter(({ clock, due }) => {
      const known = clocks.filter((other) => other.clock === clock)
      return known.every((other) => runs(other) && due.at < dueInstant(other.due))
    })
}

/** Whether a clock is neither missed nor answered. */
function runs({ missed, by }: ClockState): boolean {
  return missed === undefined && by === undefined
}

function isGraver(severity: string, than: string): boolean {
  const words: readonly string[] = SEVERITIES
  return words.indexOf(severity) >= 0 && words.indexOf(severity) < words.indexOf(than)
}

function started(severity: string, clock: TimedClock, timing: Timing): StartedClock[] {
  const duration = clocksOf(timing.preset, severity)[clock]
  return duration === undefined ? [] : [startedOf(clock, duration, timing)]
}

const HOUR_MS = 3_600_000

function startedOf(clock: string, duration: Duration, { calendar, recordedAt }: Timing): StartedClock {
  if ('workingDays' in duration) {
    const { at, weekdaysOnly } = endOfWorkingDay(recordedAt, duration.workingDays, calendar)
    return { clock, due: { at }, ...(weekdaysOnly ? { weekdaysOnly } : {}) }
  }
  const hours = 'hours' in duration ? duration.hours : duration.days * 24
  return { clock, due: { at: formatInstant(parseInstant(recordedAt) + hours * HOUR_MS) } }
}
