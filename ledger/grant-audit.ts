/**
 * Grants and redemptions, one by one, for a reader who has all entries that concern them: each pending grant is resolved at
 * most once, nothing is taken back that was not given, and each redemption ends once. Memory grows with the grants, so a
 * reader of a whole log uses the totals alone. Specification: README.md, "Grants" (GR4, L4, RW4).
 */
import type { JsonObject } from './json.ts'
import type { Cited } from './points-data.ts'
import type { Told } from './points-shape.ts'
import { isExpiryKept, ruleVersion } from './points-rules.ts'
import { amountOf } from './postings.ts'
import type { ProgrammeState } from './programme.ts'

/** What a grant or a redemption can be accused of. */
export type GrantFault =
  | 'grant_unknown'
  | 'grant_resolved'
  | 'grant_differs'
  | 'grant_too_early'
  | 'grant_too_late'
  | 'grant_overdue'
  | 'reversal_too_large'
  | 'redemption_unknown'
  | 'redemption_resolved'
  | 'redemption_differs'
  | 'redemption_too_late'
  | 'redemption_overdue'

/** A fault with what a sentence about it names. */
export type PointsFault<Code extends string = string> = { readonly code: Code; readonly facts: JsonObject }

/** A grant as far as it went. `reversed`: points taken back of it. `expiresAt`: absent before it is posted, or for ever. */
export type GrantState = Pick<Cited, 'rule' | 'version'> & {
  readonly amount: number
  readonly state: 'pending' | 'posted' | 'ended'
  readonly reversed: number
  readonly deadline?: string
  readonly expiresAt?: string
}

type RedemptionState = {
  readonly reward: string
  readonly amount: number
  readonly state: 'held' | 'confirmed' | 'released' | 'refunded'
  readonly holdUntil: string
}

/** Follows every grant and redemption of a stream, or of one holder. */
export class GrantAudit {
  readonly #grants = new Map<number, GrantState>()
  readonly #redemptions = new Map<number, RedemptionState>()
  /** What waits for its outcome: until when, by index. */
  readonly #waiting = new Map<number, { readonly until: string; readonly code: GrantFault }>()

  /** A grant that was seen, by the index of its first entry. */
  grant(index: number): GrantState | undefined {
    return this.#grants.get(index)
  }

  /** How many points one rule has given in all versions, without those that were ended or taken back. */
  givenBy(rule: string): number {
    let given = 0
    for (const grant of this.#grants.values()) {
      if (grant.rule === rule && grant.state !== 'ended') given += grant.amount - grant.reversed
    }
    return given
  }

  /** Takes the next entry, and gives what is wrong with it. */
  add(index: number, told: Told, recordedAt: string): PointsFault<GrantFault> | undefined {
    switch (told.type) {
      case 'grant.pending':
        this.#grants.set(index, { ...grantOf(told.data), state: 'pending', deadline: told.data.deadline })
        this.#waiting.set(index, { until: told.data.deadline, code: 'grant_overdue' })
        return undefined
      case 'grant.posted':
        if ('grant' in told.data) return this.#resolve(told.data, told, recordedAt)
        this.#grants.set(index, { ...grantOf(told.data), state: 'posted', ...expiryIn(told.data) })
        return undefined
      case 'grant.voided':
      case 'grant.lapsed':
        return this.#resolve(told.data, told, recordedAt)
      case 'grant.reversed':
        return this.#reverse(told.data)
      default:
        return this.#addRedemption(index, told, recordedAt)
    }
  }

  /** Grants and redemptions that should have had their outcome by an instant, the one that waits longest first. */
  overdue(instant: string): (PointsFault<GrantFault> & { readonly index: number }) | undefined {
    for (const [index, { until, code }] of this.#waiting) {
      if (until <= instant) return { ...fault(code, { until }), index }
    }
    return undefined
  }

