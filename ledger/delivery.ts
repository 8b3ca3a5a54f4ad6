/**
 * Deliveries of a remedy: how many of those it is for have got it, for each cohort by itself. Coverage is delivered ÷
 * eligible of one figure; cohorts are never added up, because those who complain are among all (R3). A count that falls,
 * or whose eligible number falls or base changes, says which entry it revises. Specification: README.md, "Remedies".
 */
import { isJsonObject } from './json.ts'
import type { JsonValue } from './json.ts'

/** Who is counted: those who spoke up, those who did not, or both. */
export const COHORTS = ['vocal', 'silent', 'all'] as const
export type Cohort = (typeof COHORTS)[number]

export type Delivery = {
  readonly remedy: string
  readonly cohort: Cohort
  /** How many it is for. */
  readonly eligible: number
  /** How many have got it. */
  readonly delivered: number
  readonly asOf: string
  /** The entry that says whom it is for: a scope, a recall or the remedy itself. */
  readonly base: number
  readonly revises?: number
}

/** The last count of a cohort of a remedy, and where it stands. */
export type DeliveryState = Delivery & { readonly index: number }

/** Whether a value is a count of deliveries. */
export function isDelivery(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false
  const { remedy, cohort, eligible, delivered, asOf, base, revises } = value
  if (typeof remedy !== 'string' || typeof asOf !== 'string' || !COHORTS.includes(cohort as Cohort)) return false
  if (![eligible, delivered, base].every(isCount) || (revises !== undefined && !isCount(revises))) return false
  return Number(delivered) <= Number(eligible)
}

function isCount(value: JsonValue | undefined): boolean {
  return typeof value === 'number' && value >= 0
}

/** Whether a count takes something back without saying so. */
export function isSilentRecount(known: readonly DeliveryState[], delivery: Delivery): boolean {
  const last = known.find((state) => isSameCohort(state, delivery))
  if (last === undefined || delivery.revises !== undefined) return false
  return delivery.delivered < last.delivered || delivery.eligible < last.eligible || delivery.base !== last.base
}

/** The last counts after an entry's. */
export function foldDeliveries(
  known: readonly DeliveryState[],
  deliveries: readonly Delivery[],
  index: number,
): readonly DeliveryState[] {
  let next = known
  for (const delivery of deliveries) {
    const kept = next.filter((state) => !isSameCohort(state, delivery))
    next = [...kept, { ...delivery, index }]
  }
  return next
}

function isSameCohort(a: Delivery, b: Delivery): boolean {
  return a.remedy === b.remedy && a.cohort === b.cohort
}

/**
 * A part of a whole in tenths of a percent, rounded down, so that 100 % means all of them.
 *
 * @returns undefined when the whole is 0
 */
export function permille(part: number, whole: number): number | undefined {
  return whole <= 0 ? undefined : Math.floor((part * 1000) / whole)
}
