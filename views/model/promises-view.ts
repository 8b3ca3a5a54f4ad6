/** The promises of a crisis or of a brand: how many came to what, and each with its dates. */
import type { CommitmentState } from '../../ledger/commitment.ts'
import { isJsonObject } from '../../ledger/json.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { fill, formatDue, formatList, formatMonthOf, wordFor } from './format.ts'
import { localized } from './names.ts'
import type { CrisisRecord } from './record.ts'

export type PromiseLine = { outcome: string; tone: string; text: string; href: string }
export type PromisesView = { summary: string; items: PromiseLine[] }
/** The promises of all live crises of a brand: one sign for each, and the same in words. */
export type PromiseRecord = { heading: string; picture: string; summary: string }

/** The order in which outcomes are counted out. */
const ORDER = ['kept', 'late', 'missed', 'abandoned', 'changed_by_others', 'open', 'retrospective', 'unknown'] as const

/** Undefined when nothing was promised. */
export function promisesView(crisis: CrisisRecord, words: RecordWords): PromisesView | undefined {
  const { commitments, mode } = crisis.state
  if (commitments.length === 0) return undefined
  const values = { n: commitments.length, list: countOut(commitments, words) }
  const sentence =
    mode === 'reconstructed'
      ? words.promisesReconstructed
      : commitments.length === 1
        ? words.promisesLiveOne
        : words.promisesLive
  return {
    summary: fill(sentence, values),
    items: commitments.map((commitment) => promiseLine(crisis, commitment, words)),
  }
}

/** Undefined without a promise in a live crisis: a reconstructed record counts in no brand's record. */
export function promiseRecord(crises: readonly CrisisRecord[], words: RecordWords): PromiseRecord | undefined {
  const made = crises
    .filter(({ state }) => state.mode === 'live')
    .flatMap(({ state }) => state.commitments)
    .sort((a, b) => a.madeBy - b.madeBy)
  const first = crises.flatMap(({ entries }) => entries).find(({ index }) => index === made[0]?.madeBy)
  if (first === undefined) return undefined
  return {
    heading: words.promiseRecord,
    picture: made.map(({ outcome }) => signOf(outcome)).join(''),
    summary: fill(words.promiseRecordSince, {
      list: countOut(made, words),
      month: formatMonthOf(Date.parse(first.entry.recordedAt), words),
    }),
  }
}

function signOf(outcome: CommitmentState['outcome']): string {
  if (outcome === 'kept' || outcome === 'late') return '■'
  return outcome === 'missed' || outcome === 'abandoned' ? '✕' : '□'
}

function countOut(commitments: readonly CommitmentState[], words: RecordWords): string {
  const counts = ORDER.map((outcome) => ({ outcome, n: commitments.filter((c) => c.outcome === outcome).length }))
  const told = counts
    .filter(({ n }) => n > 0)
    .map(({ outcome, n }) => fill(words.outcomeCount, { outcome: words.outcomes[outcome], n }))
  return formatList(told, { comma: ' · ' })
}

function promiseLine({ entries }: CrisisRecord, commitment: CommitmentState, words: RecordWords): PromiseLine {
  const { madeBy, due, firstDue, moved, outcome, by } = commitment
  const made = entries.find(({ index }) => index === madeBy)?.data['commitment']
  const measure = (isJsonObject(made) && localized(made['measure'], words)) || words.noMeasure
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
    text: fill(sentence, values),
    href: `/e/${by ?? madeBy}`,
  }
}
