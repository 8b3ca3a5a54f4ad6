/**
 * Random commands for a crisis: mostly what could come next, often with something missing, late, repeated or wrong. The
 * same seed gives the same commands.
 */
import type { Selector } from '../../ledger/selector.ts'
import type { MilestoneKind } from '../../ledger/milestone.ts'
import type { NewMilestone } from '../../server/services/crises/record-milestone.ts'
import type { Correction, Setting, Told } from './reference.ts'
import { LOTS, moves, promisesOf, remediesOf, scopesOf, spokenOf, stateOf } from './reference.ts'

export const GTIN = '09520123456788'
export const FILE = 'a'.repeat(64)
const NO_FILE = 'b'.repeat(64)
const HOUR = 3_600_000

/** Numbers from a seed (mulberry32). */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A number from 0 up to, but not, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  chance(part: number): boolean {
    return this.next() < part
  }

  one<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('nothing to choose from')
    return items[this.below(items.length)]!
  }

  some<T>(items: readonly T[]): T[] {
    const taken = items.filter(() => this.chance(0.5))
    return taken.length > 0 ? taken : [this.one(items)]
  }
}

export type Step =
  | { readonly does: 'milestone'; readonly milestone: NewMilestone }
  | { readonly does: 'correct'; readonly correction: Correction }
  | { readonly does: 'sweep' }

/** Kinds and how often they are tried, whatever the state. */
const ALWAYS: readonly MilestoneKind[] = [
  ...(['statement', 'apology', 'compensation', 'improvement_shipped', 'signal_noted'] as const),
  ...(['safety_instruction', 'safety_instruction', 'scope_published', 'scope_published', 'cause_identified'] as const),
  ...(['remedy_announced', 'remedy_announced', 'remedy_opened', 'remedy_opened', 'remedy_closed'] as const),
  ...(['remedy_withdrawn', 'remedy_progress', 'recall_initiated', 'recall_expanded', 'recall_progress'] as const),
  ...(['recall_progress', 'recall_completed', 'commitment_made', 'commitment_made', 'commitment_fulfilled'] as const),
  ...(['commitment_rescheduled', 'commitment_explained', 'commitment_explained', 'commitment_abandoned'] as const),
  ...(['remedy_progress', 'remedy_progress', 'role_assumed', 'role_renounced', 'recall_completed'] as const),
  ...(['improvement_announced', 'voice_recorded', 'case_shared'] as const),
  ...(['next_update_set', 'next_update_set', 'figures_published', 'dispute', 'confirmation', 'rebuttal'] as const),
]
const LEADING: Readonly<Record<string, MilestoneKind>> = {
  acknowledged: 'acknowledged',
  dismissed: 'dismissed',
  closed: 'closed',
}

export function nextStep(dice: Dice, setting: Setting, history: readonly Told[], now: string): Step {
  if (dice.chance(0.06)) return { does: 'sweep' }
  if (dice.chance(0.03) && history.length > 1) return { does: 'correct', correction: correction(dice, history) }
  return { does: 'milestone', milestone: milestone(dice, setting, history, now) }
}

function correction(dice: Dice, history: readonly Told[]): Correction {
  const last = history.at(-1)?.index ?? 0
  const settling = spokenOf(history).filter(
    ({ milestone: m }) => m.fulfils !== undefined || m.kind === 'commitment_abandoned',
  )
  const chosen = settling.length > 0 && dice.chance(0.3) ? dice.one(settling) : dice.one(history)
  const corrects = dice.chance(0.05) ? last + 7 : chosen.index
  const reason = dice.one(['did_not_occur', 'incorrect_data', 'incomplete'])
  return { corrects, reason, ...(dice.chance(0.3) ? { by: dice.one(history).index } : {}) }
}

