/**
 * Ballots: who may vote is fixed before anybody votes, and what was voted can be counted again by anybody afterwards.
 *
 * Everybody entitled has a secret token. The commitments to all tokens are frozen under a root before the ballot opens; a
 * vote is a `ballot.cast` entry with the salted digest of token and choice; after the close the openings of all votes are
 * published in one list, whose hash the tally names.
 *
 *     { "format": "trust-ledger/ballot@1", "stream": "points:…", "ballot": index of ballot.drafted,
 *       "eligible": ["<commitment>", …],                          ascending
 *       "casts": [ { "index": of the entry, "opening": "<opening>" }, … ] }       ascending; all of them
 *
 * The list is canonical JSON (RFC 8785), exactly these members. Where fewer votes were counted than the ballot needs to
 * show a split (BL5), no cast has an opening. Specification: README.md, "Ballots" (BL1–BL5).
 */
import { base64url, parseBase64url, utf8 } from './bytes.ts'
import { isDigest, isStreamName } from './entry.ts'
import { LedgerError } from './errors.ts'
import { leafHash, sha256 } from './hash.ts'
import { headsRoot as rootOf } from './heads.ts'
import { formatCanonical, isJsonObject, parseJson } from './json.ts'
import type { JsonObject, JsonValue } from './json.ts'
import type { OptionVotes } from './points-data.ts'
import { isSize } from './tree.ts'

export const BALLOT_LIST_FORMAT = 'trust-ledger/ballot@1'

/** A vote in the list; without its opening where the split is not shown. */
export type ListedCast = { readonly index: number; readonly opening?: string }

/** The published list of a ballot. */
export type BallotList = {
  readonly format: typeof BALLOT_LIST_FORMAT
  readonly stream: string
  readonly ballot: number
  readonly eligible: readonly string[]
  readonly casts: readonly ListedCast[]
}

/** What stands for a token in the list of those entitled: base64url of its SHA-256. */
export function tokenCommitment(token: string): string {
  return base64url(sha256(utf8(token)))
}

/**
 * The root of those entitled: RFC 6962 over the 32 bytes of each commitment, ascending by their text.
 *
 * @throws LedgerError bytes_malformed
 */
export function eligibilityRoot(commitments: readonly string[]): string {
  return base64url(rootOf(ascending(commitments).map((commitment) => leafHash(parseBase64url(commitment)))))
}

/** The commitments in the order of the list and of the root. */
export function ascending(commitments: readonly string[]): string[] {
  // ASCII: JavaScript's order is that of the bytes. toSorted is younger than some browsers that must run this.
  // oxlint-disable-next-line unicorn/no-array-sort
  return [...commitments].sort()
}

/** Whether a choice can be counted: one option, or some different ones, of those that there are. */
export function isValidChoice(
  { options, choice: kind }: { options: readonly string[]; choice: 'single' | 'approval' },
  choice: readonly string[],
): boolean {
  const isKnown = choice.every((option) => options.includes(option)) && new Set(choice).size === choice.length
  return isKnown && (kind === 'single' ? choice.length === 1 : choice.length > 0)
}

/** The votes of each option: the last vote of each token counts (BL2). Options without a vote have 0. */
export function countVotes(
  options: readonly string[],
  votes: readonly { readonly token: string; readonly choice: readonly string[] }[],
): { counted: number; counts: OptionVotes[] } {
  const last = new Map(votes.map(({ token, choice }) => [token, choice]))
  const chosen = [...last.values()]
  const counts = options.map((option) => ({ option, votes: chosen.filter((one) => one.includes(option)).length }))
  return { counted: last.size, counts }
}

/**
 * The bytes of a list, of which the tally names the SHA-256.
 *
 * @throws LedgerError ballot_list_malformed
 */
export function formatBallotList(list: BallotList): Uint8Array {
  const bytes = formatCanonical(asBallotList(list as unknown as JsonObject) as unknown as JsonObject)
  return bytes
}

/**
 * The list of some bytes. They need not be canonical: whether they are those that the tally names is the recount's
 * business.
 *
 * @throws LedgerError json_malformed, ballot_list_malformed
 */
export function parseBallotList(bytes: Uint8Array): BallotList {
  return asBallotList(parseJson(bytes))
}

function asBallotList(value: JsonValue): BallotList {
  const list = exactly(value, 'list', ['format', 'stream', 'ballot', 'eligible', 'casts'])
  if (list['format'] !== BALLOT_LIST_FORMAT) throw malformed('format')
  if (!isStreamName(list['stream'])) throw malformed('stream')
  if (!isSize(list['ballot'])) throw malformed('ballot')
  const eligible = list['eligible']
  if (!Array.isArray(eligible) || !eligible.every(isDigest) || !isAscending(eligible)) {
    throw malformed('eligible')
  }
  const casts = list['casts']
  if (!Array.isArray(casts)) throw malformed('casts')
  casts.forEach(assertCast)
  return value as unknown as BallotList
}

function assertCast(value: JsonValue, position: number): void {
  const at = `casts[${position}]`
  const { index, opening } = exactly(value, at, ['index'], ['opening'])
  if (!isSize(index)) throw malformed(`${at}.index`)
  if (opening !== undefined && typeof opening !== 'string') throw malformed(`${at}.opening`)
}

function exactly(value: JsonValue, at: string, required: string[], optional: string[] = []): JsonObject {
  if (!isJsonObject(value)) throw malformed(at)
  const names = Object.keys(value)
  if (!required.every((name) => names.includes(name))) throw malformed(at)
  if (!names.every((name) => required.includes(name) || optional.includes(name))) {
    throw malformed(`${at} with another member`)
  }
  return value
}

function isAscending(texts: readonly string[]): boolean {
  return texts.every((text, i) => i === 0 || texts[i - 1]! < text)
}

function malformed(what: string): LedgerError {
  return new LedgerError('ballot_list_malformed', `malformed list of votes: ${what}`)
}
