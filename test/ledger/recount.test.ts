/** The recount: public data alone give the tally, and a changed, dropped or added vote is named. */
import t from 'tap'
import { formatBallotList, tokenCommitment } from '../../ledger/ballot.ts'
import type { BallotList } from '../../ledger/ballot.ts'
import { concat, utf8 } from '../../ledger/bytes.ts'
import { disclosureDigest } from '../../ledger/disclosure.ts'
import { recountBallot } from '../../ledger/recount.ts'
import type { Recount } from '../../ledger/recount.ts'
import { heldBallot, voteOpening } from './recounted.ts'
import type { HeldBallot, Vote } from './recounted.ts'
import { ProgrammeStream } from './programme-stream.ts'

const VOTES: readonly Vote[] = [
  ['a', 'lid'],
  ['b', 'lid'],
  ['c', 'cup'],
  ['a', 'cup'],
]

const recount = ({ stream, list }: HeldBallot, other: BallotList = list): Recount =>
  recountBallot(other, formatBallotList(other), stream.entries)
const codes = ({ differences }: Recount): string[] => [...new Set(differences.map(({ code }) => code))]

t.test('BL3: the recount gives the tally', async (t) => {
  const result = recount(heldBallot(VOTES))
  t.strictSame(result.differences, [])
  t.match(result, {
    casts: 4,
    counted: 3,
    counts: [
      { option: 'lid', votes: 1 },
      { option: 'cup', votes: 2 },
    ],
  })
  t.strictSame(result.counts, result.published?.counts)
})

t.test('a changed, dropped, added or repeated vote is named', async (t) => {
  const held = heldBallot(VOTES)
  const { casts } = held.list
  const index = casts[1]!.index
  const listed = (changed: BallotList['casts']): Recount => recount(held, { ...held.list, casts: changed })
  const named = (changed: BallotList['casts']): string[] =>
    listed(changed).differences.flatMap(({ code, entry }) => (entry === undefined ? [] : [`${code} ${entry}`]))
  t.strictSame(named(casts.filter((cast) => cast.index !== index)), [`vote_dropped ${index}`])
  t.strictSame(named([...casts, { index: 999, opening: voteOpening('z', ['lid']) }]), ['vote_added 999'])
  t.strictSame(named([...casts, casts[1]!]), [`vote_repeated ${index}`])
  const replaced = (opening: string): BallotList['casts'] =>
    casts.map((cast) => (cast.index === index ? { index, opening } : cast))
  t.strictSame(named(replaced(voteOpening('b', ['cup'], 1))), [`vote_changed ${index}`])
  t.strictSame(named(replaced('x')), [`vote_changed ${index}`], 'no opening at all')
  const moved = casts.map((cast, i) => ({ ...cast, opening: casts[(i + 1) % casts.length]!.opening! }))
  t.equal(named(moved).length, 4, 'votes that changed places')
  for (const changed of [casts.slice(1), replaced('x')]) {
    t.ok(codes(listed(changed)).includes('list_differs'), 'the tally names another list')
  }
})

t.test('the tally cannot be other than the votes', async (t) => {
  const tallied = (more: object): string[] => codes(recount(heldBallot(VOTES, {}, more as Record<string, never>)))
  t.strictSame(tallied({ counted: 4 }), ['tally_differs'])
  t.strictSame(tallied({ casts: 3 }), ['tally_differs'])
  t.strictSame(
    tallied({
      counts: [
        { option: 'lid', votes: 2 },
        { option: 'cup', votes: 1 },
      ],
    }),
    ['tally_differs'],
  )
  t.strictSame(tallied({ counts: [{ option: 'cup', votes: 2 }] }), ['tally_differs'], 'an option left out')
  const more = [
    { option: 'lid', votes: 1 },
    { option: 'cup', votes: 2 },
    { option: 'box', votes: 0 },
  ]
  t.strictSame(tallied({ counts: more }), ['tally_differs'], 'an option that there is not')
  t.strictSame(tallied({ list: '0'.repeat(64) }), ['list_differs'])
})

