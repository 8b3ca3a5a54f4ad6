/**
 * What the entries about rewards, proposals, ballots and liabilities change in the tables: the part that concerns one
 * redemption, author or vote. What such an entry must name and does not is a bug of the writer, and throws.
 */
import { isJsonObject } from '../../../ledger/json.ts'
import { tokenCommitment } from '../../../ledger/ballot.ts'
import { isAnswered } from '../../../ledger/points-rules.ts'
import type { RewardPublished } from '../../../ledger/points-data.ts'
import type { Told } from '../../../ledger/points-shape.ts'
import type { PointsRows } from './points-projections.ts'
import type { TrancheShare } from './points-rows.ts'
import type { PlacedEntry } from './projections.ts'
import type { BallotRow, ProposalRow, RedemptionRow } from './spending-rows.ts'

/** Applies an entry of the stream of `programme`. */
export function projectSpending(rows: PointsRows, told: Told, placed: PlacedEntry, programme: string): void {
  const { index } = placed
  switch (told.type) {
    case 'reward.published':
    case 'reward.amended':
      return projectReward(rows, told.data, programme, index)
    case 'reward.closed': {
      const key = `${programme} ${told.data.reward}`
      return void rows.reward.set(key, { ...mustHave(rows.reward.get(key), key), closedIndex: index })
    }
    case 'redemption.held':
      return projectHeld(rows, told.data, placed, programme)
    case 'redemption.confirmed':
      return resolve(rows, told.data.redemption, { state: 'confirmed', outcomeIndex: index })
    case 'redemption.released':
      return resolve(rows, told.data.redemption, { state: 'released', outcomeIndex: index })
    case 'redemption.refunded':
      return resolve(rows, told.data.redemption, { state: 'refunded', refundIndex: index })
    case 'points.liabilities': {
      const { size, leaves, root, sum } = told.data
      return void rows.liabilityRoot.set(String(index), { entryIndex: index, programme, size, leaves, root, sum })
    }
    default:
      return projectVoice(rows, told, placed, programme)
  }
}

function projectReward(rows: PointsRows, data: RewardPublished, programme: string, index: number): void {
  const { reward, version, cost, capacity, from, until } = data
  rows.reward.set(`${programme} ${reward}`, {
    programme,
    reward,
    version,
    entryIndex: index,
    cost,
    capacity,
    redeemFrom: from,
    redeemUntil: until,
    closedIndex: null,
  })
}

function projectHeld(
  rows: PointsRows,
  {
    reward,
    rewardIndex,
    amount,
    holdUntil,
  }: { reward: string; rewardIndex: number; amount: number; holdUntil: string },
  placed: PlacedEntry,
  programme: string,
): void {
  const side = openingValue(placed, '/postings/0/from')
  rows.redemption.set(String(placed.index), {
    entryIndex: placed.index,
    programme,
    reward,
    rewardIndex,
    holder: String(side['holder']),
    amount,
    tranches: (side['tranches'] ?? []) as unknown as TrancheShare[],
    holdUntil,
    state: 'held',
    outcomeIndex: null,
    refundIndex: null,
  })
}

function resolve(rows: PointsRows, redemption: number, change: Partial<RedemptionRow>): void {
  const key = String(redemption)
  rows.redemption.set(key, { ...mustHave(rows.redemption.get(key), key), ...change })
}

