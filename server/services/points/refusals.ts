/** The refusals of the rules of a programme (ledger/points-rules.ts) in sentences that name the way out. */
import type { PointsRefusal } from '../../../ledger/points-rules.ts'
import { AppError } from '../../errors.ts'

const MESSAGES: Readonly<Record<PointsRefusal, string>> = {
  rule_unknown: 'There is no such version of this rule; publish it first.',
  rule_withdrawn: 'This version of the rule was withdrawn; use the one in force.',
  rule_not_anchored: 'No anchor covers this rule yet; wait until the next anchor is confirmed, then send it again.',
  rule_not_valid_yet: 'This version of the rule is not valid yet; wait until its validFrom.',
  rule_expired: 'This version of the rule is no longer valid; publish a new one.',
  rule_superseded: 'A newer version of this rule is in force; use that one.',
  rule_gives_no_points: 'This rule gives a vote and no points; give an entitlement instead.',
  rule_gives_no_votes: 'This rule gives points and no vote; grant points instead.',
  grant_amount: 'The amount is not one that this rule allows; send the one that the rule names.',
  grant_not_pending: 'This grant is not pending any more; its outcome stands.',
  grant_needs_waiting: 'This rule has days of waiting, so that the grant is pending first.',
  version_out_of_order: 'Versions count 1, 2, 3; send the next one.',
  backdated: 'validFrom lies in the past; a version holds from now on at the earliest.',
  reward_unknown: 'There is no such version of this reward; look at the programme and send the current one.',
  reward_closed: 'This reward was closed; choose another one.',
  reward_not_open: 'This reward cannot be redeemed at this time; look at its dates.',
  reward_sold_out: 'All places of this reward are taken; ask again when one has been released.',
  reward_cost: 'The amount is not what this reward costs; send the cost that it names.',
  reward_worsened: 'A published reward can only become better, and keeps its words; publish another one instead.',
  proposal_unknown: 'There is no such proposal.',
  proposal_step: 'A proposal in this state cannot take this step; look at its state, and send one that follows.',
  ballot_unknown: 'There is no such ballot.',
  ballot_step: 'A ballot in this state cannot take this step; look at the ballot to see what it waits for.',
  ballot_not_anchored: 'No anchor covers the list of those entitled yet; wait until the next anchor is confirmed.',
  ballot_not_time: 'It is not the time for this step; look at the times that the ballot names.',
  expiry_not_announced: 'A notice must have stood for 30 days before points expire.',
  expiry_too_early: 'These points have not reached their last day.',
}

/** @throws AppError with the code of the refusal, when there is one */
export function mustNotBeRefused(refusal: PointsRefusal | undefined): void {
  if (refusal !== undefined) throw new AppError(refusal, MESSAGES[refusal])
}
