/**
 * Remedies and recalls as they stand: for whom a remedy is and how many of each cohort have got it, what a recall plans
 * and how far each level of trade is. Numbers stand beside each other and are never added up.
 */
import type { ProgressState, RecallMeasure, RecallState } from '../../ledger/recall.ts'
import { RECALL_LEVELS, isCompleted } from '../../ledger/recall.ts'
import type { RemedyState } from '../../ledger/remedy.ts'
import { contextOf } from './context.ts'
import type { StreamContext } from './context.ts'
import { textOf } from './entry-view.ts'
import { fill, formatDue, formatList, leadingSentences, wordFor } from './format.ts'
import type { CrisisRecord } from './record.ts'
import { coverageLine, partOf, planLines, progressLine } from './relief-facts.ts'
import { plain } from './plain.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'

export type RemedyBlock = { tone: string; state: string; text: string; href: string; lines: string[] }
export type LevelRow = { level: string; direct: string; corrected: string }
export type RecallBlock = { title: string; href: string; lines: string[]; levels: LevelRow[]; numbers: string[] }
export type ReliefView = { remedies: RemedyBlock[]; recalls: RecallBlock[]; note: string }

const TEXT_LENGTH = { 'zh-CN': 60, en: 140 } as const

/** Undefined where there is nothing beyond what stands above: no count, no plan, no end. */
export function reliefView(crisis: CrisisRecord, words: RecordWords): ReliefView | undefined {
  const { state } = crisis
  const context = contextOf(crisis, state, words)
  const recalls = state.recalls.filter(({ plan, progress }) => plan !== undefined || progress !== undefined)
  const isTold = ({ id, closed, until, partial }: RemedyState): boolean =>
    state.deliveries.some(({ remedy }) => remedy === id) || (closed ?? until ?? partial) !== undefined
  const remedies = state.remedies.filter(isTold)
  if (recalls.length === 0 && remedies.length === 0) return undefined
  return {
    remedies: remedies.map((remedy) => remedyBlock(context, crisis, remedy)),
    recalls: recalls.map((recall) => recallBlock(context, crisis, recall)),
    note: words.relief.neverSummed,
  }
}

function remedyBlock(context: StreamContext, { state, entries }: CrisisRecord, remedy: RemedyState): RemedyBlock {
  const { words } = context
  const { relief } = words
  const { id, announced, opened, closed, until, partial } = remedy
  const entry = entries.find(({ index }) => index === (announced ?? opened))
  const closing = entries.find(({ index }) => index === closed)?.data['closingReason']
  return {
    tone: remedy.state,
    state: relief.remedyStates[remedy.state],
    text: leadingSentences(
      (entry === undefined ? undefined : textOf(entry, words)) ?? '',
      TEXT_LENGTH[words.lang === 'en' ? 'en' : 'zh-CN'],
    ),
    href: `/e/${closed ?? opened ?? announced}`,
    lines: [
      ...(until === undefined || closed !== undefined ? [] : [fill(relief.until, { time: formatDue(until, words) })]),
      ...(partial === undefined ? [] : [fill(relief.partial, { reason: wordFor(relief.partialReasons, partial) })]),
      ...(closing === undefined
        ? []
        : [fill(relief.closedOn, { reason: wordFor(relief.closingReasons, plain(closing)) })]),
      ...state.deliveries.filter((item) => item.remedy === id).map((delivery) => coverageLine(delivery, words)),
    ],
  }
}

function recallBlock(context: StreamContext, { entries }: CrisisRecord, recall: RecallState): RecallBlock {
  const { words } = context
  const { relief } = words
  const { id, initiated, expanded, completed, plan, progress = [] } = recall
  const steps = [initiated, expanded, completed].filter((index) => index !== undefined)
  const references = steps.map((step) => entries.find(({ index }) => index === step)?.data['regulatorRef'])
  const named = formatList(
    references.filter((ref) => typeof ref === 'string'),
    words,
  )
  const word = isCompleted(recall) ? relief.recallStates.completed : relief.recallStates.initiated
  return {
    title: `${fill(relief.recall, { id })}${words.colon}${word}`,
    href: `/e/${Math.max(...steps, ...progress.map(({ index }) => index))}`,
    lines: [
      ...(named === '' ? [] : [fill(relief.regulatorRef, { ref: named })]),
      ...(plan === undefined ? [] : planLines(plan, words)),
    ],
    levels: levelsOf(recall, words),
    numbers: progress.map((item) => progressLine(context, recall, item)),
  }
}

/** Who was told directly beside what was put right, level by level. */
function levelsOf(recall: RecallState, words: RecordWords): LevelRow[] {
  const { relief } = words
  const { plan, progress = [] } = recall
  const cell = (measure: RecallMeasure, level: ProgressState['level']): string => {
    const item = progress.find((known) => known.measure === measure && known.level === level)
    return item === undefined ? relief.noFigure : partOf(recall, item, words)
  }
  const planned = plan?.levels.map(({ level }) => level) ?? []
  const counted = progress.map(({ level }) => level)
  const levels = RECALL_LEVELS.filter((level) => planned.includes(level) || counted.includes(level))
  const row = (level: ProgressState['level']): LevelRow => ({
    level: level === undefined ? relief.everyLevel : relief.levels[level],
    direct: cell('notified_directly', level),
    corrected: cell('corrected', level),
  })
  return [...levels.map(row), ...(counted.includes(undefined) ? [row(undefined)] : [])]
}
