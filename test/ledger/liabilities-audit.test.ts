/** What a programme says it owes is what its entries leave outstanding. */
import t from 'tap'
import { LiabilitiesAudit } from '../../ledger/liabilities-audit.ts'
import { NO_TOTALS } from '../../ledger/postings.ts'
import type { ProgrammeState } from '../../ledger/programme.ts'
import { ProgrammeStream } from './programme-stream.ts'

const { programme } = new ProgrammeStream()
const owing = (available: number, holders: number): ProgrammeState => ({
  ...programme,
  holders,
  totals: { ...NO_TOTALS, issuance: -available, available },
})
const counted = (size: number, sum: number, leaves: number): Parameters<LiabilitiesAudit['recount']>[1] => ({
  programme: 'family',
  size,
  leaves,
  root: 'A'.repeat(43),
  sum,
})

t.test('BT5: entries at or above the size are not counted yet', async (t) => {
  const audit = new LiabilitiesAudit()
  audit.note(10, owing(0, 1))
  audit.note(11, owing(0, 1))
  audit.note(12, owing(100, 1))
  audit.note(15, owing(160, 2))
  t.ok(audit.isBehind(11))
  t.notOk(audit.isBehind(10))
  t.equal(audit.recount(16, counted(15, 100, 1), 'family'), undefined)
  t.equal(audit.size, 15)
  t.ok(audit.isBehind(16))
  t.equal(audit.recount(17, counted(16, 160, 2), 'family'), undefined)
  t.notOk(audit.isBehind(99))
  t.equal(audit.recount(20, counted(20, 160, 2), 'family'), undefined, 'nothing changed since')
})

t.test('BT5: another sum, another number of holders, another size or programme', async (t) => {
  const recount = (...args: Parameters<LiabilitiesAudit['recount']>): string | undefined => {
    const audit = new LiabilitiesAudit()
    audit.note(12, owing(100, 1))
    return audit.recount(...args)?.code
  }
  t.equal(recount(15, counted(13, 100, 1), 'family'), undefined)
  t.equal(recount(15, counted(13, 99, 1), 'family'), 'liabilities_differ')
  t.equal(recount(15, counted(13, 100, 2), 'family'), 'liabilities_differ')
  t.equal(recount(15, counted(16, 100, 1), 'family'), 'liabilities_order')
  t.equal(recount(15, counted(13, 100, 1), 'other'), 'liabilities_other')
  t.equal(recount(15, counted(13, 100, 1), undefined), 'liabilities_other')
})
