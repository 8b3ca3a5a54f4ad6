/** The clocks of a live crisis: each with its due time and what came of it, and how long the acknowledgement took. */
import { timeToAcknowledge } from '../../ledger/acknowledgement.ts'
import { dueInstant } from '../../ledger/instant.ts'
import { isJsonObject } from '../../ledger/json.ts'
import type { ClockState } from '../../ledger/running-clock.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { clockName, looserLine } from './clock-words.ts'
import { fill, formatDue, formatGap, formatTime, wordFor } from './format.ts'
import type { CrisisRecord } from './record.ts'

export type ClockOutcome = 'kept' | 'late' | 'missed' | 'open'
export type ClockLine = { outcome: string; tone: ClockOutcome; text: string; href: string }
/** `acknowledged`: the time that the acknowledgement took, or why none is given. */
export type ClocksView = {
  terms: string
  /** Where the terms are looser than the common ones. */
  looser: string | undefined
  acknowledged: string | undefined
  items: ClockLine[]
}

/** Undefined when the crisis runs none. */
export function clocksView(crisis: CrisisRecord, words: RecordWords): ClocksView | undefined {
  const { entries, state } = crisis
  const opened = entries[0]?.data['clocks']
  if (state.mode === 'reconstructed' || (state.clocks === undefined && !isJsonObject(opened))) return undefined
  const version = isJsonObject(opened) ? Number(opened['version']) : 0
  return {
    terms: version > 0 ? fill(words.clockTerms, { v: version }) : words.clockTermsDefault,
    looser: looserLine(state.terms, severitiesOf(state), words),
    acknowledged: acknowledgedLine(crisis, words),
    items: [
      ...(state.clocks ?? []).filter(({ clock }) => clock !== 'update').map((clock) => clockLine(crisis, clock, words)),
      ...lateUpdates(crisis, words),
    ],
  }
}

/** The severity that the clocks go by, and the gravest, which the look-backs go by. */
function severitiesOf({ severity, gravest = severity }: CrisisRecord['state']): string[] {
  return gravest === severity ? [severity] : [gravest, severity]
}

/** What came of a clock: kept in time, done late, missed and still owed, or running. */
export function outcomeOf({ missed, by }: Pick<ClockState, 'missed' | 'by'>): ClockOutcome {
  if (by !== undefined) return missed === undefined ? 'kept' : 'late'
  return missed === undefined ? 'open' : 'missed'
}

function clockLine({ entries }: CrisisRecord, clock: ClockState, words: RecordWords): ClockLine {
  const tone = outcomeOf(clock)
  const done = entries.find(({ index }) => index === clock.by)?.entry.recordedAt
  const due = fill(words.clockDue, { clock: clockName(clock.clock, words), time: formatDue(clock.due, words) })
  const text = done === undefined ? due : fill(words.clockDone, { due, time: formatTime(Date.parse(done), words) })
  const href = `/e/${clock.by ?? clock.missed ?? clock.madeBy}`
  return { outcome: words.clockOutcomes[tone], tone, text, href }
}

/** Updates that did not come in time: promised ones and those of the clock, each with the entry that says so. */
function lateUpdates({ entries }: CrisisRecord, words: RecordWords): ClockLine[] {
  return entries
    .filter(({ entry: { actor }, data: { kind, clock } }) => {
      return (
        actor.kind === 'system' && (kind === 'next_update_missed' || (kind === 'clock_missed' && clock === 'update'))
      )
    })
    .map(({ data, index }) => {
      const due = isJsonObject(data['due']) ? data['due'] : {}
      const text = fill(words.clockDue, { clock: words.clocks.update, time: formatDue(due, words) })
      return { outcome: words.clockOutcomes.missed, tone: 'missed' as const, text, href: `/e/${index}` }
    })
}

function acknowledgedLine({ entries }: CrisisRecord, words: RecordWords): string | undefined {
  const time = timeToAcknowledge(entries)
  if (time === undefined) return undefined
  if ('reason' in time) return fill(words.noTimeToAcknowledge, { reason: wordFor(words.noFigure, time.reason) })
  return fill(words.timeToAcknowledge, { gap: formatGap(time.minutes * 60_000, words) })
}

/** When a miss was due and when the system noticed: after downtime hours may lie between. */
export function missLine(recordedAt: string, due: { date?: string; at?: string }, words: RecordWords): string {
  const gap = Date.parse(recordedAt) - Date.parse(dueInstant(due as { at: string }))
  return fill(words.missLine, {
    due: formatDue(due, words),
    time: formatTime(Date.parse(recordedAt), words),
    gap: formatGap(gap, words),
  })
}
