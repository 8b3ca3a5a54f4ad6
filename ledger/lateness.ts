/**
 * How late an entry was recorded: between the latest instant that it may claim to speak of and its recording. The claim
 * is the brand's, the recording is ours. Specification: README.md, part 9 and "Milestones".
 */
import type { Entry } from './entry.ts'
import { parseInstant, parseOccurredAt } from './instant.ts'
import { milestoneOf } from './milestone.ts'

/** More than this between the latest instant that a claim allows and its recording is "recorded late". */
export const LATE_AFTER_MS = 24 * 3_600_000

/**
 * How much later an entry was recorded than the claim of its occurrence allows, in milliseconds; at least 0. Undefined
 * when the entry claims no time.
 */
export function recordingGap(entry: Entry): number | undefined {
  const milestone = milestoneOf(entry)
  if (milestone === undefined) return undefined
  return Math.max(0, parseInstant(entry.recordedAt) - parseOccurredAt(milestone.occurredAt, milestone.zone).latest)
}

/** Whether an entry was recorded more than 24 h after the latest instant that its claim allows. */
export function isRecordedLate(entry: Entry): boolean {
  return (recordingGap(entry) ?? 0) > LATE_AFTER_MS
}
