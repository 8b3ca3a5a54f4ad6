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
  | 'reversal_too_large'
  | 'redemption_unknown'
  | 'redemption_resolved'
  | 'redemption_differs'

/** A fault with what a sentence about it names. */
export type PointsFault<Code extends string = string> = { readonly code: Code; readonly facts: JsonObject }

/** A grant as far as it went. `reversed`: points taken back of it. */
export type GrantState = Pick<Cited, 'rule' | 'version'> & {
  readonly amount: number
  readonly state: 'pending' | 'posted' | 'ended'
  readonly reversed: number
  readonly deadline?: string
}

type RedemptionState = {
  readonly reward: string
  readonly amount: number
  readonly state: 'held' | 'confirmed' | 'released' | 'refunded'
}

/** Follows every grant and redemption of a stream, or of one holder. */
export class GrantAudit {
  readonly #grants = new Map<number, GrantState>()
  readonly #redemptions = new Map<number, RedemptionState>()

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
        return undefined
      case 'grant.posted':
        if ('grant' in told.data) return this.#resolve(told.data.grant, told, 'posted')
        this.#grants.set(index, { ...grantOf(told.data), state: 'posted' })
        return undefined
      case 'grant.voided':
        return this.#resolve(told.data.grant, told, 'ended')
      case 'grant.lapsed': {
        const { deadline } = this.#grants.get(told.data.grant) ?? {}
        if (deadline !== undefined && recordedAt < deadline) return fault('grant_too_early', { deadline })
        return this.#resolve(told.data.grant, told, 'ended')
      }
      case 'grant.reversed':
        return this.#reverse(told.data)
      default:
        return this.#addRedemption(index, told)
    }
  }

  #resolve(grant: number, { postings }: Told, state: GrantState['state']): PointsFault<GrantFault> | undefined {
    const known = this.#grants.get(grant)
    if (known === undefined) return fault('grant_unknown', { grant })
    if (known.state !== 'pending') return fault('grant_resolved', { grant })
    if (amountOf(postings) !== known.amount) return fault('grant_differs', { grant, amount: known.amount })
    this.#grants.set(grant, { ...known, state })
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

  #addRedemption(index: number, told: Told): PointsFault<GrantFault> | undefined {
    switch (told.type) {
      case 'redemption.held': {
        const { reward, amount } = told.data
        this.#redemptions.set(index, { reward, amount, state: 'held' })
        return undefined
      }
      case 'redemption.confirmed':
        return this.#end(told, 'held', 'confirmed')
      case 'redemption.released':
        return this.#end(told, 'held', 'released')
      case 'redemption.refunded':
        return this.#end(told, 'confirmed', 'refunded')
      default:
        return undefined
    }
  }

  #end(
    { data, postings }: Extract<Told, { type: 'redemption.confirmed' | 'redemption.released' | 'redemption.refunded' }>,
    from: RedemptionState['state'],
    state: RedemptionState['state'],
  ): PointsFault<GrantFault> | undefined {
    const { redemption, reward } = data
    const known = this.#redemptions.get(redemption)
    if (known === undefined) return fault('redemption_unknown', { redemption })
    if (known.state !== from) return fault('redemption_resolved', { redemption, state: known.state })
    if (known.reward !== reward || known.amount !== amountOf(postings))
      return fault('redemption_differs', { redemption })
    this.#redemptions.set(redemption, { ...known, state })
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

function fault<Code extends string>(code: Code, facts: JsonObject): PointsFault<Code> {
  return { code, facts }
}
