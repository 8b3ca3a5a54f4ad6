/**
 * The English for what is wrong with a programme or a receipt: one sentence for each code. `{name}` is the fact of that
 * name, `{entry}` the entry that the check is about.
 */
import type { GrantFault } from './grant-audit.ts'
import type { JsonObject } from './json.ts'
import type { LiabilitiesFault } from './liabilities-audit.ts'
import type { ProgrammeFault } from './points-audit.ts'
import type { BooksFault } from './programme-books.ts'

/** What the checks `points`, `liabilities` and `openings` can find. */
export type PointsCode =
  | GrantFault
  | LiabilitiesFault
  | ProgrammeFault
  | BooksFault
  | 'source_unknown'
  | 'points_not_judged'
  | 'liabilities_missing'
  | 'opening_unknown'
  | 'opening_repeated'
  | 'opening_missing'
  | 'opening_other_holder'
  | 'holder_not_opened'
  | 'holder_max'
  | 'grant_repeated'
  | 'reversal_of_held'
  | 'version_gap'
  | 'note_gap'
  | 'balance_broken'
  | 'balance_differs'
  | 'balance_missing'
  | 'tranches_differ'
  | 'commitment_differs'
  | 'view_code_missing'

/** A sentence for each of them. */
export const POINTS_SENTENCES: Readonly<Record<PointsCode, string>> = {
  points_not_judged: 'This verifier does not judge accounts of points.',
  points_malformed: 'Entry {entry} of type {type} is not well formed, or moves points in a way that its type may not.',
  points_unsound: 'After entry {entry} the accounts do not add up, or one that holds points is below zero.',
  programme_order: 'The programme is not opened by its first entry, or is opened again.',
  reason_missing: 'Entry {entry} gives no reason for declining or merging the proposal {proposal}.',
  answer_miss_missing: 'Entry {entry} answers the proposal {proposal} late, and that was not recorded before.',
  tally_malformed: 'The figures of entry {entry} about the ballot {ballot} contradict the record.',
  rule_unknown: 'Entry {entry} cites a version of a rule that was not published.',
  rule_withdrawn: 'Entry {entry} uses a version of a rule that was withdrawn.',
  rule_not_anchored: 'Entry {entry} uses a rule that no anchor covered before.',
  rule_not_valid_yet: 'Entry {entry} uses a rule before it was valid.',
  rule_expired: 'Entry {entry} uses a rule that was no longer valid.',
  rule_superseded: 'Entry {entry} uses a version of a rule that a newer one had taken the place of.',
  rule_gives_no_points: 'Entry {entry} grants points by a rule that gives a vote.',
  rule_gives_no_votes: 'Entry {entry} gives a vote by a rule that gives points.',
  grant_amount: 'Entry {entry} grants another amount than its rule gives.',
  grant_not_pending: 'Entry {entry} resolves a grant that is not pending.',
  grant_needs_waiting: 'Entry {entry} grants at once what its rule lets wait.',
  grant_unknown: 'Entry {entry} concerns the grant {grant}, which there is not, or which was not posted.',
  grant_resolved: 'Entry {entry} resolves the grant {grant} a second time.',
  grant_differs: 'Entry {entry} moves another amount than the {amount} points of the grant {grant}.',
  grant_too_early: 'Entry {entry} lets a grant lapse before its deadline {deadline}.',
  grant_too_late: 'Entry {entry} decides on the grant {grant} after its deadline {deadline}, when it lapses.',
  grant_overdue: 'The grant of entry {entry} has had no outcome since its deadline {until}.',
  reversal_too_large: 'Entry {entry} takes back {reversed} points in all of the grant {grant}, which was of {amount}.',
  version_out_of_order: 'Entry {entry} is not the next version of what it publishes.',
  backdated: 'Entry {entry} claims to hold from before it was recorded.',
  reward_unknown: 'Entry {entry} concerns a reward that was not published like this.',
  reward_closed: 'Entry {entry} concerns a reward that was closed.',
  reward_not_open: 'Entry {entry} redeems a reward outside of its time.',
  reward_sold_out: 'Entry {entry} redeems a reward that has no place left.',
  reward_cost: 'Entry {entry} takes another amount than the reward costs.',
  reward_worsened: 'Entry {entry} makes a reward worse than it was published.',
  redemption_unknown: 'Entry {entry} concerns the redemption {redemption}, which there is not.',
  redemption_resolved: 'Entry {entry} ends the redemption {redemption}, which is {state}.',
  redemption_differs: 'Entry {entry} names another reward or amount than the redemption {redemption}.',
  redemption_too_late: 'Entry {entry} confirms the redemption {redemption} after it was to be released, {holdUntil}.',
  redemption_overdue: 'The redemption of entry {entry} was to be released at {until}, and is still held.',
  proposal_unknown: 'Entry {entry} concerns a proposal that there is not.',
  proposal_step: 'Entry {entry} takes the proposal {proposal} a step that it cannot take.',
  ballot_unknown: 'Entry {entry} concerns a ballot that there is not.',
  ballot_step: 'Entry {entry} takes the ballot {ballot} a step that it cannot take.',
  ballot_not_anchored: 'Entry {entry} opens a ballot before an anchor covered the list of those entitled.',
  ballot_not_time: 'Entry {entry} opens, closes or votes in the ballot {ballot} outside of its time.',
  expiry_not_announced: 'Entry {entry} lets points expire without a notice of 30 days before.',
  expiry_too_early: 'Entry {entry} lets points expire sooner than it was promised.',
  liabilities_differ:
    'Entry {entry} says that {leaves} holders have {sum} points in all as of {size}; it is {holders} holders and {outstanding}.',
  liabilities_order: 'Entry {entry} counts the balances as of {size}, which does not follow from the one before.',
  liabilities_other: 'Entry {entry} counts the balances of another programme, {programme}.',
  liabilities_missing: 'No anchored sum of balances counts these points yet.',
  opening_unknown: 'What is told of entry {entry} is not what was recorded.',
  opening_repeated: 'Entry {entry} is opened twice.',
  opening_missing: 'Whose points entry {entry} moves is not told.',
  opening_other_holder: 'Entry {entry} is of another holder.',
  holder_not_opened: 'The receipt does not say when the accounts were opened.',
  holder_max: 'By entry {entry} the rule {rule} has given {given} points, more than the {perHolderMax} it allows.',
  grant_repeated: 'Entry {entry} gives a second time by the rule {rule} for the entry {source}.',
  split_min: 'Entry {entry} lets a split be shown of {splitMin} votes, where 20 are the least.',
  reversal_of_held: 'Entry {entry} books points as spent of which {held} were held, and could still come back.',
  holders_exceeded:
    'Entry {entry} is number {times} of one source or ballot, of which each of the {holders} holders has one.',
  holders_max:
    'By entry {entry} the rule {rule} has given {given} in all, more than {perHolderMax} to each of {holders} holders.',
  expired_too_much: 'Entry {entry} lets {tooMuch} points more expire than were granted until {expiresAt}.',
  actor_differs: 'Entry {entry} of type {type} is written by {actor}, who may not.',
  openings_missing: 'Entry {entry} has {digests} digests of whose it is, where {openings} are due.',
  source_unknown: 'Entry {entry} is given for the entry {source}, which is no earlier one of the brand.',
  grant_deadline: 'Entry {entry} waits until another instant than its rule says, {deadline}.',
  version_gap: 'Entry {entry} is number {version} of this holder, where {follows} follows: a line is left out.',
  note_gap:
    'Entry {entry} is number {number} of those that concern this holder without moving points, where {follows} follows: one is left out.',
  balance_broken: 'Entry {entry} does not lead from the balance before to the one after.',
  balance_differs: 'As of {size} the lines come to {own} points, and {counted} are counted.',
  balance_missing: 'Points that entry {entry} should count are in no anchored sum.',
  tranches_differ: 'Entry {entry} does not take or give back the points whose day comes first.',
  commitment_differs: 'The balance counted is not that of the holder of this view code.',
  view_code_missing:
    'The balance of {balance} is counted in the sum of {sum} over {leaves} holders as of {size}. Without the view code it is not shown that it is counted for this holder alone.',
}

/** What the checks say that hold. */
export const POINTS_HELD: Readonly<Record<string, string | ((facts: JsonObject) => string)>> = {
  'points held': ({ lines }) =>
    lines === undefined
      ? 'Every entry follows rules that were public and anchored before: {issued} points issued, {redeemed} redeemed, {outstanding} outstanding.'
      : 'All {lines} lines follow rules that were public and anchored before.',
  'openings held': 'The {lines} lines are those that were recorded, without a gap from balance to balance.',
  'liabilities held': ({ size, balance }) => {
    if (size === undefined) return 'Nothing is owed that an anchored sum could count.'
    return balance === undefined
      ? 'The sum of {sum} points over {leaves} holders as of {size} is what the entries leave outstanding.'
      : 'The balance of {balance} is counted for this holder alone, in the sum of {sum} over {leaves} holders as of {size}.'
  },
}
