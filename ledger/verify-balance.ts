/**
 * The check `liabilities` of a receipt: the balance that the openings come to is counted, once and under this holder's own
 * commitment, in the newest sum that the programme put on record. Specification: README.md, "Receipts" (RC3, RC4).
 */
import { parseBase64url } from './bytes.ts'
import { balanceCommitment, verifyBalance } from './liabilities.ts'
import type { PointsLiabilities } from './points-data.ts'
import { pointsDataOf } from './points-shape.ts'
import { isHolderKind } from './postings.ts'
import { CheckFailure, aboutEntry, held, partly } from './verdict.ts'
import type { Finding } from './verdict.ts'
import type { ReceiptFindings } from './verify-receipt.ts'

/** The balance against the root, and the commitment against the view code where the holder hands it in (RC4). */
export function checkBalance(findings: ReceiptFindings, viewCode: string | undefined): Finding {
  const { receipt, record } = findings
  const { balance } = receipt
  const counted = newestLiabilities(findings)
  assertCounted(findings, counted?.data.size ?? 0)
  if (balance === undefined) {
    if (counted !== undefined && record!.openedAt! < counted.data.size) {
      throw new CheckFailure('balance_missing', counted.index)
    }
    return partly('pending', 'liabilities_missing')
  }
  if (counted === undefined) throw new CheckFailure('liabilities_missing')
  const { index, data } = counted
  const { programme, size, leaves, root, sum } = data
  if (receipt.stream !== `points:${programme}`) throw new CheckFailure('liabilities_other', index, { programme })
  if (size > index) throw new CheckFailure('liabilities_order', index, { size })
  const own = record!.balanceBelow(size)
  if (balance.balance !== own) throw new CheckFailure('balance_differs', index, { counted: balance.balance, own, size })
  aboutEntry(index, () =>
    verifyBalance({ ...balance, programme, index: balance.leaf, leaves, root: parseBase64url(root), sum }),
  )
  findings.counted = { balance: own, size, sum, leaves }
  const facts = { balance: own, size, sum, leaves }
  if (viewCode === undefined) return partly('verified', 'view_code_missing', facts)
  if (balance.commitment !== balanceCommitment(viewCode, programme)) {
    throw new CheckFailure('commitment_differs', index, facts)
  }
  return held(facts)
}

/**
 * RC3: what the programme owes is counted at the latest under the second anchor after it, because each anchor is preceded by
 * a sum where balances changed; entries may come in while that sum is built.
 */
function assertCounted({ bundle, record }: ReceiptFindings, size: number): void {
  const older = bundle.anchors[bundle.anchors.length - 2]?.size ?? 0
  const uncounted = record!.lines.find(
    ({ index, from, to }) => isHolderKind(from) !== isHolderKind(to) && index >= size && index < older,
  )
  if (uncounted !== undefined) throw new CheckFailure('balance_missing', uncounted.index)
}

function newestLiabilities({ entries }: ReceiptFindings): { index: number; data: PointsLiabilities } | undefined {
  let newest: { index: number; data: PointsLiabilities } | undefined
  for (const { index, entry } of entries) {
    const told = pointsDataOf(entry)
    if (told?.type === 'points.liabilities') newest = { index, data: told.data }
  }
  return newest
}
