/**
 * What somebody calls who was handed a proof file of any kind: a timeline, the timeline of a programme, or a receipt.
 */
import { bundleOf } from './bundle.ts'
import type { Bundle } from './bundle.ts'
import { isJsonObject, member, parseJson } from './json.ts'
import { RECEIPT_FORMAT, receiptOf } from './receipt.ts'
import type { Receipt } from './receipt.ts'
import { verifyBundle } from './verify.ts'
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
 * @param input the file as it is, or what `parseProofFile` made of it
 */
export function verifyFile(input: Uint8Array | ProofFile, options: ReceiptOptions = {}): FileReport {
  const file = input instanceof Uint8Array ? parsed(input) : input
  // What cannot be read is told by the check `format` of a timeline.
  if (file === undefined) return verifyBundle(input as Uint8Array, options, POINTS_CHECKS)
  return file.format === RECEIPT_FORMAT ? verifyReceipt(file, options) : verifyBundle(file, options, POINTS_CHECKS)
}

/** Whether a report is that of a receipt. */
export function isReceiptReport(report: FileReport): report is ReceiptReport {
  return 'lines' in report
}

function parsed(bytes: Uint8Array): ProofFile | undefined {
  try {
    return parseProofFile(bytes)
  } catch {
    return undefined
  }
}
