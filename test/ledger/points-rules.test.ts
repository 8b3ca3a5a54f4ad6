/** The rules of a programme: a rule is public and anchored before it is used, and no step is taken out of turn. */
import t from 'tap'
import type { JsonObject } from '../../ledger/json.ts'
import { formatInstant } from '../../ledger/instant.ts'
import type { RewardPublished } from '../../ledger/points-data.ts'
import {
  amendmentRefusal,
  ballotRefusal,
  castRefusal,
  entitlementRefusal,
  expiryOf,
  expiryRefusal,
  grantRefusal,
  isAnswered,
  isExpiryKept,
  isRuleUsable,
  missedAnswers,
  newestRuleVersion,
  proposalRefusal,
  proposalStatesAfter,
  publishingRefusal,
  redemptionRefusal,
  ruleInForce,
  ruleRefusal,
  termsInForce,
} from '../../ledger/points-rules.ts'
import type { ProposalState } from '../../ledger/programme.ts'
import {
  DAY_MS,
  NAME,
  OPENED_AT,
  ProgrammeStream,
  ballotData,
  moving,
  rewardData,
  ruleData,
} from './programme-stream.ts'

const CITED = { rule: 'report', version: 1 }
const LATER = formatInstant(Date.parse(OPENED_AT) + DAY_MS)

const withRule = (more: JsonObject = {}): ProgrammeStream => {
  const stream = new ProgrammeStream()
  stream.add('rule.published', ruleData(more))
  return stream
}

t.test('ER1: a rule is usable once an anchor covers it, by indexes and not by clocks', async (t) => {
  const stream = withRule()
  const index = stream.programme.rules[0]!.index
  const refusal = (at: number, ...anchors: number[]): string | undefined =>
    ruleRefusal(
      stream.programme,
      CITED,
      stream.moment({ index: at, anchored: (i) => anchors.find((size) => size > i) }),
    )
  t.equal(refusal(index + 9), 'rule_not_anchored', 'no anchor at all')
  t.equal(refusal(index + 9, index), 'rule_not_anchored', 'an anchor that ends before the rule')
  t.equal(refusal(index + 9, index + 1), undefined, 'the smallest anchor that covers it')
  t.equal(refusal(index + 9, index + 9), undefined, 'the largest anchor that does not cover the grant')
  t.equal(refusal(index + 9, index + 10), 'rule_not_anchored', 'an anchor that covers the grant too')
})

t.test('a rule is used as it was published, while it is valid', async (t) => {
  const stream = withRule({ validFrom: LATER, validUntil: formatInstant(Date.parse(OPENED_AT) + 2 * DAY_MS) })
  stream.anchor()
  const state = stream.programme
  const at = (recordedAt: string): string | undefined => ruleRefusal(state, CITED, stream.moment({ recordedAt }))
  t.equal(at(OPENED_AT), 'rule_not_valid_yet')
  t.equal(at(LATER), undefined)
  t.equal(at(state.rules[0]!.validUntil!), 'rule_expired')
  const { index } = state.rules[0]!
  const moment = stream.moment({ recordedAt: LATER })
  t.equal(ruleRefusal(state, { ...CITED, ruleIndex: index + 1 }, moment), 'rule_unknown', 'another entry')
  t.equal(ruleRefusal(state, { ...CITED, version: 2 }, moment), 'rule_unknown')
  t.ok(isRuleUsable(state, { ...CITED, ruleIndex: index }, moment))
  stream.add('rule.withdrawn', CITED)
  t.equal(ruleRefusal(stream.programme, CITED, moment), 'rule_withdrawn')
  t.equal(ruleInForce(stream.programme, 'report', moment), undefined)
})

t.test('ER3: a newer version takes the place of the older ones, from its time and its anchor on', async (t) => {
  const stream = withRule()
  stream.anchor()
  stream.add('rule.published', ruleData({ version: 2, validFrom: LATER }))
  const first = (more = {}): string | undefined => ruleRefusal(stream.programme, CITED, stream.moment(more))
  t.equal(first({ recordedAt: LATER }), undefined, 'not anchored yet')
  stream.anchor()
  t.equal(first(), undefined, 'not valid yet')
  t.equal(first({ recordedAt: LATER }), 'rule_superseded')
  t.equal(ruleInForce(stream.programme, 'report', stream.moment())?.version, 1)
  t.equal(ruleInForce(stream.programme, 'report', stream.moment({ recordedAt: LATER }))?.version, 2)
  t.equal(newestRuleVersion(stream.programme, 'report'), 2)
  t.equal(newestRuleVersion(stream.programme, 'other'), 0)
})

