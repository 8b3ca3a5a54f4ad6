/**
 * A ballot counted again, from the entries of its programme and the published list alone. Every vote in the log must stand
 * in the list as it was cast, and nothing else; whatever differs is named. Specification: README.md, "Ballots" (BL2, BL3).
 */
import { ascending, countVotes, eligibilityRoot, formatBallotList, isValidChoice, tokenCommitment } from './ballot.ts'
import type { BallotList, ListedCast } from './ballot.ts'
import { equalBytes, hex } from './bytes.ts'
import type { Entry } from './entry.ts'
import { sha256 } from './hash.ts'
import { parseOpening } from './holder-opening.ts'
import type { CastVote } from './holder-opening.ts'
import type { JsonObject } from './json.ts'
import type { IndexedEntry } from './milestone.ts'
import type { OptionVotes } from './points-data.ts'
import { ballotOf } from './points-rules.ts'
import { pointsDataOf } from './points-shape.ts'
import { foldProgramme } from './programme.ts'
import type { BallotState, ProgrammeState } from './programme.ts'

/** What a recount can find; each stands for one sentence. */
export type DifferenceCode =
  | 'ballot_missing'
  | 'ballot_not_tallied'
  | 'other_stream'
  | 'list_differs'
  | 'eligible_differs'
  | 'vote_dropped'
  | 'vote_added'
  | 'vote_changed'
  | 'vote_repeated'
  | 'vote_out_of_time'
  | 'vote_not_entitled'
  | 'vote_invalid'
  | 'votes_closed'
  | 'tally_differs'
  | 'split_too_early'

/** One thing that is not as it should be. `entry`: the index of the vote that it is about. */
export type Difference = { readonly code: DifferenceCode; readonly entry?: number; readonly facts: JsonObject }

/**
 * What came out. `counts` is absent where no split is shown; `published` is what the programme says itself.
 */
export type Recount = {
  readonly ballot: number
  readonly casts: number
  readonly counted?: number
  readonly counts?: readonly OptionVotes[]
  readonly published?: NonNullable<BallotState['tally']>
  readonly differences: readonly Difference[]
}

/**
 * Counts a ballot again.
 *
 * @param list the published list, with the bytes that it came in
 * @param entries all entries of the programme's stream, by seq: their integrity is for verification to judge
 */
export function recountBallot(list: BallotList, bytes: Uint8Array, entries: readonly IndexedEntry[]): Recount {
  const { ballot } = list
  const differences: Difference[] = []
  const differ = (code: DifferenceCode, facts: JsonObject = {}, entry?: number): void => {
    differences.push({ code, ...(entry === undefined ? {} : { entry }), facts })
  }
  if (entries.some(({ entry }) => entry.stream !== list.stream)) differ('other_stream', { stream: list.stream })
  const { state, cast } = votesInLog(entries, ballot, differ)
  if (state === undefined) {
    differ('ballot_missing', { ballot })
    return { ballot, casts: 0, differences }
  }
  judgeList(list, bytes, state, differ)
  const votes = openedVotes(list, cast, state, differ)
  if (state.tally === undefined) differ('ballot_not_tallied', { ballot })
  const published = state.tally === undefined ? {} : { published: state.tally }
  if (votes === undefined) return { ballot, casts: cast.size, ...published, differences }
  const { counted, counts } = countVotes(state.options, votes)
  judgeTally(state, { casts: cast.size, counted, counts }, differ)
  const split = counted < state.splitMin ? {} : { counts }
  return { ballot, casts: cast.size, counted, ...split, ...published, differences }
}

type Differ = (code: DifferenceCode, facts?: JsonObject, entry?: number) => void
/** The votes of the ballot in the log, by index. */
type CastEntries = ReadonlyMap<number, Entry>

