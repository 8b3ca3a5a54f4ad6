/**
 * Milestones: the closed list of kinds that a crisis record knows, and what the public part of each may say. One table
 * is the source for the fold, the guards and the request schemas; what is not in it cannot be recorded. Corrections and
 * redactions are entries of types of their own, because they speak about the record and not about the world.
 * Specification: README.md, "Milestones" (M1, M3).
 */
import { PERSONAL_BASES } from './consent.ts'
import type { PersonalBasis } from './consent.ts'
import type { Entry } from './entry.ts'
import { isClaimedOutcome, isCommitment } from './commitment.ts'
import type { ClaimedOutcome, Commitment } from './commitment.ts'
import { isDue, parseOccurredAt } from './instant.ts'
import type { Due } from './instant.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { isSelector } from './selector.ts'
import type { Selector } from './selector.ts'
import { isFigure } from './figures.ts'
import type { Figure } from './figures.ts'
import { isDelivery } from './delivery.ts'
import type { Delivery } from './delivery.ts'
import { isRecallPlan, isRecallProgress } from './recall.ts'
import type { RecallPlan, RecallProgress } from './recall.ts'
import { CRISIS_ROLES } from './role.ts'
import type { CrisisRole } from './role.ts'

/** An entry and its place in the log. */
export type IndexedEntry = { readonly index: number; readonly entry: Entry }

/** The states of a crisis, in the order in which a crisis usually goes through them. */
export const CRISIS_STATES = [
  'suspected',
  'acknowledged',
  'investigating',
  'remedying',
  'monitoring',
  'closed',
  'dismissed',
] as const
export type CrisisStateName = (typeof CRISIS_STATES)[number]

