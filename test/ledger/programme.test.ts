/** The state of a programme: a fold over its entries that is small, plain JSON, and the same for whoever computes it. */
import t from 'tap'
import type { JsonObject } from '../../ledger/json.ts'
import { NOTICES_MAX, foldProgramme } from '../../ledger/programme.ts'
import { formatInstant } from '../../ledger/instant.ts'
import {
  DAY_MS,
  NAME,
  OPENED_AT,
  ProgrammeStream,
  ballotData,
  granted,
  moving,
  rewardData,
  ruleData,
} from './programme-stream.ts'

const LIST = '0'.repeat(64)
const ROOT = 'A'.repeat(43)

t.test('a programme as it is opened', async (t) => {
  const { programme } = new ProgrammeStream()
  t.match(programme, {
    id: 'family',
    brand: 'acme',
    brandName: NAME,
    opened: { index: 10, recordedAt: OPENED_AT },
    terms: [{ version: 1, index: 10, validFrom: OPENED_AT, expiry: { months: 12 } }],
    holders: 0,
  })
  t.strictSame(JSON.parse(JSON.stringify(programme)), programme, 'plain JSON')
})

t.test('before a programme is opened there is none', async (t) => {
  const { entries } = new ProgrammeStream()
  const { entry } = entries[0]!
  t.equal(foldProgramme(undefined, { ...entry, type: 'holder.opened', data: {} }, 1), undefined)
  t.equal(foldProgramme(undefined, { ...entry, data: { id: 'x' } }, 1), undefined)
  const { brand: _brand, ...orphan } = entry
  t.equal(foldProgramme(undefined, orphan, 1)?.brand, '')
})

t.test('what is not well formed, or of another type, changes nothing', async (t) => {
  const stream = new ProgrammeStream()
  const before = stream.programme
  const entry = (type: string, data: JsonObject) => ({ ...stream.entries[0]!.entry, type, data })
  t.equal(foldProgramme(before, entry('rule.published', ruleData({ rating: 5 })), 20), before)
  t.equal(foldProgramme(before, entry('redaction.registered', {}), 20), before)
  t.equal(foldProgramme(before, entry('programme.opened', {}), 20), before)
  t.equal(foldProgramme(before, stream.entries[0]!.entry, 20), before, 'opened twice')
})

t.test('P1: totals add up over every kind of posting', async (t) => {
  const stream = new ProgrammeStream()
  const rule = stream.add('rule.published', ruleData())
  stream.add('holder.opened')
  const grant = stream.add('grant.posted', granted(rule))
  const reward = stream.add('reward.published', rewardData())
  const hold = { reward: 'visit', version: 1, rewardIndex: reward, amount: 60, holdUntil: OPENED_AT }
  const redemption = stream.add('redemption.held', moving('available', 'held', 60, hold))
  t.equal(stream.programme.rewards[0]!.taken, 1)
  stream.add('redemption.confirmed', moving('held', 'redeemed', 60, { redemption, reward: 'visit' }))
  t.equal(stream.programme.rewards[0]!.taken, 1)
  stream.add('grant.reversed', {
    grant,
    amount: 50,
    reason: 'error',
    postings: [
      { from: 'available', to: 'issuance', amount: 40 },
      { from: 'forfeited', to: 'issuance', amount: 10 },
    ],
  })
  t.strictSame(stream.programme.totals, {
    issuance: -50,
    available: 0,
    pending: 0,
    held: 0,
    redeemed: 60,
    expired: 0,
    forfeited: -10,
  })
  stream.add('redemption.refunded', moving('redeemed', 'available', 60, { redemption, reward: 'visit' }))
  t.equal(stream.programme.rewards[0]!.taken, 0, 'a refund gives the place back')
  const second = stream.add('redemption.held', moving('available', 'held', 60, hold))
  stream.add('redemption.released', moving('held', 'available', 60, { redemption: second, reward: 'visit' }))
  t.equal(stream.programme.rewards[0]!.taken, 0, 'so does a release')
  t.equal(stream.programme.holders, 1)
})

