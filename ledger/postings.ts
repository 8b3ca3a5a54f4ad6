/**
 * Postings: how points move. Every point comes from a programme's issuance account and ends somewhere; a posting takes an
 * amount from one kind of account to another, and each type of entry may move points in its own way only. Which holder it
 * was stands in the entry as a salted digest (receipt.ts); the kinds and amounts are public, so that anybody can add up
 * what a programme issued and what it owes. Specification: README.md, "Postings" (P1, P2, L1).
 */
import type { Entry } from './entry.ts'
import { isJsonObject } from './json.ts'
import type { JsonObject, JsonValue } from './json.ts'

/** The kinds of accounts. Points come out of issuance, so that it is zero or negative; forfeited likewise. */
export const ACCOUNT_KINDS = ['issuance', 'available', 'pending', 'held', 'redeemed', 'expired', 'forfeited'] as const
export type AccountKind = (typeof ACCOUNT_KINDS)[number]

/** The kinds of which every holder has an account; the others are the programme's. */
const HOLDER_KINDS = ['available', 'pending', 'held'] as const
export type HolderKind = (typeof HOLDER_KINDS)[number]

/** An amount of points, greater than 0, that moves. */
export type Posting = { readonly from: AccountKind; readonly to: AccountKind; readonly amount: number }

/** The balance of each kind of account, over all holders. */
export type Totals = { readonly [Kind in AccountKind]: number }

/** Before the first posting. */
export const NO_TOTALS: Totals = {
  issuance: 0,
  available: 0,
  pending: 0,
  held: 0,
  redeemed: 0,
  expired: 0,
  forfeited: 0,
}

type Move = readonly [from: AccountKind, to: AccountKind]

/** What each type of entry moves. A type that is not here moves nothing. */
const MOVES: Readonly<Record<string, readonly Move[]>> = {
  'grant.pending': [['issuance', 'pending']],
  'grant.posted': [
    ['issuance', 'available'],
    ['pending', 'available'],
  ],
  'grant.voided': [['pending', 'issuance']],
  'grant.lapsed': [['pending', 'issuance']],
  'grant.reversed': [
    ['available', 'issuance'],
    ['forfeited', 'issuance'],
  ],
  'points.expired': [['available', 'expired']],
  'redemption.held': [['available', 'held']],
  'redemption.confirmed': [['held', 'redeemed']],
  'redemption.released': [['held', 'available']],
  'redemption.refunded': [['redeemed', 'available']],
}

/** Whether entries of this type move points. */
export function isPostingType(type: string): boolean {
  return Object.prototype.hasOwnProperty.call(MOVES, type)
}

/** Whether every holder has an account of this kind. */
export function isHolderKind(kind: AccountKind): kind is HolderKind {
  return (HOLDER_KINDS as readonly string[]).includes(kind)
}

/**
 * The postings of an entry; none for a type that moves nothing. Undefined when they are not lawful (L1): an amount that is
 * no integer above 0, a move that is not of this type, a move too many. A grant that names a pending one takes from
 * pending, any other from issuance; a reversal has each of its two moves at most once; only an expiry, which may concern
 * many holders, has more than that.
 */
export function postingsOf({ type, data }: Pick<Entry, 'type' | 'data'>): Posting[] | undefined {
  const list = data['postings']
  if (!isPostingType(type)) return list === undefined ? [] : undefined
  if (!Array.isArray(list) || list.length === 0) return undefined
  const postings: Posting[] = []
  for (const item of list) {
    if (!isPosting(item) || !isMoveOf(type, data, item)) return undefined
    postings.push(item)
  }
  return postings.length <= mostPostings(type) && !hasRepeatedMove(type, postings) ? postings : undefined
}

function isPosting(value: JsonValue): value is Posting & JsonObject {
  if (!isJsonObject(value) || Object.keys(value).length !== 3) return false
  const { from, to, amount } = value
  return isKind(from) && isKind(to) && Number.isSafeInteger(amount) && (amount as number) > 0
}

function isKind(value: JsonValue | undefined): boolean {
  return (ACCOUNT_KINDS as readonly unknown[]).includes(value)
}

function isMoveOf(type: string, data: JsonObject, { from, to }: Posting): boolean {
  if (!MOVES[type]!.some((move) => move[0] === from && move[1] === to)) return false
  return type !== 'grant.posted' || (from === 'pending') === (data['grant'] !== undefined)
}

function mostPostings(type: string): number {
  if (type === 'points.expired') return Infinity
  return type === 'grant.reversed' ? 2 : 1
}

function hasRepeatedMove(type: string, [first, second]: readonly Posting[]): boolean {
  return type === 'grant.reversed' && first?.from === second?.from
}

/** The sum of the amounts. */
export function amountOf(postings: readonly Posting[]): number {
  return postings.reduce((sum, { amount }) => sum + amount, 0)
}

/** The totals after some postings. Their sum stays zero, because each posting takes what it gives (P1). */
export function foldTotals(totals: Totals, postings: readonly Posting[]): Totals {
  const next = { ...totals }
  for (const { from, to, amount } of postings) {
    next[from] -= amount
    next[to] += amount
  }
  return next
}

/** What the programme owes its holders: all that may still be spent or released. */
export function outstandingOf({ available, pending, held }: Totals): number {
  return available + pending + held
}

/** P1: issuance and forfeited never above zero, the others never below, all of them safe integers, their sum zero. */
export function areSound(totals: Totals): boolean {
  const sum = ACCOUNT_KINDS.reduce((before, kind) => before + totals[kind], 0)
  return sum === 0 && ACCOUNT_KINDS.every((kind) => isRightSign(kind, totals[kind]))
}

function isRightSign(kind: AccountKind, total: number): boolean {
  if (!Number.isSafeInteger(total)) return false
  return kind === 'issuance' || kind === 'forfeited' ? total <= 0 : total >= 0
}