export const PARTY_KINDS = ['brand', 'regulator', 'laboratory', 'media', 'third_party', 'holder', 'system'] as const
export type PartyKind = (typeof PARTY_KINDS)[number]
export const LANGUAGES = ['zh-CN', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
export const CRISIS_TYPES = ['product_quality', 'service_flaw', 'malicious_attack', 'misleading_opinion'] as const
export const SEVERITIES = ['S1', 'S2', 'S3', 'S4'] as const
export const ADVICE_LEVELS = ['stop_use', 'return', 'check'] as const
export type AdviceLevel = (typeof ADVICE_LEVELS)[number]
export const CONTAINMENT_MEASURES = [
  'stop_sale',
  'stop_exchange',
  'stop_production',
  'end_production',
  'quarantine',
  'disable_by_software',
] as const
export const SCOPE_BASES = ['precaution', 'cause'] as const
export const WITHDRAWAL_REASONS = ['hazard_not_removed', 'new_hazard', 'not_feasible', 'ordered'] as const
export const NO_CAUSE_REASONS = ['not_found', 'not_reproducible', 'evidence_lost', 'not_investigated'] as const
/** Why a scope or advice covers less than before (R2). */
export const NARROWING_REASONS = ['ruled_out_by_test', 'ruled_out_by_cause', 'stated_too_wide', 'ordered'] as const
/** Why a remedy is not for all who are affected (R1). */
export const PARTIAL_REASONS = ['in_stages', 'others_ruled_out', 'not_possible_there', 'ordered'] as const
export const DISMISSAL_REASONS = ['no_fault_found', 'not_reproducible', 'not_our_product', 'false_report'] as const
export const REMEDY_CLOSING_REASONS = [
  'all_served',
  'period_over',
  'superseded',
  'supply_exhausted',
  'ordered',
] as const

export type LocalizedName = { readonly 'zh-CN': string; readonly en: string }
export type Party = { readonly id: string; readonly kind: PartyKind; readonly name: LocalizedName }

/** The public members of a milestone: the `data` of a `milestone.recorded` entry without its texts. */
export type Milestone = {
  readonly kind: MilestoneKind
  readonly occurredAt: string
  readonly zone?: string
  readonly assertedBy: readonly string[]
  readonly original?: Language
  readonly markets?: readonly string[]
  readonly scope?: readonly Selector[]
  readonly scopeKnownLater?: boolean
  readonly state?: CrisisStateName
  readonly parties?: readonly Party[]
  readonly advice?: { readonly level: AdviceLevel; readonly scope: readonly Selector[] }
  readonly statedUnaffected?: readonly Selector[]
  readonly figures?: readonly Figure[]
  readonly replaces?: readonly number[]
  readonly withdraws?: readonly number[]
  readonly overtakes?: readonly number[]
  readonly about?: readonly number[]
  readonly trigger?: number
  readonly fulfils?: string
  readonly outcome?: ClaimedOutcome
  readonly commitment?: Commitment
  readonly evidence?: readonly string[]
  readonly measures?: readonly string[]
  readonly scopeVersion?: number
  readonly basis?: (typeof SCOPE_BASES)[number]
  readonly narrowingReason?: (typeof NARROWING_REASONS)[number]
  readonly partialReason?: (typeof PARTIAL_REASONS)[number]
  readonly dismissReason?: (typeof DISMISSAL_REASONS)[number]
  readonly closingReason?: (typeof REMEDY_CLOSING_REASONS)[number]
  /** The commitments that are open when the crisis is watched only, or closed. */
  readonly openCommitments?: readonly string[]
  readonly deliveries?: readonly Delivery[]
  readonly recallPlan?: RecallPlan
  readonly recallProgress?: readonly RecallProgress[]
  /** Until when a remedy can be had. */
  readonly until?: Due
  readonly remedy?: string
  readonly reason?: (typeof WITHDRAWAL_REASONS)[number]
  readonly noCauseReason?: (typeof NO_CAUSE_REASONS)[number]
  readonly recall?: string
  readonly regulatorRef?: string
  readonly causeVersion?: number
  readonly commissionedBy?: string
  /** The consent of this stream that a person's words stand on, or what else (N3). */
  readonly consent?: number
  readonly personalBasis?: PersonalBasis
  readonly laboratories?: readonly string[]
  readonly of?: string
  readonly due?: Due
  readonly promise?: string
  readonly madeBy?: number
  readonly clock?: string
  /** How many days after the end of the crisis this looks back. */
  readonly lookBack?: number
  readonly type?: (typeof CRISIS_TYPES)[number]
  readonly severity?: (typeof SEVERITIES)[number]
  readonly role?: CrisisRole
  /** The key of the second person who agreed. */
  readonly approvedBy?: string
}

/** A member that a kind may demand or allow. */
export type KindMember = Exclude<keyof Milestone, 'kind'>

/** What one kind says beyond the common members, and who may say it. */
export type KindRule = {
  /** Written by the system only (M3). */
  readonly system?: true
  /** The state that an entry of this kind always leads to. */
  readonly enters?: CrisisStateName
  readonly required: readonly KindMember[]
  readonly optional: readonly KindMember[]
}

/** Members that every kind written by people may carry; the first three it must. */
export const COMMON_MEMBERS = [
  'occurredAt',
  'assertedBy',
  'original',
  'zone',
  'markets',
  'scope',
  'scopeKnownLater',
  'state',
  'parties',
  'figures',
  'replaces',
  'overtakes',
  'fulfils',
  'outcome',
  'commitment',
  'evidence',
  'narrowingReason',
  'partialReason',
  'openCommitments',
] as const
export type CommonMember = (typeof COMMON_MEMBERS)[number]
export const REQUIRED_COMMON_MEMBERS = ['occurredAt', 'assertedBy', 'original'] as const

const says = (required: readonly KindMember[] = [], optional: readonly KindMember[] = []): KindRule => ({
  required,
  optional,
})
const entering = (enters: CrisisStateName, rule: KindRule = says()): KindRule => ({ ...rule, enters })
const bySystem = (required: readonly KindMember[]): KindRule => ({ system: true, required, optional: [] })

/** Every kind of milestone (M1). */
export const MILESTONE_KINDS = {
  signal_noted: says(),
  acknowledged: entering('acknowledged', says([], ['trigger'])),
  dismissed: entering('dismissed', says([], ['dismissReason'])),
  team_formed: says(),
  role_assumed: says(['role']),
  role_renounced: says(['role']),
  classified: says([], ['type', 'severity']),
  reclassified: says([], ['type', 'severity']),
  holding_statement: says([], ['statedUnaffected']),
  statement: says([], ['statedUnaffected']),
  technical_statement: says([], ['statedUnaffected']),
  rebuttal: says([], ['statedUnaffected', 'about']),
  safety_instruction: says(['advice'], ['statedUnaffected']),
  containment: says(['measures']),
  direct_contact: says(),
  investigation_update: says([], ['statedUnaffected']),
  cause_identified: says([], ['causeVersion', 'statedUnaffected']),
  scope_published: says(['scope'], ['scopeVersion', 'basis', 'statedUnaffected', 'advice']),
  apology: says(),
  remedy_announced: says(['remedy'], ['advice', 'statedUnaffected', 'until']),
  remedy_opened: says(['remedy'], ['advice', 'statedUnaffected', 'until']),
  remedy_progress: says(['deliveries']),
  remedy_closed: says(['remedy', 'closingReason']),
  remedy_withdrawn: says(['withdraws', 'reason']),
  compensation: says([], ['remedy']),
  recall_initiated: says(['recall'], ['regulatorRef', 'advice', 'statedUnaffected', 'recallPlan', 'recallProgress']),
  recall_expanded: says(['recall'], ['regulatorRef', 'advice', 'statedUnaffected', 'recallPlan', 'recallProgress']),
  recall_progress: says(['recall'], ['regulatorRef', 'recallProgress']),
  recall_completed: says(['recall'], ['regulatorRef', 'recallProgress']),
  figures_published: says(['figures']),
  commitment_made: says(['commitment']),
  commitment_rescheduled: says(['of'], ['due']),
  commitment_fulfilled: says(['fulfils']),
  commitment_explained: says(['of']),
  commitment_abandoned: says(['of']),
  commitment_missed: bySystem(['promise', 'of', 'due', 'madeBy']),
  next_update_set: says(['due']),
  next_update_missed: bySystem(['promise', 'due', 'madeBy']),
  clock_missed: bySystem(['clock', 'promise', 'due', 'madeBy']),
  evidence_published: says(['evidence']),
  transparency_session: says(),
  question_answered: says(),
  voice_recorded: says([], ['consent', 'personalBasis']),
  case_shared: says([], ['consent', 'personalBasis']),
  panel_report: says(),
  panel_response: says([], ['about']),
  recommendation_adopted: says([], ['about']),
  improvement_announced: says(),
  improvement_shipped: says([], ['about']),
  third_party_verification: says(['commissionedBy', 'laboratories'], ['statedUnaffected', 'about']),
  survey_published: says(),
  review_published: says(),
  look_back_published: says(['lookBack'], ['about']),
  closed: entering('closed', says([], ['noCauseReason'])),
  reopened: entering('investigating', says([], ['trigger'])),
  dispute: says(['about'], ['of']),
  confirmation: says(['about'], ['of']),
} as const satisfies Readonly<Record<string, KindRule>>

export type MilestoneKind = keyof typeof MILESTONE_KINDS

/** Whether this word is a kind of milestone. */
export function isMilestoneKind(value: string): value is MilestoneKind {
  return Object.prototype.hasOwnProperty.call(MILESTONE_KINDS, value)
}

/** The rule of a kind. */
export function ruleOf(kind: MilestoneKind): KindRule {
  return MILESTONE_KINDS[kind]
}

/**
 * The milestone in an entry, or undefined when it is none or its public members do not have the shape that this table
 * gives them. Entries may come from a log that somebody else keeps, so nothing about them is taken on trust; what a
 * reader cannot understand is left out of the story and shown as an entry of unknown kind.
 */
export function milestoneOf(entry: Entry): Milestone | undefined {
  if (entry.type !== 'milestone.recorded') return undefined
  const { data } = entry
  const kind = data['kind']
  if (typeof kind !== 'string' || !isMilestoneKind(kind)) return undefined
  for (const [name, value] of Object.entries(data)) {
    const check = MEMBER_CHECKS[name as KindMember]
    if (check !== undefined && !check(value)) return undefined
  }
  const rule = ruleOf(kind)
  if ((rule.system === true) !== (entry.actor.kind === 'system')) return undefined
  const required: readonly KindMember[] = ['occurredAt', 'assertedBy', ...rule.required]
  if (required.some((name) => data[name] === undefined)) return undefined
  return isOccurrence(data['occurredAt'], data['zone']) ? (data as unknown as Milestone) : undefined
}

function isOccurrence(occurredAt: JsonValue | undefined, zone: JsonValue | undefined): boolean {
  try {
    parseOccurredAt(occurredAt as string, zone as string | undefined)
    return true
  } catch {
    return false
  }
}

type Check = (value: JsonValue | undefined) => boolean

const isText: Check = (value) => typeof value === 'string'
const isIndex: Check = (value) => typeof value === 'number' && value >= 0
const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value)
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every((item) => check(item))
const members = (value: JsonValue | undefined): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined

