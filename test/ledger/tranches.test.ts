/** Tranches: soonest expiry first, and not a point is lost or made on the way. */
import fc from 'fast-check'
import t from 'tap'
import type { Tranche } from '../../ledger/holder-opening.ts'
import { addTranches, compareTranches, removeTranches, takeTranches, trancheSum } from '../../ledger/tranches.ts'

const EARLY = '2027-01-01T16:00:00.000Z'
const LATE = '2027-02-01T16:00:00.000Z'
const early: Tranche = { grant: 9, amount: 10, expiresAt: EARLY }
const late: Tranche = { grant: 2, amount: 10, expiresAt: LATE }
const never: Tranche = { grant: 1, amount: 10 }

const tranche = fc.record({
  grant: fc.nat(50),
  amount: fc.integer({ min: 1, max: 100 }),
  expiresAt: fc.constantFrom(EARLY, LATE),
})
const holding = fc.uniqueArray(tranche, { selector: ({ grant }) => grant, maxLength: 12 })

t.test('L5: the soonest expiry goes first, what never expires goes last, of equal ones the older grant', async (t) => {
  t.strictSame([never, late, early].toSorted(compareTranches), [early, late, never])
  t.strictSame([late, never].toSorted(compareTranches), [late, never])
  t.ok(compareTranches({ ...late, grant: 1 }, late) < 0)
  t.ok(compareTranches(never, { grant: 2, amount: 1 }) < 0)
  t.strictSame(takeTranches([never, late, early], 15), {
    taken: [early, { ...late, amount: 5 }],
    left: [{ ...late, amount: 5 }, never],
  })
  t.equal(takeTranches([early], 11), undefined)
  t.strictSame(takeTranches([early], 10), { taken: [early], left: [] })
})

t.test('L5: what is taken and what is left are together what there was', async () => {
  fc.assert(
    fc.property(holding, fc.nat(1300), (all, amount) => {
      const result = takeTranches(all, amount)
      if (result === undefined) return trancheSum(all) < amount
      const { taken, left } = result
      const isInOrder = taken.every((one) => left.every((other) => compareTranches(one, other) <= 0))
      return trancheSum(taken) === amount && trancheSum(left) === trancheSum(all) - amount && isInOrder
    }),
  )
})

t.test('L5: what is given back keeps its day', async () => {
  fc.assert(
    fc.property(holding, fc.nat(1300), (all, amount) => {
      const result = takeTranches(all, amount)
      if (result === undefined) return true
      const again = addTranches(result.left, result.taken)
      const before = all.toSorted(compareTranches)
      return JSON.stringify(again) === JSON.stringify(before)
    }),
  )
})

t.test('given parts are taken out as they are', async (t) => {
  t.strictSame(removeTranches([early, late], [{ ...early, amount: 4 }]), [{ ...early, amount: 6 }, late])
  t.strictSame(removeTranches([early, late], [early]), [late])
  t.equal(removeTranches([early], [{ ...early, amount: 11 }]), undefined)
  t.equal(removeTranches([early], [late]), undefined)
})
