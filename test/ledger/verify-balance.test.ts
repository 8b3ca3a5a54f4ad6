/** The balance of a receipt: counted, once, under the holder's own commitment. */
import t from 'tap'
import { verifyReceipt } from '../../ledger/verify-receipt.ts'
import type { Receipt } from '../../ledger/receipt.ts'
import type { Check } from '../../ledger/verdict.ts'
import { PointsLog, pointsLog } from './points-log.ts'

const liabilities = (receipt: Receipt, viewCode?: string): Check =>
  verifyReceipt(receipt, { viewCode }).checks.find(({ name }) => name === 'liabilities')!

/** A programme in which H-A has 100, counted with these changes. */
const counted = (...args: Parameters<PointsLog['count']>): PointsLog => {
  const points = new PointsLog()
  const rule = points.rule()
  points.open('H-A')
  points.anchor()
  points.grant('H-A', rule)
  points.count(...args)
  points.log.anchor()
  return points
}

t.test('RC4: the view code shows that the leaf is the own one', async (t) => {
  const receipt = pointsLog().receipt('H-A')
  t.match(liabilities(receipt, 'V-H-A'), { ok: 'held', facts: { balance: 40, sum: 65, leaves: 2 } })
  t.match(liabilities(receipt), { ok: 'partly', code: 'view_code_missing', verdict: 'verified' })
  t.match(liabilities(receipt, 'V-H-B'), { ok: 'failed', code: 'commitment_differs' })
})

t.test('RC3: the balance is that of the lines, under the root that is on record', async (t) => {
  const receipt = pointsLog().receipt('H-A')
  const balance = receipt.balance!
  const altered = (more: object): Check => liabilities({ ...receipt, balance: { ...balance, ...more } })
  t.match(altered({ balance: 41 }), { code: 'balance_differs', facts: { own: 40, counted: 41 } })
  t.match(altered({ leaf: 0 }), { code: 'balance_mismatch' })
  t.match(altered({ path: [] }), { code: 'proof_malformed' })
  t.match(altered({ salt: 'x' }), { code: 'balance_malformed' })
  t.match(liabilities(counted(undefined, { programme: 'other' }).receipt('H-A')), { code: 'liabilities_other' })
  t.match(liabilities(counted(undefined, { size: 999 }).receipt('H-A')), { code: 'liabilities_order' })
})

t.test('RC3: whoever is left out is told so', async (t) => {
  const { balance: _balance, ...hidden } = pointsLog().receipt('H-A')
  t.match(liabilities(hidden), { ok: 'failed', code: 'balance_missing' })
  const points = counted()
  points.anchor()
  const { balance: _gone, ...receipt } = points.receipt('H-A')
  const isSum = ({ index }: { index: number }): boolean => points.log.entry(index).type === 'points.liabilities'
  const without = { ...receipt, entries: receipt.entries.filter((entry) => !isSum(entry)) }
  t.match(liabilities(without), { ok: 'failed', code: 'balance_missing' }, 'a sum was due before the second anchor')
  const early = new PointsLog()
  early.open('H-A')
  t.match(liabilities(early.receipt('H-A')), { ok: 'partly', code: 'liabilities_missing', verdict: 'pending' })
  const place = { salt: 'A'.repeat(22), commitment: 'A'.repeat(43), balance: 0, leaf: 0, path: [] }
  t.match(liabilities({ ...early.receipt('H-A'), balance: place }), { ok: 'failed', code: 'liabilities_missing' })
})

t.test('who came after the sum is not missing in it', async (t) => {
  const points = pointsLog()
  points.open('H-C')
  t.match(liabilities(points.receipt('H-C'), 'V-H-C'), { ok: 'partly', code: 'liabilities_missing' })
})
