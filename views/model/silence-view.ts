/**
 * What is owed next, and what is overdue: the promised next update and the clocks of a live crisis, against the time at
 * which somebody looks. The server judges by its clock when it makes the page, the script again by the reader's; what the
 * system has recorded of it is said beside. Amber is a word here first, and a colour second.
 */
import { dueInstant } from '../../ledger/instant.ts'
import type { Due } from '../../ledger/instant.ts'
import type { CrisisState } from '../../ledger/crisis.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { clockName } from './clock-words.ts'
import { fill, formatDue, formatGap } from './format.ts'
import type { CrisisRecord } from './record.ts'

/** `text`: one line for each thing that is overdue; else what comes next. */
export type NextUpdate = { text: string; overdue: boolean }

/** Something that is owed. `clock`: absent for an update that the brand itself promised. */
type Owed = { due: Due; at: number; missed: boolean; clock?: string }

/** Nothing for a record without a clock, and when nothing is owed after the end of a crisis. */
export function nextUpdateOf({ state }: CrisisRecord, words: RecordWords, now: number): NextUpdate | undefined {
  if (state.mode === 'reconstructed') return undefined
  const owed = owedIn(state)
  const overdue = owed.filter(({ at }) => at < now)
  if (overdue.length > 0) return { text: overdue.map((one) => overdueLine(one, words, now)).join('\n'), overdue: true }
  const isEnded = state.state === 'closed' || state.state === 'dismissed'
  const next = isEnded ? owed[0] : owed.find(({ clock }) => clock === undefined || clock === 'update')
  if (next !== undefined) return { text: nextLine(next, words), overdue: false }
  return isEnded ? undefined : { text: nothingPromised(owed, words), overdue: false }
}

/** What is owed and not done, the earliest first; of updates, the one that the brand promised before the clock's. */
function owedIn(state: CrisisState): Owed[] {
  const isEnded = state.state === 'closed' || state.state === 'dismissed'
  const updates = isEnded ? [] : state.nextUpdates.map(({ due, missed }) => owedOf(due, missed))
  const clocks = (state.clocks ?? [])
    .filter(({ by }) => by === undefined)
    .map(({ due, missed, clock }) => ({ ...owedOf(due, missed), clock }))
  return [...updates, ...clocks].sort((a, b) => a.at - b.at)
}

function owedOf(due: Due, missed: number | undefined): Owed {
  return { due, at: Date.parse(dueInstant(due)), missed: missed !== undefined }
}

/** That no update is promised; and the clock that runs out first, while there is one. Seals are no word to the public. */
function nothingPromised(owed: readonly Owed[], words: RecordWords): string {
  const first = owed.find(({ clock }) => clock !== 'seal')
  return first === undefined ? words.nextNone : `${words.nextNone}\n${nextLine(first, words)}`
}

function nextLine({ due, clock }: Owed, words: RecordWords): string {
  const time = formatDue(due, words)
  if (clock === undefined) return fill(words.nextUpdate, { time })
  return clock === 'update'
    ? fill(words.nextByClock, { time })
    : fill(words.nextClock, { clock: clockName(clock, words), time })
}

function overdueLine({ due, at, missed, clock }: Owed, words: RecordWords, now: number): string {
  const values = { time: formatDue(due, words), gap: formatGap(now - at, words), clock: clockName(clock ?? '', words) }
  const sentence =
    clock === undefined ? words.nextOverdue : clock === 'update' ? words.nextOverdueByClock : words.clockOverdue
  const recorded = missed ? `${words.lang === 'en' ? ' ' : ''}${words.nextOverdueRecorded}` : ''
  return `${fill(sentence, values)}${recorded}`
}
