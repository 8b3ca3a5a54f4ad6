/**
 * Two people agree (A1, A2): safety instructions, recalls, a scope or advice that covers less than before, every end of
 * a crisis, and what takes one of them back need a second key once the brand has two reviewers in force. The second
 * person approves the exact request, by its digest; the approval is good once and for a day. The entry says which key
 * agreed, and no name.
 */
import { createHash } from 'node:crypto'
import { equalBytes } from '../../../ledger/bytes.ts'
import { stateAfter } from '../../../ledger/crisis.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import { isVoidedBy } from '../../../ledger/force.ts'
import { parseInstant } from '../../../ledger/instant.ts'
import { canonicalText } from '../../../ledger/json.ts'
import type { JsonValue } from '../../../ledger/json.ts'
import type { Milestone } from '../../../ledger/milestone.ts'
import { withdrawRemedies } from '../../../ledger/remedy.ts'
import { narrowedBy } from '../../../ledger/scope.ts'
import { AppError } from '../../errors.ts'
import type { Approval, Request } from '../keys/key-commands.ts'
import type { Snapshot } from '../log/command.ts'
import type { ApprovalRow, SecondKeyNeeds } from '../log/second-keys.ts'

/** From so many reviewers in force on, one person alone does not do these things. */
const REVIEWERS_MIN = 2

/** What a draft carries of an approval: the public id of the key in its data, the approval for the log to use up. */
export type SecondKey = { readonly data: { approvedBy?: string }; readonly draft: { approval?: string } }

const NONE: SecondKey = { data: {}, draft: {} }

/**
 * SHA-256 of what is approved: the canonical JSON of the address and the body, without `approvedBy`. Hex, 64 digits.
 *
 * @param path the address without its query: /admin/v1/crises/…
 */
export function approvalDigest(path: string, body: unknown): string {
  return createHash('sha256')
    .update(canonicalText({ body: body as JsonValue, path }))
    .digest('hex')
}

/** Whether a milestone needs a second key. */
export function needsSecondKey(state: CrisisState, milestone: Milestone): boolean {
  if (isGraveKind(milestone)) return true
  return narrowedBy(state, milestone).length > 0 || takesAdviceAway(state, milestone)
}

/** What people act by, and every way in which a crisis ends. */
function isGraveKind(milestone: Milestone): boolean {
  const { kind } = milestone
  if (kind === 'safety_instruction' || kind.startsWith('recall_')) return true
  const state = stateAfter(milestone)
  return state === 'closed' || state === 'dismissed'
}

/** A withdrawn remedy takes along what it told people to do. */
function takesAdviceAway({ remedies, advice }: CrisisState, { kind, withdraws = [] }: Milestone): boolean {
  if (kind !== 'remedy_withdrawn') return false
  const { steps } = withdrawRemedies(remedies, withdraws, 0)
  return advice.some(({ index }) => steps.includes(index))
}

/**
 * Whether a correction needs one: it takes advice, a scope or a recall out of force, or says of the whole crisis that it
 * never was, which ends it in the eyes of whoever reads it.
 */
export function correctionNeedsSecondKey(state: CrisisState, index: number, reason: string, by?: number): boolean {
  if (!isVoidedBy(reason, by)) return false
  if (index === state.opened.index) return true
  const steps = state.recalls.flatMap(({ initiated, expanded, completed }) => [initiated, expanded, completed])
  return [...state.advice, ...state.scopes].some((known) => known.index === index) || steps.includes(index)
}

/** What must be read for a request in a crisis; nothing when it cannot need a second key and names none. */
export function secondKeyNeeds(request: Request, crisis: string, mayNeed: boolean): { secondKey?: SecondKeyNeeds } {
  const approval = request.consideration?.approval.id
  if (!mayNeed && approval === undefined) return {}
  return { secondKey: { crisis, ...(approval === undefined ? {} : { approval }) } }
}

/** Whether a milestone could need a second key in some state of the crisis. */
export function mayNeedSecondKey(milestone: Milestone): boolean {
  const { kind, replaces } = milestone
  return isGraveKind(milestone) || kind === 'scope_published' || kind === 'remedy_withdrawn' || replaces !== undefined
}

/**
 * The second key of a request.
 *
 * @param isNeeded whether what it does needs one
 * @throws AppError second_key_missing, approval_unknown, approval_mismatch, approval_used, approval_expired,
 *   approval_void; a dry run is told of a missing one instead
 */
export function secondKeyOf(
  request: Request,
  snapshot: Snapshot,
  brand: string,
  isNeeded: boolean,
  recordedAt: string,
): SecondKey {
  const approval = request.consideration?.approval
  if (approval?.id !== undefined) return approvedKey(request, snapshot, brand, approval, recordedAt)
  if (!isNeeded) return NONE
  const isDue = snapshot.reviewersOf(brand).length >= REVIEWERS_MIN
  if (!isDue) {
    request.checks?.push({
      check: 'second_key',
      ok: true,
      detail: 'The brand has not two reviewers: one key is enough.',
    })
    return NONE
  }
  const digest = approval?.digest()
  const way = `A reviewer of the brand must agree: POST /admin/v1/approvals${digest === undefined ? '' : ` with digest ${digest}`}, then send the same request with approvedBy.`
  if (request.checks === undefined)
    throw new AppError('second_key_missing', way, digest === undefined ? {} : { digest })
  request.checks.push({ check: 'second_key', ok: false, detail: way })
  return NONE
}

function approvedKey(
  request: Request,
  snapshot: Snapshot,
  brand: string,
  { id = '', tag }: Approval,
  recordedAt: string,
): SecondKey {
  const row = snapshot.approval(id)
  if (row === undefined || row.brand !== brand) throw refused('approval_unknown', 'There is no such approval here.')
  mustBeGood(row, tag(), recordedAt)
  const isOwn = row.keyId === request.admin.keyId
  if (isOwn || !snapshot.reviewersOf(brand).some((key) => key.id === row.keyId)) {
    throw refused('approval_void', 'It was given by the same key, or by one that is not in force any more.')
  }
  request.checks?.push({ check: 'second_key', ok: true, detail: `Agreed by the key ${row.keyId}.` })
  return { data: { approvedBy: row.keyId }, draft: { approval: id } }
}

function mustBeGood({ tag, usedIndex, expiresAt }: ApprovalRow, sent: Uint8Array, recordedAt: string): void {
  if (!equalBytes(tag, sent)) {
    throw refused('approval_mismatch', 'It is for another request: address and body must be the approved ones.')
  }
  if (usedIndex !== null) throw refused('approval_used', 'It was used before; every approval is good once.', usedIndex)
  if (expiresAt <= parseInstant(recordedAt)) throw refused('approval_expired', 'It has expired.')
}

function refused(code: string, why: string, entry?: number): AppError {
  const message = `${why} Ask a reviewer to approve this request: POST /admin/v1/approvals.`
  return new AppError(code, message, entry === undefined ? {} : { entry })
}