function votesInLog(
  entries: readonly IndexedEntry[],
  ballot: number,
  differ: Differ,
): { state: BallotState | undefined; cast: CastEntries } {
  let programme: ProgrammeState | undefined
  const cast = new Map<number, Entry>()
  for (const { index, entry } of entries) {
    const told = pointsDataOf(entry)
    if (told?.type === 'ballot.cast' && told.data.ballot === ballot) {
      const isOpen = programme !== undefined && ballotOf(programme, ballot)?.state === 'opened'
      if (!isOpen) differ('vote_out_of_time', {}, index)
      cast.set(index, entry)
    }
    programme = foldProgramme(programme, entry, index)
  }
  return { state: programme === undefined ? undefined : ballotOf(programme, ballot), cast }
}

/** The list is the one that the tally names, and lists exactly those who were entitled when it was frozen. */
function judgeList(list: BallotList, bytes: Uint8Array, state: BallotState, differ: Differ): void {
  const isCanonical = equalBytes(bytes, formatBallotList(list))
  const found = hex(sha256(bytes))
  if (state.tally !== undefined && (!isCanonical || state.tally.list !== found)) {
    differ('list_differs', { found, published: state.tally.list })
  }
  const { frozen } = state
  const count = list.eligible.length
  if (frozen?.eligible !== count || frozen.root !== eligibilityRoot(list.eligible)) {
    differ('eligible_differs', { eligible: count, frozen: frozen?.eligible ?? 0 })
  }
}

/** The votes of the list that can be counted, in the order of the log; undefined when the list has no openings. */
function openedVotes(list: BallotList, cast: CastEntries, state: BallotState, differ: Differ): CastVote[] | undefined {
  const listed = new Set<number>()
  const votes: { index: number; vote: CastVote }[] = []
  let closed = 0
  for (const one of list.casts) {
    const { index } = one
    if (listed.has(index)) differ('vote_repeated', {}, index)
    else if (!cast.has(index)) differ('vote_added', {}, index)
    else if (one.opening === undefined) closed++
    else {
      const vote = openedVote(one, cast.get(index)!)
      if (vote === undefined) differ('vote_changed', {}, index)
      else if (isCountable(vote, list, state, index, differ)) votes.push({ index, vote })
    }
    listed.add(index)
  }
  for (const index of cast.keys()) if (!listed.has(index)) differ('vote_dropped', {}, index)
  if (closed > 0 && closed === list.casts.length && state.tally?.counts === undefined) return undefined
  if (closed > 0) differ('votes_closed', { closed })
  votes.sort((a, b) => a.index - b.index)
  return votes.map(({ vote }) => vote)
}

function openedVote({ opening }: ListedCast, { xd = [] }: Entry): CastVote | undefined {
  try {
    const opened = parseOpening(opening!)
    return opened.kind === 'choice' && xd.includes(opened.digest) ? opened.value : undefined
  } catch {
    return undefined
  }
}

function isCountable(
  { token, choice }: CastVote,
  { eligible }: BallotList,
  state: BallotState,
  index: number,
  differ: Differ,
): boolean {
  if (!eligible.includes(tokenCommitment(token))) differ('vote_not_entitled', {}, index)
  else if (!isValidChoice(state, choice)) differ('vote_invalid', { choice: ascending(choice) }, index)
  else return true
  return false
}

/** BL3: the published figures are those of the recount. BL5: no split below the minimum. */
function judgeTally(
  { tally, splitMin }: BallotState,
  found: { casts: number; counted: number; counts: OptionVotes[] },
  differ: Differ,
): void {
  if (tally === undefined) return
  const { casts, counted, counts } = tally
  if (casts !== found.casts || counted !== found.counted) {
    differ('tally_differs', { casts, counted, recounted: found.counted })
  }
  if (counts === undefined) {
    if (found.counted >= splitMin) differ('tally_differs', { casts, counted, recounted: found.counted })
    return
  }
  if (found.counted < splitMin) differ('split_too_early', { counted: found.counted, splitMin })
  for (const { option, votes } of found.counts) {
    const published = counts.find((count) => count.option === option)?.votes ?? 0
    if (published !== votes) differ('tally_differs', { option, published, recounted: votes })
  }
  const unknown = counts.find((count) => !found.counts.some(({ option }) => option === count.option))
  if (unknown !== undefined) differ('tally_differs', { option: unknown.option, published: unknown.votes, recounted: 0 })
}
