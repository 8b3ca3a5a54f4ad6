/**
 * The points half of a bundle's verification: `points` and `liabilities`, of a stream that is a programme's. They stand
 * apart from verify.ts, so that a page that tells of a crisis does not carry them. Specification: README.md, "Checks of a
 * programme".
 */
import type { Findings } from './findings.ts'
import { ProgrammeAudit } from './points-audit.ts'
import { ProgrammeBooks } from './programme-books.ts'
import { outstandingOf } from './postings.ts'
import { CheckFailure, held, partly } from './verdict.ts'
import type { Finding } from './verdict.ts'
import type { PointsChecks } from './verify.ts'
import { anchorsAround } from './verify-anchors.ts'
import { missFailure, missesBefore } from './verify-record.ts'

/** The two checks, for `verifyBundle`. */
export const POINTS_CHECKS: PointsChecks = { points: checkPoints, liabilities: checkLiabilities }

/** The smallest anchored size of a bundle above an index. */
export function anchoredIn({ bundle }: Findings): (index: number) => number | undefined {
  return (index) => anchorsAround(bundle.anchors, index).by?.size
}

/** `points`: every entry follows the rules, each rule was anchored before its use, and the accounts add up. */
function checkPoints(findings: Findings): Finding {
  const audit = new ProgrammeAudit()
  const books = new ProgrammeBooks()
  const anchored = anchoredIn(findings)
  for (const { index, entry } of findings.entries) {
    const { told, fault } = audit.add({ index, entry }, anchored)
    const found = fault ?? (told === undefined ? undefined : books.add(index, told, entry, audit.state!))
    if (found !== undefined) throw new CheckFailure(found.code, index, found.facts)
  }
  const { state } = audit
  if (state === undefined) throw new CheckFailure('programme_order')
  const last = findings.lastEntries[findings.lastEntries.length - 1]
  const [missing] = last === undefined ? [] : audit.missingAnswers(missesBefore(last.recordedAt))
  if (missing !== undefined) throw missFailure(missing)
  const { issuance, redeemed } = state.totals
  const issued = issuance === 0 ? 0 : -issuance
  return held({ rules: state.rules.length, issued, redeemed, outstanding: outstandingOf(state.totals) })
}

/** `liabilities`: what the programme says it owes its holders is what its postings leave outstanding. */
export function checkLiabilities(findings: Findings): Finding {
  const audit = new ProgrammeAudit()
  const anchored = anchoredIn(findings)
  for (const { index, entry } of findings.entries) {
    const { miscounted } = audit.add({ index, entry }, anchored)
    if (miscounted !== undefined) throw new CheckFailure(miscounted.code, index, miscounted.facts)
  }
  const newest = audit.state?.liabilities
  if (newest !== undefined) return held({ size: newest.size, sum: newest.sum, leaves: newest.leaves })
  const anchoredSize = findings.bundle.anchors[findings.bundle.anchors.length - 1]?.size ?? 0
  return audit.liabilities.isBehind(anchoredSize) ? partly('pending', 'liabilities_missing') : held({ sum: 0 })
}
