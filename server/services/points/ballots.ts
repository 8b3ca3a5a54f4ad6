/**
 * Ballots: what is asked is published first, who may vote is frozen and anchored before anybody votes (BL1), and the system
 * opens and closes at the times that were published, whoever would like it otherwise. Votes are earned by what somebody did
 * and never bought; nothing depends on what was chosen (BL4).
 */
import type { JsonObject } from '../../../ledger/json.ts'
import type { LocalizedName } from '../../../ledger/milestone.ts'
import type { BallotOption } from '../../../ledger/points-data.ts'
import { ballotOf, ballotRefusal, entitlementRefusal } from '../../../ledger/points-rules.ts'
import type { BallotState, RuleState } from '../../../ledger/programme.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Draft, Snapshot } from '../log/command.ts'
import type { PointsNeeds } from '../log/points-rows.ts'
import type { Eligibility } from './freeze-eligibility.ts'
import { mustHaveSource, mustNotBeOwn, mustReview, ruleFor } from './grant-points.ts'
import { SYSTEM, mustHaveHolder, mustHaveProgramme, noteOf, pointsDraft } from './points-draft.ts'
import { mustNotBeRefused } from './refusals.ts'

/** BL5: with fewer votes a split could show who chose what. */
export const SPLIT_MIN = 20

export type NewBallot = {
  readonly question: LocalizedName
  readonly options: readonly BallotOption[]
  readonly choice: 'single' | 'approval'
  readonly opensAt: string
  readonly closesAt: string
  /** SPLIT_MIN unless given; never less. */
  readonly splitMin?: number
}

/** Where a ballot is; it never changes. */
export type BallotPlace = { readonly index: number; readonly programme: string }

/** `version`: the one in force unless given. */
export type NewEntitlement = {
  readonly rule: string
  readonly version?: number
  readonly source: number
  readonly holder: string
}

/** A command that puts a ballot on record. */
export function draftBallot(request: Request, programme: string, ballot: NewBallot): Command {
  return commandOf(request, {
    needs: { points: { programmes: [programme] } },
    judge(snapshot, recordedAt) {
      mustHaveProgramme(snapshot, programme)
      const { opensAt, closesAt, options } = ballot
      if (!(recordedAt < opensAt && opensAt < closesAt)) {
        throw new AppError('ballot_times', 'A ballot opens in the future and closes later; send other times.')
      }
      if (new Set(options.map(({ id }) => id)).size !== options.length) {
        throw new AppError('ballot_options', 'Two options have the same id; give each its own.')
      }
      const data = { ...(structuredClone(ballot) as unknown as JsonObject), splitMin: ballot.splitMin ?? SPLIT_MIN }
      return [pointsDraft(snapshot, programme, actorOf(request.admin), 'ballot.drafted', data)]
    },
    answer: answerWith(0, { programme }),
  })
}

/** A command that gives a holder a vote in a ballot, under a rule that gives votes. */
export function grantEntitlement(request: Request, { index, programme }: BallotPlace, given: NewEntitlement): Command {
  const { rule, source, holder } = given
  return commandOf(request, {
    needs: {
      points: {
        programmes: [programme],
        holders: [holder],
        notes: [holder],
        sources: [source],
        entitlementKeys: [{ ballot: index, holder }],
        entitlementSources: [{ holder, rule, source }],
        entitlementUses: [{ holder, rule }],
      },
    },
    judge(snapshot, recordedAt) {
      const state = mustHaveProgramme(snapshot, programme)
      mustBeNewEntitlement(snapshot, index, given)
      const moment = snapshot.points.moment(snapshot.size, recordedAt)
      const known = ruleFor(state, given, moment)
      const cited = { rule, version: known.version, ruleIndex: known.index }
      mustNotBeRefused(entitlementRefusal(state, { ...cited, ballot: index }, moment))
      mustReview(request.admin, known)
      mustHaveHolder(snapshot, programme, holder)
      mustNotBeOwn(snapshot, request.admin, holder)
      mustHaveSource(snapshot, state, source)
      mustBeWithinCap(snapshot, known, holder)
      const data = { ballot: index, ...cited, source }
      const actor = actorOf(request.admin)
      return [
        pointsDraft(snapshot, programme, actor, 'entitlement.granted', data, { private: [noteOf(snapshot, holder)] }),
      ]
    },
    answer: answerWith(0, { ballot: index }),
  })
}

