/**
 * Scopes as the entries of a crisis leave them: versions, what a new one takes away, and whether the remedies are there
 * for all who are affected. A scope may always grow; taking something away needs a public reason (R2). A remedy for a
 * fault of a batch or version is for all of them, or says why not (R1). Specification: README.md, "Scope", "Remedies".
 */
import { bareSelectors, containExtent } from './extent.ts'
import type { Extent } from './extent.ts'
import type { AdviceLevel, Milestone } from './milestone.ts'

/** A published scope in force. */
export type ScopeState = Extent & { readonly index: number; readonly version: number; readonly basis?: string }

/** Advice in force. */
export type AdviceState = Extent & { readonly index: number; readonly kind: string; readonly level: AdviceLevel }

/** The goods of a recall or a remedy in force, beside its advice: who has one of them is told to check. */
export type OfferState = Extent & { readonly index: number; readonly kind: string }

/** An entry that took something away from scopes or advice that were in force. */
export type Narrowing = { readonly index: number; readonly of: readonly number[]; readonly reason?: string }

/** What of a crisis decides about scopes. */
export type ScopeLedger = {
  readonly scopes: readonly ScopeState[]
  readonly advice: readonly AdviceState[]
  readonly offers?: readonly OfferState[]
}

/** Where the goods of a remedy stand; a remedy without a scope of its own is for all who are affected. */
export type RemedyReach = {
  readonly state: 'announced' | 'opened' | 'withdrawn' | 'closed'
  readonly reach?: Extent
  /** The public reason why it is not for all. */
  readonly partial?: string
}

export type RemedyLedger = ScopeLedger & {
  readonly causes: readonly unknown[]
  readonly remedies: readonly (RemedyReach & { readonly id: string })[]
}

/** Markets and selectors of a milestone, as the state keeps them. */
export function extentOf(selectors: Extent['selectors'], markets: Milestone['markets']): Extent {
  return { selectors: bareSelectors(selectors), ...(markets === undefined ? {} : { markets }) }
}

/**
 * The entries in force of which a milestone takes something away: scopes, when a new version does not contain them; a
 * scope, advice, recall or remedy that it replaces, when it does not say the same of all those goods at least as strictly.
 *
 * @param state before the milestone
 * @returns their indexes, ascending; none when the scope grows or stays
 */
export function narrowedBy({ scopes, advice, offers = [] }: ScopeLedger, milestone: Milestone): number[] {
  const { kind, replaces = [] } = milestone
  const isReplaced = ({ index }: { readonly index: number }): boolean => replaces.includes(index)
  const named = namedBy(milestone)
  const told = milestone.advice === undefined ? named : [...named, extentOf(milestone.advice.scope, milestone.markets)]
  const taken = [
    ...scopes.filter((known) => (kind === SCOPE || isReplaced(known)) && !containExtent(named, known)),
    ...offers.filter((known) => isReplaced(known) && !containExtent(told, known)),
    ...advice.filter((known) => isReplaced(known) && !isRestated(known, milestone)),
  ]
  return [...new Set(taken.map(({ index }) => index))].sort((a, b) => a - b)
}

const SCOPE = 'scope_published'
const OFFERS: readonly string[] = ['recall_initiated', 'recall_expanded', 'remedy_announced', 'remedy_opened']

/** The goods that a milestone says are affected: other kinds than these say something about goods, and not that. */
function namedBy({ kind, scope, markets }: Milestone): Extent[] {
  return scope !== undefined && (kind === SCOPE || OFFERS.includes(kind)) ? [extentOf(scope, markets)] : []
}

/** The recalls and remedies in force after a milestone; the same list when it is none, or names no goods. */
export function foldOffers(
  offers: readonly OfferState[] | undefined,
  milestone: Milestone,
  index: number,
): readonly OfferState[] | undefined {
  const { kind } = milestone
  const [named] = OFFERS.includes(kind) ? namedBy(milestone) : []
  return named === undefined ? offers : [...(offers ?? []), { index, kind, ...named }]
}

const STRICTNESS: readonly AdviceLevel[] = ['stop_use', 'return', 'check']

function isRestated(known: AdviceState, { advice, markets }: Milestone): boolean {
  if (advice === undefined) return false
  if (STRICTNESS.indexOf(advice.level) > STRICTNESS.indexOf(known.level)) return false
  return containExtent([extentOf(advice.scope, markets)], known)
}

/** The scopes in force after a version is published: one that narrows for a reason takes the place of all before it. */
export function supersededBy({ scopes }: ScopeLedger, { kind, narrowingReason }: Milestone): number[] {
  return kind === SCOPE && narrowingReason !== undefined ? scopes.map(({ index }) => index) : []
}

/**
 * The scopes of which everybody is owed a remedy: those that rest on a cause, or all when a cause is on record, as far
 * as they name goods by product, batch, version or serial number (R1).
 */
export function owedTo({ scopes, causes }: RemedyLedger): ScopeState[] {
  return scopes.filter(({ basis, selectors }) => {
    if (causes.length === 0 && basis !== 'cause') return false
    return selectors.some(({ by }) => by !== 'market' && by !== 'service')
  })
}

/**
 * Whether the remedies reach all who are affected, or say publicly why they do not (R1).
 *
 * @param remedies as they stand after the milestone in question
 */
export function reachesAll(ledger: RemedyLedger, remedies: RemedyLedger['remedies'] = ledger.remedies): boolean {
  const reached: Extent[] = []
  for (const { state, partial, reach } of remedies) {
    if (state === 'withdrawn') continue
    if (partial !== undefined || reach === undefined) return true
    reached.push(reach)
  }
  return owedTo(ledger).every((scope) => containExtent(reached, scope))
}