t.test('ER3: what is published holds from now on, by the next version', async (t) => {
  t.equal(publishingRefusal(1, { version: 2, validFrom: LATER }, LATER), undefined)
  t.equal(publishingRefusal(1, { version: 3, validFrom: LATER }, LATER), 'version_out_of_order')
  t.equal(publishingRefusal(1, { version: 1, validFrom: LATER }, LATER), 'version_out_of_order')
  t.equal(publishingRefusal(0, { version: 1, validFrom: OPENED_AT }, LATER), 'backdated')
})

t.test('a grant is what its rule gives', async (t) => {
  const refusal = (rule: JsonObject, amount: number, direct = true): string | undefined => {
    const stream = withRule(rule)
    stream.anchor()
    return grantRefusal(stream.programme, { ...CITED, amount, direct }, stream.moment())
  }
  t.equal(refusal({}, 100), undefined)
  t.equal(refusal({}, 99), 'grant_amount')
  t.equal(refusal({ earns: { pointsMax: 50 } }, 50), undefined)
  t.equal(refusal({ earns: { pointsMax: 50 } }, 51), 'grant_amount')
  t.equal(refusal({ earns: { pointsMax: 50 } }, 0), 'grant_amount')
  t.equal(refusal({ earns: { vote: true } }, 1), 'rule_gives_no_points')
  t.equal(refusal({ pendingDays: 7 }, 100), 'grant_needs_waiting')
  t.equal(refusal({ pendingDays: 7 }, 100, false), undefined)
  const unanchored = withRule()
  const grant = { ...CITED, amount: 100, direct: true }
  t.equal(grantRefusal(unanchored.programme, grant, unanchored.moment()), 'rule_not_anchored')
})

t.test('BL4: an entitlement to vote is earned by a rule for votes, before the list is frozen', async (t) => {
  const stream = withRule({ earns: { vote: true } })
  stream.add('rule.published', ruleData({ rule: 'points' }))
  const ballot = stream.add('ballot.drafted', ballotData())
  const refusal = (cited: object = CITED, of = ballot): string | undefined =>
    entitlementRefusal(stream.programme, { ...CITED, ruleIndex: 13, ballot: of, ...cited }, stream.moment())
  t.equal(refusal(), 'rule_not_anchored')
  stream.anchor()
  t.equal(refusal(), undefined)
  t.equal(refusal({ rule: 'points', ruleIndex: 16 }), 'rule_gives_no_votes')
  t.equal(refusal({}, 1), 'ballot_unknown')
  stream.add('ballot.frozen', { ballot, eligible: 1, root: 'A'.repeat(43) })
  t.equal(refusal(), 'ballot_step')
})

t.test('points expire at the end of a day, as the rule or the terms said when they were posted', async (t) => {
  const stream = new ProgrammeStream()
  const state = stream.programme
  t.equal(expiryOf(state, {}, OPENED_AT), '2027-06-14T16:00:00.000Z', 'the end of 14 June in +08:00')
  t.equal(expiryOf(state, { expiryMonths: 3 }, '2026-11-30T17:00:00.000Z'), '2027-03-01T16:00:00.000Z')
  t.equal(expiryOf(state, { expiryMonths: 3 }, '2026-11-30T07:00:00.000Z'), '2027-02-28T16:00:00.000Z', 'no such day')
  t.equal(expiryOf(state, {}, '2026-01-01T00:00:00.000Z'), undefined, 'no terms hold yet')
  const isKept = (expiresAt?: string): boolean => isExpiryKept(state, {}, { recordedAt: OPENED_AT, expiresAt })
  t.ok(isKept('2027-06-14T16:00:00.000Z'))
  t.ok(isKept(), 'never is not too soon')
  t.notOk(isKept('2027-06-13T16:00:00.000Z'))
  stream.add('terms.published', { version: 2, text: NAME, noCash: NAME, expiry: { never: true }, validFrom: LATER })
  t.equal(expiryOf(stream.programme, {}, LATER), undefined)
  const promised = { recordedAt: LATER, expiresAt: '2099-06-13T16:00:00.000Z' }
  t.notOk(isExpiryKept(stream.programme, {}, promised), 'they were to expire never')
  t.equal(expiryOf(stream.programme, { expiryMonths: 1 }, LATER), '2026-07-15T16:00:00.000Z')
  t.equal(termsInForce(stream.programme, OPENED_AT)?.version, 1)
  t.equal(termsInForce(stream.programme, LATER)?.version, 2)
})

