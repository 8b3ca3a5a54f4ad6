/** What all holders together can have got. */
import t from 'tap'
import { GrantAudit } from '../../ledger/grant-audit.ts'
import { GrantBounds } from '../../ledger/grant-bounds.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { pointsDataOf } from '../../ledger/points-shape.ts'
import { OPENED_AT, ProgrammeStream, ballotData, granted, moving, ruleData } from './programme-stream.ts'

const DAY = '2027-06-14T16:00:00.000Z'

/** Adds entries to a programme with two holders; the codes of what exceeds its bounds. */
class Bounded {
  readonly stream = new ProgrammeStream()
  readonly #grants = new GrantAudit()
  readonly #bounds = new GrantBounds()
  readonly codes: string[] = []

  constructor(...rules: JsonObject[]) {
    for (const rule of rules) this.stream.add('rule.published', ruleData(rule))
    for (let holder = 0; holder < 2; holder++) this.stream.add('holder.opened')
  }

  add(type: string, data: JsonObject): number {
    const index = this.stream.add(type, data)
    const told = pointsDataOf({ type, data })!
    this.#grants.add(index, told, type === 'grant.lapsed' ? DAY : OPENED_AT)
    const fault = this.#bounds.add(index, told, this.stream.programme, this.#grants)
    if (fault !== undefined) this.codes.push(fault.code)
    return index
  }

  grant(more: JsonObject = {}, amount = 100): number {
    return this.add('grant.posted', granted(13, amount, more))
  }

  pend(amount: number, more: JsonObject = {}): number {
    const cited = { rule: 'report', version: 1, ruleIndex: 13, source: 3, amount, deadline: DAY }
    return this.add('grant.pending', moving('issuance', 'pending', amount, { ...cited, ...more }))
  }
}

t.test('GR3: a source gives no more grants by a rule than there are holders', async (t) => {
  const bounded = new Bounded({}, { rule: 'other', version: 1 })
  bounded.grant()
  bounded.grant({ rule: 'other' })
  bounded.pend(100)
  bounded.grant({ source: 4 })
  t.strictSame(bounded.codes, [])
  bounded.grant()
  t.strictSame(bounded.codes, ['holders_exceeded'])
})

t.test('GR3: a rule gives no more than its most to each holder, by the most generous of its versions', async (t) => {
  const bounded = new Bounded({ perHolderMax: 100 })
  const first = bounded.grant()
  const second = bounded.pend(100, { source: 4 })
  t.strictSame(bounded.codes, [])
  bounded.add('grant.lapsed', moving('pending', 'issuance', 100, { grant: second }))
  bounded.add('grant.reversed', moving('available', 'issuance', 60, { grant: first, amount: 60, reason: 'error' }))
  bounded.pend(60, { source: 5 })
  const third = bounded.pend(100, { source: 6 })
  t.strictSame(bounded.codes, [], 'what was ended or taken back is free again')
  bounded.add('grant.voided', moving('pending', 'issuance', 100, { grant: third }))
  bounded.pend(101, { source: 7 })
  t.strictSame(bounded.codes, ['holders_max'])
  const generous = new Bounded({ perHolderMax: 100 }, { version: 2, perHolderMax: 40 })
  generous.grant()
  generous.grant({ version: 2 }, 100)
  t.strictSame(generous.codes, [], 'holders keep what an older version gave')
  const unbounded = new Bounded({ perHolderMax: 10 }, { version: 2 })
  unbounded.grant()
  t.strictSame(unbounded.codes, [])
})

t.test('a ballot has no more votes than there are holders, nor a source', async (t) => {
  const vote = (ballot: number, source: number): JsonObject => ({
    ballot,
    rule: 'report',
    version: 1,
    ruleIndex: 13,
    source,
  })
  const bounded = new Bounded({ earns: { vote: true }, perHolderMax: 2 })
  const [ballot, other] = [bounded.add('ballot.drafted', ballotData()), bounded.add('ballot.drafted', ballotData())]
  bounded.add('entitlement.granted', vote(ballot, 3))
  bounded.add('entitlement.granted', vote(ballot, 3))
  bounded.add('entitlement.granted', vote(other, 4))
  t.strictSame(bounded.codes, [])
  bounded.add('entitlement.granted', vote(ballot, 4))
  t.strictSame(bounded.codes, ['holders_exceeded'])
  bounded.add('entitlement.granted', vote(other, 5))
  t.strictSame(bounded.codes, ['holders_exceeded', 'holders_max'])
  const both = new Bounded({}, { version: 2, earns: { vote: true } })
  const last = both.add('ballot.drafted', ballotData())
  for (let holder = 0; holder < 2; holder++) both.grant()
  for (let holder = 0; holder < 2; holder++) both.add('entitlement.granted', { ...vote(last, 3), version: 2 })
  t.strictSame(both.codes, [], 'a rule that gave points may give votes later, for what it gave points for too')
})

t.test('L5: on a day no more expires than was granted until it and not taken back', async (t) => {
  const bounded = new Bounded({})
  const grant = bounded.grant({ expiresAt: DAY })
  bounded.grant()
  const taken = [
    { from: 'available', to: 'issuance', amount: 30 },
    { from: 'forfeited', to: 'issuance', amount: 20 },
  ]
  bounded.add('grant.reversed', { grant, amount: 50, reason: 'error', postings: taken })
  bounded.add('points.expired', moving('available', 'expired', 60, { expiresAt: DAY }))
  t.strictSame(bounded.codes, [])
  bounded.add('points.expired', moving('available', 'expired', 11, { expiresAt: DAY }))
  t.strictSame(bounded.codes, ['expired_too_much'])
  const waited = new Bounded({})
  const pending = waited.pend(40)
  waited.add('grant.posted', moving('pending', 'available', 40, { grant: pending, expiresAt: DAY }))
  waited.add('points.expired', moving('available', 'expired', 40, { expiresAt: DAY }))
  t.strictSame(waited.codes, [], 'what waited expires by the day it was posted with')
  const lasting = new Bounded({})
  const forEver = lasting.grant()
  const back = moving('forfeited', 'issuance', 5, { grant: forEver, amount: 5, reason: 'error' })
  lasting.add('grant.reversed', back)
  lasting.add('points.expired', moving('available', 'expired', 1, { expiresAt: DAY }))
  t.strictSame(lasting.codes, ['expired_too_much'], 'what never expires does not')
})
