/**
 * A programme in a log that is read as a whole: its entries are judged as they come by, and that an anchor stood between a
 * rule and its first use is judged at the end, when the contract was asked. Memory grows with rules and ballots, not with
 * grants. Specification: README.md, "Replay" (L9).
 */
import type { IndexedEntry } from './milestone.ts'
import { ProgrammeAudit } from './points-audit.ts'
import { ballotOf } from './points-rules.ts'
import type { Told } from './points-shape.ts'
import { CheckFailure } from './verdict.ts'

/** Reads the entries of one programme. */
export class ProgrammeReplay {
  readonly #audit = new ProgrammeAudit()
  /** The first entry that relies on an anchor over another, by the index of that other. */
  readonly #relied = new Map<number, { by: number; code: 'rule_not_anchored' | 'ballot_not_anchored' }>()

  /**
   * Takes the next entry.
   *
   * @param anchorable the largest size so far that an anchor can have; 0 when there is none
   * @param refuse is told what is wrong
   */
  add({ index, entry }: IndexedEntry, anchorable: number, refuse: (failure: CheckFailure) => void): void {
    const anchored = (over: number): number | undefined => (anchorable > over ? anchorable : undefined)
    const { told, fault, miscounted } = this.#audit.add({ index, entry }, anchored)
    // Whether a newer version was anchored before is not known here: an anchorable state need not have been anchored.
    for (const found of [fault, miscounted]) {
      if (found !== undefined && found.code !== 'rule_superseded')
        refuse(new CheckFailure(found.code, index, found.facts))
    }
    if (told !== undefined) this.#noteReliance(index, told)
  }

  #noteReliance(index: number, { type, data }: Told): void {
    if ('ruleIndex' in data) this.#rely(data.ruleIndex, index, 'rule_not_anchored')
    if (type !== 'ballot.opened') return
    const frozen = this.#audit.state === undefined ? undefined : ballotOf(this.#audit.state, data.ballot)?.frozen
    if (frozen !== undefined) this.#rely(frozen.index, index, 'ballot_not_anchored')
  }

  #rely(over: number, by: number, code: 'rule_not_anchored' | 'ballot_not_anchored'): void {
    if (!this.#relied.has(over)) this.#relied.set(over, { by, code })
  }

  /** ER1, BL1: an entry that relied on an anchor which the contract does not have. @param sizes ascending */
  unanchored(sizes: readonly number[]): CheckFailure | undefined {
    for (const [over, { by, code }] of this.#relied) {
      const size = sizes.find((candidate) => candidate > over)
      if (size === undefined || size > by) return new CheckFailure(code, by, { over })
    }
    return undefined
  }

  /** PR3: answers that were due before an instant and have neither come nor been marked as missed. */
  missingAnswers(before: string): { promise: string; due: string; madeBy: number }[] {
    return this.#audit.missingAnswers(before)
  }
}
