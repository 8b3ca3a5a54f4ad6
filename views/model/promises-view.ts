/** The promises of a crisis or of a brand: how many came to what, and each with its dates. */
import type { CommitmentState } from '../../ledger/commitment.ts'
import { isJsonObject } from '../../ledger/json.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { clocksView } from './clocks-view.ts'
import { fill, formatDue, formatList, formatMonthOf, withoutStop, wordFor } from './format.ts'
import { localized } from './names.ts'
import type { CrisisRecord } from './record.ts'

export type PromiseLine = { outcome: string; tone: string; text: string; href: string }
export type PromisesView = { summary: string; items: PromiseLine[] }
/** One promise in the picture: a sign, and in words what it stands for. */
export type PromiseSign = { sign: string; label: string; tone: string; href: string }
/** The promises of all live crises of a brand: one sign for each, how many came to what, and each with its dates. */
export type PromiseRecord = {
  heading: string
  picture: PromiseSign[]
  summary: string
  /** What came of the clocks; undefined when none ran out or was kept. */
  clocks: string | undefined
  listHeading: string
  items: PromiseLine[]
}

/** The order in which outcomes are counted out. */
const ORDER = ['kept', 'late', 'missed', 'missed_moved', 'abandoned', 'changed_by_others', 'open', 'unknown'] as const
type ShownOutcome = (typeof ORDER)[number] | 'retrospective'

/** Undefined when nothing was promised. */
export function promisesView(crisis: CrisisRecord, words: RecordWords): PromisesView | undefined {
  const { commitments, mode } = crisis.state
  if (commitments.length === 0) return undefined
  const counted = commitments.filter(isCounted)
  const values = { n: counted.length, list: countOut(counted, words) }
  const sentence =
    mode === 'reconstructed'
      ? words.promisesReconstructed
      : counted.length === 1
        ? words.promisesLiveOne
        : words.promisesLive
  return {
    summary: joinSentences(counted.length === 0 ? '' : fill(sentence, values), uncounted(commitments, words), words),
    items: commitments.map((commitment) => promiseLine(crisis, commitment, words)),
  }
}

/** Undefined without a promise in a live crisis: a reconstructed record counts in no brand's record. */
export function promiseRecord(crises: readonly CrisisRecord[], words: RecordWords): PromiseRecord | undefined {
  const live = crises.filter(({ state }) => state.mode === 'live')
  const made = live
    .flatMap((crisis) => crisis.state.commitments.map((commitment) => ({ crisis, commitment })))
    .sort((a, b) => a.commitment.madeBy - b.commitment.madeBy)
  const [first] = made
  const since = first?.crisis.entries.find(({ index }) => index === first.commitment.madeBy)?.entry.recordedAt
  if (since === undefined) return undefined
  const items = made.map(({ crisis, commitment }) => promiseLine(crisis, commitment, words))
  const commitments = made.map(({ commitment }) => commitment)
  const counted = commitments.filter(isCounted)
  const values = { list: countOut(counted, words), month: formatMonthOf(Date.parse(since), words) }
  return {
    heading: words.promiseRecord,
    picture: items
      .filter((_, at) => isCounted(commitments[at]!))
      .map(({ outcome, text, tone, href }) => ({
        sign: signOf(tone),
        label: `${outcome}${words.colon}${text}`,
        tone,
        href,
      })),
    summary: joinSentences(
      counted.length === 0 ? '' : fill(words.promiseRecordSince, values),
      uncounted(commitments, words),
      words,
    ),
    clocks: clocksTally(live, words),
    listHeading: words.promiseRecordEach,
    items,
  }
}

