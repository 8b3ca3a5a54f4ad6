/**
 * A recall in numbers: the plan (how many, on which levels of trade), and what came of it. Every number of progress names
 * the entry whose plan it is measured against, and a rate is told only against that plan, level and unit: the base is
 * never mixed. A number that falls, or whose base changes, says which entry it revises (RC1).
 * Specification: README.md, "Recalls".
 */
import { permille } from './delivery.ts'
import { isJsonObject } from './json.ts'
import type { JsonValue } from './json.ts'

/** How far down the trade a recall reaches. */
export const RECALL_LEVELS = ['wholesale', 'retail', 'consumer'] as const
export type RecallLevel = (typeof RECALL_LEVELS)[number]

/** What is counted: goods taken back, owners told one by one, goods put right or destroyed. */
export const RECALL_MEASURES = ['recalled', 'notified', 'notified_directly', 'corrected', 'disposed'] as const
export type RecallMeasure = (typeof RECALL_MEASURES)[number]

export const RECALL_CLASSES = ['class_1', 'class_2', 'class_3'] as const

export type RecallPlan = {
  /** How many goods are to be recalled in all, as its source says. */
  readonly planned: number
  readonly unit: string
  readonly class?: (typeof RECALL_CLASSES)[number]
  readonly levels: readonly { readonly level: RecallLevel; readonly planned?: number }[]
}

export type RecallProgress = {
  readonly measure: RecallMeasure
  readonly level?: RecallLevel
  readonly count: number
  readonly asOf: string
  /** The entry of this recall whose plan it is measured against. */
  readonly base: number | 'this'
  readonly revises?: number
}

/** The last number of a measure on a level. */
export type ProgressState = Omit<RecallProgress, 'base'> & { readonly base: number; readonly index: number }

export type RecallState = {
  readonly id: string
  readonly initiated?: number
  readonly expanded?: number
  readonly completed?: number
  /** The plan in force and the entry that states it. */
  readonly plan?: RecallPlan & { readonly index: number }
  readonly plans?: readonly (RecallPlan & { readonly index: number })[]
  readonly progress?: readonly ProgressState[]
}

/** Whether a value is a plan of a recall. */
export function isRecallPlan(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false
  const { planned, unit, levels } = value
  if (!isCount(planned) || typeof unit !== 'string' || !Array.isArray(levels)) return false
  return levels.every(
    (item) =>
      isJsonObject(item) &&
      RECALL_LEVELS.includes(item['level'] as RecallLevel) &&
      (item['planned'] === undefined || isCount(item['planned'])),
  )
}

/** Whether a value is a number of a recall's progress. */
export function isRecallProgress(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false
  const { measure, level, count, asOf, base, revises } = value
  if (!RECALL_MEASURES.includes(measure as RecallMeasure) || typeof asOf !== 'string' || !isCount(count)) return false
  if (level !== undefined && !RECALL_LEVELS.includes(level as RecallLevel)) return false
  return (base === 'this' || isCount(base)) && (revises === undefined || isCount(revises))
}

function isCount(value: JsonValue | undefined): boolean {
  return typeof value === 'number' && value >= 0
}

/**
 * Whether a number falls or changes its base without saying so (RC1).
 *
 * @param index of the entry, when it is known already
 */
export function isSilentProgress(
  recall: RecallState | undefined,
  progress: RecallProgress,
  index: number | undefined,
): boolean {
  const last = recall?.progress?.find((known) => isSameMeasure(known, progress))
  if (last === undefined || progress.revises !== undefined) return false
  const base = progress.base === 'this' ? index : progress.base
  return progress.count < last.count || base !== last.base
}

/** What of a milestone speaks of a recall. */
type RecallStep = {
  readonly kind: string
  readonly recall?: string
  readonly recallPlan?: RecallPlan
  readonly recallProgress?: readonly RecallProgress[]
}

const STEPS: Readonly<Record<string, 'initiated' | 'expanded' | 'completed' | 'progress'>> = {
  recall_initiated: 'initiated',
  recall_expanded: 'expanded',
  recall_progress: 'progress',
  recall_completed: 'completed',
}

/** The recalls after a milestone; the same list when it speaks of none. */
export function foldRecalls(
  recalls: readonly RecallState[],
  milestone: RecallStep,
  index: number,
): readonly RecallState[] {
  const { kind, recall, recallPlan, recallProgress = [] } = milestone
  const step = STEPS[kind]
  if (step === undefined || recall === undefined) return recalls
  const known = recalls.find(({ id }) => id === recall)
  if (step === 'progress' && recallProgress.length === 0) return recalls
  const plan = recallPlan === undefined ? undefined : { ...recallPlan, index }
  const next: RecallState = {
    ...known,
    id: recall,
    ...(step === 'progress' ? {} : { [step]: index }),
    ...(plan === undefined ? {} : { plan, plans: [...(known?.plans ?? []), plan] }),
    ...(recallProgress.length === 0 ? {} : { progress: foldProgress(known?.progress ?? [], recallProgress, index) }),
  }
  return known === undefined ? [...recalls, next] : recalls.map((other) => (other === known ? next : other))
}

function foldProgress(
  known: readonly ProgressState[],
  added: readonly RecallProgress[],
  index: number,
): readonly ProgressState[] {
  let next = known
  for (const progress of added) {
    const base = progress.base === 'this' ? index : progress.base
    next = [...next.filter((state) => !isSameMeasure(state, progress)), { ...progress, base, index }]
  }
  return next
}

type Measured = { readonly measure: RecallMeasure; readonly level?: RecallLevel }

function isSameMeasure(a: Measured, b: Measured): boolean {
  return a.measure === b.measure && a.level === b.level
}

/** Whether a recall is completed and was not expanded since. */
export function isCompleted({ completed, expanded }: RecallState): boolean {
  return completed !== undefined && completed > (expanded ?? -1)
}

/** What a number is a part of: the plan of its own base, on its own level. Undefined when that plan says no number. */
export function plannedFor({ plans = [] }: RecallState, { level, base }: ProgressState): number | undefined {
  const plan = plans.find(({ index }) => index === base)
  if (plan === undefined || level === undefined) return plan?.planned
  return plan.levels.find((item) => item.level === level)?.planned
}

/** A number as a part of its own plan, in tenths of a percent rounded down; undefined when it cannot be told. */
export function rateOf(recall: RecallState, progress: ProgressState): number | undefined {
  const planned = plannedFor(recall, progress)
  return planned === undefined ? undefined : permille(progress.count, planned)
}