function milestone(dice: Dice, setting: Setting, history: readonly Told[], now: string): NewMilestone {
  const { kind, state } = whatNext(dice, history)
  const base = {
    kind,
    ...occurred(dice, setting, now),
    assertedBy: [asserter(dice, kind)],
    original: 'en' as const,
    ...(kind === 'voice_recorded' || kind === 'case_shared' ? { personalBasis: 'public_source' as const } : {}),
    ...(state === undefined ? {} : { state }),
    ...relations(dice, history),
    ...(dice.chance(0.15) ? { markets: dice.one([['*'], ['CN'], ['US', 'CN'], ['*', '-CN']]) } : {}),
    ...(dice.chance(0.3) ? { evidence: [dice.chance(0.95) ? FILE : NO_FILE] } : {}),
    ...(dice.chance(0.03) ? { statedUnaffected: selectors(dice) } : {}),
  }
  const given = { ...base, ...members(dice, { setting, history, now, kind }) } as NewMilestone
  return endings(dice, setting, history, given)
}

/** One of the kinds, more often one that leads on. */
function whatNext(dice: Dice, history: readonly Told[]): Pick<NewMilestone, 'kind' | 'state'> {
  const from = stateOf(history)
  if (dice.chance(0.01)) return { kind: 'commitment_missed' }
  if (dice.chance(0.02)) return { kind: dice.one(['acknowledged', 'dismissed', 'closed', 'reopened'] as const) }
  if (dice.chance(0.03))
    return { kind: dice.one(ALWAYS), state: dice.one(['suspected', 'closed', 'monitoring', 'remedying']) }
  if (from === 'closed' && dice.chance(0.3)) return { kind: 'reopened' }
  const ways = moves(from).filter((to) => to !== 'dismissed' || dice.chance(0.1))
  if (ways.length === 0 || dice.chance(0.7)) return { kind: dice.one(ALWAYS) }
  const to = dice.one(ways)
  const own = LEADING[to]
  if (own !== undefined) return { kind: own }
  const kinds: readonly MilestoneKind[] = ['statement', 'remedy_announced', 'scope_published', 'remedy_opened']
  return { kind: dice.one(kinds), state: to as 'remedying' }
}

function occurred(dice: Dice, { mode, openedAt }: Setting, now: string): Pick<NewMilestone, 'occurredAt' | 'zone'> {
  if (mode === 'reconstructed' && dice.chance(0.97)) return { occurredAt: '2020-05-01', zone: '+08:00' }
  if (mode === 'reconstructed') return { occurredAt: openedAt }
  const at = Date.parse(now)
  if (dice.chance(0.08)) return { occurredAt: new Date(at - (25 + dice.below(100)) * HOUR).toISOString() }
  if (dice.chance(0.02)) return { occurredAt: new Date(at + 2 * HOUR).toISOString() }
  if (dice.chance(0.1)) return { occurredAt: now.slice(0, 10), zone: '+00:00' }
  if (dice.chance(0.05)) return { occurredAt: new Date(at - 24 * HOUR).toISOString().slice(0, 10), zone: '+00:00' }
  return { occurredAt: now }
}

function asserter(dice: Dice, kind: MilestoneKind): string {
  if (dice.chance(0.02)) return 'stranger'
  const isOfOthers = kind === 'dispute' || kind === 'confirmation'
  return dice.chance(isOfOthers ? 0.9 : 0.05) ? dice.one(['holder', 'agency']) : 'brand'
}

function relations(dice: Dice, history: readonly Told[]): Partial<NewMilestone> {
  const some = (): number[] => [dice.chance(0.03) ? 99_999 : dice.one(history).index]
  const saying = spokenOf(history).filter(
    ({ milestone: m }) => m.advice !== undefined || /^(?:scope_published|recall_)/.test(m.kind),
  )
  const replaced = saying.length > 0 && dice.chance(0.9) ? [dice.one(saying).index] : some()
  return {
    ...(dice.chance(0.06) ? { replaces: replaced } : {}),
    ...(dice.chance(0.03) ? { overtakes: some() } : {}),
    ...(dice.chance(0.06) ? { narrowingReason: 'ruled_out_by_test' as const } : {}),
    ...(dice.chance(0.05) ? { partialReason: 'in_stages' as const } : {}),
  }
}

