/**
 * What the entries of a points stream say in public, by their type. What a reader takes for such data has passed
 * points-shape.ts. Specification: README.md, "Types of a programme".
 */
import type { LocalizedName } from './milestone.ts'

/** What points are given for (ER2): what somebody did, never what they said about the brand. */
export const ACTIVITIES = [
  'supervision',
  'defect_report',
  'suggestion_adopted',
  'criticism_shipped',
  'product_testing',
  'panel_service',
] as const
export type Activity = (typeof ACTIVITIES)[number]

export const REVIEWER_ROLES = ['staff', 'reviewer'] as const

export const PROPOSAL_MOVES = ['under_review', 'accepted', 'declined', 'merged', 'in_progress', 'shipped'] as const

/** When points expire that a rule gives no months of its own. */
export type ExpiryPolicy = { readonly months: number } | { readonly never: true }

/** What one grant under a rule is: a fixed number of points, up to a number, or an entitlement to vote. */
export type Earning = { readonly points: number } | { readonly pointsMax: number } | { readonly vote: true }

export type TermsText = { readonly text: LocalizedName; readonly noCash: LocalizedName; readonly expiry: ExpiryPolicy }

export type ProgrammeOpened = {
  readonly id: string
  readonly name: LocalizedName
  readonly brandName: LocalizedName
  readonly original: 'zh-CN' | 'en'
  readonly terms: TermsText & { readonly version: 1 }
}
export type TermsPublished = TermsText & { readonly version: number; readonly validFrom: string }
export type RulePublished = {
  readonly rule: string
  readonly version: number
  readonly activity: Activity
  readonly title: LocalizedName
  readonly text: LocalizedName
  readonly earns: Earning
  /** The most points that one holder gets under this rule, all its versions taken together; of votes, how many. */
  readonly perHolderMax?: number
  readonly reviewerRole: (typeof REVIEWER_ROLES)[number]
  /** Days until a grant that nobody objected to lapses or is posted; 0: posted at once. */
  readonly pendingDays: number
  readonly validFrom: string
  readonly validUntil?: string
  readonly expiryMonths?: number
}
export type RuleWithdrawn = { readonly rule: string; readonly version: number }

/** The rule version that a grant or an entitlement cites, with the index of its entry, and the entry it is given for. */
export type Cited = {
  readonly rule: string
  readonly version: number
  readonly ruleIndex: number
  readonly source: number
}
export type GrantPending = Cited & { readonly amount: number; readonly deadline: string }
/** `expiresAt`: absent when the points never expire. */
export type GrantDirect = Cited & { readonly amount: number; readonly expiresAt?: string }
export type GrantConfirmed = { readonly grant: number; readonly expiresAt?: string }
export type GrantEnded = { readonly grant: number; readonly reason?: string }
export type GrantReversed = { readonly grant: number; readonly amount: number; readonly reason: string }
export type PointsExpiring = { readonly expiresAt: string; readonly holders: number; readonly amount: number }
export type PointsExpired = { readonly expiresAt: string }
/** As of `size` entries of the log, `leaves` holders have together `sum`; `root`: base64url of the root's 32-byte hash. */
export type PointsLiabilities = {
  readonly programme: string
  readonly size: number
  readonly leaves: number
  readonly root: string
  readonly sum: number
}
export type RewardPublished = {
  readonly reward: string
  readonly version: number
  readonly title: LocalizedName
  readonly text: LocalizedName
  readonly conditions: LocalizedName
  readonly cost: number
  readonly capacity: number
  readonly from: string
  readonly until: string
  readonly eventOn?: string
  readonly valueClass: string
  readonly allocation: 'first_come'
}
export type RewardClosed = { readonly reward: string; readonly reason?: string }
export type RedemptionHeld = {
  readonly reward: string
  readonly version: number
  readonly rewardIndex: number
  readonly amount: number
  readonly holdUntil: string
}
/** `reward` is repeated, so that places can be counted without looking the redemption up. */
export type RedemptionResolved = { readonly redemption: number; readonly reward: string; readonly reason?: string }
export type ProposalSubmitted = { readonly answerDue: string }
export type ProposalMoved = {
  readonly proposal: number
  readonly to: (typeof PROPOSAL_MOVES)[number]
  readonly into?: number
  readonly improvement?: number
}
export type ProposalMissed = { readonly proposal: number; readonly due: string }
export type EntitlementGranted = Cited & { readonly ballot: number }
export type BallotOption = { readonly id: string; readonly title: LocalizedName }
export type BallotDrafted = {
  readonly question: LocalizedName
  readonly options: readonly BallotOption[]
  readonly choice: 'single' | 'approval'
  readonly opensAt: string
  readonly closesAt: string
  readonly splitMin: number
}
export type BallotFrozen = { readonly ballot: number; readonly eligible: number; readonly root: string }
export type BallotStep = { readonly ballot: number; readonly reason?: string }
export type OptionVotes = { readonly option: string; readonly votes: number }
/** `counts` is absent, and `belowMinimum` true, when fewer than `splitMin` votes were counted (BL5). */
export type BallotTallied = {
  readonly ballot: number
  readonly casts: number
  readonly counted: number
  readonly eligible: number
  readonly counts?: readonly OptionVotes[]
  readonly belowMinimum?: true
  /** SHA-256 of the list of votes (ballot.ts), in hex. */
  readonly list: string
}

/** The public data of each type of a points stream. */
export type PointsData = {
  'programme.opened': ProgrammeOpened
  'terms.published': TermsPublished
  'rule.published': RulePublished
  'rule.withdrawn': RuleWithdrawn
  'holder.opened': object
  'grant.pending': GrantPending
  'grant.posted': GrantDirect | GrantConfirmed
  'grant.voided': GrantEnded
  'grant.lapsed': GrantEnded
  'grant.reversed': GrantReversed
  'points.expiring': PointsExpiring
  'points.expired': PointsExpired
  'points.liabilities': PointsLiabilities
  'reward.published': RewardPublished
  'reward.amended': RewardPublished
  'reward.closed': RewardClosed
  'redemption.held': RedemptionHeld
  'redemption.confirmed': RedemptionResolved
  'redemption.released': RedemptionResolved
  'redemption.refunded': RedemptionResolved
  'proposal.submitted': ProposalSubmitted
  'proposal.moved': ProposalMoved
  'proposal.answer_missed': ProposalMissed
  'entitlement.granted': EntitlementGranted
  'ballot.drafted': BallotDrafted
  'ballot.frozen': BallotFrozen
  'ballot.opened': BallotStep
  'ballot.cast': BallotStep
  'ballot.closed': BallotStep
  'ballot.tallied': BallotTallied
  'ballot.challenged': BallotStep
  'ballot.finalised': BallotStep
}
export type PointsType = keyof PointsData

/** The most points that anything may be worth or hold. Small enough that sums over all holders stay exact. */
export const POINTS_MAX = 1_000_000_000
