/** What an entry says of scopes, remedies and recalls beyond its text, one line each. */
import type { Delivery } from '../../ledger/delivery.ts'
import { permille } from '../../ledger/delivery.ts'
import { isJsonObject } from '../../ledger/json.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { plannedFor } from '../../ledger/recall.ts'
import type { ProgressState, RecallPlan, RecallProgress, RecallState } from '../../ledger/recall.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { positionOf } from './context.ts'
import type { StreamContext } from './context.ts'
import { fill, formatDay, formatDue, formatList, formatNumber, wordFor } from './format.ts'
import { textsIn } from './names.ts'
import { plain } from './plain.ts'

export function reliefFacts(context: StreamContext, data: JsonObject, index: number): string[] {
  const { words } = context
  const { relief } = words
  const said = (sentence: string, table: Readonly<Record<string, string>>, name: string): string[] =>
    typeof data[name] === 'string' ? [fill(sentence, { reason: wordFor(table, plain(data[name])) })] : []
  const open = textsIn(data['openCommitments'])
  return [
    ...(isNarrowing(context, index) ? said(relief.narrowed, relief.narrowingReasons, 'narrowingReason') : []),
    ...said(relief.partial, relief.partialReasons, 'partialReason'),
    ...said(relief.dismissed, relief.dismissReasons, 'dismissReason'),
    ...said(relief.noCause, relief.noCauseReasons, 'noCauseReason'),
    ...said(relief.closedOn, relief.closingReasons, 'closingReason'),
    ...(isJsonObject(data['until']) ? [fill(relief.until, { time: formatDue(data['until'], words) })] : []),
    ...(open.length > 0 ? [fill(relief.openCommitments, { list: formatList(open, words) })] : []),
    ...deliveriesIn(data).map((delivery) => coverageLine(delivery, words)),
    ...(isJsonObject(data['recallPlan']) ? planLines(data['recallPlan'] as unknown as RecallPlan, words) : []),
    ...progressIn(data, index).map((progress) => progressLine(context, recallOf(context, data), progress)),
    ...promiseTerms(data, words),
  ]
}

/** A reason that nothing needs is not told: the scope only grew. */
function isNarrowing({ state }: StreamContext, index: number): boolean {
  return state?.narrowings.some((narrowing) => narrowing.index === index) === true
}

function deliveriesIn(data: JsonObject): Delivery[] {
  return Array.isArray(data['deliveries']) ? (data['deliveries'] as unknown as Delivery[]) : []
}

function progressIn(data: JsonObject, index: number): ProgressState[] {
  if (!Array.isArray(data['recallProgress'])) return []
  return (data['recallProgress'] as unknown as RecallProgress[]).map((progress) => ({
    ...progress,
    base: progress.base === 'this' ? index : progress.base,
    index,
  }))
}

function recallOf({ state }: StreamContext, { recall }: JsonObject): RecallState | undefined {
  return state?.recalls.find(({ id }) => id === recall)
}

/** Delivered of eligible, for one cohort (R3). */
export function coverageLine({ cohort, delivered, eligible, asOf }: Delivery, words: RecordWords): string {
  return fill(words.relief.coverage, {
    cohort: words.relief.cohorts[cohort],
    delivered: formatNumber(delivered, words),
    eligible: formatNumber(eligible, words),
    rate: formatRate(permille(delivered, eligible), words),
    date: formatDay(asOf, words),
  })
}

/** Tenths of a percent as ` (12.3 %)`; nothing when there is no rate. */
function formatRate(rate: number | undefined, words: RecordWords): string {
  if (rate === undefined) return ''
  return fill(words.relief.rate, { p: `${Math.floor(rate / 10)}.${rate % 10}` })
}

/** How many are planned, of which class, and on which levels. */
export function planLines({ planned, unit, class: rank, levels }: RecallPlan, words: RecordWords): string[] {
  const { relief } = words
  const more = rank === undefined ? '' : fill(relief.planClass, { class: relief.classes[rank] })
  const named = levels.map(({ level, planned: n }) =>
    n === undefined ? relief.levels[level] : `${relief.levels[level]} ${formatNumber(n, words)}`,
  )
  const whole = fill(relief.plan, { n: formatNumber(planned, words), unit: wordFor(words.units, unit).trim(), more })
  return [`${whole}${named.length === 0 ? '' : `${words.colon}${formatList(named, words)}`}`]
}

/** A number with what it is a part of: the plan of its own base, never another one (RC1). */
export function partOf(recall: RecallState | undefined, progress: ProgressState, words: RecordWords): string {
  const planned = recall === undefined ? undefined : plannedFor(recall, progress)
  const n = formatNumber(progress.count, words)
  if (planned === undefined) return n
  const rate = formatRate(permille(progress.count, planned), words)
  return fill(words.relief.part, { n, of: formatNumber(planned, words), rate })
}

export function progressLine(context: StreamContext, recall: RecallState | undefined, progress: ProgressState): string {
  const { words } = context
  const { relief } = words
  const { measure, level, asOf, base } = progress
  return fill(relief.progress, {
    measure: relief.measures[measure],
    level: level === undefined ? '' : fill(relief.progressLevel, { level: relief.levels[level] }),
    part: partOf(recall, progress, words),
    date: formatDay(asOf, words),
    i: positionOf(context, base) ?? `#${base}`,
  })
}

/** Who answers for a commitment, and what will show that it was kept. */
function promiseTerms({ commitment }: JsonObject, words: RecordWords): string[] {
  if (!isJsonObject(commitment)) return []
  const { ownerRole, evidenceRule } = commitment
  const { relief } = words
  return [
    ...(typeof ownerRole === 'string' ? [fill(relief.owner, { role: ownerRole })] : []),
    ...(typeof evidenceRule === 'string'
      ? [fill(relief.evidenceRule, { rule: wordFor(relief.evidenceRules, evidenceRule) })]
      : []),
  ]
}
