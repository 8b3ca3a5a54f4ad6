/**
 * What somebody calls who was handed a proof file of any kind: a timeline, the timeline of a programme, or a receipt.
 */
import { bundleOf } from './bundle.ts'
import type { Bundle } from './bundle.ts'
import { LedgerError } from './errors.ts'
import { isJsonObject, member, parseJson } from './json.ts'
import { RECEIPT_FORMAT, receiptOf } from './receipt.ts'
import type { Receipt } from './receipt.ts'
import { held, runCheck } from './verdict.ts'
import { BUNDLE_CHECKS, verifyBundle } from './verify.ts'
import type { Report } from './verify.ts'
import { POINTS_CHECKS } from './verify-points.ts'
import { verifyReceipt } from './verify-receipt.ts'
import type { ReceiptOptions, ReceiptReport } from './verify-receipt.ts'

/** A proof file that was read. */
export type ProofFile = Bundle | Receipt

/** A report of either kind: one with `lines` is of a receipt. */
export type FileReport = Report | ReceiptReport

/**
 * The proof file of a JSON text.
 *
 * @throws LedgerError json_malformed with the byte position, bundle_malformed with the place, anchor_malformed
 */
export function parseProofFile(bytes: Uint8Array): ProofFile {
  const value = parseJson(bytes)
  const isReceipt = isJsonObject(value) && member(value, 'format') === RECEIPT_FORMAT
  return isReceipt ? receiptOf(value) : bundleOf(value)
}

/**
 * Verifies a proof file of any kind. It never throws (I32).
 *
 * @param input the file as it is, what `parseProofFile` made of it, or what it threw
 */
export function verifyFile(input: Uint8Array | ProofFile | LedgerError, options: ReceiptOptions = {}): FileReport {
  const file = input instanceof Uint8Array ? read(input) : input
  if (file instanceof LedgerError) return refusedReport(file)
  return file.format === RECEIPT_FORMAT ? verifyReceipt(file, options) : verifyBundle(file, options, POINTS_CHECKS)
}

/** What cannot be read is told by the check `format` of a timeline. */
function refusedReport(error: LedgerError): Report {
  const format = runCheck('format', [], () => {
    throw error
  })
  const rest = BUNDLE_CHECKS.slice(1).map((name) => runCheck(name, [format], held))
  return { verdict: 'mismatch', checks: [format, ...rest], entries: [] }
}

/** Whether a report is that of a receipt. */
export function isReceiptReport(report: FileReport): report is ReceiptReport {
  return 'lines' in report
}

function read(bytes: Uint8Array): ProofFile | LedgerError {
  try {
    return parseProofFile(bytes)
  } catch (error) {
    return error as LedgerError
  }
}