/** One vote for each holder and ballot, and one for each source. */
function mustBeNewEntitlement(snapshot: Snapshot, ballot: number, { holder, rule, source }: NewEntitlement): void {
  const known = snapshot.points.entitlementIn(ballot, holder) ?? snapshot.points.entitlementFor(holder, rule, source)
  if (known === undefined) return
  const message = 'The holder has a vote in this ballot, or got one for this source before; nothing more is to be done.'
  throw new AppError('entitlement_exists', message, { entitlement: known })
}

/** Under a rule that gives votes the cap counts votes. */
function mustBeWithinCap(snapshot: Snapshot, { rule, perHolderMax }: RuleState, holder: string): void {
  if (perHolderMax === undefined) return
  const used = snapshot.points.entitlementsUnder(holder, rule)
  if (used < perHolderMax) return
  const message = `A holder gets ${perHolderMax} votes at most by this rule, and has ${used}.`
  throw new AppError('holder_max', message, { used })
}

/**
 * A command that freezes who may vote.
 *
 * @param eligibility their number, the root of their commitments, and by what these are known (freeze-eligibility.ts)
 */
export function freezeBallot(
  request: Request,
  { index, programme }: BallotPlace,
  { eligible, root, list }: Eligibility,
): Command {
  return commandOf(request, {
    needs: { points: { programmes: [programme], ballots: [index], tokenLists: [index] } },
    judge(snapshot, recordedAt) {
      const ballot = mustTake(snapshot, recordedAt, { index, programme }, 'frozen')
      if (eligible === 0) throw new AppError('ballot_without_voters', 'Nobody has a vote in this ballot yet.')
      if (ballot.entitled !== eligible) throw new AppError('busy', 'A vote was given a moment ago; send it again.')
      if (snapshot.points.tokenList(index) !== list) {
        throw new AppError('busy', 'A view code was renewed a moment ago; send it again.')
      }
      const data = { ballot: index, eligible, root }
      return [pointsDraft(snapshot, programme, actorOf(request.admin), 'ballot.frozen', data)]
    },
    answer: answerWith(0, { ballot: index }),
  })
}

/** A command by which an auditor says that a tally is wrong, or staff that it is final. */
export function endBallot(
  request: Request,
  { index, programme }: BallotPlace,
  step: 'challenged' | 'finalised',
  reason?: string,
): Command {
  return commandOf(request, {
    needs: { points: { programmes: [programme], ballots: [index] } },
    judge(snapshot, recordedAt) {
      const { state } = mustTake(snapshot, recordedAt, { index, programme }, step)
      if (reason === undefined && (step === 'challenged' || state === 'challenged')) {
        throw new AppError('reason_missing', 'A challenge, and the end of one, needs its reason: send reason.')
      }
      const data = { ballot: index, ...(reason === undefined ? {} : { reason }) }
      return [pointsDraft(snapshot, programme, actorOf(request.admin), `ballot.${step}`, data)]
    },
    answer: answerWith(0, { ballot: index }),
  })
}

/** @throws AppError of ballotRefusal */
function mustTake(
  snapshot: Snapshot,
  recordedAt: string,
  { index, programme }: BallotPlace,
  to: BallotState['state'],
): BallotState {
  const state = mustHaveProgramme(snapshot, programme)
  mustNotBeRefused(ballotRefusal(state, { ballot: index, to }, snapshot.points.moment(snapshot.size, recordedAt)))
  return ballotOf(state, index)!
}

/** S4: `ballot.opened` and `ballot.closed` for each ballot among the needs whose time has come. */
export function* dueBallots({ ballots = [] }: PointsNeeds, snapshot: Snapshot, recordedAt: string): Iterable<Draft> {
  for (const index of ballots) {
    const programme = snapshot.points.ballot(index)?.programme
    if (programme === undefined) continue
    for (const to of ['opened', 'closed'] as const) {
      const moment = snapshot.points.moment(snapshot.size, recordedAt)
      const state = mustHaveProgramme(snapshot, programme)
      if (ballotRefusal(state, { ballot: index, to }, moment) !== undefined) continue
      yield pointsDraft(snapshot, programme, SYSTEM, `ballot.${to}`, { ballot: index })
    }
  }
}