t.test('BL1: only those on the frozen list vote, and with a choice that there is', async (t) => {
  const held = heldBallot(VOTES)
  const eligible = held.list.eligible.filter((commitment) => commitment !== tokenCommitment('b'))
  t.strictSame(codes(recount(held, { ...held.list, eligible })), [
    'list_differs',
    'eligible_differs',
    'vote_not_entitled',
    'tally_differs',
  ])
  t.strictSame(codes(recount(heldBallot([...VOTES, ['d', 'box']]))), ['vote_invalid', 'tally_differs'])
})

t.test('a vote after the close is named', async (t) => {
  const held = heldBallot(VOTES)
  const opening = voteOpening('absent', ['lid'])
  const late = held.stream.add('ballot.cast', { ballot: held.ballot }, { xd: [disclosureDigest(opening)] })
  const result = recount(held, { ...held.list, casts: [...held.list.casts, { index: late, opening }] })
  t.match(result.differences, [{ code: 'vote_out_of_time', entry: late }])
})

t.test('BL5: no split of fewer votes than the ballot demands', async (t) => {
  const few = heldBallot(VOTES, { splitMin: 20 })
  const result = recount(few)
  t.strictSame(result.differences, [])
  t.equal(result.counts, undefined)
  t.equal(result.counted, undefined, 'what cannot be counted is not claimed')
  t.equal(result.casts, 4)
  const counts = [
    { option: 'lid', votes: 1 },
    { option: 'cup', votes: 2 },
  ]
  const shown = heldBallot(VOTES, { splitMin: 20 }, { counts })
  shown.stream.entries.pop()
  const { list } = heldBallot(VOTES)
  shown.stream.add('ballot.tallied', {
    ballot: shown.ballot,
    casts: 4,
    counted: 3,
    eligible: 4,
    list: '0'.repeat(64),
    counts,
  })
  const early = recount(shown, list)
  t.ok(codes(early).includes('split_too_early'))
  t.equal(early.counts, undefined)
})

t.test('votes kept closed without need are named', async (t) => {
  const held = heldBallot(VOTES)
  const casts = held.list.casts.map(({ index }) => ({ index }))
  t.ok(codes(recount(held, { ...held.list, casts })).includes('votes_closed'))
  const hidden = heldBallot(VOTES)
  hidden.stream.entries.pop()
  const tally = { ballot: hidden.ballot, casts: 4, counted: 3, eligible: 4, list: '0'.repeat(64), belowMinimum: true }
  hidden.stream.add('ballot.tallied', tally)
  t.ok(codes(recount(hidden)).includes('tally_differs'), 'a split withheld though there were enough')
})

t.test('without ballot, freeze or tally there is nothing to agree with', async (t) => {
  const held = heldBallot(VOTES)
  const other = new ProgrammeStream()
  const bytes = formatBallotList(held.list)
  t.strictSame(codes(recountBallot(held.list, bytes, other.entries)), ['ballot_missing'])
  t.strictSame(codes(recountBallot(held.list, bytes, [])), ['ballot_missing'])
  const stranger = { ...held.list, stream: 'points:other' }
  t.ok(codes(recount(held, stranger)).includes('other_stream'))
  const untallied = held.stream.entries.slice(0, -1)
  t.strictSame(codes(recountBallot(held.list, bytes, untallied)), ['ballot_not_tallied'])
  const unfrozen = held.stream.entries.filter(({ entry }) => entry.type !== 'ballot.frozen')
  t.strictSame(codes(recountBallot(held.list, bytes, unfrozen)), ['eligible_differs'])
  const spaced = recountBallot(held.list, concat(utf8(' '), bytes), held.stream.entries)
  t.strictSame(codes(spaced), ['list_differs'], 'another text of the same list')
  const bare = held.stream.entries.map(({ index, entry: { xd: _xd, ...entry } }) => ({ index, entry }))
  t.ok(codes(recountBallot(held.list, bytes, bare)).includes('vote_changed'))
})
