/**
 * Clocks that run in a crisis: each was started by an entry that carries its due time, so that whoever has the entries
 * needs neither the preset nor the calendar that the time was computed with (clocks.ts). An entry of the right kind
 * ends a clock; a due time that passes before is a miss of the system, and what comes after it is late.
 * Specification: README.md, "Clocks" (W1, W4, C3).
 */
import { dueInstant, isDue } from './instant.ts'
import type { Due } from './instant.ts'
import type { Entry } from './entry.ts'
import { isJsonObject } from './json.ts'
import type { JsonValue } from './json.ts'
import type { MilestoneKind } from './milestone.ts'

/** A clock that an entry started by its `dues`, and what ended it. */
export type ClockState = {
  /** The clock and the seq of the entry that started it. */
  readonly promise: string
  readonly clock: string
  readonly madeBy: number
  readonly due: Due
  /** The system's miss. */
  readonly missed?: number
  /** The entry that did what the clock asks for: in time without `missed`, late with it. */
  readonly by?: number
}

/** Kinds by which a brand keeps its promise to say more: whatever tells the public something new about the matter. */
const UPDATES: ReadonlySet<string> = new Set<MilestoneKind>([
  'acknowledged',
  'dismissed',
  'holding_statement',
  'statement',
  'technical_statement',
  'safety_instruction',
  'containment',
  'investigation_update',
  'cause_identified',
  'scope_published',
  'remedy_announced',
  'remedy_opened',
  'remedy_withdrawn',
  'remedy_progress',
  'remedy_closed',
  'recall_initiated',
  'recall_expanded',
  'recall_progress',
  'recall_completed',
  'figures_published',
  'review_published',
  'look_back_published',
  'closed',
  'reopened',
])

/** Whether a milestone is an update of the kind that a promised next update announces. */
export function isUpdate(kind: string): boolean {
  return UPDATES.has(kind)
}

/** The kinds that do what a clock asks for. Updates, look-backs and seals have rules of their own. */
const SETTLED_BY: Readonly<Record<string, readonly MilestoneKind[]>> = {
  acknowledge: ['acknowledged'],
  first_statement: ['holding_statement', 'statement', 'technical_statement', 'rebuttal', 'safety_instruction'],
  scope: ['scope_published'],
  dossier: ['review_published'],
}

/** Whether a word names a clock; a verifier asks nothing of clocks that it does not know. */
function isClock(clock: JsonValue | undefined): clock is string {
  return (
    typeof clock === 'string' &&
    /^(?:acknowledge|first_statement|update|scope|dossier|seal|look_back_\d{1,4})$/.test(clock)
  )
}

/** Whether an entry does what a clock asks for; a dismissal ends them all, but that of a seal. */
function settles({ type, actor, data }: Entry, { clock, madeBy }: ClockState): boolean {
  const { kind, lookBack, seal } = data
  if (type === 'seal.opened') return clock === 'seal' && seal === madeBy
  if (type !== 'milestone.recorded' || typeof kind !== 'string' || actor.kind === 'system') return false
  if (kind === 'dismissed') return clock !== 'seal'
  if (kind === 'look_back_published' && typeof lookBack === 'number' && clock === `look_back_${lookBack}`) return true
  return clock === 'update' ? isUpdate(kind) : (SETTLED_BY[clock]?.includes(kind as MilestoneKind) ?? false)
}

/**
 * The clocks of a live crisis after an entry: it may miss one, settle some, and start others. Any entry of the stream
 * may start clocks, by `dues: [{ clock, due }]` in its data; each clock once, and only with a time that lies ahead.
 *
 * @param said what the entry says of promises, when it is well formed
 */
export function foldClocks(
  known: readonly ClockState[] | undefined,
  entry: Entry,
  said: { readonly kind: string; readonly promise?: string } | undefined,
  index: number,
): readonly ClockState[] | undefined {
  const { data, recordedAt, seq } = entry
  const next: ClockState[] = []
  for (const clock of known ?? []) {
    if (said?.kind === 'clock_missed' && said.promise === clock.promise) next.push({ ...clock, missed: index })
    else if (clock.by !== undefined || !settles(entry, clock)) next.push(clock)
    else if (clock.clock !== 'update' && clock.clock !== 'seal') next.push({ ...clock, by: index })
  }
  const { dues } = data
  for (const { clock, due } of Array.isArray(dues) ? dues.filter(isJsonObject) : []) {
    if (!isClock(clock) || !isDue(due) || dueInstant(due) <= recordedAt) continue
    const promise = `${clock}_${seq}`
    if (!next.some((other) => other.promise === promise)) next.push({ promise, clock, madeBy: index, due })
  }
  const isSame = next.length === (known?.length ?? 0) && next.every((clock, at) => clock === known?.[at])
  return isSame ? known : next
}
