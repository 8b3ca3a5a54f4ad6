/**
 * A programme in a log that is read as a whole: its entries are judged as they come by, each grant and redemption too, and
 * what concerns anchors is judged at the end, when the contract was asked. All that public data allow is looked at: what a
 * single holder has stands in the log as digests only, and is for the holder's own receipt. Memory grows with the grants and
 * redemptions, by some 200 bytes each. Specification: README.md, "Replay" (L9).
 */
import { AnchorReliance } from './anchor-reliance.ts'
import type { Entry } from './entry.ts'
import type { PointsFault } from './grant-audit.ts'
import { formatInstant, parseInstant } from './instant.ts'
import type { IndexedEntry } from './milestone.ts'
import { ProgrammeAudit } from './points-audit.ts'
import { ballotOf } from './points-rules.ts'
import type { Told } from './points-shape.ts'
import { isHolderKind } from './postings.ts'
import type { ProgrammeState } from './programme.ts'
import { ProgrammeBooks } from './programme-books.ts'
import { CheckFailure } from './verdict.ts'

/** What the log before an entry says. `anchorable`: the largest size so far that an anchor can have; 0 when there is none. */
export type LogBefore = { readonly anchorable: number; readonly brandOf: (index: number) => string | undefined }

/** How long the system may take, when very much is due at once, to end what was not answered. */
const OVERDUE_MS = 86_400_000

/** Reads the entries of one programme. */
export class ProgrammeReplay {
  readonly #audit = new ProgrammeAudit()
  readonly #books = new ProgrammeBooks()
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
    const found = this.#books.add(index, told, entry, state) ?? sourceFault(told, entry, brandOf)
    if (found !== undefined) refuse(new CheckFailure(found.code, index, found.facts))
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
    const found = this.#books.overdue(formatInstant(parseInstant(before) - OVERDUE_MS))
    return found === undefined ? undefined : new CheckFailure(found.code, found.index, found.facts)
  }

  /** PR3: answers that were due before an instant and have neither come nor been marked as missed. */
  missingAnswers(before: string): { promise: string; due: string; madeBy: number }[] {
    return this.#audit.missingAnswers(before)
  }
}

/** GR1: what a grant or a vote is given for is an earlier entry of the same brand. */
function sourceFault(
  { data }: Told,
  { brand }: Entry,
  brandOf: LogBefore['brandOf'],
): PointsFault<'source_unknown'> | undefined {
  if (!('source' in data) || brandOf(data.source) === brand) return undefined
  return { code: 'source_unknown', facts: { source: data.source } }
}
