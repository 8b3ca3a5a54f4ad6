/** Who may write what in a programme. */
import t from 'tap'
import { mayWrite } from '../../ledger/points-actors.ts'
import type { PointsType } from '../../ledger/points-data.ts'

const KINDS = ['system', 'holder', 'operator', 'staff', 'reviewer', 'auditor']
const writers = (type: PointsType, role?: 'staff' | 'reviewer'): string[] =>
  KINDS.filter((kind) => mayWrite(type, kind, role))

t.test(
  'ER4: the clock writes by the system, spending is the holder’s, and a grant the reviewer’s whom its rule names',
  async (t) => {
    for (const type of ['grant.lapsed', 'points.expired', 'ballot.tallied'] as const) {
      t.strictSame(writers(type), ['system'], type)
    }
    for (const type of ['redemption.held', 'ballot.cast'] as const) t.strictSame(writers(type), ['holder'], type)
    t.strictSame(writers('grant.posted', 'reviewer'), ['reviewer'])
    t.strictSame(writers('grant.posted', 'staff'), ['operator', 'staff'])
    t.strictSame(writers('rule.published'), ['operator', 'staff', 'reviewer', 'auditor'])
    t.notOk(mayWrite('redemption.released', 'holder'))
    t.ok(mayWrite('redemption.released', 'system'))
    t.notOk(mayWrite('proposal.submitted', 'system'))
    t.ok(mayWrite('proposal.submitted', 'holder'))
  },
)
