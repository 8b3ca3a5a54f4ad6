/**
 * What is in force in a crisis, and how an entry loses its force: a later one says the same anew, covers less for a
 * reason, withdraws or overtakes it, or a correction says that it never was. The earlier entry stays where it is; only
 * what it says no longer holds. Specification: README.md, "Milestones", "Scope", "Remedies".
 */
import type { CrisisState } from './crisis.ts'
import type { JsonObject } from './json.ts'
import type { Milestone } from './milestone.ts'
import { foldRemedies, voidStep, withdrawRemedies } from './remedy.ts'
import { narrowedBy, supersededBy } from './scope.ts'

/** How an earlier entry lost its force. */
export type Ended = {
  readonly index: number
  readonly by: number
  readonly how: 'replaced' | 'withdrawn' | 'overtaken' | 'corrected'
}

/** What covers less than before is remembered, with its reason; with one, the new version stands for all earlier ones. */
export function foldNarrowing(state: CrisisState, milestone: Milestone, index: number): CrisisState {
  const of = narrowedBy(state, milestone)
  const superseded = supersededBy(state, milestone)
  if (of.length === 0 && superseded.length === 0) return state
  const { narrowingReason: reason } = milestone
  const narrowing = { index, of, ...(reason === undefined ? {} : { reason }) }
  const ended = superseded.map((earlier) => ({ index: earlier, by: index, how: 'replaced' as const }))
  return {
    ...withoutForce(state, new Set(superseded)),
    narrowings: of.length === 0 ? state.narrowings : [...state.narrowings, narrowing],
    ended: [...state.ended, ...ended],
  }
}

/** Relations are stated by the later entry (README.md, "Milestones"); only earlier entries can lose their force. */
export function endEarlier(state: CrisisState, milestone: Milestone, index: number): CrisisState {
  const { replaces, withdraws, overtakes } = milestone
  if (replaces === undefined && withdraws === undefined && overtakes === undefined) return state
  const ended: Ended[] = []
  const end = (indexes: readonly number[] | undefined, how: Ended['how']): void => {
    for (const earlier of indexes ?? []) {
      const isKnown = state.ended.some((end) => end.index === earlier && end.by === index)
      if (earlier < index && !isKnown) ended.push({ index: earlier, by: index, how })
    }
  }
  end(replaces, 'replaced')
  end(withdraws, 'withdrawn')
  end(overtakes, 'overtaken')
  const gone = new Set([...(replaces ?? []), ...(withdraws ?? [])])
  return { ...withoutForce(state, gone), ended: [...state.ended, ...ended] }
}

/** The state without what these entries say: advice, scopes, the goods of recalls and remedies, and causes. */
function withoutForce(state: CrisisState, gone: ReadonlySet<number>): CrisisState {
  const inForce = ({ index }: { readonly index: number }): boolean => !gone.has(index)
  return {
    ...state,
    advice: state.advice.filter(inForce),
    scopes: state.scopes.filter(inForce),
    ...(state.offers === undefined ? {} : { offers: state.offers.filter(inForce) }),
    causes: state.causes.filter(inForce),
  }
}

/** A withdrawn remedy takes with it the entry that announced it and the one that opened it. */
export function foldRemedy(state: CrisisState, milestone: Milestone, index: number): CrisisState {
  const { kind, withdraws } = milestone
  if (kind !== 'remedy_withdrawn' || withdraws === undefined) {
    const remedies = foldRemedies(state.remedies, milestone, index)
    return remedies === state.remedies ? state : { ...state, remedies }
  }
  const { remedies, steps } = withdrawRemedies(state.remedies, withdraws, index)
  const known = state.ended.filter(({ by }) => by === index).map((end) => end.index)
  const ended = steps
    .filter((step) => !known.includes(step))
    .map((step) => ({ index: step, by: index, how: 'withdrawn' as const }))
  return { ...withoutForce(state, new Set(steps)), remedies, ended: [...state.ended, ...ended] }
}

/** A correction mends an error of the record. What did not occur, or is replaced by a better entry, loses its force. */
export function foldCorrection(state: CrisisState, data: JsonObject, index: number): CrisisState {
  const { corrects, reason, by } = data
  if (typeof corrects !== 'number' || typeof reason !== 'string' || corrects >= index) return state
  const entry = typeof by === 'number' ? { entry: by } : {}
  const corrections = [...state.corrections, { index: corrects, by: index, reason, ...entry }]
  if (!isVoidedBy(reason, by)) return { ...state, corrections }
  const ended = [...state.ended, { index: corrects, by: index, how: 'corrected' as const }]
  const remedies = voidStep(state.remedies, corrects)
  return { ...withoutForce(state, new Set([corrects])), remedies, corrections, ended }
}

/** Whether a correction takes the corrected entry's force away: it never happened, or another entry says it right. */
export function isVoidedBy(reason: unknown, by: unknown): boolean {
  return reason === 'did_not_occur' || (reason === 'incorrect_data' && typeof by === 'number')
}
