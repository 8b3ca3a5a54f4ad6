/**
 * Proposals: what holders, or staff on behalf of people who told them, suggest. Each gets an answer by a date that stands
 * in the record, or the system says that it did not (PR3); a refusal has a reason (PR1), and nobody decides on a proposal
 * of their own (PR2). The words are redactable: they are people's.
 */
import type { JsonObject } from '../../../ledger/json.ts'
import { formatInstant, parseInstant } from '../../../ledger/instant.ts'
import type { PROPOSAL_MOVES } from '../../../ledger/points-data.ts'
import { isAnswered, proposalRefusal } from '../../../ledger/points-rules.ts'
import type { Kysely } from 'kysely'
import type { Tables } from '../../db/tables.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Draft, Redactable, Snapshot } from '../log/command.ts'
import type { PointsNeeds } from '../log/points-rows.ts'
import type { ProposalRow } from '../log/spending-rows.ts'
import { HOLDER, SYSTEM, mustHaveHolder, mustHaveProgramme, noteOf, pointsDraft } from './points-draft.ts'
import type { HolderRequest } from './redeem-reward.ts'
import { mustNotBeRefused } from './refusals.ts'

/** How long the brand has to answer unless it says a shorter time itself. */
export const ANSWER_DAYS = 30
const DAY_MS = 86_400_000

/** Suggestions of one holder that wait for their answers at once: a flood of them would be a flood of missed answers. */
export const WAITING_MAX = 10

/** Words in one or both languages. */
export type Words = { readonly 'zh-CN'?: string; readonly en?: string }

/** `author`: a name or pseudonym that the author wants to be shown. */
export type NewProposal = {
  readonly original: 'zh-CN' | 'en'
  readonly title: Words
  readonly text: Words
  readonly author?: string
}

export type ProposalMove = {
  readonly to: (typeof PROPOSAL_MOVES)[number]
  /** The proposal that this one is merged into. */
  readonly into?: number
  /** The entry of what came of it. */
  readonly improvement?: number
  readonly reason?: Words
}

/** A command by which staff put a proposal on record. */
export function submitProposal(
  request: Request,
  programme: string,
  proposal: NewProposal,
  answerDue?: string,
): Command {
  return commandOf(request, {
    needs: { points: { programmes: [programme] } },
    judge(snapshot, recordedAt) {
      mustHaveProgramme(snapshot, programme)
      const due = answerDue ?? lastDue(recordedAt)
      if (due <= recordedAt || due > lastDue(recordedAt)) {
        throw new AppError(
          'answer_due',
          `An answer is due within ${ANSWER_DAYS} days; send a time between now and then.`,
        )
      }
      return [submittedDraft(snapshot, programme, actorOf(request.admin), proposal, due)]
    },
    answer: answerWith(0, { programme }),
  })
}

/**
 * A command by which a holder puts a proposal on record.
 *
 * @param waiting how many of this holder wait for an answer
 */
export function submitAsHolder(
  { programme, holder, idempotency }: HolderRequest,
  proposal: NewProposal,
  waiting = 0,
): Command {
  return {
    needs: { points: { programmes: [programme], holders: [holder], notes: [holder] } },
    ...(idempotency === undefined ? {} : { idempotency }),
    judge(snapshot, recordedAt) {
      mustHaveHolder(snapshot, programme, holder)
      mustNotFlood(waiting)
      return [submittedDraft(snapshot, programme, HOLDER, proposal, lastDue(recordedAt), holder)]
    },
    answer: answerWith(0, { programme }),
  }
}

/** How many proposals of a holder wait for their answers; one whose answer was missed keeps nobody from the next. */
export async function countWaiting(kysely: Kysely<Tables>, holder: string): Promise<number> {
  const { waiting } = await kysely
    .selectFrom('proposal')
    .select(({ fn }) => fn.countAll<number>().as('waiting'))
    .where('holder', '=', holder)
    .where('answered_index', 'is', null)
    .where('missed_index', 'is', null)
    .executeTakeFirstOrThrow()
  return waiting
}

function mustNotFlood(waiting: number): void {
  if (waiting < WAITING_MAX) return
  const message = `${waiting} of your suggestions wait for an answer; send this one when some have been answered.`
  throw new AppError('proposals_waiting', message, { waiting })
}

