/**
 * What may be recorded next in a crisis. Three layers: what cannot be, in any record (an impossible transition, a
 * relation to an entry that is not there); what the clocks of a live crisis forbid; and the order rules of
 * ledger/crisis-rules.ts, which refuse only what the brand does now and turn into marks for what is recorded late or
 * compiled afterwards (ledger/README.md, parts 19 and 23). Every refusal names the way out.
 */
import { stateAfter } from '../../../ledger/crisis.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import {
  brokenOrderRules,
  isSilentlyOverdue,
  isTransition,
  openAmong,
  statesAfter,
} from '../../../ledger/crisis-rules.ts'
import type { OrderRule } from '../../../ledger/crisis-rules.ts'
import { parseInstant, parseOccurredAt } from '../../../ledger/instant.ts'
import type { Occurrence } from '../../../ledger/instant.ts'
import { LATE_AFTER_MS } from '../../../ledger/lateness.ts'
import { ruleOf } from '../../../ledger/milestone.ts'
import type { Milestone } from '../../../ledger/milestone.ts'
import { AppError } from '../../errors.ts'
import type { Snapshot } from '../log/command.ts'
import { guardCommitments } from './promise-guards.ts'
import { guardRemedies } from './remedy-guards.ts'
import { guardRelations } from './relation-guards.ts'

export { referencedEntries } from './relation-guards.ts'

/** How far a claimed time may lie ahead of ours: clocks differ (M2). */
const CLOCK_TOLERANCE_MS = 5 * 60_000
/** Everything in a reconstructed record must be this old when the record is opened (ledger/README.md, part 19). */
const RECONSTRUCTED_AGE_MS = 90 * 86_400_000

/**
 * @param state the crisis before the milestone
 * @throws AppError with the reason and the way out
 */
export function guardMilestone(snapshot: Snapshot, state: CrisisState, milestone: Milestone, recordedAt: string): void {
  if (ruleOf(milestone.kind).system) {
    throw new AppError('kind_of_system', kindOfSystem(milestone.kind))
  }
  const occurrence = occurrenceOf(milestone)
  const now = parseInstant(recordedAt)
  if (occurrence.earliest > now + CLOCK_TOLERANCE_MS) {
    throw new AppError('occurred_in_future', 'occurredAt lies in the future (M2); send the time at which it happened.')
  }
  guardMode(state, occurrence)
  guardTransition(state, milestone)
  guardParties(state, milestone)
  guardRelations(snapshot, state, milestone)
  guardRemedies(state, milestone)
  guardVoices(state, milestone)
  const isLate = now - occurrence.latest > LATE_AFTER_MS
  guardCommitments(state, milestone, { recordedAt, isLate })
  if (state.mode === 'reconstructed' || isLate) return
  const [broken] = brokenOrderRules(state, milestone, snapshot.size)
  if (broken !== undefined) throw new AppError(broken, WAYS_OUT[broken], { rule: broken, ...detailsOf(broken, state) })
}

/** What to say of a kind that nobody but the system writes (M3). */
export function kindOfSystem(kind: string): string {
  return `${kind} is written by the system only, when a due time passes (M3); say your part with commitment_explained or an update.`
}

function occurrenceOf({ occurredAt, zone }: Milestone): Occurrence {
  return parseOccurredAt(occurredAt, zone)
}

function guardMode(state: CrisisState, { latest }: Occurrence): void {
  if (state.mode !== 'reconstructed') return
  if (latest > parseInstant(state.opened.recordedAt) - RECONSTRUCTED_AGE_MS) {
    throw new AppError(
      'event_too_recent',
      'A reconstructed record holds only what was at least 90 days old when it was opened. Open a live crisis for it.',
    )
  }
}

function guardTransition(state: CrisisState, milestone: Milestone): void {
  const { kind, state: stated } = milestone
  const { enters } = ruleOf(kind)
  if (enters !== undefined && stated !== undefined && stated !== enters) {
    throw new AppError('state_mismatch', `${kind} leads to ${enters}; leave state out or say ${enters}.`)
  }
  const target = stateAfter(milestone)
  if (target === undefined || target === state.state) return
  const own = KIND_OF_STATE[target]
  if (own !== undefined && own !== kind) {
    throw new AppError('state_mismatch', `A crisis gets ${target} only by a milestone of the kind ${own}.`)
  }
  if (isTransition(state.state, target) && (state.state !== 'closed' || kind === 'reopened')) return
  const possible = statesAfter(state.state)
  const wayOut = possible.length === 0 ? 'Nothing follows it.' : `What can follow: ${possible.join(', ')}.`
  throw new AppError('illegal_transition', `A crisis that is ${state.state} cannot become ${target}. ${wayOut}`, {
    from: state.state,
    to: target,
    possible,
  })
}

