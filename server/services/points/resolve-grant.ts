/**
 * What becomes of a grant: a pending one is posted or voided, once; a posted one can be taken back as far as its points
 * are still there. What was spent is the brand's own loss, never the holder's; what is held is neither, until the redemption
 * is decided (L4).
 */
import { expiryOf, ruleVersion } from '../../../ledger/points-rules.ts'
import type { RuleState } from '../../../ledger/programme.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Draft, Snapshot } from '../log/command.ts'
import type { GrantRow, PointsNeeds } from '../log/points-rows.ts'
import { book, shareOf } from './book.ts'
import type { Move } from './book.ts'
import { mustNotBeOwn, mustReview } from './grant-points.ts'
import { endedGrant } from './lapse-grants.ts'
import { mustHaveProgramme, noteOf, pointsDraft } from './points-draft.ts'

/** Where a grant is; none of it ever changes. */
export type GrantPlace = { readonly index: number; readonly programme: string; readonly holder: string }

/** A command that posts a pending grant: its points can be spent from now on. */
export function postGrant(request: Request, place: GrantPlace): Command {
  return resolution(request, place, (snapshot, grant, rule, recordedAt) => {
    const { entryIndex, programme, holder, amount } = grant
    const expiresAt = expiryOf(mustHaveProgramme(snapshot, programme), rule, recordedAt)
    const share = shareOf({ grantIndex: entryIndex, expiresAt: expiresAt ?? null }, amount)
    const move: Move = { holder, from: 'pending', to: 'available', amount, tranches: [share] }
    const { postings, private: openings } = book(snapshot, [move])
    const data = { grant: entryIndex, ...(expiresAt === undefined ? {} : { expiresAt }), postings }
    return pointsDraft(snapshot, programme, actorOf(request.admin), 'grant.posted', data, { private: openings })
  })
}

/** A command that voids a pending grant. */
export function voidGrant(request: Request, place: GrantPlace, reason?: string): Command {
  return resolution(request, place, (snapshot, grant) =>
    endedGrant(snapshot, grant, 'grant.voided', actorOf(request.admin), reason),
  )
}

function resolution(
  request: Request,
  place: GrantPlace,
  draftOf: (snapshot: Snapshot, grant: GrantRow, rule: RuleState, recordedAt: string) => Draft,
): Command {
  return commandOf(request, {
    needs: { points: needsOf(place) },
    judge(snapshot, recordedAt) {
      const { grant, rule } = mustDecide(snapshot, request, place)
      if (grant.state !== 'pending') {
        throw new AppError('grant_not_pending', `This grant is ${grant.state}; its outcome stands.`, {
          state: grant.state,
          ...(grant.outcomeIndex === null ? {} : { outcome: grant.outcomeIndex }),
        })
      }
      return [draftOf(snapshot, grant, rule, recordedAt)]
    },
    answer: answerWith(0, { grant: place.index }),
  })
}

/**
 * A command that takes a grant back, wholly or in part.
 *
 * @param amount all that has not been taken back before unless given
 */
export function reverseGrant(request: Request, place: GrantPlace, reason: string, amount?: number): Command {
  return commandOf(request, {
    needs: { points: { ...needsOf(place), notes: [place.holder] } },
    judge(snapshot) {
      const { grant } = mustDecide(snapshot, request, place)
      if (grant.state !== 'posted') {
        throw new AppError('grant_not_posted', `This grant is ${grant.state}; only a posted one can be taken back.`)
      }
      const left = grant.amount - grant.reversed
      const taken = amount ?? left
      if (left === 0 || taken > left) {
        throw new AppError('reversal_too_large', `Of this grant ${left} points can still be taken back.`, { left })
      }
      mustNotBeHeld(snapshot, grant, taken)
      const { postings, private: sides } = book(snapshot, reversalOf(snapshot, grant, taken))
      // What the brand bears alone moves nothing of the holder, whose grant it is all the same.
      const openings = sides.length > 0 ? sides : [noteOf(snapshot, grant.holder)]
      const data = { grant: grant.entryIndex, amount: taken, reason, postings }
      const actor = actorOf(request.admin)
      return [pointsDraft(snapshot, grant.programme, actor, 'grant.reversed', data, { private: openings })]
    },
    answer: answerWith(0, { grant: place.index }),
  })
}

/**
 * L4: the brand bears what is spent. What is held may be spent or come back: if the brand bore it now, the holder would keep
 * points of a grant that was taken back.
 */
function mustNotBeHeld(snapshot: Snapshot, { entryIndex, holder }: GrantRow, amount: number): void {
  const { held } = snapshot.points.account(holder)
  const available = snapshot.points.tranche(entryIndex)?.remaining ?? 0
  if (held === 0 || amount <= available) return
  const message = `The holder has ${held} points held for a reward: confirm or release that first, or take back ${available} points at most.`
  throw new AppError('grant_held', message, { available, held })
}

/** What is left of the grant's own points goes back; other points of the holder are not touched. */
function reversalOf(snapshot: Snapshot, { entryIndex, holder }: GrantRow, amount: number): Move[] {
  const tranche = snapshot.points.tranche(entryIndex)
  const taken = Math.min(amount, tranche?.remaining ?? 0)
  const moves: Move[] = []
  if (tranche !== undefined && taken > 0) {
    const tranches = [shareOf(tranche, taken)]
    moves.push({ holder, from: 'available', to: 'issuance', amount: taken, tranches })
  }
  if (amount > taken) moves.push({ from: 'forfeited', to: 'issuance', amount: amount - taken })
  return moves
}

/** The holder's tranches too, so that what has expired does so first. */
function needsOf({ index, programme, holder }: GrantPlace): PointsNeeds {
  return { programmes: [programme], holders: [holder], tranches: [holder], grants: [index] }
}

/** @throws AppError not_found, reviewer_role, reviewer_is_beneficiary */
function mustDecide(
  snapshot: Snapshot,
  { admin }: Request,
  { index, holder }: GrantPlace,
): { grant: GrantRow; rule: RuleState } {
  const grant = snapshot.points.grant(index)
  if (grant === undefined) throw new AppError('not_found', 'There is no such grant.')
  const rule = ruleVersion(mustHaveProgramme(snapshot, grant.programme), grant.rule, grant.ruleVersion)
  if (rule === undefined) throw new Error(`grant ${index} cites no rule of its programme`)
  mustReview(admin, rule)
  mustNotBeOwn(snapshot, admin, holder)
  return { grant, rule }
}
