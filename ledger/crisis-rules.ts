/**
 * The rules of a crisis: which transitions exist at all, and in which order things should be done. An impossible
 * transition is refused in any record. A broken order rule is refused only where the brand acts now; for the past it
 * becomes a mark, because a record that refuses what really happened is worse than none.
 * Specification: README.md, "Crises" (C1, M4, W3, R1, R2, R3, RC1, FG1).
 */
import type { CommitmentState } from './commitment.ts'
import type { CrisisState } from './crisis.ts'
import { isSilentRecount } from './delivery.ts'
import { isSilentRevision } from './figures.ts'
import { dueInstant } from './instant.ts'
import { ruleOf } from './milestone.ts'
import type { CrisisStateName, Milestone, MilestoneKind } from './milestone.ts'
import { isSilentProgress } from './recall.ts'
import { foldRemedies } from './remedy.ts'
import { narrowedBy, reachesAll } from './scope.ts'
import { brokenRoleRules } from './role.ts'

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
  'no_dismissal_reason',
  'no_trigger',
  'narrowing_unexplained',
  'remedy_not_for_all',
  'remedy_not_announced',
  'remedy_not_opened',
  'recall_not_initiated',
  'no_cause',
  'overdue_unexplained',
  'open_commitments_unlisted',
  'no_evidence',
  'next_update_open',
  'figure_needs_revises',
  'delivery_needs_revises',
  'recall_needs_revises',
  'scope_version',
  'cause_version',
  'role_taken',
  'role_not_held',
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
    ...brokenByScope(state, milestone),
    ...brokenByFigures(state, milestone, index),
    ...brokenRoleRules(state.roles, milestone),
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
  if (target === 'monitoring' || target === 'closed') {
    if (!listsOpen(state, milestone)) broken.push('open_commitments_unlisted')
    if (milestone.partialReason === undefined && !reachesAll(state)) broken.push('remedy_not_for_all')
  }
  if (target === 'closed') {
    if (state.causes.length === 0 && milestone.noCauseReason === undefined) broken.push('no_cause')
    if (state.commitments.some(isSilentlyOverdue)) broken.push('overdue_unexplained')
  }
  if (target === 'dismissed' && milestone.dismissReason === undefined) broken.push('no_dismissal_reason')
  return broken
}

/** Whether the commitments that are still open are listed, all of them and no others. */
function listsOpen({ mode, commitments }: CrisisState, { openCommitments = [] }: Milestone): boolean {
  if (mode === 'reconstructed') return true
  const open = openAmong(commitments)
  return open.length === openCommitments.length && open.every((id) => openCommitments.includes(id))
}

/** The ids of the commitments that are neither due nor settled. */
export function openAmong(commitments: readonly CommitmentState[]): string[] {
  return commitments.filter(({ outcome }) => outcome === 'open').map(({ id }) => id)
}

/** Whether a commitment was missed, is not fulfilled or given up since, and nobody said why after the newest miss. */
export function isSilentlyOverdue({ outcome, misses = [], explained }: CommitmentState): boolean {
  if (outcome === 'missed') return explained === undefined || explained < (misses[misses.length - 1] ?? 0)
  return outcome === 'open' && misses.length > 0 && (explained ?? -1) < misses[misses.length - 1]!
}

function hasSafetyInstruction(state: CrisisState): boolean {
  return state.advice.some(({ kind }) => kind === 'safety_instruction')
}

/** M4: where people can be hurt, what speaks for the brand does not come before saying what to do. */
const AFTER_SAFETY: ReadonlySet<MilestoneKind> = new Set([
  'apology',
  'compensation',
  'voice_recorded',
  'case_shared',
  'improvement_announced',
])

function brokenByKind(state: CrisisState, milestone: Milestone): OrderRule[] {
  const { kind, evidence, fulfils, remedy, recall, due } = milestone
  const hasEvidence = evidence !== undefined && evidence.length > 0
  const broken: OrderRule[] = []
  if (AFTER_SAFETY.has(kind) && state.safety && !hasSafetyInstruction(state))
    broken.push('no_safety_instruction_before')
  if (kind === 'reopened' && milestone.trigger === undefined) broken.push('no_trigger')
  if (kind === 'improvement_shipped' && !hasEvidence) broken.push('no_evidence')
  if (fulfils !== undefined && state.mode === 'live' && !hasEvidence) broken.push('no_evidence')
  const known = state.remedies.find(({ id }) => id === remedy)
  if ((kind === 'remedy_opened' || kind === 'remedy_closed') && known === undefined) broken.push('remedy_not_announced')
  if (kind === 'remedy_closed' && known?.state === 'announced') broken.push('remedy_not_opened')
  const delivered = (milestone.deliveries ?? []).map((delivery) => delivery.remedy)
  if (delivered.some((id) => !state.remedies.some((other) => other.id === id))) broken.push('remedy_not_announced')
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

function brokenByScope(state: CrisisState, milestone: Milestone): OrderRule[] {
  const { kind, narrowingReason } = milestone
  const broken: OrderRule[] = []
  if (narrowingReason === undefined && narrowedBy(state, milestone).length > 0) broken.push('narrowing_unexplained')
  if (kind === 'remedy_announced' || kind === 'remedy_opened') {
    if (!reachesAll(state, foldRemedies(state.remedies, milestone, 0))) broken.push('remedy_not_for_all')
  }
  return broken
}

function brokenByFigures(state: CrisisState, milestone: Milestone, index: number | undefined): OrderRule[] {
  const { figures = [], deliveries = [], recallProgress = [] } = milestone
  const silent = figures.some((figure) => {
    const last = state.figures.find(({ series }) => series === figure.series)
    return isSilentRevision(last, figure, index)
  })
  const recall = state.recalls.find(({ id }) => id === milestone.recall)
  const broken: OrderRule[] = silent ? ['figure_needs_revises'] : []
  if (deliveries.some((delivery) => isSilentRecount(state.deliveries, delivery))) broken.push('delivery_needs_revises')
  if (recallProgress.some((progress) => isSilentProgress(recall, progress, index))) broken.push('recall_needs_revises')
  return broken
}
