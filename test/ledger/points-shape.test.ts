/** The shape of points entries: what is well formed is understood, and everything else is no such entry. */
import t from 'tap'
import { ENTRY_TYPES } from '../../ledger/entry.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import { isPointsType, pointsDataOf } from '../../ledger/points-shape.ts'
import { NAME, OPENED_AT, ballotData, granted, moving, openedData, rewardData, ruleData } from './programme-stream.ts'

const DIGEST = 'A'.repeat(43)
const HEX = '0'.repeat(64)
const tally = { ballot: 3, casts: 2, counted: 2, eligible: 4, list: HEX }
const resolved = (from: string, to: string): JsonObject => moving(from, to, 5, { redemption: 3, reward: 'visit' })

const OPTIONAL = ['perHolderMax', 'validUntil', 'expiryMonths', 'eventOn', 'into', 'reason']

/** A well-formed entry of every type, and members without which, or with which, it is not. */
const ROWS: readonly [type: string, data: JsonObject, faults: readonly JsonObject[]][] = [
  [
    'programme.opened',
    openedData(),
    [
      { id: 'No Slug' },
      { original: 'fr' },
      { name: { en: 'x' } },
      { terms: { version: 2, text: NAME, noCash: NAME, expiry: { never: true } } },
    ],
  ],
  [
    'terms.published',
    { version: 2, text: NAME, noCash: NAME, expiry: { never: true }, validFrom: OPENED_AT },
    [
      { version: 0 },
      { expiry: { months: 0 } },
      { expiry: { never: false } },
      { expiry: { months: 3, never: true } },
      { validFrom: '2026' },
    ],
  ],
  [
    'rule.published',
    ruleData({ perHolderMax: 200, validUntil: OPENED_AT, expiryMonths: 6 }),
    [
      { activity: 'praise' },
      { earns: { points: 0 } },
      { earns: { points: 1, vote: true } },
      { reviewerRole: 'holder' },
      { pendingDays: 367 },
      { rating: 5 },
      { title: 'x' },
    ],
  ],
  ['rule.withdrawn', { rule: 'report', version: 1 }, [{ version: '1' }]],
  ['holder.opened', {}, []],
  [
    'grant.pending',
    moving('issuance', 'pending', 5, {
      rule: 'r',
      version: 1,
      ruleIndex: 3,
      source: 2,
      amount: 5,
      deadline: OPENED_AT,
    }),
    [{ amount: 6 }, { amount: 0 }, { source: -1 }, { deadline: 'soon' }, { postings: {} }],
  ],
  ['grant.posted', granted(3), [{ amount: 99 }, { expiresAt: 'never' }, { grant: 4 }]],
  ['grant.posted', moving('pending', 'available', 5, { grant: 3 }), [{ grant: '3' }, { postings: [] }]],
  ['grant.voided', moving('pending', 'issuance', 5, { grant: 3, reason: 'twice' }), [{ reason: 3 }]],
  ['grant.lapsed', moving('pending', 'issuance', 5, { grant: 3 }), [{ grant: 1.5 }]],
  [
    'grant.reversed',
    moving('available', 'issuance', 5, { grant: 3, amount: 5, reason: 'error' }),
    [{ amount: 4 }, { reason: 1 }],
  ],
  ['points.expiring', { expiresAt: OPENED_AT, holders: 2, amount: 5 }, [{ holders: 0 }]],
  ['points.expired', moving('available', 'expired', 5, { expiresAt: OPENED_AT }), [{ expiresAt: 5 }]],
  [
    'points.liabilities',
    { programme: 'family', size: 9, leaves: 1, root: DIGEST, sum: 0 },
    [{ leaves: 0 }, { root: 'x' }, { sum: -1 }],
  ],
  [
    'reward.published',
    rewardData({ eventOn: '2026-10-01' }),
    [{ capacity: 0 }, { allocation: 'draw' }, { eventOn: 1 }],
  ],
  ['reward.amended', rewardData(), [{ cost: 0 }]],
  ['reward.closed', { reward: 'visit' }, [{ reward: '' }]],
  [
    'redemption.held',
    moving('available', 'held', 5, { reward: 'visit', version: 1, rewardIndex: 3, amount: 5, holdUntil: OPENED_AT }),
    [{ amount: 4 }, { holdUntil: '' }],
  ],
  ['redemption.confirmed', resolved('held', 'redeemed'), [{ redemption: -1 }]],
  ['redemption.released', resolved('held', 'available'), [{ reward: 3 }]],
  ['redemption.refunded', resolved('redeemed', 'available'), [{ reason: {} }]],
  ['proposal.submitted', { answerDue: OPENED_AT }, [{ answerDue: 'soon' }]],
  ['proposal.moved', { proposal: 3, to: 'merged', into: 2 }, [{ to: 'submitted' }, { into: -1 }, { improvement: 'x' }]],
  ['proposal.answer_missed', { proposal: 3, due: OPENED_AT }, [{ due: 0 }]],
  ['entitlement.granted', { ballot: 3, rule: 'v', version: 1, ruleIndex: 2, source: 1 }, [{ ballot: '3' }]],
  [
    'ballot.drafted',
    ballotData(),
    [
      { options: [{ id: 'lid', title: NAME }] },
      {
        options: [
          { id: 'lid', title: NAME },
          { id: 'lid', title: NAME },
        ],
      },
      { options: 'x' },
      { choice: 'ranked' },
      { splitMin: 0 },
    ],
  ],
  ['ballot.frozen', { ballot: 3, eligible: 4, root: DIGEST }, [{ eligible: -1 }]],
  ['ballot.opened', { ballot: 3 }, [{ ballot: -1 }]],
  ['ballot.cast', { ballot: 3 }, [{ ballot: {} }]],
  ['ballot.closed', { ballot: 3 }, [{ ballot: '' }]],
  [
    'ballot.tallied',
    { ...tally, counts: [{ option: 'lid', votes: 2 }] },
    [{ counts: {} }, { counts: [{ option: 'lid', votes: -1 }] }, { belowMinimum: true }, { list: 'x' }, { list: 3 }],
  ],
  ['ballot.tallied', { ...tally, belowMinimum: true }, [{ belowMinimum: false }]],
  ['ballot.challenged', { ballot: 3, reason: 'x' }, [{ reason: 3 }]],
  ['ballot.finalised', { ballot: 3 }, [{ ballot: null }]],
]