function selectors(dice: Dice): Selector[] {
  if (dice.chance(0.2)) return [{ by: 'all', gtin: GTIN }]
  const lots = dice.some(LOTS).map((lot): Selector => ({ by: 'batch', gtin: GTIN, lot }))
  const from = 1 + dice.below(5)
  const version = { by: 'version', gtin: GTIN, from: String(from), to: String(from + dice.below(5)) } as const
  return dice.chance(0.2) ? [...lots, version] : lots
}

/** The scope that holds, or another one. */
function wider(dice: Dice, history: readonly Told[]): readonly Selector[] {
  const last = scopesOf(history).at(-1)?.milestone.scope
  if (last === undefined || dice.chance(0.4)) return selectors(dice)
  return dice.chance(0.5) ? last : [...last, ...selectors(dice)].slice(0, 6)
}

type Context = { setting: Setting; history: readonly Told[]; now: string; kind: MilestoneKind }

function members(dice: Dice, { setting, history, now, kind }: Context): Partial<NewMilestone> {
  const remedy = dice.one(['r1', 'r2', 'r3'])
  const recall = dice.one(['c1', 'c2'])
  const { commitment, due, of } = promiseMembers(dice, setting, history, now)
  const offer = dice.chance(0.6) ? { scope: wider(dice, history) } : {}
  const advice = { level: dice.one(['stop_use', 'return', 'check'] as const), scope: wider(dice, history) }
  switch (kind) {
    case 'safety_instruction':
      return { advice }
    case 'scope_published':
      return {
        scope: wider(dice, history),
        ...(dice.chance(0.7) ? { basis: dice.one(['precaution', 'cause'] as const) } : {}),
        ...(dice.chance(0.05) ? { scopeVersion: 1 + dice.below(4) } : {}),
      }
    case 'cause_identified':
      return dice.chance(0.2) ? { causeVersion: 1 + dice.below(4) } : {}
    case 'remedy_announced':
    case 'remedy_opened':
      return { remedy, ...offer, ...(dice.chance(0.1) ? { advice } : {}) }
    case 'remedy_closed':
      return { remedy, closingReason: 'period_over' }
    case 'remedy_withdrawn': {
      const steps = remediesOf(history).flatMap((known) => known.steps)
      const withdraws = steps.length > 0 && dice.chance(0.9) ? [dice.one(steps)] : [dice.one(history).index]
      return { withdraws, reason: 'not_feasible' }
    }
    case 'remedy_progress':
      return { deliveries: [delivery(dice, history, remedy)] }
    case 'recall_initiated':
    case 'recall_expanded':
      return { recall, ...offer, ...(dice.chance(0.3) ? { advice } : {}), ...recallNumbers(dice, history, true) }
    case 'recall_progress':
    case 'recall_completed':
      return { recall, ...recallNumbers(dice, history, false) }
    case 'commitment_made':
      return { commitment }
    case 'commitment_fulfilled':
      return { fulfils: of }
    case 'commitment_rescheduled':
      return { of, ...(dice.chance(0.9) ? { due } : {}) }
    case 'commitment_explained':
    case 'commitment_abandoned':
      return { of }
    case 'dispute':
    case 'confirmation':
      return { about: [dice.one(history).index], ...(dice.chance(0.7) ? { of } : {}) }
    case 'next_update_set':
      return { due }
    case 'role_assumed':
    case 'role_renounced':
      return { role: dice.one(['commander', 'scribe']) }
    case 'figures_published':
      return { figures: [figure(dice, history)] }
    case 'reopened':
      return dice.chance(0.7) ? { trigger: dice.one(history).index } : {}
    case 'dismissed':
      return dice.chance(0.7) ? { dismissReason: 'no_fault_found' } : {}
    default:
      return {}
  }
}

