/**
 * What an entry of a programme must be besides lawful and in turn (points-audit.ts): each grant and redemption followed to
 * its end, no more given than all holders together can have, written by whom it may be, and with a digest for everybody
 * whose it is. Memory grows with the grants and redemptions, by some 200 bytes each. Specification: README.md, "Checks of a
 * programme".
 */
import type { Entry } from './entry.ts'
import { GrantAudit, lastAsPromised } from './grant-audit.ts'
import type { GrantFault, PointsFault } from './grant-audit.ts'
import { GrantBounds } from './grant-bounds.ts'
import type { BoundFault } from './grant-bounds.ts'
import { formatInstant, parseInstant } from './instant.ts'
import { mayWrite } from './points-actors.ts'
import { ruleVersion } from './points-rules.ts'
import type { Told } from './points-shape.ts'
import { isHolderKind } from './postings.ts'
import type { ProgrammeState } from './programme.ts'

/** What an entry can be accused of for its form. */
export type FormFault = 'actor_differs' | 'openings_missing' | 'grant_deadline' | 'split_min'

export type BooksFault = GrantFault | BoundFault | FormFault | 'expiry_too_early'

/** BL5: with fewer votes a split could show who chose what. */
const SPLIT_MIN = 20
const DAY_MS = 86_400_000

/** Keeps the books of a programme a second time. */
export class ProgrammeBooks {
  readonly #grants = new GrantAudit()
  readonly #bounds = new GrantBounds()

  /**
   * Takes the next entry, with which nothing else is wrong, and gives the first thing that is: what comes after it would say
   * the same in other words.
   *
   * @param state the programme after it
   */
  add(index: number, told: Told, entry: Entry, state: ProgrammeState): PointsFault<BooksFault> | undefined {
    const { recordedAt } = entry
    const fault = this.#grants.add(index, told, recordedAt)
    if (fault !== undefined) return fault
    if (!lastAsPromised(state, this.#grants, told, recordedAt)) return { code: 'expiry_too_early', facts: {} }
    return this.#bounds.add(index, told, state, this.#grants) ?? this.#formFault(told, entry, state)
  }

  #formFault(
    told: Told,
    { actor, xd = [], recordedAt }: Entry,
    state: ProgrammeState,
  ): PointsFault<FormFault> | undefined {
    const cited = 'rule' in told.data && 'source' in told.data ? told.data : this.#grantOf(told)
    const rule = cited === undefined ? undefined : ruleVersion(state, cited.rule, cited.version)
    if (!mayWrite(told.type, actor.kind, rule?.reviewerRole)) {
      return { code: 'actor_differs', facts: { type: told.type, actor: actor.kind } }
    }
    const openings = openingsOf(told)
    if (xd.length < openings) return { code: 'openings_missing', facts: { openings, digests: xd.length } }
    if (told.type === 'ballot.drafted' && told.data.splitMin < SPLIT_MIN) {
      return { code: 'split_min', facts: { splitMin: told.data.splitMin } }
    }
    if (told.type !== 'grant.pending') return undefined
    const deadline = formatInstant(parseInstant(recordedAt) + rule!.pendingDays * DAY_MS)
    return told.data.deadline === deadline ? undefined : { code: 'grant_deadline', facts: { deadline } }
  }

  #grantOf({ data }: Told): { rule: string; version: number } | undefined {
    return 'grant' in data ? this.#grants.grant(data.grant) : undefined
  }

  /** GR4, RW4: what should have lapsed or been released by an instant, and was not. */
  overdue(instant: string): (PointsFault<GrantFault> & { readonly index: number }) | undefined {
    return this.#grants.overdue(instant)
  }
}

/** How many digests say whose an entry is: one for each side that is a holder's, or one where it moves nothing of theirs. */
function openingsOf({ type, postings }: Told): number {
  const sides = postings.flatMap(({ from, to }) => [from, to]).filter(isHolderKind).length
  if (postings.length > 0) return Math.max(1, sides)
  if (type === 'ballot.cast') return 2
  return type === 'holder.opened' || type === 'entitlement.granted' ? 1 : 0
}
