/**
 * Openings: what an entry of a programme says of one holder. The text has the form of a disclosure, but its digest stands
 * in `xd`: it is never public, and only the holder gets it, in a receipt.
 *
 *     /postings/<i>/from, /postings/<i>/to   a side of a posting: whose it is, and the balance before and after
 *     /holder                                whom an entry concerns that moves nothing of theirs, and the how manieth it is
 *     /choice                                a vote: the token that entitles to it, and the options chosen
 *
 * Specification: README.md, "Openings" (L2, L5).
 */
import { disclosureDigest, formatDisclosure, parseDisclosure } from './disclosure.ts'
import { LedgerError } from './errors.ts'
import { isInstant } from './instant.ts'
import { isJsonObject } from './json.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { isSize } from './tree.ts'

/** Points of one grant that are still there: tranches are spent soonest expiry first. */
export type Tranche = { readonly grant: number; readonly amount: number; readonly expiresAt?: string }

/**
 * A side of a posting whose account is a holder's. `version` counts the holder's sides over all kinds of accounts from 1;
 * `previous` and `current` are the balance of that kind.
 */
export type AccountSide = {
  readonly holder: string
  readonly previous: number
  readonly current: number
  readonly version: number
  readonly tranches?: readonly Tranche[]
}

/**
 * Whom an entry concerns of whose points nothing moves. `number` counts such entries of the holder from 1, so that a receipt
 * that leaves one out has a gap.
 */
export type HolderNote = { readonly holder: string; readonly number: number }

/** A vote as it was cast. */
export type CastVote = { readonly token: string; readonly choice: readonly string[] }

/** An opening, by what it opens. `posting`: its position in `postings`. */
export type Opening =
  | { readonly kind: 'side'; readonly posting: number; readonly side: 'from' | 'to'; readonly value: AccountSide }
  | { readonly kind: 'holder'; readonly value: HolderNote }
  | { readonly kind: 'choice'; readonly value: CastVote }

/** The name of the opening of one side of a posting. */
export function sideName(posting: number, side: 'from' | 'to'): string {
  return `/postings/${posting}/${side}`
}

/**
 * The text of an opening.
 *
 * @param salt base64url of 16 random bytes, fresh for every opening
 * @throws LedgerError opening_malformed, disclosure_malformed
 */
export function formatOpening(salt: string, opening: Opening): string {
  const name = opening.kind === 'side' ? sideName(opening.posting, opening.side) : `/${opening.kind}`
  const text = formatDisclosure({ salt, name, value: opening.value as unknown as JsonObject })
  parseOpening(text)
  return text
}

/**
 * What an opening opens, and the digest that stands for it in the entry.
 *
 * @throws LedgerError opening_malformed, disclosure_malformed
 */
export function parseOpening(text: string): Opening & { readonly digest: string } {
  const { name, value } = parseDisclosure(text)
  const opening = openingOf(name, value)
  if (opening === undefined) throw new LedgerError('opening_malformed', `malformed opening of ${name}`)
  return { ...opening, digest: disclosureDigest(text) }
}

function openingOf(name: string, value: JsonValue): Opening | undefined {
  if (!isJsonObject(value)) return undefined
  if (name === '/holder') return isNote(value) ? { kind: 'holder', value } : undefined
  if (name === '/choice') return isVote(value) ? { kind: 'choice', value } : undefined
  const [, posting, side] = /^\/postings\/(0|[1-9]\d{0,3})\/(from|to)$/.exec(name) ?? []
  if (posting === undefined || !isSide(value)) return undefined
  return { kind: 'side', posting: Number(posting), side: side as 'from' | 'to', value }
}

function hasOnly(value: JsonObject, ...names: string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name))
}

function isNote(value: JsonObject): value is JsonObject & HolderNote {
  const { holder, number } = value
  return typeof holder === 'string' && isSize(number) && number > 0 && hasOnly(value, 'holder', 'number')
}

function isVote(value: JsonObject): value is JsonObject & { token: string; choice: string[] } {
  const { token, choice } = value
  return (
    typeof token === 'string' &&
    token !== '' &&
    Array.isArray(choice) &&
    choice.every((option) => typeof option === 'string') &&
    hasOnly(value, 'token', 'choice')
  )
}

function isSide(value: JsonObject): value is JsonObject & AccountSide {
  const { holder, previous, current, version, tranches } = value
  return (
    typeof holder === 'string' &&
    isSize(previous) &&
    isSize(current) &&
    isSize(version) &&
    version > 0 &&
    (tranches === undefined || (Array.isArray(tranches) && tranches.every(isTranche))) &&
    hasOnly(value, 'holder', 'previous', 'current', 'version', 'tranches')
  )
}

function isTranche(value: JsonValue): boolean {
  if (!isJsonObject(value)) return false
  const { grant, amount, expiresAt } = value
  return (
    isSize(grant) &&
    isSize(amount) &&
    amount > 0 &&
    (expiresAt === undefined || isInstant(expiresAt)) &&
    hasOnly(value, 'grant', 'amount', 'expiresAt')
  )
}
