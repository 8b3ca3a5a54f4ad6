/** Ballots: who may vote is fixed beforehand, the last vote of each counts, and the list has one text. */
import fc from 'fast-check'
import t from 'tap'
import {
  ascending,
  countVotes,
  eligibilityRoot,
  formatBallotList,
  isValidChoice,
  parseBallotList,
  tokenCommitment,
} from '../../ledger/ballot.ts'
import type { BallotList } from '../../ledger/ballot.ts'
import { base64url, text, utf8 } from '../../ledger/bytes.ts'
import { leafOf, treeOver } from '../support/tree-oracle.ts'

const COMMITMENTS = ascending(['a', 'b', 'c'].map(tokenCommitment))
const LIST: BallotList = {
  format: 'trust-ledger/ballot@1',
  stream: 'points:family',
  ballot: 13,
  eligible: COMMITMENTS,
  casts: [{ index: 22, opening: 'abc' }, { index: 25 }],
}

t.test('BL1: the root of those entitled is that of RFC 6962 over the sorted commitments', async (t) => {
  const leaves = COMMITMENTS.map((commitment) => leafOf(Buffer.from(commitment, 'base64url')))
  t.equal(eligibilityRoot(COMMITMENTS), base64url(treeOver(leaves)(0, 3)))
  t.equal(eligibilityRoot([...COMMITMENTS].toReversed()), eligibilityRoot(COMMITMENTS), 'in whatever order')
  t.not(eligibilityRoot(COMMITMENTS.slice(1)), eligibilityRoot(COMMITMENTS))
})

t.test('a choice is one option, or some different ones', async (t) => {
  const options = ['lid', 'cup']
  const is = (kind: 'single' | 'approval', ...choice: string[]): boolean =>
    isValidChoice({ options, choice: kind }, choice)
  t.ok(is('single', 'lid'))
  t.notOk(is('single'))
  t.notOk(is('single', 'lid', 'cup'))
  t.notOk(is('single', 'box'))
  t.ok(is('approval', 'lid', 'cup'))
  t.notOk(is('approval'))
  t.notOk(is('approval', 'lid', 'lid'))
})

t.test('BL2: the last vote of each token counts, and every option is listed', async (t) => {
  const votes = [
    { token: 'a', choice: ['lid'] },
    { token: 'b', choice: ['lid'] },
    { token: 'a', choice: ['cup'] },
  ]
  t.strictSame(countVotes(['lid', 'cup', 'box'], votes), {
    counted: 2,
    counts: [
      { option: 'lid', votes: 1 },
      { option: 'cup', votes: 1 },
      { option: 'box', votes: 0 },
    ],
  })
})

t.test('BL2: however often anybody votes, no vote counts twice', async () => {
  const vote = fc.record({ token: fc.constantFrom('a', 'b', 'c', 'd'), choice: fc.constantFrom(['lid'], ['cup']) })
  fc.assert(
    fc.property(fc.array(vote), (votes) => {
      const { counted, counts } = countVotes(['lid', 'cup'], votes)
      const sum = counts.reduce((before, { votes: some }) => before + some, 0)
      return counted === new Set(votes.map(({ token }) => token)).size && sum === counted
    }),
  )
})

t.test('a list is read as it was written', async (t) => {
  t.strictSame(parseBallotList(formatBallotList(LIST)), LIST)
  t.match(text(formatBallotList(LIST)), /^\{"ballot":13,"casts":\[\{"index":22,"opening":"abc"\},/, 'canonical JSON')
})

t.test('what is no list is refused', async (t) => {
  const faults: Record<string, unknown> = {
    format: 'trust-ledger/ballot@2',
    stream: 'x',
    ballot: -1,
    eligible: COMMITMENTS.toReversed(),
    casts: {},
  }
  const refused = (list: unknown, what: string): void => {
    t.throws(() => parseBallotList(utf8(JSON.stringify(list))), { code: 'ballot_list_malformed' }, what)
  }
  for (const [name, value] of Object.entries(faults)) {
    refused({ ...LIST, [name]: value }, name)
    const { [name as 'ballot']: _gone, ...rest } = LIST
    refused(rest, `without ${name}`)
  }
  for (const eligible of ['x', ['x'], [COMMITMENTS[0], COMMITMENTS[0]]]) refused({ ...LIST, eligible }, 'eligible')
  for (const cast of ['x', {}, { index: -1 }, { index: 3, opening: 5 }, { index: 3, holder: 'x' }]) {
    refused({ ...LIST, casts: [cast] }, JSON.stringify(cast))
  }
  refused({ ...LIST, note: 'x' }, 'another member')
  refused([], 'no object')
  t.throws(() => parseBallotList(utf8('{')), { code: 'json_malformed' })
})