  #resolve(
    { grant, expiresAt }: { grant: number; expiresAt?: string },
    { type, postings }: Told,
    recordedAt: string,
  ): PointsFault<GrantFault> | undefined {
    const known = this.#grants.get(grant)
    if (known === undefined) return fault('grant_unknown', { grant })
    if (known.state !== 'pending') return fault('grant_resolved', { grant })
    // A pending grant has a deadline: before it people decide, from then on it lapses.
    const deadline = known.deadline!
    if (type === 'grant.lapsed' && recordedAt < deadline) return fault('grant_too_early', { deadline })
    if (type !== 'grant.lapsed' && recordedAt >= deadline) return fault('grant_too_late', { grant, deadline })
    if (amountOf(postings) !== known.amount) return fault('grant_differs', { grant, amount: known.amount })
    const state = type === 'grant.posted' ? 'posted' : 'ended'
    this.#grants.set(grant, { ...known, state, ...expiryIn({ expiresAt }) })
    this.#waiting.delete(grant)
    return undefined
  }

  /** L4: what is taken back of a grant is in all not more than it was. */
  #reverse({ grant, amount }: { grant: number; amount: number }): PointsFault<GrantFault> | undefined {
    const known = this.#grants.get(grant)
    if (known?.state !== 'posted') return fault('grant_unknown', { grant })
    const reversed = known.reversed + amount
    if (reversed > known.amount) return fault('reversal_too_large', { grant, amount: known.amount, reversed })
    this.#grants.set(grant, { ...known, reversed })
    return undefined
  }

  #addRedemption(index: number, told: Told, recordedAt: string): PointsFault<GrantFault> | undefined {
    switch (told.type) {
      case 'redemption.held': {
        const { reward, amount, holdUntil } = told.data
        this.#redemptions.set(index, { reward, amount, state: 'held', holdUntil })
        this.#waiting.set(index, { until: holdUntil, code: 'redemption_overdue' })
        return undefined
      }
      case 'redemption.confirmed':
        return this.#end(told, recordedAt, 'held', 'confirmed')
      case 'redemption.released':
        return this.#end(told, recordedAt, 'held', 'released')
      case 'redemption.refunded':
        return this.#end(told, recordedAt, 'confirmed', 'refunded')
      default:
        return undefined
    }
  }

  #end(
    { data, postings }: Extract<Told, { type: 'redemption.confirmed' | 'redemption.released' | 'redemption.refunded' }>,
    recordedAt: string,
    from: RedemptionState['state'],
    state: RedemptionState['state'],
  ): PointsFault<GrantFault> | undefined {
    const { redemption, reward } = data
    const known = this.#redemptions.get(redemption)
    if (known === undefined) return fault('redemption_unknown', { redemption })
    if (known.state !== from) return fault('redemption_resolved', { redemption, state: known.state })
    if (known.reward !== reward || known.amount !== amountOf(postings))
      return fault('redemption_differs', { redemption })
    if (state === 'confirmed' && recordedAt >= known.holdUntil)
      return fault('redemption_too_late', { redemption, holdUntil: known.holdUntil })
    this.#redemptions.set(redemption, { ...known, state })
    this.#waiting.delete(redemption)
    return undefined
  }
}

/** Whether points that are posted last as long as rule and terms promise at that time. */
export function lastAsPromised(state: ProgrammeState, grants: GrantAudit, told: Told, recordedAt: string): boolean {
  if (told.type !== 'grant.posted') return true
  // A grant or rule that is not there was refused before.
  const { rule, version } = 'grant' in told.data ? grants.grant(told.data.grant)! : told.data
  const { expiresAt } = told.data
  return isExpiryKept(state, ruleVersion(state, rule, version)!, { recordedAt, expiresAt })
}

function grantOf({ rule, version, amount }: Cited & { amount: number }): Omit<GrantState, 'state'> {
  return { rule, version, amount, reversed: 0 }
}

function expiryIn({ expiresAt }: { expiresAt?: string | undefined }): { expiresAt?: string } {
  return expiresAt === undefined ? {} : { expiresAt }
}

function fault<Code extends string>(code: Code, facts: JsonObject): PointsFault<Code> {
  return { code, facts }
}
