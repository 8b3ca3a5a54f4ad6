/**
 * Who may write what in a programme: what the clock decides is written by the system (S4), what is spent and voted by
 * holders, and on a grant decides the role that its rule names. Specification: README.md, "Rules of a programme" (ER4).
 */
import type { PointsType, RulePublished } from './points-data.ts'

const BY_SYSTEM: readonly PointsType[] = [
  'grant.lapsed',
  'points.expiring',
  'points.expired',
  'points.liabilities',
  'proposal.answer_missed',
  'ballot.opened',
  'ballot.closed',
  'ballot.tallied',
]
const BY_HOLDERS: readonly PointsType[] = ['redemption.held', 'ballot.cast']

/**
 * Whether somebody may write an entry of this type.
 *
 * @param kind of the entry's `actor`
 * @param reviewerRole of the rule that a grant or entitlement cites; operators stand in for staff
 */
export function mayWrite(type: PointsType, kind: string, reviewerRole?: RulePublished['reviewerRole']): boolean {
  if (BY_SYSTEM.includes(type)) return kind === 'system'
  if (BY_HOLDERS.includes(type)) return kind === 'holder'
  if (type === 'redemption.released') return kind !== 'holder'
  if (type === 'proposal.submitted') return kind !== 'system'
  if (reviewerRole !== undefined && kind !== reviewerRole) return reviewerRole === 'staff' && kind === 'operator'
  return kind !== 'system' && kind !== 'holder'
}