t.test('terms, rules and notices are kept by version and time', async (t) => {
  const stream = new ProgrammeStream()
  const { title: _title, text: _text, ...figures } = ruleData()
  const index = stream.add('rule.published', ruleData())
  t.strictSame(stream.programme.rules, [{ ...figures, index }])
  const withdrawn = stream.add('rule.withdrawn', { rule: 'report', version: 1 })
  t.equal(stream.programme.rules[0]!.withdrawn, withdrawn)
  stream.add('rule.withdrawn', { rule: 'report', version: 2 })
  t.equal(stream.programme.rules.length, 1)
  stream.add('terms.published', { version: 2, text: NAME, noCash: NAME, expiry: { never: true }, validFrom: OPENED_AT })
  t.equal(stream.programme.terms[1]!.version, 2)
  const first = stream.add('points.expiring', { expiresAt: OPENED_AT, holders: 1, amount: 5 })
  stream.add('points.expiring', { expiresAt: OPENED_AT, holders: 2, amount: 9 })
  t.match(stream.programme.notices, [{ expiresAt: OPENED_AT, index: first }], 'the first notice counts')
  for (let day = 1; day <= NOTICES_MAX; day++) {
    const expiresAt = formatInstant(Date.parse(OPENED_AT) + day * DAY_MS)
    stream.add('points.expiring', { expiresAt, holders: 1, amount: 5 })
  }
  t.equal(stream.programme.notices.length, NOTICES_MAX)
  t.notOk(stream.programme.notices.some(({ index }) => index === first))
  const counted = { programme: 'family', size: 9, leaves: 1, root: ROOT, sum: 0 }
  const liabilities = stream.add('points.liabilities', counted)
  t.strictSame(stream.programme.liabilities, { ...counted, index: liabilities })
})

t.test('rewards change by amendment and closing', async (t) => {
  const stream = new ProgrammeStream()
  stream.add('reward.published', rewardData())
  stream.add('reward.published', rewardData({ reward: 'mug' }))
  const amended = stream.add('reward.amended', rewardData({ version: 2, cost: 50, eventOn: '2026-10-01' }))
  t.match(stream.programme.rewards[0], { version: 2, cost: 50, index: amended, taken: 0, eventOn: '2026-10-01' })
  const closed = stream.add('reward.closed', { reward: 'mug' })
  t.equal(stream.programme.rewards[1]!.closed, closed)
})

t.test('proposals move', async (t) => {
  const stream = new ProgrammeStream()
  const proposal = stream.add('proposal.submitted', { answerDue: OPENED_AT })
  const missed = stream.add('proposal.answer_missed', { proposal, due: OPENED_AT })
  const by = stream.add('proposal.moved', { proposal, to: 'shipped', improvement: 4 })
  t.strictSame(stream.programme.proposals, [
    { index: proposal, state: 'shipped', stateBy: by, answerDue: OPENED_AT, missed, improvement: 4 },
  ])
  const other = stream.add('proposal.submitted', { answerDue: OPENED_AT })
  stream.add('proposal.moved', { proposal: other, to: 'merged', into: proposal })
  t.equal(stream.programme.proposals[1]!.into, proposal)
})

t.test('a ballot from draft to the end', async (t) => {
  const stream = new ProgrammeStream()
  const ballot = stream.add('ballot.drafted', ballotData())
  const state = (): string => stream.programme.ballots[0]!.state
  t.equal(state(), 'drafted')
  stream.add('entitlement.granted', { ballot, rule: 'v', version: 1, ruleIndex: 2, source: 1 })
  const frozen = stream.add('ballot.frozen', { ballot, eligible: 1, root: ROOT })
  t.equal(state(), 'frozen')
  stream.add('ballot.opened', { ballot })
  stream.add('ballot.cast', { ballot })
  stream.add('ballot.cast', { ballot })
  stream.add('ballot.closed', { ballot })
  t.equal(state(), 'closed')
  const tally = { ballot, casts: 2, counted: 1, eligible: 1, list: LIST }
  stream.add('ballot.tallied', { ...tally, belowMinimum: true })
  t.notOk(stream.programme.ballots[0]!.tally?.counts)
  stream.add('ballot.challenged', { ballot })
  t.equal(state(), 'challenged')
  const counts = [{ option: 'lid', votes: 1 }]
  const index = stream.add('ballot.tallied', { ...tally, counts })
  stream.add('ballot.finalised', { ballot })
  t.match(stream.programme.ballots[0], {
    state: 'finalised',
    options: ['lid', 'cup'],
    entitled: 1,
    casts: 2,
    frozen: { index: frozen, eligible: 1, root: ROOT },
    tally: { index, casts: 2, counted: 1, counts, list: LIST },
  })
})
