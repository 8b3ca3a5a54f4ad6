/** BL6: whoever may vote finds the own place in the list, with the view code alone. */
import t from 'tap'
import { tokenCommitment } from '../../ledger/ballot.ts'
import { ballotToken, ownPlace } from '../../ledger/ballot-token.ts'
import { formatOpening } from '../../ledger/holder-opening.ts'
import { screenPublicKey } from '../../ledger/screen-code.ts'
import { PROGRAMME } from './programme-stream.ts'
import { heldBallot, voteOpening } from './recounted.ts'

const CODE = 'V-0123456789ABCDEFGHJKMNPQRS'
const OTHER = 'V-Z123456789ABCDEFGHJKMNPQRS'
const BALLOT = 13
const tokenOf = (code: string): string => ballotToken(screenPublicKey(code), PROGRAMME, BALLOT)

t.test('a token is of one holder, one programme and one ballot', async (t) => {
  const key = screenPublicKey(CODE)
  const tokens = [
    ballotToken(key, PROGRAMME, BALLOT),
    ballotToken(key, PROGRAMME, BALLOT + 3),
    ballotToken(key, 'other', BALLOT),
    ballotToken(screenPublicKey(OTHER), PROGRAMME, BALLOT),
  ]
  t.equal(new Set(tokens).size, tokens.length)
  t.equal(tokens[0], ballotToken(key, PROGRAMME, BALLOT))
  t.match(tokens[0], /^[A-Za-z0-9_-]{22}$/)
})

t.test('BL6: a vote in the place of somebody who did not vote is under that place', async (t) => {
  const { list, ballot } = heldBallot([
    [tokenOf(OTHER), 'lid'],
    ['stranger', 'cup'],
    [tokenOf(OTHER), 'cup'],
  ])
  t.equal(ballot, BALLOT)
  const [first, , last] = list.casts
  t.strictSame(ownPlace(list, OTHER), { isListed: true, casts: [first!.index, last!.index] })
  t.strictSame(ownPlace(list, CODE), { isListed: false, casts: [] }, 'who is left out')
  const silent = { ...list, eligible: [...list.eligible, tokenCommitment(tokenOf(CODE))].toSorted() }
  t.strictSame(ownPlace(silent, CODE), { isListed: true, casts: [] }, 'who did not vote')
  const forged = { ...silent, casts: [...list.casts, { index: 99, opening: voteOpening(tokenOf(CODE), ['cup']) }] }
  t.strictSame(ownPlace(forged, CODE), { isListed: true, casts: [99] }, 'in whose place somebody voted')
})

t.test('what a list does not open or is no vote is nobody’s', async (t) => {
  const { list } = heldBallot([[tokenOf(CODE), 'lid']], { splitMin: 20 })
  t.strictSame(ownPlace(list, CODE), { isListed: true })
  const note = formatOpening('A'.repeat(22), { kind: 'holder', value: { holder: 'H-A', number: 1 } })
  const broken = { ...list, casts: ['AAAA', note].map((opening, i) => ({ index: 40 + i, opening })) }
  t.strictSame(ownPlace(broken, CODE), { isListed: true, casts: [] })
})
