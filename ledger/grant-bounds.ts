/**
 * What all holders of a programme together can have got. Whose points an entry moves stands in the log as salted digests
 * only; but one grant for each rule, source and holder, and a most for each holder, bound the sum over all of them, and no
 * more can expire on a day than was granted until that day. Specification: README.md, "Replay" (GR3, L5).
 */
import type { PointsFault, GrantAudit } from './grant-audit.ts'
import type { JsonObject } from './json.ts'
import type { Told } from './points-shape.ts'
import type { ProgrammeState } from './programme.ts'

export type BoundFault = 'holders_exceeded' | 'holders_max' | 'expired_too_much'

/** Counts the grants and votes of a programme. Memory grows with the rules, the sources and the days. */
export class GrantBounds {
  /** How many grants, and how many votes, there are for a rule and a source; how many votes in a ballot. */
  readonly #given = new Map<string, number>()
  /** How many points, or votes, a rule has given that still stand. */
  readonly #standing = new Map<string, number>()
  /** How many points can still expire at an instant. */
  readonly #expiring = new Map<string, number>()

  /**
   * Takes an entry with which nothing else is wrong.
   *
   * @param state the programme after it
   * @param grants with the entry taken
   */
  add(index: number, told: Told, state: ProgrammeState, grants: GrantAudit): PointsFault<BoundFault> | undefined {
    switch (told.type) {
      case 'grant.pending':
        return this.#give(state, told.data, 'points', told.data.amount)
      case 'grant.posted': {
        const { amount, expiresAt } = grants.grant('grant' in told.data ? told.data.grant : index)!
        count(this.#expiring, expiresAt ?? '', amount)
        return 'grant' in told.data ? undefined : this.#give(state, told.data, 'points', amount)
      }
      case 'grant.voided':
      case 'grant.lapsed': {
        const { rule, amount } = grants.grant(told.data.grant)!
        count(this.#standing, `points ${rule}`, -amount)
        return undefined
      }
      case 'grant.reversed': {
        const { rule, expiresAt } = grants.grant(told.data.grant)!
        count(this.#standing, `points ${rule}`, -told.data.amount)
        const taken = told.postings.find(({ from }) => from === 'available')?.amount ?? 0
        count(this.#expiring, expiresAt ?? '', -taken)
        return undefined
      }
      case 'points.expired': {
        const { expiresAt } = told.data
        const left = told.postings.reduce((sum, { amount }) => count(this.#expiring, expiresAt, -amount), 0)
        return left < 0 ? { code: 'expired_too_much', facts: { expiresAt, tooMuch: -left } } : undefined
      }
      case 'entitlement.granted': {
        const { ballot } = told.data
        const votes = count(this.#given, `${ballot}`, 1)
        return this.#give(state, told.data, 'votes', 1) ?? beyond(votes, state.holders, { ballot })
      }
      default:
        return undefined
    }
  }

  #give(
    { holders, rules }: ProgrammeState,
    { rule, source }: { rule: string; source: number },
    what: 'points' | 'votes',
    amount: number,
  ): PointsFault<BoundFault> | undefined {
    // One rule may give points in one version and a vote in another: the source counts once for each.
    const times = count(this.#given, `${what} ${rule} ${source}`, 1)
    const given = count(this.#standing, `${what} ${rule}`, amount)
    // Some holders may have what an older version allowed.
    const known = rules.filter((version) => version.rule === rule)
    const perHolderMax = Math.max(...known.map((version) => version.perHolderMax ?? Infinity))
    if (given > perHolderMax * holders) {
      return { code: 'holders_max', facts: { rule, given, perHolderMax, holders } }
    }
    return beyond(times, holders, { rule, source })
  }
}

function beyond(times: number, holders: number, facts: JsonObject): PointsFault<BoundFault> | undefined {
  return times > holders ? { code: 'holders_exceeded', facts: { ...facts, times, holders } } : undefined
}

function count(counts: Map<string, number>, key: string, change: number): number {
  const next = (counts.get(key) ?? 0) + change
  counts.set(key, next)
  return next
}
