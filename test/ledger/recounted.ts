/** A ballot in memory: a programme whose holders voted, with the published list, so that each fault is a row of a table. */
import { ascending, countVotes, eligibilityRoot, formatBallotList, tokenCommitment } from '../../ledger/ballot.ts'
import type { BallotList } from '../../ledger/ballot.ts'
import { base64url, hex, utf8 } from '../../ledger/bytes.ts'
import { disclosureDigest } from '../../ledger/disclosure.ts'
import { sha256 } from '../../ledger/hash.ts'
import { formatOpening } from '../../ledger/holder-opening.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { POINTS, ProgrammeStream, ballotData } from './programme-stream.ts'

/** The opening of a vote. @param nth makes the salt of a second vote another one */
export function voteOpening(token: string, choice: string[], nth = 0): string {
  const salt = base64url(sha256(utf8(`${token}${nth}`)).slice(0, 16))
  return formatOpening(salt, { kind: 'choice', value: { token, choice } })
}

export type Vote = readonly [token: string, ...choice: string[]]

/** A ballot that was held. `openings`: of each vote, by the index of its entry. */
export type HeldBallot = { stream: ProgrammeStream; ballot: number; list: BallotList; votes: Map<number, string> }

/** Holds a ballot. @param tallied overrides what the tally says */
export function heldBallot(votes: readonly Vote[], draft: JsonObject = {}, tallied: JsonObject = {}): HeldBallot {
  const stream = new ProgrammeStream()
  const ballot = stream.add('ballot.drafted', ballotData({ splitMin: 1, ...draft }))
  const eligible = ascending([...new Set(votes.map(([token]) => token)), 'absent'].map(tokenCommitment))
  stream.add('ballot.frozen', { ballot, eligible: eligible.length, root: eligibilityRoot(eligible) })
  stream.anchor()
  stream.now = Date.parse('2026-06-16T00:00:00.000Z')
  stream.add('ballot.opened', { ballot })
  const openings = new Map<number, string>()
  votes.forEach(([token, ...choice], nth) => {
    const opening = voteOpening(token, choice, nth)
    openings.set(stream.add('ballot.cast', { ballot }, { xd: [disclosureDigest(opening)] }), opening)
  })
  stream.now = Date.parse('2026-06-20T00:00:00.000Z')
  stream.add('ballot.closed', { ballot })
  const casts = [...openings].map(([index, opening]) => ({ index, opening }))
  const list: BallotList = { format: 'trust-ledger/ballot@1', stream: POINTS, ballot, eligible, casts }
  const { options, splitMin } = stream.programme.ballots[0]!
  const { counted, counts } = countVotes(
    options,
    votes.map(([token, ...choice]) => ({ token, choice })),
  )
  const published = counted < splitMin ? { ...list, casts: casts.map(({ index }) => ({ index })) } : list
  stream.add('ballot.tallied', {
    ballot,
    casts: votes.length,
    counted,
    eligible: eligible.length,
    list: hex(sha256(formatBallotList(published))),
    ...(counted < splitMin ? { belowMinimum: true } : { counts: counts as unknown as JsonObject[] }),
    ...tallied,
  })
  return { stream, ballot, list: published, votes: openings }
}
