/**
 * Casting a vote. The entry has token and choice only behind a salted digest, and nothing of the holder; it may be cast
 * again, and the last one counts (BL2).
 */
import { isValidChoice } from '../../../ledger/ballot.ts'
import { ballotOf, castRefusal } from '../../../ledger/points-rules.ts'
import { AppError } from '../../errors.ts'
import { answerWith } from '../keys/key-commands.ts'
import type { Command } from '../log/command.ts'
import type { BallotPlace } from './ballots.ts'
import { HOLDER, mustHaveProgramme, noteOf, pointsDraft } from './points-draft.ts'
import type { HolderRequest } from './redeem-reward.ts'
import { mustNotBeRefused } from './refusals.ts'

/** How often one token may be voted with in a ballot: whoever counts it reads every vote. */
export const CASTS_MAX = 50

/**
 * A command that casts a vote.
 *
 * @param token of this holder in this ballot: undefined when there is none
 * @param casts how often it was voted with
 */
export function castVote(
  { holder, idempotency }: Pick<HolderRequest, 'holder' | 'idempotency'>,
  { index, programme }: BallotPlace,
  token: string | undefined,
  choice: readonly string[],
  casts = 0,
): Command {
  return {
    needs: { points: { programmes: [programme], ballots: [index], notes: [holder] } },
    ...(idempotency === undefined ? {} : { idempotency }),
    judge(snapshot, recordedAt) {
      const state = mustHaveProgramme(snapshot, programme)
      mustNotBeRefused(castRefusal(state, index, recordedAt))
      if (token === undefined) throw new AppError('not_entitled', 'This holder has no vote in this ballot.')
      if (casts >= CASTS_MAX) {
        throw new AppError('votes_exhausted', `You have voted ${casts} times in this ballot; the last vote counts.`)
      }
      const { options, choice: kind } = ballotOf(state, index)!
      if (!isValidChoice({ options, choice: kind }, choice)) {
        const way = kind === 'single' ? 'one option' : 'one or more different options'
        throw new AppError('choice_invalid', `Choose ${way} of: ${options.join(', ')}.`)
      }
      const opening = { name: '/choice', value: { token, choice: [...choice] } }
      // Two openings: that of the choice is published after the close, and names nobody.
      const openings = [opening, noteOf(snapshot, holder)]
      return [pointsDraft(snapshot, programme, HOLDER, 'ballot.cast', { ballot: index }, { private: openings })]
    },
    answer: answerWith(0, { ballot: index }),
  }
}
