/**
 * Double entry as a draft carries it: public postings, and for each side that is a holder's a private opening with the
 * balances before and after (P1). Which points are spent, and in which order, is decided here too (L5).
 */
import type { JsonObject } from '../../../ledger/json.ts'
import { isHolderKind } from '../../../ledger/postings.ts'
import { takeTranches, trancheSum } from '../../../ledger/tranches.ts'
import type { AccountKind } from '../../../ledger/postings.ts'
import { AppError } from '../../errors.ts'
import type { Redactable, Snapshot } from '../log/command.ts'
import type { AccountRow, TrancheRow, TrancheShare } from '../log/points-rows.ts'

/** `holder`: whose account it is, where one side is a holder's. `tranches`: where one side is what is available. */
export type Move = {
  holder?: string
  from: AccountKind
  to: AccountKind
  amount: number
  tranches?: readonly TrancheShare[]
}

/** What goes into `data.postings` and `private` of a draft. */
export type Booked = { postings: JsonObject[]; private: Redactable[] }

/**
 * Books moves on the balances of the snapshot, one after the other.
 *
 * @throws AppError balance_too_small
 */
export function book(snapshot: Snapshot, moves: readonly Move[]): Booked {
  const booked: Booked = { postings: [], private: [] }
  const accounts = new Map<string, AccountRow>()
  moves.forEach(({ holder, from, to, amount, tranches }, number) => {
    booked.postings.push({ from, to, amount })
    if (holder === undefined) return
    let account = accounts.get(holder) ?? snapshot.points.account(holder)
    for (const [side, kind, change] of [
      ['from', from, -amount],
      ['to', to, amount],
    ] as const) {
      if (!isHolderKind(kind)) continue
      const previous = account[kind]
      const current = previous + change
      if (current < 0) throw tooSmall(previous)
      const version = account.version + 1
      account = { ...account, [kind]: current, version }
      booked.private.push({
        name: `/postings/${number}/${side}`,
        value: { holder, previous, current, version, ...(kind === 'available' ? sharesOf(tranches) : {}) },
      })
    }
    accounts.set(holder, account)
  })
  return booked
}

/** The value of an opening names tranches only where points come or go that may be spent. */
function sharesOf(tranches: readonly TrancheShare[] = []): JsonObject {
  return { tranches: tranches.map((share) => ({ ...share })) }
}

/** A part of a tranche. */
export function shareOf(
  { grantIndex, expiresAt }: Pick<TrancheRow, 'grantIndex' | 'expiresAt'>,
  amount: number,
): TrancheShare {
  return { grant: grantIndex, amount, ...(expiresAt === null ? {} : { expiresAt }) }
}

/**
 * L5: the points that are spent: those that expire first come first.
 *
 * @throws AppError balance_too_small
 */
export function soonestFirst(snapshot: Snapshot, holder: string, amount: number): TrancheShare[] {
  const tranches = snapshot.points.tranches(holder).map((row) => shareOf(row, row.remaining))
  const { taken } = takeTranches(tranches, amount) ?? {}
  if (taken === undefined) throw tooSmall(trancheSum(tranches))
  return [...taken]
}

function tooSmall(available: number): AppError {
  return new AppError('balance_too_small', `There are ${available} points to take from; ask for no more than that.`, {
    available,
  })
}
