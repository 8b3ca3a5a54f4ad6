/**
 * A programme in a log that is read as a whole: its entries are judged as they come by, each grant and redemption too, and
 * what concerns anchors is judged at the end, when the contract was asked. All that public data allow is looked at: what a
 * single holder has stands in the log as digests only, and is for the holder's own receipt. Memory grows with the grants and
 * redemptions, by some 200 bytes each. Specification: README.md, "Replay" (L9).
 */
import { AnchorReliance } from './anchor-reliance.ts'
import type { Entry } from './entry.ts'
import { GrantAudit, lastAsPromised } from './grant-audit.ts'
import type { PointsFault } from './grant-audit.ts'
import { GrantBounds } from './grant-bounds.ts'
import { formatInstant, parseInstant } from './instant.ts'
import type { IndexedEntry } from './milestone.ts'
import { mayWrite } from './points-actors.ts'
import { ProgrammeAudit } from './points-audit.ts'
import { ballotOf, ruleVersion } from './points-rules.ts'
import type { Told } from './points-shape.ts'
import { isHolderKind } from './postings.ts'
import type { ProgrammeState } from './programme.ts'
import { CheckFailure } from './verdict.ts'

/** What an entry of a programme can be accused of by those who read the whole log. */
export type ReplayFault = 'actor_differs' | 'openings_missing' | 'source_unknown' | 'grant_deadline' | 'split_min'

/** What the log before an entry says. `anchorable`: the largest size so far that an anchor can have; 0 when there is none. */
export type LogBefore = { readonly anchorable: number; readonly brandOf: (index: number) => string | undefined }

/** How long the system may take, when very much is due at once, to end what was not answered. */
const OVERDUE_MS = 86_400_000
const DAY_MS = 86_400_000
/** BL5: with fewer votes a split could show who chose what. */
const SPLIT_MIN = 20

/** Reads the entries of one programme. */
export class ProgrammeReplay {
  readonly #audit = new ProgrammeAudit()
  readonly #grants = new GrantAudit()
  readonly #bounds = new GrantBounds()
  readonly #reliance = new AnchorReliance()

  /**
   * Takes the next entry.
   *
   * @param refuse is told what is wrong
   */
  add({ index, entry }: IndexedEntry, before: LogBefore, refuse: (failure: CheckFailure) => void): void {
    const { anchorable, brandOf } = before
    const anchored = (over: number): number | undefined => (anchorable > over ? anchorable : undefined)
    const { told, fault, miscounted } = this.#audit.add({ index, entry }, anchored)
    // Whether a newer version was anchored before is not known here: an anchorable state need not have been anchored.
    const broken = fault?.code === 'rule_superseded' ? undefined : fault
    for (const found of [broken, miscounted]) {
      if (found !== undefined) refuse(new CheckFailure(found.code, index, found.facts))
    }
    const { state } = this.#audit
    if (told === undefined || state === undefined) return
    this.#noteReliance(index, told, entry, state)
    if (broken !== undefined) return
    const found = this.#judge(index, told, entry, state) ?? sourceFault(told, entry, brandOf)
    if (found !== undefined) refuse(new CheckFailure(found.code, index, found.facts))
  }

  /** One fault of an entry is enough: what comes after it would say the same in other words. */
  #judge(
    index: number,
    told: Told,
    entry: Entry,
    state: ProgrammeState,
  ): PointsFault<CheckFailure['code']> | undefined {
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
  ): PointsFault<ReplayFault> | undefined {
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

  #noteReliance(index: number, { type, data, postings }: Told, { recordedAt }: Entry, state: ProgrammeState): void {
    if ('ruleIndex' in data) this.#reliance.use(data.ruleIndex, { index, recordedAt })
    if (type === 'ballot.opened') {
      const frozen = ballotOf(state, data.ballot)?.frozen
      if (frozen !== undefined) this.#reliance.rely(frozen.index, index, 'ballot_not_anchored')
    }
    if (type === 'points.liabilities') this.#reliance.count(index, data.size)
    if (postings.some(({ from, to }) => isHolderKind(from) !== isHolderKind(to))) this.#reliance.change(index)
  }

  /**
   * What is wrong with regard to the anchors of the contract, or is still waiting as of the newest of them.
   *
   * @param sizes of the anchors, ascending; undefined when the contract was not asked
   */
  fault(sizes: readonly number[] | undefined): CheckFailure | undefined {
    return sizes === undefined ? undefined : this.#reliance.fault(sizes, this.#audit.state?.rules ?? [])
  }

  /** GR4, RW4: what should have lapsed or been released a day before an instant, and was not. */
  overdue(before: string): CheckFailure | undefined {
    const found = this.#grants.overdue(formatInstant(parseInstant(before) - OVERDUE_MS))
    return found === undefined ? undefined : new CheckFailure(found.code, found.index, found.facts)
  }

  /** PR3: answers that were due before an instant and have neither come nor been marked as missed. */
  missingAnswers(before: string): { promise: string; due: string; madeBy: number }[] {
    return this.#audit.missingAnswers(before)
  }
}

/** How many digests say whose an entry is: one for each side that is a holder's, or one where it moves nothing of theirs. */
function openingsOf({ type, postings }: Told): number {
  const sides = postings.flatMap(({ from, to }) => [from, to]).filter(isHolderKind).length
  if (postings.length > 0) return Math.max(1, sides)
  if (type === 'ballot.cast') return 2
  return type === 'holder.opened' || type === 'entitlement.granted' ? 1 : 0
}

/** GR1: what a grant or a vote is given for is an earlier entry of the same brand. */
function sourceFault(
  { data }: Told,
  { brand }: Entry,
  brandOf: LogBefore['brandOf'],
): PointsFault<ReplayFault> | undefined {
  if (!('source' in data) || brandOf(data.source) === brand) return undefined
  return { code: 'source_unknown', facts: { source: data.source } }
}
