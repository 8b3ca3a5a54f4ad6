/**
 * The rows of what points are spent for, and of what holders have a say in: rewards and redemptions, proposals, ballots,
 * and the roots of proof of liabilities. The state of a programme has what one reward or ballot is; here is what concerns
 * one redemption, author or vote, and what the database judges a second time.
 */
import type { TableSpec, TrancheShare } from './points-rows.ts'

/** A reward as it was last published. How many places are taken is counted by the database. */
export type RewardRow = {
  programme: string
  reward: string
  version: number
  entryIndex: number
  cost: number
  capacity: number
  redeemFrom: string
  redeemUntil: string
  closedIndex: number | null
}
export type RedemptionRow = {
  entryIndex: number
  programme: string
  reward: string
  rewardIndex: number
  holder: string
  amount: number
  /** What was taken from which grant. */
  tranches: TrancheShare[]
  holdUntil: string
  state: 'held' | 'confirmed' | 'released' | 'refunded'
  /** The entry that confirmed or released it. */
  outcomeIndex: number | null
  refundIndex: number | null
}
/** `author`: the id of an admin key; else `holder` sent it. */
export type ProposalRow = {
  entryIndex: number
  programme: string
  author: string | null
  holder: string | null
  answerDue: string
  answeredIndex: number | null
  missedIndex: number | null
}
export type ProposalStepRow = {
  entryIndex: number
  proposal: number
  step: string
  /** The id of the admin key. */
  reviewer: string
  hasReason: boolean
}
export type BallotRow = {
  entryIndex: number
  programme: string
  opensAt: string
  closesAt: string
  frozenIndex: number | null
  eligible: number | null
  openedIndex: number | null
  closedIndex: number | null
  talliedIndex: number | null
}
export type EntitlementRow = {
  entryIndex: number
  ballot: number
  programme: string
  rule: string
  ruleVersion: number
  ruleIndex: number
  source: number
  holder: string
  reviewer: string
}
/** A vote, by the commitment to the token that it was cast with. */
export type BallotCastRow = { entryIndex: number; ballot: number; commitment: string }
export type LiabilityRootRow = {
  entryIndex: number
  programme: string
  size: number
  leaves: number
  root: string
  sum: number
}
/** The entitlement that a holder has in a ballot. */
export type EntitlementKeyRow = { ballot: number; holder: string; entryIndex: number }
/** How many entitlements a holder has under a rule. */
export type EntitlementUseRow = { holder: string; rule: string; votes: number }
/** The entitlement that a holder got under a rule for a source. */
export type EntitlementSourceRow = { holder: string; rule: string; source: number; entryIndex: number }

/** The rows by table; the last three are only looked up. */
export type SpendingTables = {
  reward: RewardRow
  redemption: RedemptionRow
  proposal: ProposalRow
  proposalStep: ProposalStepRow
  ballot: BallotRow
  entitlement: EntitlementRow
  ballotCast: BallotCastRow
  liabilityRoot: LiabilityRootRow
  entitlementKey: EntitlementKeyRow
  entitlementSource: EntitlementSourceRow
  entitlementUse: EntitlementUseRow
}

/** What a command on them must see. */
export type SpendingNeeds = {
  rewards?: readonly { programme: string; reward: string }[]
  redemptions?: readonly number[]
  proposals?: readonly number[]
  ballots?: readonly number[]
  /** Ballots whose list of voters is to be frozen. */
  tokenLists?: readonly number[]
  entitlementKeys?: readonly { ballot: number; holder: string }[]
  entitlementUses?: readonly { holder: string; rule: string }[]
  entitlementSources?: readonly { holder: string; rule: string; source: number }[]
}

export const REWARD: TableSpec<RewardRow> = {
  table: 'reward',
  columns: {
    programme: 'text',
    reward: 'text',
    version: 'integer',
    entryIndex: 'bigint',
    cost: 'bigint',
    capacity: 'bigint',
    redeemFrom: 'timestamptz',
    redeemUntil: 'timestamptz',
    closedIndex: 'bigint',
  },
  key: ['programme', 'reward'],
  updates: ['version', 'entryIndex', 'cost', 'capacity', 'redeemFrom', 'redeemUntil', 'closedIndex'],
}
export const REDEMPTION: TableSpec<RedemptionRow> = {
  table: 'redemption',
  columns: {
    entryIndex: 'bigint',
    programme: 'text',
    reward: 'text',
    rewardIndex: 'bigint',
    holder: 'text',
    amount: 'bigint',
    tranches: 'json',
    holdUntil: 'timestamptz',
    state: 'text',
    outcomeIndex: 'bigint',
    refundIndex: 'bigint',
  },
  key: ['entryIndex'],
  updates: ['state', 'outcomeIndex', 'refundIndex'],
}
export const PROPOSAL: TableSpec<ProposalRow> = {
  table: 'proposal',
  columns: {
    entryIndex: 'bigint',
    programme: 'text',
    author: 'text',
    holder: 'text',
    answerDue: 'timestamptz',
    answeredIndex: 'bigint',
    missedIndex: 'bigint',
  },
  key: ['entryIndex'],
  updates: ['answeredIndex', 'missedIndex'],
}
export const PROPOSAL_STEP: TableSpec<ProposalStepRow> = {
  table: 'proposal_step',
  columns: { entryIndex: 'bigint', proposal: 'bigint', step: 'text', reviewer: 'text', hasReason: 'boolean' },
  key: ['entryIndex'],
}
export const BALLOT: TableSpec<BallotRow> = {
  table: 'ballot',
  columns: {
    entryIndex: 'bigint',
    programme: 'text',
    opensAt: 'timestamptz',
    closesAt: 'timestamptz',
    frozenIndex: 'bigint',
    eligible: 'bigint',
    openedIndex: 'bigint',
    closedIndex: 'bigint',
    talliedIndex: 'bigint',
  },
  key: ['entryIndex'],
  updates: ['frozenIndex', 'eligible', 'openedIndex', 'closedIndex', 'talliedIndex'],
}
export const ENTITLEMENT: TableSpec<EntitlementRow> = {
  table: 'entitlement',
  columns: {
    entryIndex: 'bigint',
    ballot: 'bigint',
    programme: 'text',
    rule: 'text',
    ruleVersion: 'integer',
    ruleIndex: 'bigint',
    source: 'bigint',
    holder: 'text',
    reviewer: 'text',
  },
  key: ['entryIndex'],
}
export const BALLOT_CAST: TableSpec<BallotCastRow> = {
  table: 'ballot_cast',
  columns: { entryIndex: 'bigint', ballot: 'bigint', commitment: 'text' },
  key: ['entryIndex'],
}
export const LIABILITY_ROOT: TableSpec<LiabilityRootRow> = {
  table: 'liability_root',
  columns: {
    entryIndex: 'bigint',
    programme: 'text',
    size: 'bigint',
    leaves: 'bigint',
    root: 'text',
    sum: 'bigint',
  },
  key: ['entryIndex'],
}