function lastDue(recordedAt: string): string {
  return formatInstant(parseInstant(recordedAt) + ANSWER_DAYS * DAY_MS)
}

function submittedDraft(
  snapshot: Snapshot,
  programme: string,
  actor: Draft['actor'],
  { original, title, text, author }: NewProposal,
  answerDue: string,
  holder?: string,
): Draft {
  if (title[original] === undefined || text[original] === undefined) {
    throw new AppError('text_original_missing', `Title and text must be there in ${original}, their original language.`)
  }
  const redactable = [...wordsOf('title', title), ...wordsOf('text', text)]
  if (author !== undefined) redactable.push({ name: '/author/name', value: author })
  const opening = holder === undefined ? {} : { private: [noteOf(snapshot, holder)] }
  const data = { answerDue, original }
  return pointsDraft(snapshot, programme, actor, 'proposal.submitted', data, { redactable, ...opening })
}

function wordsOf(member: string, words: Words): Redactable[] {
  return (['zh-CN', 'en'] as const).flatMap((language) => {
    const value = words[language]
    return value === undefined ? [] : [{ name: `/${member}/${language}`, value }]
  })
}

/**
 * A command by which a reviewer takes a proposal one step further.
 *
 * @param place the proposal; its programme and who sent it never change
 */
export function moveProposal(
  request: Request,
  place: { readonly index: number; readonly programme: string; readonly holder: string | null },
  move: ProposalMove,
): Command {
  const { index, programme, holder } = place
  const { to, into, improvement, reason = {} } = move
  return commandOf(request, {
    needs: {
      points: {
        programmes: [programme],
        proposals: [index],
        ...(holder === null ? {} : { holders: [holder] }),
        ...(improvement === undefined ? {} : { sources: [improvement] }),
      },
    },
    judge(snapshot) {
      const state = mustHaveProgramme(snapshot, programme)
      const proposal = snapshot.points.proposal(index)
      if (proposal === undefined) throw new AppError('not_found', 'There is no such proposal.')
      mustNotBeAuthor(snapshot, request.admin.keyId, proposal)
      mustNotBeRefused(proposalRefusal(state, { proposal: index, to, ...(into === undefined ? {} : { into }) }))
      const redactable = wordsOf('reason', reason)
      if (redactable.length === 0 && (to === 'declined' || to === 'merged')) {
        throw new AppError('reason_missing', 'Whoever suggested this is owed a reason: send reason.')
      }
      if (improvement !== undefined) mustBeOfBrand(snapshot, improvement, state.brand)
      const links: JsonObject = {
        ...(into === undefined ? {} : { into }),
        ...(improvement === undefined ? {} : { improvement }),
      }
      const actor = actorOf(request.admin)
      return [
        pointsDraft(snapshot, programme, actor, 'proposal.moved', { proposal: index, to, ...links }, { redactable }),
      ]
    },
    answer: answerWith(0, { proposal: index }),
  })
}

/** PR2. */
function mustNotBeAuthor(snapshot: Snapshot, keyId: string, { author, holder }: ProposalRow): void {
  if (author !== keyId && (holder === null || snapshot.points.staffKey(holder) !== keyId)) return
  throw new AppError('reviewer_is_author', 'Nobody decides on a proposal of their own; let somebody else do it.')
}

function mustBeOfBrand(snapshot: Snapshot, index: number, brand: string): void {
  if (snapshot.points.source(index)?.brand === brand) return
  throw new AppError('source_unknown', `There is no entry ${index} of this brand; name the entry of the improvement.`)
}

/** S4, PR3: `proposal.answer_missed` for each proposal among the needs whose answer is late, once. */
export function* missedProposals(
  { proposals = [] }: PointsNeeds,
  snapshot: Snapshot,
  recordedAt: string,
): Iterable<Draft> {
  for (const index of proposals) {
    const proposal = snapshot.points.proposal(index)
    if (proposal === undefined || proposal.answeredIndex !== null || proposal.missedIndex !== null) continue
    if (proposal.answerDue > recordedAt) continue
    const known = snapshot.points.programme(proposal.programme)?.proposals.find((state) => state.index === index)
    if (known === undefined || isAnswered(known.state)) continue
    const data = { proposal: index, due: proposal.answerDue }
    yield pointsDraft(snapshot, proposal.programme, SYSTEM, 'proposal.answer_missed', data)
  }
}