function promiseMembers(dice: Dice, { mode }: Setting, history: readonly Told[], now: string) {
  const known = promisesOf({ mode } as Setting, history).map(({ id }) => id)
  const of = known.length > 0 && dice.chance(0.92) ? dice.one(known) : 'p99'
  const ahead = new Date(Date.parse(now) + (dice.below(96) - (dice.chance(0.15) ? 96 : -1)) * HOUR).toISOString()
  const due = dice.chance(0.8)
    ? { at: ahead }
    : { date: ahead.slice(0, 10), ...(dice.chance(0.5) ? { zone: '+00:00' } : {}) }
  const id = dice.chance(0.05) && known.length > 0 ? dice.one(known) : `p${known.length + 1}`
  const outcome = mode === 'reconstructed' || dice.chance(0.02) ? { outcome: 'kept' as const } : {}
  return { of, due, commitment: { id, due, measure: { en: 'Results are published.' }, ...outcome } }
}

function delivery(dice: Dice, history: readonly Told[], remedy: string) {
  const eligible = 50 + dice.below(50)
  const scopes = spokenOf(history).filter(({ milestone }) => milestone.scope !== undefined)
  const base = scopes.length > 0 && dice.chance(0.9) ? scopes[0]!.index : dice.one(history).index
  const told = spokenOf(history).filter(({ milestone }) => milestone.deliveries !== undefined)
  return {
    remedy,
    cohort: dice.one(['vocal', 'silent', 'all'] as const),
    eligible,
    delivered: dice.chance(0.02) ? eligible + 1 : dice.below(eligible),
    asOf: '2026-06',
    base,
    ...(told.length > 0 && dice.chance(0.3) ? { revises: dice.one(told).index } : {}),
  }
}

function recallNumbers(dice: Dice, history: readonly Told[], plans: boolean): Partial<NewMilestone> {
  const levels = [{ level: 'retail' as const, planned: 100 }, { level: 'consumer' as const }]
  const recallPlan = plans && dice.chance(0.8) ? { planned: 500 + dice.below(500), unit: 'units', levels } : undefined
  const planned = spokenOf(history).filter(({ milestone }) => milestone.recallPlan !== undefined)
  const counted = spokenOf(history).filter(({ milestone }) => milestone.recallProgress !== undefined)
  const own = recallPlan !== undefined || planned.length === 0 || dice.chance(0.05)
  const progress = {
    measure: dice.one(['recalled', 'notified_directly'] as const),
    ...(dice.chance(0.2) ? { level: dice.one(['retail', 'consumer'] as const) } : {}),
    count: dice.below(100),
    asOf: '2026-06',
    base: own ? ('this' as const) : (dice.chance(0.7) ? planned.at(-1)! : dice.one(planned)).index,
    ...(counted.length > 0 && dice.chance(0.15) ? { revises: dice.one(counted).index } : {}),
  }
  return {
    ...(recallPlan === undefined ? {} : { recallPlan }),
    ...(dice.chance(plans ? 0.3 : 0.8) ? { recallProgress: [progress] } : {}),
  }
}

function figure(dice: Dice, history: readonly Told[]) {
  const told = spokenOf(history).filter(({ milestone }) => milestone.figures !== undefined)
  const revises = told.length > 0 && dice.chance(0.3) ? { revises: dice.one(told).index } : {}
  const rest = { qualifier: 'exact', unit: 'cases', asOf: '2026-06', assertedBy: 'brand' } as const
  return { series: dice.one(['a', 'b']), value: dice.below(20), ...rest, ...revises }
}

/** What a crisis needs to be watched only, or closed: mostly right, sometimes left out. */
function endings(dice: Dice, setting: Setting, history: readonly Told[], given: NewMilestone): NewMilestone {
  const isEnding = given.state === 'monitoring' || given.kind === 'closed'
  if (!isEnding) return given
  const open = promisesOf(setting, history).filter(({ outcome }) => outcome === 'open')
  return {
    ...given,
    ...(dice.chance(0.85) ? { openCommitments: open.map(({ id }) => id) } : {}),
    ...(given.kind === 'closed' && dice.chance(0.6) ? { noCauseReason: 'not_found' as const } : {}),
    ...(dice.chance(0.3) ? { partialReason: 'others_ruled_out' as const } : {}),
  }
}
