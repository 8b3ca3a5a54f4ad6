/** The promises of a crisis: how many came to what, and each with its dates. */
import type { CommitmentState } from '../../ledger/commitment.ts'
import { isJsonObject } from '../../ledger/json.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { fill, formatDue, formatList, wordFor } from './format.ts'
import { localized } from './names.ts'
import type { CrisisRecord } from './record.ts'

export type PromiseLine = { outcome: string; tone: string; text: string; href: string }
export type PromisesView = { summary: string; items: PromiseLine[] }

/** The order in which outcomes are counted out. */
const ORDER = ['kept', 'late', 'missed', 'abandoned', 'changed_by_others', 'open', 'retrospective', 'unknown'] as const

/** Undefined when nothing was promised. */
export function promisesView(crisis: CrisisRecord, words: RecordWords): PromisesView | undefined {
  const { commitments, mode } = crisis.state
  if (commitments.length === 0) return undefined
  const counts = ORDER.map((outcome) => ({ outcome, n: commitments.filter((c) => c.outcome === outcome).length }))
  const list = formatList(
    counts
      .filter(({ n }) => n > 0)
      .map(({ outcome, n }) => fill(words.outcomeCount, { outcome: words.outcomes[outcome], n })),
    words,
  )
  const sentence = mode === 'reconstructed' ? words.promisesReconstructed : words.promisesLive
  return {
    summary: fill(sentence, { n: commitments.length, list }),
    items: commitments.map((commitment) => promiseLine(crisis, commitment, words)),
  }
}

function promiseLine({ entries }: CrisisRecord, commitment: CommitmentState, words: RecordWords): PromiseLine {
  const { madeBy, due, firstDue, moved, outcome, by } = commitment
  const made = entries.find(({ index }) => index === madeBy)?.data['commitment']
  const measure = (isJsonObject(made) && localized(made['measure'], words)) || words.noMeasure
  const sentence =
    moved > 0 && formatDue(due, words) !== formatDue(firstDue, words) ? words.promiseMoved : words.promiseLine
  const values = { measure, due: formatDue(due, words), first: formatDue(firstDue, words), n: moved }
  return {
    outcome: wordFor(words.outcomes, outcome),
    tone: outcome,
    text: fill(sentence, values),
    href: `/e/${by ?? madeBy}`,
  }
}