/** How the clocks of live crises ended, of those that have ended; updates count when they did not come in time. */
function clocksTally(crises: readonly CrisisRecord[], words: RecordWords): string | undefined {
  const tones = crises.flatMap((crisis) => (clocksView(crisis, words)?.items ?? []).map(({ tone }) => tone))
  const counts = (['kept', 'late', 'missed'] as const)
    .map((tone) => ({ outcome: words.clockOutcomes[tone], n: tones.filter((one) => one === tone).length }))
    .filter(({ n }) => n > 0)
  if (counts.length === 0) return undefined
  const list = counts.map((count) => fill(words.outcomeCount, count))
  return fill(words.promiseRecordClocks, { list: formatList(list, { comma: ' · ' }) })
}

/** Shapes and not colours tell outcomes apart. */
function signOf(outcome: string): string {
  if (outcome === 'kept') return '■'
  if (outcome === 'late') return '◧'
  return outcome.startsWith('missed') ? '✕' : outcome === 'abandoned' ? '⊘' : '□'
}

function countOut(commitments: readonly CommitmentState[], words: RecordWords): string {
  const counts = ORDER.map((outcome) => ({ outcome, n: commitments.filter((c) => shownOutcome(c) === outcome).length }))
  const told = counts
    .filter(({ n }) => n > 0)
    .map(({ outcome, n }) => fill(words.outcomeCount, { outcome: words.outcomes[outcome], n }))
  return formatList(told, { comma: ' · ' })
}

/** What was recorded after its due date says nothing of how promises are kept, so it stands in the list only. */
function isCounted({ outcome }: CommitmentState): boolean {
  return outcome !== 'retrospective'
}

/** How many are not counted; empty when all are. */
function uncounted(commitments: readonly CommitmentState[], words: RecordWords): string {
  const n = commitments.filter((commitment) => !isCounted(commitment)).length
  return n === 0 ? '' : fill(words.promisesUncounted, { n })
}

function joinSentences(first: string, second: string, { promisesJoin }: RecordWords): string {
  return [first, second].filter((sentence) => sentence !== '').join(promisesJoin)
}

/** A promise that was missed and has another date now is not merely not yet due: moving a date takes no miss away. */
function shownOutcome({ outcome, misses }: CommitmentState): ShownOutcome {
  return outcome === 'open' && misses !== undefined ? 'missed_moved' : outcome
}

/** The misses of a promise, where its outcome and its dates do not tell of each of them. */
function missesOf(commitment: CommitmentState, words: RecordWords): string[] {
  const { misses = [], moved } = commitment
  const shown = shownOutcome(commitment)
  const isTold = shown.startsWith('missed') || (shown === 'late' && moved === 0)
  if (misses.length === 0 || (isTold && misses.length === 1)) return []
  return [misses.length === 1 ? words.promiseMissedOnce : fill(words.promiseMissed, { n: misses.length })]
}

/** How often others disputed or confirmed it; the brand cannot take either away. */
function voicesOf({ disputed = [], confirmed = [] }: CommitmentState, { relief }: RecordWords): string[] {
  return [
    ...(disputed.length > 0 ? [fill(relief.disputed, { n: disputed.length })] : []),
    ...(confirmed.length > 0 ? [fill(relief.confirmed, { n: confirmed.length })] : []),
  ]
}

function promiseLine({ entries }: CrisisRecord, commitment: CommitmentState, words: RecordWords): PromiseLine {
  const { madeBy, due, firstDue, moved, by } = commitment
  const outcome = shownOutcome(commitment)
  const made = entries.find(({ index }) => index === madeBy)?.data['commitment']
  const measure = (isJsonObject(made) && withoutStop(localized(made['measure'], words))) || words.noMeasure
  const sentence =
    moved > 0 && formatDue(due, words) !== formatDue(firstDue, words)
      ? moved === 1
        ? words.promiseMovedOnce
        : words.promiseMoved
      : words.promiseLine
  const values = { measure, due: formatDue(due, words), first: formatDue(firstDue, words), n: moved }
  return {
    outcome: wordFor(words.outcomes, outcome),
    tone: outcome,
    text: [fill(sentence, values), ...missesOf(commitment, words), ...voicesOf(commitment, words)].join(' · '),
    href: `/e/${by ?? madeBy}`,
  }
}
