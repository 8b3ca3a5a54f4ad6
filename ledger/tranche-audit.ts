/**
 * The tranches of one holder, as the openings tell of them: what goes in names its grant and its day, what is spent goes
 * soonest expiry first, and what is given back is what was taken. A receipt that leaves them out somewhere is not judged by
 * them from there on. Specification: README.md, "Tranches" (L5).
 */
import type { Tranche } from './holder-opening.ts'
import type { Told } from './points-shape.ts'
import type { HolderKind } from './postings.ts'
import { addTranches, compareTranches, removeTranches, takeTranches, trancheSum } from './tranches.ts'
import { CheckFailure } from './verdict.ts'

/** A side of a posting. `change`: what it does to the account. */
export type TrancheSide = {
  readonly kind: HolderKind
  readonly change: number
  readonly tranches: readonly Tranche[] | undefined
}

/** Follows the tranches of a holder's available points. */
export class TrancheAudit {
  readonly #redeemed = new Map<number, readonly Tranche[]>()
  #left: readonly Tranche[] | undefined = []

  /** What is there; undefined when the openings do not tell. */
  get left(): readonly Tranche[] | undefined {
    return this.#left
  }

  /** Takes the next side. @throws CheckFailure tranches_differ */
  add(index: number, told: Told, { kind, change, tranches }: TrancheSide): void {
    if (tranches !== undefined && trancheSum(tranches) !== Math.abs(change)) throw differing(index)
    if (kind !== 'available') return
    if (tranches === undefined || this.#left === undefined) {
      this.#left = undefined
      return
    }
    const left =
      change > 0 ? this.#put(index, told, tranches, this.#left) : this.#take(index, told, tranches, this.#left)
    if (left === undefined) throw differing(index)
    this.#left = left
  }

  #put(index: number, told: Told, parts: readonly Tranche[], left: readonly Tranche[]): Tranche[] | undefined {
    const isRight =
      told.type === 'grant.posted'
        ? isGranted(index, told.data, parts)
        : 'redemption' in told.data && isSame(parts, this.#redeemed.get(told.data.redemption))
    return isRight ? addTranches(left, parts) : undefined
  }

  #take(index: number, told: Told, parts: readonly Tranche[], left: readonly Tranche[]): Tranche[] | undefined {
    if (told.type === 'redemption.held') {
      this.#redeemed.set(index, parts)
      if (!isSame(parts, takeTranches(left, trancheSum(parts))?.taken)) return undefined
    }
    if (told.type === 'points.expired' && parts.some(({ expiresAt }) => expiresAt !== told.data.expiresAt))
      return undefined
    return removeTranches(left, parts)
  }
}

/** A grant goes in as one tranche of its own, with its day. */
function isGranted(
  index: number,
  data: Extract<Told, { type: 'grant.posted' }>['data'],
  [part, ...more]: readonly Tranche[],
): boolean {
  const grant = 'grant' in data ? data.grant : index
  return more.length === 0 && part?.grant === grant && part.expiresAt === data.expiresAt
}

function isSame(a: readonly Tranche[], b: readonly Tranche[] | undefined): boolean {
  if (b === undefined || a.length !== b.length) return false
  // toSorted is younger than some browsers that must run this.
  // oxlint-disable-next-line unicorn/no-array-sort
  const [some, others] = [[...a].sort(compareTranches), [...b].sort(compareTranches)]
  return some.every(({ grant, amount, expiresAt }, i) => {
    const other = others[i]!
    return grant === other.grant && amount === other.amount && expiresAt === other.expiresAt
  })
}

function differing(index: number): CheckFailure {
  return new CheckFailure('tranches_differ', index)
}
