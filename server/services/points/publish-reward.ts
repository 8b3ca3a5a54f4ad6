/**
 * Rewards: what points can be spent for. Everything that decides is published before anybody redeems, and can only become
 * better afterwards (RW2): cheaper, more places, longer; its words stay as they are.
 */
import type { JsonObject } from '../../../ledger/json.ts'
import type { LocalizedName } from '../../../ledger/milestone.ts'
import type { RewardPublished } from '../../../ledger/points-data.ts'
import { amendmentRefusal, rewardOf } from '../../../ledger/points-rules.ts'
import type { RewardState } from '../../../ledger/programme.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Needs } from '../log/command.ts'
import { mustHaveProgramme, pointsDraft } from './points-draft.ts'
import { findPraise } from './praise.ts'
import { mustNotBeRefused } from './refusals.ts'

/** `from`, `until`: when it can be redeemed; `eventOn`: the day of what one gets, in words of the calendar. */
export type NewReward = {
  readonly reward: string
  readonly title: LocalizedName
  readonly text: LocalizedName
  readonly conditions: LocalizedName
  readonly cost: number
  readonly capacity: number
  readonly from: string
  readonly until: string
  readonly eventOn?: string
  readonly valueClass: string
}

/** A command that publishes a reward. */
export function publishReward(request: Request, programme: string, reward: NewReward): Command {
  return commandOf(request, {
    needs: rewardNeeds(programme, reward.reward),
    judge(snapshot, recordedAt) {
      const state = mustHaveProgramme(snapshot, programme)
      mustNotPayForPraise(reward)
      if (rewardOf(state, reward.reward) !== undefined) {
        throw new AppError('reward_exists', `The reward ${reward.reward} is published already; amend it.`)
      }
      mustBeRedeemable(reward, recordedAt)
      const data = dataOf(reward, 1)
      return [pointsDraft(snapshot, programme, actorOf(request.admin), 'reward.published', data)]
    },
    answer: answerWith(0, { programme, reward: reward.reward, version: 1 }),
  })
}

/**
 * A command that makes a reward better (RW2).
 *
 * @param reward all of it, as it is to be
 * @param published the entry of the version that is amended
 */
export function amendReward(request: Request, programme: string, reward: NewReward, published: number): Command {
  return commandOf(request, {
    needs: rewardNeeds(programme, reward.reward),
    judge(snapshot, recordedAt) {
      const state = mustHaveProgramme(snapshot, programme)
      mustNotPayForPraise(reward)
      const known = rewardOf(state, reward.reward)
      if (known === undefined) mustNotBeRefused('reward_unknown')
      if (known!.index !== published) throw new AppError('busy', 'The reward was amended a moment ago; send it again.')
      mustBeRedeemable(reward, recordedAt)
      const data = dataOf(reward, known!.version + 1)
      mustNotBeRefused(amendmentRefusal(state, data as unknown as RewardPublished))
      return [pointsDraft(snapshot, programme, actorOf(request.admin), 'reward.amended', data)]
    },
    answer: answerWith(0, { programme, reward: reward.reward }),
  })
}

/**
 * A command that closes a reward: nobody can redeem it any more, what is held stays. While places are free and its time has
 * not passed, that takes something away from those who save for it, so that a reason must be given.
 */
export function closeReward(request: Request, programme: string, reward: string, reason?: string): Command {
  return commandOf(request, {
    needs: rewardNeeds(programme, reward),
    judge(snapshot, recordedAt) {
      const known = rewardOf(mustHaveProgramme(snapshot, programme), reward)
      if (known === undefined) mustNotBeRefused('reward_unknown')
      if (known!.closed !== undefined) mustNotBeRefused('reward_closed')
      if (reason === undefined && isStillOffered(known!, recordedAt)) {
        throw new AppError('reason_missing', 'This reward still has places and time; send the reason for closing it.')
      }
      const data = { reward, ...(reason === undefined ? {} : { reason }) }
      return [pointsDraft(snapshot, programme, actorOf(request.admin), 'reward.closed', data)]
    },
    answer: answerWith(0, { programme, reward }),
  })
}

function rewardNeeds(programme: string, reward: string): Needs {
  return { points: { programmes: [programme], rewards: [{ programme, reward }] } }
}

function isStillOffered({ taken, capacity, until }: RewardState, recordedAt: string): boolean {
  return taken < capacity && recordedAt < until
}

function mustBeRedeemable({ from, until }: NewReward, recordedAt: string): void {
  if (from < until && recordedAt < until) return
  throw new AppError('reward_dates', 'A reward can be redeemed from a time until a later one that lies ahead.')
}

/** ER2 holds for what points are spent for as well: no condition asks for praise, sharing or silence. */
function mustNotPayForPraise({ reward, title, text, conditions, valueClass, eventOn = '' }: NewReward): void {
  const texts = [title, text, conditions].flatMap((both) => [both['zh-CN'], both.en])
  for (const words of [reward.replaceAll('-', ' '), ...texts, valueClass, eventOn]) {
    const found = findPraise(words)
    if (found === undefined) continue
    throw new AppError(
      'reward_asks_for_praise',
      `A reward asks for no praise, sharing, silence or deletion; say it without "${found}".`,
      { word: found },
    )
  }
}

function dataOf(reward: NewReward, version: number): JsonObject {
  return { ...(structuredClone(reward) as unknown as JsonObject), version, allocation: 'first_come' }
}
