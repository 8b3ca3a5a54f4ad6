/** Proof files of every kind are judged by one call. */
import t from 'tap'
import { formatBundle } from '../../ledger/bundle.ts'
import { utf8 } from '../../ledger/bytes.ts'
import { LedgerError } from '../../ledger/errors.ts'
import { formatReceipt } from '../../ledger/receipt.ts'
import { BUNDLE_CHECKS } from '../../ledger/verify.ts'
import { isReceiptReport, parseProofFile, verifyFile } from '../../ledger/verify-file.ts'
import { pointsLog } from './points-log.ts'
import { LOG_ID, sampleLog } from './sample-log.ts'

t.test('a timeline, a programme and a receipt are told apart by what they are', async (t) => {
  const points = pointsLog()
  const options = { logId: LOG_ID, chain: points.log.answers(), viewCode: 'V-H-A' }
  const programme = utf8(formatBundle(points.bundle()))
  const receipt = utf8(formatReceipt(points.receipt('H-A')))
  t.equal(parseProofFile(receipt).format, 'trust-ledger/receipt@1')
  t.equal(parseProofFile(programme).format, 'trust-ledger/timeline@1')
  for (const input of [programme, parseProofFile(programme)]) {
    const report = verifyFile(input, options)
    t.equal(report.verdict, 'verified')
    t.notOk(isReceiptReport(report))
    t.ok(report.checks.some(({ name }) => name === 'liabilities'))
  }
  for (const input of [receipt, parseProofFile(receipt)]) {
    const report = verifyFile(input, options)
    t.equal(report.verdict, 'verified')
    t.ok(isReceiptReport(report) && report.holder === 'H-A')
  }
  const log = sampleLog()
  const timeline = verifyFile(utf8(formatBundle(log.bundle())), { logId: LOG_ID, chain: log.answers() })
  t.equal(timeline.verdict, 'verified')
})

t.test('I32: what cannot be read is told so', async (t) => {
  for (const text of ['', '{}', '[]', '{"format":"trust-ledger/receipt@1"}', '{"format":5}']) {
    t.equal(verifyFile(utf8(text)).verdict, 'mismatch', text)
  }
  const refused = new LedgerError('bundle_malformed', 'malformed bundle: entries')
  const { verdict, checks } = verifyFile(refused)
  t.equal(verdict, 'mismatch')
  t.match(checks[0], { name: 'format', ok: 'failed', code: 'bundle_malformed', facts: { detail: refused.message } })
  t.strictSame(
    checks.map(({ name }) => name),
    BUNDLE_CHECKS,
  )
  t.throws(() => parseProofFile(utf8('{}')), { code: 'bundle_malformed' })
})
