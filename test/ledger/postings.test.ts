/** Postings: points only move, each type in its own way, and never out of nothing. */
import fc from 'fast-check'
import t from 'tap'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import {
  ACCOUNT_KINDS,
  NO_TOTALS,
  amountOf,
  areSound,
  foldTotals,
  isHolderKind,
  isPostingType,
  outstandingOf,
  postingsOf,
} from '../../ledger/postings.ts'
import type { Posting } from '../../ledger/postings.ts'

const posting = (from: string, to: string, amount: JsonValue = 5): JsonObject => ({ from, to, amount })
const isLawful = (type: string, postings: JsonValue, data: JsonObject = {}): boolean =>
  postingsOf({ type, data: { ...data, postings } }) !== undefined

/** The chart of accounts: every move that exists, by the type that makes it. */
const CHART: readonly [type: string, from: string, to: string, data?: JsonObject][] = [
  ['grant.pending', 'issuance', 'pending'],
  ['grant.posted', 'issuance', 'available'],
  ['grant.posted', 'pending', 'available', { grant: 3 }],
  ['grant.voided', 'pending', 'issuance'],
  ['grant.lapsed', 'pending', 'issuance'],
  ['grant.reversed', 'available', 'issuance'],
  ['grant.reversed', 'forfeited', 'issuance'],
  ['points.expired', 'available', 'expired'],
  ['redemption.held', 'available', 'held'],
  ['redemption.confirmed', 'held', 'redeemed'],
  ['redemption.released', 'held', 'available'],
  ['redemption.refunded', 'redeemed', 'available'],
]
const TYPES = [...new Set(CHART.map(([type]) => type))]

t.test('each type moves points in its own way and in no other', async (t) => {
  for (const type of TYPES) {
    t.ok(isPostingType(type))
    for (const from of ACCOUNT_KINDS) {
      for (const to of ACCOUNT_KINDS) {
        for (const data of [{}, { grant: 3 }]) {
          const isInChart = CHART.some(
            (row) =>
              row[0] === type &&
              row[1] === from &&
              row[2] === to &&
              (type !== 'grant.posted' || 'grant' in data === (row[3] !== undefined)),
          )
          t.equal(isLawful(type, [posting(from, to)], data), isInChart, `${type} ${from} ${to} ${JSON.stringify(data)}`)
        }
      }
    }
  }
})

t.test('L1: an amount is an integer above zero, and a posting has nothing else', async (t) => {
  for (const amount of [0, -1, 1.5, '5', null, 2 ** 53]) {
    t.notOk(isLawful('redemption.held', [posting('available', 'held', amount)]), String(amount))
  }
  t.notOk(isLawful('redemption.held', [{ ...posting('available', 'held'), holder: 'H-1' }]))
  for (const postings of [[], {}, 'x', [null], [[]]]) t.notOk(isLawful('redemption.held', postings))
  t.notOk(isLawful('redemption.held', [posting('constructor', 'held')]))
})

t.test('how many postings an entry has', async (t) => {
  const held = posting('available', 'held')
  t.notOk(isLawful('redemption.held', [held, held]))
  const expired = posting('available', 'expired')
  t.ok(isLawful('points.expired', [expired, expired, expired]), 'an expiry concerns many holders')
  const taken = posting('available', 'issuance')
  const shortfall = posting('forfeited', 'issuance')
  t.ok(isLawful('grant.reversed', [taken, shortfall]))
  t.notOk(isLawful('grant.reversed', [taken, taken]))
  t.notOk(isLawful('grant.reversed', [taken, shortfall, taken]))
})

t.test('a type that moves nothing has no postings', async (t) => {
  t.notOk(isPostingType('holder.opened'))
  t.notOk(isPostingType('toString'))
  t.strictSame(postingsOf({ type: 'holder.opened', data: {} }), [])
  t.equal(postingsOf({ type: 'holder.opened', data: { postings: [] } }), undefined)
})

t.test('P1: whatever moves, the sum of all accounts stays zero', async () => {
  const kind = fc.constantFrom(...ACCOUNT_KINDS)
  const any = fc.record({ from: kind, to: kind, amount: fc.integer({ min: 1, max: 1_000_000 }) })
  fc.assert(
    fc.property(fc.array(any), (postings: Posting[]) => {
      const totals = foldTotals(NO_TOTALS, postings)
      return ACCOUNT_KINDS.reduce((sum, name) => sum + totals[name], 0) === 0
    }),
  )
})

t.test('P1: sound totals have each the right sign', async (t) => {
  const granted = foldTotals(NO_TOTALS, [{ from: 'issuance', to: 'available', amount: 9 }])
  t.ok(areSound(NO_TOTALS))
  t.ok(areSound(granted))
  t.notOk(areSound(foldTotals(granted, [{ from: 'available', to: 'held', amount: 10 }])), 'more than there is')
  t.notOk(areSound(foldTotals(granted, [{ from: 'available', to: 'issuance', amount: 10 }])))
  t.ok(areSound(foldTotals(granted, [{ from: 'forfeited', to: 'issuance', amount: 9 }])))
  t.notOk(areSound({ ...granted, issuance: -8 }), 'a sum that is not zero')
  t.notOk(areSound({ ...NO_TOTALS, available: 2 ** 53, issuance: -(2 ** 53) }))
})

t.test('what is owed is what holders may still spend or get', async (t) => {
  const totals = { ...NO_TOTALS, available: 1, pending: 20, held: 300, redeemed: 4000 }
  t.equal(outstandingOf(totals), 321)
  t.strictSame(ACCOUNT_KINDS.filter(isHolderKind), ['available', 'pending', 'held'])
  t.equal(
    amountOf([
      { from: 'available', to: 'held', amount: 3 },
      { from: 'held', to: 'available', amount: 4 },
    ]),
    7,
  )
})