const isAdvice: Check = (value) => {
  const advice = members(value)
  if (advice === undefined) return false
  return oneOf(ADVICE_LEVELS)(advice['level']) && listOf(isSelector)(advice['scope'])
}
const isParty: Check = (value) => {
  const party = members(value)
  return party !== undefined && typeof party['id'] === 'string' && typeof party['kind'] === 'string'
}

/** The shape of every member that a reader computes with. */
const MEMBER_CHECKS: Readonly<Partial<Record<KindMember, Check>>> = {
  occurredAt: isText,
  zone: isText,
  assertedBy: listOf(isText),
  markets: listOf(isText),
  scope: listOf(isSelector),
  state: oneOf(CRISIS_STATES),
  parties: listOf(isParty),
  advice: isAdvice,
  statedUnaffected: listOf(isSelector),
  figures: listOf(isFigure),
  replaces: listOf(isIndex),
  withdraws: listOf(isIndex),
  overtakes: listOf(isIndex),
  about: listOf(isIndex),
  trigger: isIndex,
  fulfils: isText,
  outcome: isClaimedOutcome,
  commitment: isCommitment,
  evidence: listOf(isText),
  scopeVersion: isIndex,
  basis: oneOf(SCOPE_BASES),
  narrowingReason: isText,
  partialReason: isText,
  dismissReason: isText,
  closingReason: isText,
  openCommitments: listOf(isText),
  deliveries: listOf(isDelivery),
  recallPlan: isRecallPlan,
  recallProgress: listOf(isRecallProgress),
  until: isDue,
  remedy: isText,
  recall: isText,
  causeVersion: isIndex,
  consent: isIndex,
  personalBasis: oneOf(PERSONAL_BASES),
  of: isText,
  due: isDue,
  promise: isText,
  madeBy: isIndex,
  clock: isText,
  lookBack: isIndex,
  severity: oneOf(SEVERITIES),
  role: oneOf(CRISIS_ROLES),
  approvedBy: isText,
}
