/**
 * Tranches: the points of a holder by the grant that they came from, because each expires on its own day. They are spent
 * soonest expiry first, so that nobody loses points that could have been used; what is given back keeps its day.
 * Specification: README.md, "Tranches" (L5).
 */
import type { Tranche } from './holder-opening.ts'

/** Tranches that were taken, and those that are left. */
export type Taken = { readonly taken: readonly Tranche[]; readonly left: readonly Tranche[] }

/** Negative when the first is to be spent before the second: by expiry, never last; then by grant. */
export function compareTranches(a: Tranche, b: Tranche): number {
  if (a.expiresAt === b.expiresAt) return a.grant - b.grant
  if (a.expiresAt === undefined) return 1
  return b.expiresAt === undefined || a.expiresAt < b.expiresAt ? -1 : 1
}

/**
 * Takes an amount, soonest expiry first; undefined when there is not so much.
 *
 * @param tranches in any order; one for each grant
 */
export function takeTranches(tranches: readonly Tranche[], amount: number): Taken | undefined {
  const taken: Tranche[] = []
  const left: Tranche[] = []
  let missing = amount
  for (const tranche of inOrder(tranches)) {
    const part = Math.min(missing, tranche.amount)
    if (part > 0) taken.push({ ...tranche, amount: part })
    if (part < tranche.amount) left.push({ ...tranche, amount: tranche.amount - part })
    missing -= part
  }
  return missing === 0 ? { taken, left } : undefined
}

/** Takes given parts out; undefined when one of them is not there. */
export function removeTranches(tranches: readonly Tranche[], parts: readonly Tranche[]): Tranche[] | undefined {
  let left = [...tranches]
  for (const part of parts) {
    const known = left.find(({ grant, expiresAt }) => grant === part.grant && expiresAt === part.expiresAt)
    if (known === undefined || known.amount < part.amount) return undefined
    left = left.flatMap((tranche) => {
      if (tranche !== known) return [tranche]
      return known.amount === part.amount ? [] : [{ ...known, amount: known.amount - part.amount }]
    })
  }
  return left
}

/** Puts parts back, or in for the first time; parts of one grant are one tranche. */
export function addTranches(tranches: readonly Tranche[], parts: readonly Tranche[]): Tranche[] {
  const all = [...tranches]
  for (const part of parts) {
    const position = all.findIndex(({ grant, expiresAt }) => grant === part.grant && expiresAt === part.expiresAt)
    const known = all[position]
    if (known === undefined) all.push(part)
    else all[position] = { ...known, amount: known.amount + part.amount }
  }
  return inOrder(all)
}

/** What tranches come to. */
export function trancheSum(tranches: readonly Tranche[]): number {
  return tranches.reduce((sum, { amount }) => sum + amount, 0)
}

function inOrder(tranches: readonly Tranche[]): Tranche[] {
  // toSorted is younger than some browsers that must run this.
  // oxlint-disable-next-line unicorn/no-array-sort
  return [...tranches].sort(compareTranches)
}
