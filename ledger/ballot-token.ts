/**
 * Which place in a list of votes is a holder's own. The token of a holder in a ballot follows from the view code that the
 * holder had when the list was frozen, so that the holder finds it without asking anybody: what stands under it was voted in
 * this holder's name, and where nothing stands nobody voted so. No two holders have one token, because no two have one code.
 *
 *     token   base64url of the first 16 bytes of
 *             SHA-256("trust-ledger/ballot@1" LF ‖ programme ‖ LF ‖ index of ballot.drafted ‖ LF ‖ screen public key)
 *
 * Specification: README.md, "Ballots" (BL6).
 */
import { tokenCommitment } from './ballot.ts'
import type { BallotList } from './ballot.ts'
import { base64url, concat, utf8 } from './bytes.ts'
import { sha256 } from './hash.ts'
import { parseOpening } from './holder-opening.ts'
import { screenPublicKey } from './screen-code.ts'

const DOMAIN = 'trust-ledger/ballot@1\n'
const TOKEN_BYTES = 16

/** The token of the holder whose screen codes this public key verifies (screen-code.ts). */
export function ballotToken(screenKey: Uint8Array, programme: string, ballot: number): string {
  return base64url(sha256(concat(utf8(`${DOMAIN}${programme}\n${ballot}\n`), screenKey)).slice(0, TOKEN_BYTES))
}

/**
 * What a list says of a holder. `isListed`: whether there is a place for the holder; `casts`: the entries of the votes that
 * stand under it, undefined where the list opens none.
 */
export type OwnPlace = { readonly isListed: boolean; readonly casts?: readonly number[] }

/** The place of the holder of a view code in the list of a ballot. The list itself is for the recount to judge. */
export function ownPlace({ stream, ballot, eligible, casts }: BallotList, viewCode: string): OwnPlace {
  const programme = stream.slice(stream.indexOf(':') + 1)
  const token = ballotToken(screenPublicKey(viewCode), programme, ballot)
  const isListed = eligible.includes(tokenCommitment(token))
  if (casts.some(({ opening }) => opening === undefined)) return { isListed }
  const own = casts.filter(({ opening }) => tokenOf(opening!) === token)
  return { isListed, casts: own.map(({ index }) => index) }
}

function tokenOf(opening: string): string | undefined {
  try {
    const opened = parseOpening(opening)
    return opened.kind === 'choice' ? opened.value.token : undefined
  } catch {
    return undefined
  }
}