t.test('what is well formed is understood', async (t) => {
  for (const [type, data] of ROWS) t.match(pointsDataOf({ type, data }), { type, data }, type)
  const types = ROWS.map(([type]) => type)
  t.ok(
    ENTRY_TYPES.slice(ENTRY_TYPES.indexOf('programme.opened'), ENTRY_TYPES.indexOf('ballot.finalised') + 1).every(
      (type) => types.includes(type),
    ),
    'every type that a programme writes',
  )
})

t.test('what is not is no such entry', async (t) => {
  for (const [type, data, faults] of ROWS) {
    for (const fault of faults) {
      t.equal(pointsDataOf({ type, data: { ...data, ...fault } }), undefined, `${type} ${JSON.stringify(fault)}`)
    }
    for (const name of Object.keys(data).filter((name) => !OPTIONAL.includes(name))) {
      const { [name]: _gone, ...rest } = data
      t.equal(pointsDataOf({ type, data: rest }), undefined, `${type} without ${name}`)
    }
  }
  t.notOk(isPointsType('toString'))
  t.equal(pointsDataOf({ type: 'milestone.recorded', data: {} }), undefined)
})

t.test('ER2: a rule has no other member, other entries may have', async (t) => {
  const told = (type: string, data: JsonObject, more: Record<string, JsonValue>): unknown =>
    pointsDataOf({ type, data: { ...data, ...more } })
  for (const name of ['rating', 'stance', 'choice', 'silence', 'deletion', 'share', 'note']) {
    t.equal(told('rule.published', ruleData(), { [name]: 'x' }), undefined, name)
  }
  t.ok(told('reward.published', rewardData(), { original: 'en' }))
})
