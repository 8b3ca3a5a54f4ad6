/**
 * Grants: points for something that somebody did and that is on record. Every grant names the version of the rule that it
 * follows and the entry that it is given for; each source counts once (GR1–GR3, ER1).
 */
import type { JsonObject } from '../../../ledger/json.ts'
import { formatInstant, parseInstant } from '../../../ledger/instant.ts'
import { expiryOf, grantRefusal, newestRuleVersion, ruleInForce, ruleVersion } from '../../../ledger/points-rules.ts'
import type { Moment } from '../../../ledger/points-rules.ts'
import type { ProgrammeState, RuleState } from '../../../ledger/programme.ts'
import { AppError } from '../../errors.ts'
import type { Admin } from '../keys/admin-key.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Draft, Needs, Snapshot } from '../log/command.ts'
import { book } from './book.ts'
import { mustHaveHolder, mustHaveProgramme, pointsDraft } from './points-draft.ts'
import { mustNotBeRefused } from './refusals.ts'

const DAY_MS = 86_400_000

/** `version`: the one in force unless given. `amount`: what the rule gives unless given. */
export type NewGrant = {
  readonly rule: string
  readonly version?: number
  readonly source: number
  readonly holder: string
  readonly amount?: number
}

/** A command that grants points. */
export function grantPoints(request: Request, programme: string, grant: NewGrant): Command {
  return commandOf(request, {
    needs: grantNeeds(programme, [grant]),
    judge: (snapshot, recordedAt) => [grantDraft(snapshot, recordedAt, request.admin, programme, grant)],
    answer: answerWith(0, { programme }),
  })
}

/** What must be seen to judge grants. */
export function grantNeeds(programme: string, grants: readonly NewGrant[]): Needs {
  return {
    points: {
      programmes: [programme],
      holders: grants.map(({ holder }) => holder),
      grantKeys: grants.map(({ holder, rule, source }) => ({ holder, rule, source })),
      sources: grants.map(({ source }) => source),
    },
  }
}

/**
 * The entry of a grant, as the next one of the log.
 *
 * @throws AppError grant_exists and grant_differs before anything else, so that sending again is safe at any time
 */
export function grantDraft(
  snapshot: Snapshot,
  recordedAt: string,
  admin: Admin,
  programme: string,
  grant: NewGrant,
): Draft {
  const state = mustHaveProgramme(snapshot, programme)
  mustBeNew(snapshot, grant)
  const moment = snapshot.points.moment(snapshot.size, recordedAt)
  const rule = ruleFor(state, grant, moment)
  const amount = amountFor(rule, grant)
  mustNotBeRefused(grantRefusal(state, { ...rule, amount, direct: rule.pendingDays === 0 }, moment))
  mustReview(admin, rule)
  mustHaveHolder(snapshot, programme, grant.holder)
  mustNotBeOwn(snapshot, admin, grant.holder)
  mustHaveSource(snapshot, state, grant.source)
  mustBeWithinCap(snapshot, rule, grant.holder, amount)
  const cited = { rule: rule.rule, version: rule.version, ruleIndex: rule.index, source: grant.source }
  return rule.pendingDays > 0
    ? pendingDraft(snapshot, recordedAt, admin, state, grant.holder, { ...cited, amount }, rule)
    : postedDraft(snapshot, recordedAt, admin, state, grant.holder, { ...cited, amount }, rule)
}

function pendingDraft(
  snapshot: Snapshot,
  recordedAt: string,
  admin: Admin,
  { id }: ProgrammeState,
  holder: string,
  cited: JsonObject & { amount: number },
  { pendingDays }: RuleState,
): Draft {
  const { amount } = cited
  const { postings, private: openings } = book(snapshot, [{ holder, from: 'issuance', to: 'pending', amount }])
  const deadline = formatInstant(parseInstant(recordedAt) + pendingDays * DAY_MS)
  const data = { ...cited, deadline, postings }
  return pointsDraft(snapshot, id, actorOf(admin), 'grant.pending', data, { private: openings })
}

