/**
 * Redemptions. Redeeming holds the points and a place; the brand then confirms it, or releases both, or the system does so
 * when nobody answered in time. What was confirmed can be refunded. Points go back to the grants that they came from, and
 * expire when they would have expired (RW1, L5).
 */
import { formatInstant, parseInstant } from '../../../ledger/instant.ts'
import { redemptionRefusal, rewardOf } from '../../../ledger/points-rules.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Draft, Idempotency, Needs, Snapshot } from '../log/command.ts'
import type { PointsNeeds } from '../log/points-rows.ts'
import type { RedemptionRow } from '../log/spending-rows.ts'
import { book, soonestFirst } from './book.ts'
import type { Move } from './book.ts'
import { HOLDER, SYSTEM, mustHaveHolder, mustHaveProgramme, pointsDraft } from './points-draft.ts'
import { mustNotBeRefused } from './refusals.ts'

/** How long the brand has to confirm: then points and place are free again. */
export const HOLD_DAYS = 14
const DAY_MS = 86_400_000

/** Who acts with a spend code, and how the request is known again. */
export type HolderRequest = { readonly programme: string; readonly holder: string; readonly idempotency?: Idempotency }

/** Where a redemption is; none of it ever changes. */
export type RedemptionPlace = { readonly index: number; readonly programme: string; readonly holder: string }

/** A command that holds a place and its points for a holder. */
export function redeemReward({ programme, holder, idempotency }: HolderRequest, reward: string): Command {
  return {
    needs: { points: { programmes: [programme], holders: [holder], tranches: [holder] } },
    ...(idempotency === undefined ? {} : { idempotency }),
    judge(snapshot, recordedAt) {
      const state = mustHaveProgramme(snapshot, programme)
      mustHaveHolder(snapshot, programme, holder)
      const known = rewardOf(state, reward)
      if (known === undefined) mustNotBeRefused('reward_unknown')
      const { version, index: rewardIndex, cost: amount } = known!
      mustNotBeRefused(redemptionRefusal(state, { reward, version, rewardIndex, amount }, recordedAt))
      const tranches = soonestFirst(snapshot, holder, amount)
      const holdUntil = formatInstant(parseInstant(recordedAt) + HOLD_DAYS * DAY_MS)
      const { postings, private: openings } = book(snapshot, [
        { holder, from: 'available', to: 'held', amount, tranches },
      ])
      const data = { reward, version, rewardIndex, amount, holdUntil, postings }
      return [pointsDraft(snapshot, programme, HOLDER, 'redemption.held', data, { private: openings })]
    },
    answer: answerWith(0, { programme, reward }),
  }
}

/** A command that confirms a redemption: the points are spent. */
export function confirmRedemption(request: Request, place: RedemptionPlace): Command {
  return resolution(request, place, 'held', (snapshot, redemption) =>
    resolvedDraft(snapshot, redemption, 'redemption.confirmed', actorOf(request.admin)),
  )
}

/** A command that gives a held place and its points back. */
export function releaseRedemption(request: Request, place: RedemptionPlace, reason?: string): Command {
  return resolution(request, place, 'held', (snapshot, redemption) =>
    resolvedDraft(snapshot, redemption, 'redemption.released', actorOf(request.admin), reason),
  )
}

/** A command that gives back what was confirmed. */
export function refundRedemption(request: Request, place: RedemptionPlace, reason?: string): Command {
  return resolution(request, place, 'confirmed', (snapshot, redemption) =>
    resolvedDraft(snapshot, redemption, 'redemption.refunded', actorOf(request.admin), reason),
  )
}

/** S4: `redemption.released` for each held one among the needs that nobody answered in time. */
export function* releasedRedemptions(
  { redemptions = [] }: PointsNeeds,
  snapshot: Snapshot,
  recordedAt: string,
): Iterable<Draft> {
  for (const index of redemptions) {
    const redemption = snapshot.points.redemption(index)
    if (redemption?.state === 'held' && redemption.holdUntil <= recordedAt) {
      yield resolvedDraft(snapshot, redemption, 'redemption.released', SYSTEM)
    }
  }
}

/** What must be seen to resolve a redemption. */
export function redemptionNeeds({ index, programme, holder }: RedemptionPlace): Needs {
  return { points: { programmes: [programme], holders: [holder], redemptions: [index] } }
}

function resolution(
  request: Request,
  place: RedemptionPlace,
  state: 'held' | 'confirmed',
  draftOf: (snapshot: Snapshot, redemption: RedemptionRow) => Draft,
): Command {
  return commandOf(request, {
    needs: redemptionNeeds(place),
    judge(snapshot) {
      const redemption = snapshot.points.redemption(place.index)
      if (redemption === undefined) throw new AppError('not_found', 'There is no such redemption.')
      if (redemption.state !== state) {
        throw new AppError(`redemption_not_${state}`, `This redemption is ${redemption.state}; its outcome stands.`, {
          state: redemption.state,
          outcome: redemption.refundIndex ?? redemption.outcomeIndex ?? undefined,
        })
      }
      return [draftOf(snapshot, redemption)]
    },
    answer: answerWith(0, { redemption: place.index }),
  })
}

const MOVES = {
  'redemption.confirmed': { from: 'held', to: 'redeemed' },
  'redemption.released': { from: 'held', to: 'available' },
  'redemption.refunded': { from: 'redeemed', to: 'available' },
} as const

function resolvedDraft(
  snapshot: Snapshot,
  { entryIndex, programme, reward, holder, amount, tranches }: RedemptionRow,
  type: keyof typeof MOVES,
  actor: Draft['actor'],
  reason?: string,
): Draft {
  const move: Move = { holder, ...MOVES[type], amount, tranches }
  const { postings, private: openings } = book(snapshot, [move])
  const data = { redemption: entryIndex, reward, ...(reason === undefined ? {} : { reason }), postings }
  return pointsDraft(snapshot, programme, actor, type, data, { private: openings })
}
