/**
 * How long a brand took to acknowledge a crisis. A figure is given only where it means something: both ends known to the
 * minute, and the acknowledgement recorded when it was made, in a live crisis. Otherwise there is a reason in its place.
 * Specification: README.md, "Clocks" (CL5).
 */
import { recordingGap } from './lateness.ts'
import { parseOccurredAt } from './instant.ts'
import { milestoneOf } from './milestone.ts'
import type { IndexedEntry } from './milestone.ts'

/** Recorded when it was made: as exactly as times are compared with the chain elsewhere (part 15). */
const RECORDED_AT_ONCE_MS = 15 * 60_000

/** Why no figure is given. */
export type NoFigure =
  | 'reconstructed'
  | 'no_trigger'
  | 'trigger_not_to_the_minute'
  | 'acknowledged_not_to_the_minute'
  | 'recorded_late'
  | 'before_trigger'

/** `trigger`, `acknowledged`: the indexes of the two entries. */
export type TimeToAcknowledge =
  | { readonly minutes: number; readonly trigger: number; readonly acknowledged: number }
  | { readonly reason: NoFigure; readonly acknowledged: number }

/**
 * The time from the trigger to the first acknowledgement, in whole minutes; undefined while there is none.
 *
 * @param entries all entries of one crisis stream, by seq
 */
export function timeToAcknowledge(entries: readonly IndexedEntry[]): TimeToAcknowledge | undefined {
  const indexed = entries.find(({ entry }) => milestoneOf(entry)?.kind === 'acknowledged')
  const milestone = indexed === undefined ? undefined : milestoneOf(indexed.entry)
  if (indexed === undefined || milestone === undefined) return undefined
  const { index: acknowledged, entry } = indexed
  const without = (reason: NoFigure): TimeToAcknowledge => ({ reason, acknowledged })
  if (entries[0]?.entry.data['mode'] === 'reconstructed') return without('reconstructed')
  const trigger = entries.find(({ index }) => index === milestone.trigger && index < acknowledged)
  const signal = trigger === undefined ? undefined : milestoneOf(trigger.entry)
  if (trigger === undefined || signal === undefined) return without('no_trigger')
  const from = parseOccurredAt(signal.occurredAt, signal.zone)
  const to = parseOccurredAt(milestone.occurredAt, milestone.zone)
  if (from.precision === 'day') return without('trigger_not_to_the_minute')
  if (to.precision === 'day') return without('acknowledged_not_to_the_minute')
  if (recordingGap(entry)! > RECORDED_AT_ONCE_MS) return without('recorded_late')
  if (to.latest < from.earliest) return without('before_trigger')
  const minutes = Math.max(0, Math.floor((to.earliest - from.earliest) / 60_000))
  return { minutes, trigger: trigger.index, acknowledged }
}
