/**
 * What in a programme relies on anchors, noted while a whole log is read and judged at the end, when the contract was
 * asked: that a rule, or the list of those who may vote, was anchored before its first use; that no version was used after a
 * newer one had taken its place; that what is owed was counted before the second anchor after it. Memory grows with the
 * versions of rules, the ballots and the sums. Specification: README.md, "Replay" (L9: ER1, BL1, RC3).
 */
import type { RuleState } from './programme.ts'
import { CheckFailure } from './verdict.ts'

type RelianceCode = 'rule_not_anchored' | 'ballot_not_anchored'
type Use = { readonly index: number; readonly recordedAt: string }

export class AnchorReliance {
  /** The first entry that relies on an anchor over another, by the index of that other. */
  readonly #relied = new Map<number, { by: number; code: RelianceCode }>()
  /** The last use of each version of a rule, by the index of the version. */
  readonly #lastUses = new Map<number, Use>()
  /** Each sum of balances, with the first change that it counts and the one before did not. */
  readonly #counted: { readonly by: number; readonly first: number }[] = []
  #uncounted: number[] = []

  /** An entry relies on an anchor over an earlier one. */
  rely(over: number, by: number, code: RelianceCode): void {
    if (!this.#relied.has(over)) this.#relied.set(over, { by, code })
  }

  /** A grant or a vote is given by a version of a rule. */
  use(ruleIndex: number, use: Use): void {
    this.rely(ruleIndex, use.index, 'rule_not_anchored')
    this.#lastUses.set(ruleIndex, use)
  }

  /** An entry changes what the programme owes. */
  change(index: number): void {
    this.#uncounted.push(index)
  }

  /** An entry counts what is owed as of a size. */
  count(by: number, size: number): void {
    const [first] = this.#uncounted
    if (first !== undefined && first < size) this.#counted.push({ by, first })
    this.#uncounted = this.#uncounted.filter((index) => index >= size)
  }

  /**
   * The first thing that relied on an anchor which the contract does not have, or did not heed one that it has.
   *
   * @param sizes of all anchors, ascending
   */
  fault(sizes: readonly number[], rules: readonly RuleState[]): CheckFailure | undefined {
    return this.#unanchored(sizes) ?? this.#superseded(sizes, rules) ?? this.#countedLate(sizes)
  }

  #unanchored(sizes: readonly number[]): CheckFailure | undefined {
    for (const [over, { by, code }] of this.#relied) {
      const size = sizes[firstAbove(sizes, over)]
      if (size === undefined || size > by) return new CheckFailure(code, by, { over })
    }
    return undefined
  }

  /** ER1: indexes and times only grow, so that the last use of a version is the one to look at. */
  #superseded(sizes: readonly number[], rules: readonly RuleState[]): CheckFailure | undefined {
    for (const { rule, version, index, validFrom } of rules) {
      const size = sizes[firstAbove(sizes, index)]
      if (size === undefined) continue
      for (const older of rules) {
        const use = this.#lastUses.get(older.index)
        if (older.rule !== rule || older.version >= version || use === undefined) continue
        if (use.index >= size && use.recordedAt >= validFrom) {
          return new CheckFailure('rule_superseded', use.index, { rule, version: older.version })
        }
      }
    }
    return undefined
  }

  /** RC3. Of the changes that one sum counts, the first has waited longest. */
  #countedLate(sizes: readonly number[]): CheckFailure | undefined {
    const [uncounted] = this.#uncounted
    const waited = uncounted === undefined ? [] : [{ by: Infinity, first: uncounted }]
    for (const { by, first } of [...this.#counted, ...waited]) {
      const second = sizes[firstAbove(sizes, first) + 1]
      if (second !== undefined && by >= second) return new CheckFailure('balance_missing', first)
    }
    return undefined
  }
}

/** The position of the first size above an index, by halving: an old log has tens of thousands of anchors and of sums. */
function firstAbove(sizes: readonly number[], index: number): number {
  let from = 0
  for (let end = sizes.length; from < end;) {
    const middle = Math.floor((from + end) / 2)
    if (sizes[middle]! > index) end = middle
    else from = middle + 1
  }
  return from
}
