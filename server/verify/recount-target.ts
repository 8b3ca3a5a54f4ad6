/**
 * Counts a ballot again from what is public: the list of votes, and the proof file of its programme, which is verified
 * first, because votes that are not in the log prove nothing.
 */
import { parseBallotList } from '../../ledger/ballot.ts'
import type { BallotList } from '../../ledger/ballot.ts'
import { ownPlace } from '../../ledger/ballot-token.ts'
import type { OwnPlace } from '../../ledger/ballot-token.ts'
import { parseEntry } from '../../ledger/entry.ts'
import type { IndexedEntry } from '../../ledger/milestone.ts'
import { recountBallot } from '../../ledger/recount.ts'
import type { Difference, Recount } from '../../ledger/recount.ts'
import { parseProofFile } from '../../ledger/verify-file.ts'
import { fetchBytes, readBytes } from './fetch-bytes.ts'
import { BUNDLE_BYTES_MAX, isAddress, verifyProofFile } from './verify-target.ts'
import type { TargetReport, VerifyRequest } from './verify-target.ts'

/** A list has about 300 bytes for each vote. */
const LIST_BYTES_MAX = 300_000_000

/** Where a ballot's list and its programme's proof are. */
export type BallotFiles = { list: string; bundle: string }

/** The record that the votes stand in, what the votes come to, and the place of the holder whose view code was given. */
export type RecountReport = { record: TargetReport; recount: Recount; place?: OwnPlace }

/**
 * Where the files of a ballot are, by the address of its page, of its figures or of its list; undefined for any other.
 */
export function ballotFiles(target: string): BallotFiles | undefined {
  const { origin, pathname } = new URL(target)
  const found =
    /^\/v1\/ballots\/([a-z0-9-]{1,40})\/(\d{1,16})(?:\/list)?\/?$/.exec(pathname) ??
    /^\/points\/([a-z0-9-]{1,40})\/ballots\/(\d{1,16})\/?$/.exec(pathname)
  if (found === null) return undefined
  const [, programme, ballot] = found
  return {
    list: `${origin}/v1/ballots/${programme}/${ballot}/list`,
    bundle: `${origin}/v1/streams/points:${programme}/bundle`,
  }
}

/**
 * Reads both files, verifies the record and counts the votes.
 *
 * @throws Unreadable; LedgerError when a file is malformed
 */
export async function recountTarget({ list, bundle }: BallotFiles, request: VerifyRequest): Promise<RecountReport> {
  const [listed, proof] = await Promise.all([read(list, LIST_BYTES_MAX), read(bundle, BUNDLE_BYTES_MAX)])
  const parsed = parseBallotList(listed)
  const record = await verifyProofFile(proof, request)
  const entries = parseProofFile(proof).entries.map(({ index, bytes }): IndexedEntry => ({
    index,
    entry: parseEntry(bytes),
  }))
  const { viewCode } = request
  const place = viewCode === undefined ? {} : { place: ownPlace(parsed, viewCode) }
  return { record, recount: recountBallot(parsed, listed, entries), ...place }
}

async function read(target: string, bytesMax: number): Promise<Uint8Array> {
  return isAddress(target) ? await fetchBytes(target, bytesMax) : await readBytes(target, bytesMax)
}

/** What the list says of a holder, in one English sentence. */
export function placeSentence({ isListed, casts }: OwnPlace): string {
  if (!isListed) {
    return 'The list has no place for this view code: try the code that was in use when the list was frozen.'
  }
  if (casts === undefined) return 'The list has a place for this view code; which votes stand under it is not shown.'
  if (casts.length === 0) return 'The list has a place for this view code, and no vote stands under it.'
  return `Under the place of this view code stand the votes of entries ${casts.join(', ')}. If one is not yours, somebody voted in your place.`
}

/** What a difference means, in one English sentence. */
export function differenceSentence({ code, entry, facts }: Difference, { ballot }: Pick<BallotList, 'ballot'>): string {
  const of = (name: string): string => {
    const fact = facts[name]
    return typeof fact === 'string' ? fact : JSON.stringify(fact)
  }
  switch (code) {
    case 'ballot_missing':
      return `The programme has no ballot at entry ${ballot}.`
    case 'ballot_not_tallied':
      return 'The ballot has not been tallied yet.'
    case 'other_stream':
      return `The list is of ${of('stream')}, and the proof file of another programme.`
    case 'list_differs':
      return 'The list is not the one whose fingerprint the tally names.'
    case 'eligible_differs':
      return `The ${of('eligible')} entitlements of the list are not the ${of('frozen')} that were frozen before the ballot.`
    case 'vote_dropped':
      return `The vote of entry ${entry} is left out of the list.`
    case 'vote_added':
      return `The list has a vote of entry ${entry}, which is no vote in this ballot.`
    case 'vote_changed':
      return `The vote of entry ${entry} is not the one that was cast.`
    case 'vote_repeated':
      return `The vote of entry ${entry} is listed twice.`
    case 'vote_out_of_time':
      return `The vote of entry ${entry} was cast before the ballot opened or after it closed.`
    case 'vote_not_entitled':
      return `The vote of entry ${entry} is of nobody who was entitled.`
    case 'vote_invalid':
      return `The vote of entry ${entry} is for something that the ballot does not offer.`
    case 'votes_closed':
      return `${of('closed')} votes are listed without what they say.`
    case 'split_too_early':
      return `The split of ${of('counted')} votes is shown, though ${of('splitMin')} are needed for that.`
    case 'tally_differs':
      return facts['option'] === undefined
        ? `The tally says ${of('counted')} votes counted of ${of('casts')} cast; ${of('recounted')} count.`
        : `For ${of('option')} the tally says ${of('published')}; the votes come to ${of('recounted')}.`
  }
}
