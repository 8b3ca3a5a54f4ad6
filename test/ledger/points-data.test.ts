/** The words of a programme: what points are given for is a closed list of deeds. */
import t from 'tap'
import { ACTIVITIES, POINTS_MAX, PROPOSAL_MOVES, REVIEWER_ROLES } from '../../ledger/points-data.ts'

t.test(
  'ER2: points are given for what somebody did, never for what somebody thinks, says or leaves unsaid',
  async (t) => {
    t.strictSame(
      [...ACTIVITIES],
      ['supervision', 'defect_report', 'suggestion_adopted', 'criticism_shipped', 'product_testing', 'panel_service'],
    )
    t.strictSame([...REVIEWER_ROLES], ['staff', 'reviewer'])
    t.strictSame([...PROPOSAL_MOVES], ['under_review', 'accepted', 'declined', 'merged', 'in_progress', 'shipped'])
  },
)

t.test('the sum of nine million largest amounts is still exact', async (t) => {
  t.ok(Number.isSafeInteger(POINTS_MAX * 9_000_000))
})
