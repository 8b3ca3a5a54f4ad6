/**
 * The rules of a crisis: which transitions exist at all, and in which order things should be done. An impossible
 * transition is refused in any record. A broken order rule is refused only where the brand acts now; for the past it
 * becomes a mark, because a record that refuses what really happened is worse than none.
 * Specification: README.md, "Crises" (C1, M4, W3, FG1).
 */
import type { CrisisState } from './crisis.ts'
import { isSilentRevision } from './figures.ts'
import { dueInstant } from './instant.ts'
import { ruleOf } from './milestone.ts'
import type { CrisisStateName, Milestone } from './milestone.ts'

const TRANSITIONS: Readonly<Record<CrisisStateName, readonly CrisisStateName[]>> = {
  suspected: ['acknowledged', 'dismissed'],
  acknowledged: ['investigating', 'remedying', 'dismissed'],
  investigating: ['remedying'],
  remedying: ['investigating', 'monitoring'],
  monitoring: ['closed', 'investigating'],
  closed: ['investigating'],
  dismissed: [],
}

/** Whether a crisis can go from one state to another (C1). */
export function isTransition(from: CrisisStateName, to: CrisisStateName): boolean {
  return TRANSITIONS[from].includes(to)
}

/** The states that can follow a state. */
export function statesAfter(from: CrisisStateName): readonly CrisisStateName[] {
  return TRANSITIONS[from]
}

/** Every order rule, as the code of the mark and of the refusal. */
export const ORDER_RULES = [
  'no_owner',
  'no_next_update',
  'no_scope_before',
  'no_scope_basis',
  'no_safety_instruction_before',
  'remedy_not_announced',
  'remedy_not_opened',
  'recall_not_initiated',
  'no_cause',
  'overdue_unexplained',
  'no_evidence',
  'next_update_open',
  'figure_needs_revises',
  'scope_version',
  'cause_version',
] as const
export type OrderRule = (typeof ORDER_RULES)[number]

/**
 * The order rules that a milestone breaks in a crisis, in the order of the list.
 *
 * @param state before the milestone
 * @param index of the entry, when it is known already
 */
export function brokenOrderRules(state: CrisisState, milestone: Milestone, index?: number): OrderRule[] {
  if (ruleOf(milestone.kind).system) return []
  const broken = [
    ...brokenByState(state, milestone),
    ...brokenByKind(state, milestone),
    ...brokenByFigures(state, milestone, index),
  ]
  return ORDER_RULES.filter((rule) => broken.includes(rule))
}

function brokenByState(state: CrisisState, milestone: Milestone): OrderRule[] {
  const target = milestone.state ?? ruleOf(milestone.kind).enters
  if (target === undefined || target === state.state) return []
  const broken: OrderRule[] = []
  if (target === 'investigating' && state.state === 'acknowledged' && state.mode === 'live') {
    if (state.ownerRole === undefined) broken.push('no_owner')
    if (state.nextUpdates.length === 0) broken.push('no_next_update')
  }
  if (target === 'remedying') {
    const scopes = milestone.kind === 'scope_published' ? [...state.scopes, milestone] : state.scopes
    if (scopes.length === 0) broken.push('no_scope_before')
    else if (scopes.every(({ basis }) => basis === undefined)) broken.push('no_scope_basis')
    if (state.safety && !hasSafetyInstruction(state) && milestone.kind !== 'safety_instruction') {
      broken.push('no_safety_instruction_before')
    }
  }
  if (target === 'monitoring' && state.remedies.some((remedy) => remedy.state === 'announced')) {
    broken.push('remedy_not_opened')
  }
  if (target === 'closed') {
    if (state.causes.length === 0 && milestone.noCauseReason === undefined) broken.push('no_cause')
    if (state.commitments.some(({ outcome, explained }) => outcome === 'missed' && explained === undefined)) {
      broken.push('overdue_unexplained')
    }
  }
  return broken
}

function hasSafetyInstruction(state: CrisisState): boolean {
  return state.advice.some(({ kind }) => kind === 'safety_instruction')
}

function brokenByKind(state: CrisisState, milestone: Milestone): OrderRule[] {
  const { kind, evidence, fulfils, remedy, recall, due } = milestone
  const hasEvidence = evidence !== undefined && evidence.length > 0
  const broken: OrderRule[] = []
  // M4: where people can be hurt, saying sorry does not come before saying what to do.
  if (kind === 'apology' && state.safety && !hasSafetyInstruction(state)) broken.push('no_safety_instruction_before')
  if (kind === 'improvement_shipped' && !hasEvidence) broken.push('no_evidence')
  if (fulfils !== undefined && state.mode === 'live' && !hasEvidence) broken.push('no_evidence')
  if (kind === 'remedy_opened' && !state.remedies.some(({ id }) => id === remedy)) broken.push('remedy_not_announced')
  if (kind.startsWith('recall_') && kind !== 'recall_initiated') {
    if (!state.recalls.some(({ id }) => id === recall)) broken.push('recall_not_initiated')
  }
  if (kind === 'scope_published' && (milestone.scopeVersion ?? state.scopeVersion + 1) !== state.scopeVersion + 1) {
    broken.push('scope_version')
  }
  if (kind === 'cause_identified' && milestone.causeVersion !== undefined) {
    if (milestone.causeVersion <= state.causeVersion) broken.push('cause_version')
  }
  if (kind === 'next_update_set' && due !== undefined) {
    const next = dueInstant(due)
    if (state.nextUpdates.some((open) => dueInstant(open.due) <= next)) broken.push('next_update_open')
  }
  return broken
}

function brokenByFigures(state: CrisisState, milestone: Milestone, index: number | undefined): OrderRule[] {
  const { figures = [] } = milestone
  const silent = figures.some((figure) => {
    const last = state.figures.find(({ series }) => series === figure.series)
    return isSilentRevision(last, figure, index)
  })
  return silent ? ['figure_needs_revises'] : []
}
