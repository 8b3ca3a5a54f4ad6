/** The tranches of one holder: in with their day, out soonest first, back as they were. */
import t from 'tap'
import type { Tranche } from '../../ledger/holder-opening.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { pointsDataOf } from '../../ledger/points-shape.ts'
import { TrancheAudit } from '../../ledger/tranche-audit.ts'
import { granted, moving } from './programme-stream.ts'

const EARLY = '2027-01-01T16:00:00.000Z'
const LATE = '2027-02-01T16:00:00.000Z'
const early: Tranche = { grant: 10, amount: 100, expiresAt: EARLY }
const late: Tranche = { grant: 11, amount: 100, expiresAt: LATE }

type Row = [index: number, type: string, data: JsonObject, change: number, tranches?: readonly Tranche[]]
const grantEarly: Row = [10, 'grant.posted', granted(3, 100, { expiresAt: EARLY }), 100, [early]]
const grantLate: Row = [11, 'grant.posted', granted(3, 100, { expiresAt: LATE }), 100, [late]]
const hold = (...tranches: Tranche[]): Row => {
  const amount = tranches.reduce((sum, tranche) => sum + tranche.amount, 0)
  const data = { reward: 'visit', version: 1, rewardIndex: 3, amount, holdUntil: LATE }
  return [12, 'redemption.held', moving('available', 'held', amount, data), -amount, tranches]
}
const release = (...tranches: Tranche[]): Row => {
  const amount = tranches.reduce((sum, tranche) => sum + tranche.amount, 0)
  const data = { redemption: 12, reward: 'visit' }
  return [13, 'redemption.released', moving('held', 'available', amount, data), amount, tranches]
}
const expire = (expiresAt: string, ...tranches: Tranche[]): Row => {
  const amount = tranches.reduce((sum, tranche) => sum + tranche.amount, 0)
  return [14, 'points.expired', moving('available', 'expired', amount, { expiresAt }), -amount, tranches]
}

const audit = (...rows: Row[]): readonly Tranche[] | undefined => {
  const tranches = new TrancheAudit()
  for (const [index, type, data, change, parts] of rows) {
    tranches.add(index, pointsDataOf({ type, data })!, { kind: 'available', change, tranches: parts })
  }
  return tranches.left
}
const differs = { code: 'tranches_differ' }

t.test('L5: what comes in is what was granted, under its own day', async (t) => {
  t.strictSame(audit(grantLate, grantEarly), [early, late])
  const granted11 = (...parts: Tranche[]): Row => [11, grantLate[1], grantLate[2], 100, parts]
  t.throws(() => audit(granted11({ ...late, grant: 12 })), differs)
  t.throws(() => audit(granted11({ ...late, expiresAt: EARLY })), differs)
  t.throws(() => audit(granted11({ ...late, amount: 40 }, { ...late, amount: 60 })), differs)
  t.throws(() => audit(granted11({ ...late, amount: 99 })), differs, 'another sum')
  t.throws(() => audit(granted11()), differs)
  const posted = moving('pending', 'available', 100, { grant: 10, expiresAt: EARLY })
  t.strictSame(audit([15, 'grant.posted', posted, 100, [early]]), [early], 'a pending grant keeps its number')
})

t.test('L5: what is redeemed goes soonest expiry first, and comes back as it was', async (t) => {
  const part = { ...late, amount: 20 }
  t.strictSame(audit(grantEarly, grantLate, hold(early, part)), [{ ...late, amount: 80 }])
  t.strictSame(audit(grantEarly, grantLate, hold(part, early)), [{ ...late, amount: 80 }], 'in whatever order')
  t.throws(() => audit(grantEarly, grantLate, hold(late)), differs)
  t.throws(() => audit(grantEarly, hold(late)), differs)
  t.strictSame(audit(grantEarly, grantLate, hold(early, part), release(early, part)), [early, late])
  t.throws(() => audit(grantEarly, grantLate, hold(early, part), release(late, { ...early, amount: 20 })), differs)
  t.throws(() => audit(grantEarly, release(early)), differs, 'nothing was taken')
})

t.test('L5: what expires has this day', async (t) => {
  t.strictSame(audit(grantEarly, grantLate, expire(EARLY, early)), [late])
  t.throws(() => audit(grantEarly, grantLate, expire(EARLY, late)), differs)
  t.throws(() => audit(grantEarly, expire(EARLY, { ...early, grant: 9 })), differs)
})

t.test('what is taken back is taken from what is there', async (t) => {
  const data = moving('available', 'issuance', 40, { grant: 11, amount: 40, reason: 'error' })
  t.strictSame(audit(grantEarly, grantLate, [12, 'grant.reversed', data, -40, [{ ...late, amount: 40 }]]), [
    early,
    { ...late, amount: 60 },
  ])
  t.throws(() => audit(grantEarly, [12, 'grant.reversed', data, -40, [{ ...late, amount: 40 }]]), differs)
})

t.test('a receipt that does not tell of tranches is not judged by them', async (t) => {
  const untold: Row = [11, grantLate[1], grantLate[2], 100]
  t.equal(audit(grantEarly, untold), undefined)
  t.equal(audit(grantEarly, untold, hold(late)), undefined)
  const other = new TrancheAudit()
  const told = pointsDataOf({ type: 'grant.posted', data: granted(3) })!
  other.add(10, told, { kind: 'pending', change: 100, tranches: undefined })
  t.strictSame(other.left, [], 'other accounts have none of their own')
})