/** What holders have a say in. */
function projectVoice(rows: PointsRows, told: Told, placed: PlacedEntry, programme: string): void {
  const { index, entry } = placed
  switch (told.type) {
    case 'proposal.submitted': {
      const isHolder = entry.actor.kind === 'holder'
      const row: ProposalRow = {
        entryIndex: index,
        programme,
        author: isHolder ? null : (entry.actor.id ?? null),
        holder: isHolder ? String(openingValue(placed, '/holder')['holder']) : null,
        answerDue: told.data.answerDue,
        answeredIndex: null,
        missedIndex: null,
      }
      return void rows.proposal.set(String(index), row)
    }
    case 'proposal.moved': {
      const { proposal, to } = told.data
      const reviewer = entry.actor.id ?? ''
      const hasReason = (entry.sd ?? []).length > 0
      rows.proposalStep.set(String(index), { entryIndex: index, proposal, step: to, reviewer, hasReason })
      const known = mustHave(rows.proposal.get(String(proposal)), `proposal ${proposal}`)
      if (!isAnswered(to) || known.answeredIndex !== null) return
      return void rows.proposal.set(String(proposal), { ...known, answeredIndex: index })
    }
    case 'proposal.answer_missed': {
      const key = String(told.data.proposal)
      return void rows.proposal.set(key, { ...mustHave(rows.proposal.get(key), key), missedIndex: index })
    }
    default:
      return projectBallot(rows, told, placed, programme)
  }
}

function projectBallot(rows: PointsRows, told: Told, placed: PlacedEntry, programme: string): void {
  const { index, entry } = placed
  switch (told.type) {
    case 'ballot.drafted': {
      const { opensAt, closesAt } = told.data
      const steps = { frozenIndex: null, eligible: null, openedIndex: null, closedIndex: null, talliedIndex: null }
      return void rows.ballot.set(String(index), { entryIndex: index, programme, opensAt, closesAt, ...steps })
    }
    case 'entitlement.granted': {
      const { ballot, rule, version, ruleIndex, source } = told.data
      const holder = String(openingValue(placed, '/holder')['holder'])
      const reviewer = entry.actor.id ?? ''
      const cited = { programme, rule, ruleVersion: version, ruleIndex, source }
      rows.entitlement.set(String(index), { entryIndex: index, ballot, ...cited, holder, reviewer })
      const key = `${ballot} ${holder}`
      if (rows.entitlementKey.has(key)) rows.entitlementKey.set(key, { ballot, holder, entryIndex: index })
      const useKey = `${holder} ${rule}`
      const votes = (rows.entitlementUse.has(useKey) ? rows.entitlementUse.get(useKey)?.votes : undefined) ?? 0
      if (rows.entitlementUse.has(useKey)) rows.entitlementUse.set(useKey, { holder, rule, votes: votes + 1 })
      const sourceKey = `${holder} ${rule} ${source}`
      if (!rows.entitlementSource.has(sourceKey)) return
      return void rows.entitlementSource.set(sourceKey, { holder, rule, source, entryIndex: index })
    }
    case 'ballot.frozen':
      return stepBallot(rows, told.data.ballot, { frozenIndex: index, eligible: told.data.eligible })
    case 'ballot.opened':
      return stepBallot(rows, told.data.ballot, { openedIndex: index })
    case 'ballot.closed':
      return stepBallot(rows, told.data.ballot, { closedIndex: index })
    case 'ballot.tallied':
      return stepBallot(rows, told.data.ballot, { talliedIndex: index })
    case 'ballot.cast': {
      const commitment = tokenCommitment(String(openingValue(placed, '/choice')['token']))
      return void rows.ballotCast.set(String(index), { entryIndex: index, ballot: told.data.ballot, commitment })
    }
    default:
      return undefined
  }
}

function stepBallot(rows: PointsRows, ballot: number, change: Partial<BallotRow>): void {
  const key = String(ballot)
  rows.ballot.set(key, { ...mustHave(rows.ballot.get(key), `ballot ${key}`), ...change })
}

function openingValue({ entry, openings = [] }: PlacedEntry, name: string): Record<string, unknown> {
  const value = openings.find((opening) => opening.name === name)?.value
  if (!isJsonObject(value)) throw new Error(`an entry ${entry.type} lacks its opening ${name}`)
  return value
}

function mustHave<Row>(row: Row | undefined, what: string): Row {
  if (row === undefined) throw new Error(`there is no ${what}`)
  return row
}