t.test('nothing expires before its time, or before a notice has stood for 30 days', async (t) => {
  const stream = new ProgrammeStream()
  const expiresAt = formatInstant(stream.now + 40 * DAY_MS)
  const after = (days: number): string => formatInstant(stream.now + days * DAY_MS)
  t.equal(expiryRefusal(stream.programme, expiresAt, after(41)), 'expiry_not_announced')
  stream.add('points.expiring', { expiresAt, holders: 1, amount: 5 })
  t.equal(expiryRefusal(stream.programme, expiresAt, after(39)), 'expiry_too_early')
  t.equal(expiryRefusal(stream.programme, expiresAt, after(40)), undefined)
  const late = formatInstant(stream.now)
  stream.add('points.expiring', { expiresAt: late, holders: 1, amount: 5 })
  t.equal(expiryRefusal(stream.programme, late, after(29)), 'expiry_not_announced')
  t.equal(expiryRefusal(stream.programme, late, after(30)), undefined)
})

t.test('RW1: a reward is redeemed at its cost, in its time, while there are places', async (t) => {
  const stream = new ProgrammeStream()
  const rewardIndex = stream.add('reward.published', rewardData())
  const held = { reward: 'visit', version: 1, rewardIndex, amount: 60 }
  const refusal = (more: object = {}, recordedAt = LATER): string | undefined =>
    redemptionRefusal(stream.programme, { ...held, ...more }, recordedAt)
  t.equal(refusal(), undefined)
  t.equal(refusal({ rewardIndex: undefined }), undefined)
  t.equal(refusal({ amount: 59 }), 'reward_cost')
  for (const more of [{ reward: 'other' }, { version: 2 }, { rewardIndex: 1 }]) t.equal(refusal(more), 'reward_unknown')
  t.equal(refusal({}, '2026-06-14T00:00:00.000Z'), 'reward_not_open')
  t.equal(refusal({}, '2026-12-31T16:00:00.000Z'), 'reward_not_open')
  const data = moving('available', 'held', 60, { ...held, holdUntil: LATER })
  const first = stream.add('redemption.held', data)
  stream.add('redemption.held', data)
  t.equal(refusal(), 'reward_sold_out')
  stream.add('redemption.released', moving('held', 'available', 60, { redemption: first, reward: 'visit' }))
  t.equal(refusal(), undefined)
  stream.add('reward.closed', { reward: 'visit' })
  t.equal(refusal(), 'reward_closed')
})

t.test('RW2: after publication a reward can only become better', async (t) => {
  const stream = new ProgrammeStream()
  stream.add('reward.published', rewardData())
  const refusal = (more: JsonObject): string | undefined =>
    amendmentRefusal(stream.programme, rewardData({ version: 2, ...more }) as unknown as RewardPublished)
  t.equal(refusal({}), undefined)
  t.equal(refusal({ cost: 50, capacity: 3, until: '2027-01-31T16:00:00.000Z' }), undefined)
  for (const worse of [
    { cost: 61 },
    { capacity: 1 },
    { from: LATER },
    { until: LATER },
    { eventOn: '2026-10-01' },
    { valueClass: 'none' },
    ...['title', 'text', 'conditions'].map((member) => ({ [member]: { ...NAME, en: 'Less' } })),
  ]) {
    t.equal(refusal(worse), 'reward_worsened', JSON.stringify(worse))
  }
  t.equal(refusal({ version: 3 }), 'version_out_of_order')
  t.equal(refusal({ reward: 'other' }), 'reward_unknown')
  stream.add('reward.closed', { reward: 'visit' })
  t.equal(refusal({}), 'reward_closed')
})