/** States that only a milestone of their own kind can bring. */
const KIND_OF_STATE: Readonly<Record<string, string>> = {
  acknowledged: 'acknowledged',
  closed: 'closed',
  dismissed: 'dismissed',
}

function guardParties(state: CrisisState, { parties = [], assertedBy, figures = [], commissionedBy }: Milestone): void {
  for (const { id } of parties) {
    mustBeFreeId(id)
    if (state.parties.some((known) => known.id === id)) {
      throw new AppError('party_exists', `The party ${id} is on record already; leave it out.`, { party: id })
    }
  }
  const named = [...assertedBy, ...figures.map((figure) => figure.assertedBy)]
  if (commissionedBy !== undefined && commissionedBy !== 'nobody') named.push(commissionedBy)
  for (const id of named) {
    if (state.parties.some((known) => known.id === id) || parties.some((added) => added.id === id)) continue
    throw new AppError('party_unknown', `The party ${id} is not on record; add it with parties.`, { party: id })
  }
}

/** A brand neither disputes nor confirms what it says itself: others do. */
function guardVoices(state: CrisisState, { kind, assertedBy, parties = [] }: Milestone): void {
  if (kind !== 'dispute' && kind !== 'confirmation') return
  const known = [...state.parties, ...parties]
  if (!assertedBy.some((id) => known.some((party) => party.id === id && party.kind === 'brand'))) return
  throw new AppError('voice_of_brand', `A ${kind} is somebody else's: name the holder or auditor in assertedBy.`)
}

/** @throws AppError party_exists for the two words that mean no party of the record */
export function mustBeFreeId(id: string): void {
  if (id !== 'system' && id !== 'nobody') return
  throw new AppError('party_exists', `The word ${id} cannot be the id of a party; choose another.`, { party: id })
}

/** What a client needs to know to do it right. */
function detailsOf(rule: OrderRule, { commitments }: CrisisState): Record<string, unknown> {
  if (rule === 'open_commitments_unlisted') return { openCommitments: openAmong(commitments) }
  if (rule === 'overdue_unexplained') return { commitments: commitments.filter(isSilentlyOverdue).map(({ id }) => id) }
  return {}
}

/** What to do instead, for each order rule. */
const WAYS_OUT: Readonly<Record<OrderRule, string>> = {
  no_owner: 'An investigation needs a responsible role: open the crisis with ownerRole.',
  no_next_update: 'An investigation needs the time of the next update: record next_update_set first.',
  no_scope_before: 'A remedy needs a published scope: record scope_published with its basis first.',
  no_scope_basis: 'A remedy needs a scope with a basis: record scope_published with basis precaution or cause.',
  no_safety_instruction_before:
    'Where safety is concerned, people must first be told what to do: record safety_instruction with its advice.',
  no_dismissal_reason: 'What stands here is public: say why it is dismissed, with dismissReason.',
  no_trigger: 'A crisis is opened again for a reason on record: name the signal or dispute in trigger.',
  narrowing_unexplained:
    'This covers less than what is in force: name at least the same goods and markets, or send narrowingReason.',
  remedy_not_for_all:
    'The cause lies in batches or versions, so a remedy is for all in the scope: widen its scope, or send partialReason.',
  remedy_not_announced: 'A remedy is announced before it is opened: record remedy_announced with the same remedy.',
  remedy_not_opened: 'Not every announced remedy is open: record remedy_opened or remedy_withdrawn first.',
  recall_not_initiated: 'There is no such recall: record recall_initiated with the same recall first.',
  no_cause: 'Closing needs a cause: record cause_identified, or send noCauseReason.',
  overdue_unexplained:
    'A missed commitment has no explanation since it was missed: record commitment_explained for it first.',
  open_commitments_unlisted:
    'Commitments are still open: list the ids of all of them, and no others, in openCommitments.',
  no_evidence: 'This needs evidence: upload a file to the crisis and name its SHA-256 in evidence.',
  next_update_open:
    'An update is promised already. Publish it first; a further time may only be earlier than the one that is promised.',
  figure_needs_revises: 'A figure falls or changes its base: name the entry it revises (FG1).',
  delivery_needs_revises:
    'A count of deliveries or of those eligible falls, or its base changes: name the entry it revises (R3).',
  recall_needs_revises: 'A number of the recall falls or changes its base: name the entry it revises (RC1).',
  scope_version: 'Scope versions are counted 1, 2, 3: leave scopeVersion out, or send the next one.',
  cause_version: 'Cause versions ascend: leave causeVersion out, or send a greater one.',
  role_taken: 'Another one holds this role: record role_renounced for it first.',
  role_not_held: 'Nobody holds this role; record role_assumed when somebody takes it.',
}