function postedDraft(
  snapshot: Snapshot,
  recordedAt: string,
  admin: Admin,
  state: ProgrammeState,
  holder: string,
  cited: JsonObject & { amount: number },
  rule: RuleState,
): Draft {
  const { amount } = cited
  const expiresAt = expiryAt(state, rule, recordedAt)
  const expiry = expiresAt === undefined ? {} : { expiresAt }
  const tranches = [{ grant: snapshot.size, amount, ...expiry }]
  const { postings, private: openings } = book(snapshot, [
    { holder, from: 'issuance', to: 'available', amount, tranches },
  ])
  const data = { ...cited, ...expiry, postings }
  return pointsDraft(snapshot, state.id, actorOf(admin), 'grant.posted', data, { private: openings })
}

/** The last answer for a rule: all grants of a batch are recorded at one time, and calendars take their time. */
const expiries = new WeakMap<
  RuleState,
  { terms: ProgrammeState['terms']; recordedAt: string; at: string | undefined }
>()

function expiryAt(state: ProgrammeState, rule: RuleState, recordedAt: string): string | undefined {
  const known = expiries.get(rule)
  if (known !== undefined && known.recordedAt === recordedAt && known.terms === state.terms) return known.at
  const at = expiryOf(state, rule, recordedAt)
  expiries.set(rule, { terms: state.terms, recordedAt, at })
  return at
}

/** GR3: one grant for each rule, source and holder. */
function mustBeNew(snapshot: Snapshot, { holder, rule, source, amount }: NewGrant): void {
  const known = snapshot.points.grantFor(holder, rule, source)
  if (known === undefined) return
  if (amount !== undefined && amount !== known.amount) {
    throw new AppError(
      'grant_differs',
      `This was granted before with ${known.amount} points; to change it, reverse that grant.`,
      { grant: known.entryIndex },
    )
  }
  throw new AppError('grant_exists', 'This was granted before; nothing more is to be done.', {
    grant: known.entryIndex,
  })
}

/** The version that was asked for, or the one in force; where none is, the newest, so that the refusal says why. */
export function ruleFor(
  state: ProgrammeState,
  { rule, version }: Pick<NewGrant, 'rule' | 'version'>,
  moment: Moment,
): RuleState {
  const inForce = version === undefined ? ruleInForce(state, rule, moment) : undefined
  const known = inForce ?? ruleVersion(state, rule, version ?? newestRuleVersion(state, rule))
  if (known === undefined) mustNotBeRefused('rule_unknown')
  return known!
}

function amountFor({ earns }: RuleState, { amount }: NewGrant): number {
  return amount ?? ('points' in earns ? earns.points : 0)
}

/** The rule names the role that judges; operators stand in for staff. */
export function mustReview({ role }: Admin, { reviewerRole }: RuleState): void {
  if (role === reviewerRole || (reviewerRole === 'staff' && role === 'operator')) return
  throw new AppError('reviewer_role', `Under this rule a key with the role ${reviewerRole} decides.`)
}

/** GR2. */
export function mustNotBeOwn(snapshot: Snapshot, { keyId }: Admin, holder: string): void {
  if (snapshot.points.staffKey(holder) !== keyId) return
  throw new AppError('reviewer_is_beneficiary', 'Nobody decides on points of their own; let somebody else do it.')
}

/** GR1: what it is given for is an earlier entry of the same brand. */
export function mustHaveSource(snapshot: Snapshot, { brand }: ProgrammeState, index: number): void {
  const source = snapshot.points.source(index)
  if (source === undefined || source.brand !== brand) {
    throw new AppError('source_unknown', `There is no entry ${index} of this brand; name the entry that this is for.`)
  }
}

function mustBeWithinCap(snapshot: Snapshot, { rule, perHolderMax }: RuleState, holder: string, amount: number): void {
  if (perHolderMax === undefined) return
  const used = snapshot.points.used(holder, rule)
  if (used + amount <= perHolderMax) return
  throw new AppError('holder_max', `A holder gets ${perHolderMax} points at most by this rule, and has ${used}.`, {
    used,
  })
}
