/**
 * What a crisis stream says so far: a fold over its entries, one at a time, into a small state that the writer keeps
 * beside the log and any reader can compute again. It holds no redactable text, and it never refuses: entries are facts,
 * and what breaks an order rule or cannot happen is marked. Refusing is the writer's duty, with the same rules
 * (crisis-rules.ts). Specification: README.md, "Crises" (C1, C3).
 */
import { foldPromises, noPromises } from './commitment.ts'
import type { PromiseState } from './commitment.ts'
import { brokenOrderRules, isTransition } from './crisis-rules.ts'
import type { OrderRule } from './crisis-rules.ts'
import { foldAudit } from './audit.ts'
import type { AuditState } from './audit.ts'
import { foldConsents } from './consent.ts'
import type { ConsentState } from './consent.ts'
import { foldRoles } from './role.ts'
import type { RoleTenure } from './role.ts'
import { endEarlier, foldCorrection, foldNarrowing, foldRemedy } from './force.ts'
import type { Ended } from './force.ts'
import { foldFigures } from './figures.ts'
import type { FigureState } from './figures.ts'
import type { Entry } from './entry.ts'
import { isJsonObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { foldDeliveries } from './delivery.ts'
import type { DeliveryState } from './delivery.ts'
import { milestoneOf, ruleOf } from './milestone.ts'
import { nameOf, partiesNamed, productsNamed, textOf } from './opening.ts'
import type { NamedProduct } from './opening.ts'
import type { CrisisStateName, LocalizedName, Milestone, PartyKind } from './milestone.ts'
import { foldRecalls } from './recall.ts'
import type { RecallState } from './recall.ts'
import type { RemedyState } from './remedy.ts'
import { foldVoices } from './voice.ts'
import { extentOf, foldOffers } from './scope.ts'
import { foldSeals } from './seal.ts'
import type { SealState } from './seal.ts'
import type { AdviceState, Narrowing, OfferState, ScopeState } from './scope.ts'

/** Everything the writer must know about a crisis to judge the next entry, and the pages to head the story. */
export type CrisisState = PromiseState & {
  readonly code: string
  readonly brand: string
  readonly brandName: LocalizedName
  readonly title: LocalizedName
  readonly type: string
  readonly severity: string
  /** The gravest severity that it ever had, when that is not the present one. */
  readonly gravest?: string
  readonly safety: boolean
  readonly ownerRole?: string
  /** The clocks of each severity, as the first entry fixed them (clocks.ts); absent: none run. */
  readonly terms?: JsonObject
  readonly opened: { readonly index: number; readonly recordedAt: string }
  readonly state: CrisisStateName
  /** The entry that led to the state. */
  readonly stateBy: number
  readonly products: readonly NamedProduct[]
  readonly parties: readonly { readonly id: string; readonly kind: PartyKind }[]
  /** Advice in force, oldest first. */
  readonly advice: readonly AdviceState[]
  /** Published scopes in force, oldest first: together they are the scope. */
  readonly scopes: readonly ScopeState[]
  /** The goods of recalls and remedies in force; absent while none has named any. */
  readonly offers?: readonly OfferState[]
  /** Entries by which a scope or advice covers less than before. */
  readonly narrowings: readonly Narrowing[]
  readonly scopeVersion: number
  readonly causes: readonly { readonly index: number; readonly version: number }[]
  readonly causeVersion: number
  readonly remedies: readonly RemedyState[]
  readonly deliveries: readonly DeliveryState[]
  readonly recalls: readonly RecallState[]
  readonly figures: readonly FigureState[]
  readonly ended: readonly Ended[]
  readonly corrections: readonly {
    readonly index: number
    readonly by: number
    readonly reason: string
    readonly entry?: number
  }[]
  readonly redacted: readonly number[]
  /** Each is absent while there is none. */
  readonly seals?: readonly SealState[]
  readonly consents?: readonly ConsentState[]
  readonly audits?: readonly AuditState[]
  /** Who held which role; absent while nobody has assumed one. */
  readonly roles?: readonly RoleTenure[]
  /** Order rules that an entry broke, and transitions that cannot happen. */
  readonly marks: readonly { readonly index: number; readonly rule: OrderRule | 'impossible_transition' }[]
}

/**
 * The state of a crisis after one more entry of its stream: the same object when the entry changes nothing, so that a
 * writer stores only states that are new.
 *
 * @param state undefined before the first entry, which must be `crisis.opened`
 * @param index the entry's index in the log
 */
export function foldCrisis(state: CrisisState | undefined, entry: Entry, index: number): CrisisState {
  const next = state === undefined ? openCrisis(entry, index) : foldByType(state, entry, index)
  return foldPromises(next, entry, index)
}

function foldByType(state: CrisisState, entry: Entry, index: number): CrisisState {
  switch (entry.type) {
    case 'milestone.recorded': {
      const milestone = milestoneOf(entry)
      if (milestone === undefined) return state
      const told = foldBesides(foldMilestone(state, milestone, index), entry, index)
      const roles = foldRoles(state.roles, milestone, entry.actor.id, index)
      return roles === state.roles || roles === undefined ? told : { ...told, roles }
    }
    case 'correction.recorded':
      return foldCorrection(state, entry.data, index)
    case 'redaction.registered': {
      const erased = entry.data['index']
      if (typeof erased !== 'number' || state.redacted.includes(erased)) return state
      return { ...state, redacted: [...state.redacted, erased] }
    }
    default:
      return foldBesides(state, entry, index)
  }
}

/** What stands beside the story: seals, consents, what auditors said. */
function foldBesides(state: CrisisState, entry: Entry, index: number): CrisisState {
  const seals = foldSeals(state.seals, entry, index)
  const consents = foldConsents(state.consents, entry, index)
  const audits = foldAudit(state.audits, entry, index)
  if (seals === state.seals && consents === state.consents && audits === state.audits) return state
  return {
    ...state,
    ...(seals === undefined ? {} : { seals }),
    ...(consents === undefined ? {} : { consents }),
    ...(audits === undefined ? {} : { audits }),
  }
}

function openCrisis(entry: Entry, index: number): CrisisState {
  const { data } = entry
  const { ownerRole, clocks } = data
  return {
    code: textOf(data['code']),
    brand: entry.brand ?? '',
    ...noPromises(entry),
    brandName: nameOf(data['brandName']),
    title: nameOf(data['title']),
    type: textOf(data['type']),
    severity: textOf(data['severity']),
    safety: data['safety'] === true,
    ...(typeof ownerRole === 'string' ? { ownerRole } : {}),
    ...(isJsonObject(clocks) && isJsonObject(clocks['severities']) ? { terms: clocks['severities'] } : {}),
    opened: { index, recordedAt: entry.recordedAt },
    state: 'suspected',
    stateBy: index,
    products: productsNamed(data),
    parties: partiesNamed(data),
    advice: [],
    scopes: [],
    narrowings: [],
    scopeVersion: 0,
    causes: [],
    causeVersion: 0,
    remedies: [],
    deliveries: [],
    recalls: [],
    figures: [],
    ended: [],
    corrections: [],
    redacted: [],
    marks: [],
  }
}

function foldMilestone(state: CrisisState, milestone: Milestone, index: number): CrisisState {
  const broken = brokenOrderRules(state, milestone, index)
  const marks = broken.map((rule) => ({ index, rule }))
  let next = marks.length === 0 ? state : { ...state, marks: [...state.marks, ...marks] }
  next = foldNarrowing(next, milestone, index)
  next = endEarlier(next, milestone, index)
  next = foldParties(next, milestone)
  const commitments = foldVoices(next.commitments, milestone, index)
  if (commitments !== next.commitments) next = { ...next, commitments }
  next = foldAdvice(next, milestone, index)
  next = foldScope(next, milestone, index)
  next = foldRemedy(next, milestone, index)
  const offers = foldOffers(next.offers, milestone, index)
  if (offers !== undefined && offers !== next.offers) next = { ...next, offers }
  const { figures = [], deliveries = [] } = milestone
  const recalls = foldRecalls(next.recalls, milestone, index)
  if (recalls !== next.recalls) next = { ...next, recalls }
  if (deliveries.length > 0) next = { ...next, deliveries: foldDeliveries(next.deliveries, deliveries, index) }
  if (figures.length > 0) next = { ...next, figures: foldFigures([...next.figures], figures, index) }
  const { severity, type } = milestone
  if (severity !== undefined) next = foldSeverity(next, severity)
  if (type !== undefined) next = { ...next, type }
  return foldState(next, milestone, index)
}

/** What was once grave stays so for what is owed after the end (clocks.ts): severities are S1 to S4, S1 the gravest. */
function foldSeverity({ gravest: before, ...state }: CrisisState, severity: string): CrisisState {
  const known = before ?? state.severity
  const gravest = known < severity ? known : severity
  return { ...state, severity, ...(gravest === severity ? {} : { gravest }) }
}

/** The state that a milestone leads to; undefined when it says nothing about it. */
export function stateAfter(milestone: Milestone): CrisisStateName | undefined {
  return milestone.state ?? ruleOf(milestone.kind).enters
}

function foldState(state: CrisisState, milestone: Milestone, index: number): CrisisState {
  const target = stateAfter(milestone)
  if (target === undefined || target === state.state) return state
  if (isTransition(state.state, target)) return { ...state, state: target, stateBy: index }
  return { ...state, marks: [...state.marks, { index, rule: 'impossible_transition' }] }
}

function foldParties(state: CrisisState, { parties }: Milestone): CrisisState {
  if (parties === undefined) return state
  const added = parties.filter(({ id }) => !state.parties.some((known) => known.id === id))
  return { ...state, parties: [...state.parties, ...added.map(({ id, kind }) => ({ id, kind }))] }
}

function foldAdvice(state: CrisisState, { kind, advice, markets }: Milestone, index: number): CrisisState {
  if (advice === undefined) return state
  const given = { index, kind, level: advice.level, ...extentOf(advice.scope, markets) }
  return { ...state, advice: [...state.advice, given] }
}

function foldScope(state: CrisisState, milestone: Milestone, index: number): CrisisState {
  const { kind, basis, scope: selectors = [], markets } = milestone
  if (kind === 'scope_published') {
    const version = milestone.scopeVersion ?? state.scopeVersion + 1
    const scope = { index, version, ...(basis === undefined ? {} : { basis }), ...extentOf(selectors, markets) }
    return { ...state, scopes: [...state.scopes, scope], scopeVersion: version }
  }
  if (kind === 'cause_identified') {
    const version = milestone.causeVersion ?? state.causeVersion + 1
    return { ...state, causes: [...state.causes, { index, version }], causeVersion: version }
  }
  return state
}