t.test('PR1: the life of a proposal', async (t) => {
  const states = ['submitted', 'under_review', 'accepted', 'declined', 'merged', 'in_progress', 'shipped'] as const
  const allowed = [
    ...['submitted under_review', 'submitted accepted', 'submitted declined', 'submitted merged'],
    ...['under_review accepted', 'under_review declined', 'under_review merged'],
    ...['accepted in_progress', 'accepted shipped', 'in_progress shipped'],
  ]
  for (const from of states) {
    t.strictSame(
      proposalStatesAfter(from).map((to) => `${from} ${to}`),
      allowed.filter((pair) => pair.startsWith(`${from} `)),
    )
  }
  t.strictSame(states.filter(isAnswered), ['accepted', 'declined', 'merged', 'in_progress', 'shipped'])
  const stream = new ProgrammeStream()
  const first = stream.add('proposal.submitted', { answerDue: LATER })
  const second = stream.add('proposal.submitted', { answerDue: LATER })
  const refusal = (to: ProposalState['state'], into?: number, proposal = second): string | undefined =>
    proposalRefusal(stream.programme, { proposal, to, ...(into === undefined ? {} : { into }) })
  t.equal(refusal('accepted'), undefined)
  t.equal(refusal('shipped'), 'proposal_step')
  t.equal(refusal('accepted', undefined, 1), 'proposal_unknown')
  t.equal(refusal('merged', first), undefined)
  t.equal(refusal('merged'), 'proposal_step', 'into what')
  t.equal(refusal('accepted', first), 'proposal_step')
  t.equal(refusal('merged', second), 'proposal_unknown', 'into itself')
  t.equal(refusal('merged', 1), 'proposal_unknown')
})

t.test('PR3: an answer that is late is missed once', async (t) => {
  const stream = new ProgrammeStream()
  const late = stream.add('proposal.submitted', { answerDue: LATER })
  const answered = stream.add('proposal.submitted', { answerDue: LATER })
  stream.add('proposal.moved', { proposal: answered, to: 'accepted' })
  const missed = (at: string): number[] => missedAnswers(stream.programme, at).map(({ index }) => index)
  t.strictSame(missed(OPENED_AT), [])
  t.strictSame(missed(LATER), [late])
  stream.add('proposal.answer_missed', { proposal: late, due: LATER })
  t.strictSame(missed(LATER), [])
})

t.test('BL1: a ballot opens after its list of those entitled is anchored, and each step in its time', async (t) => {
  const stream = new ProgrammeStream()
  const ballot = stream.add('ballot.drafted', ballotData())
  const [before, open, over] = ['2026-06-14T23:00:00.000Z', '2026-06-15T00:00:00.000Z', '2026-06-20T00:00:00.000Z']
  const refusal = (to: 'frozen' | 'opened' | 'closed', recordedAt = open, of = ballot): string | undefined =>
    ballotRefusal(stream.programme, { ballot: of, to }, stream.moment({ recordedAt }))
  t.equal(refusal('frozen', open, 1), 'ballot_unknown')
  t.equal(refusal('opened'), 'ballot_step')
  t.equal(refusal('frozen'), undefined)
  stream.add('ballot.frozen', { ballot, eligible: 1, root: 'A'.repeat(43) })
  t.equal(refusal('opened'), 'ballot_not_anchored')
  stream.anchor()
  t.equal(refusal('opened', before), 'ballot_not_time')
  t.equal(refusal('opened', over), 'ballot_not_time')
  t.equal(refusal('opened'), undefined)
  t.equal(castRefusal(stream.programme, ballot, open), 'ballot_step')
  stream.add('ballot.opened', { ballot })
  t.equal(castRefusal(stream.programme, ballot, open), undefined)
  t.equal(castRefusal(stream.programme, ballot, over), 'ballot_not_time')
  t.equal(castRefusal(stream.programme, 1, open), 'ballot_unknown')
  t.equal(refusal('closed'), 'ballot_not_time')
  t.equal(refusal('closed', over), undefined)
})
