/**
 * What the tests of the verifier share: verifying a sample log with everything that a verifier may be given, and tables of
 * faults, each with the check that has to see it.
 */
import type { Test } from 'tap'
import { formatBundle, parseBundle } from '../../ledger/bundle.ts'
import type { Bundle, BundleEntry } from '../../ledger/bundle.ts'
import { utf8 } from '../../ledger/bytes.ts'
import { withReasons } from '../../ledger/reason.ts'
import type { ReasonedCheck } from '../../ledger/reason.ts'
import { verifyBundle } from '../../ledger/verify.ts'
import type { BundleCheckName, Report } from '../../ledger/verify.ts'
import { LOG_ID, sampleLog } from './sample-log.ts'
import type { SampleLog } from './sample-log.ts'

/** A fault of the bundle of `sampleLog()`, and the check that names it. */
export type Fault = { fault: string; check: BundleCheckName; alter: (bundle: Bundle) => void }

/** The report of a verifier who was given the log id and asked the chain. */
export function verify(log: SampleLog, bundle: Bundle = log.bundle()): Report {
  const chain = log.answers(bundle.anchors.map(({ size }) => size))
  return verifyBundle(utf8(formatBundle(bundle)), { logId: LOG_ID, chain })
}

/** One check of a report, with its reason. */
export function checkNamed({ checks }: Report, name: BundleCheckName): ReasonedCheck | undefined {
  return withReasons(checks).find((check) => check.name === name)
}

/** The names of the checks that failed. */
export function failedChecks({ checks }: Report): string[] {
  return checks.filter(({ ok }) => ok === 'failed').map(({ name }) => name)
}

/** Every fault is a mismatch, and its check fails with a sentence. */
export function refuseAll(t: Test, faults: readonly Fault[]): void {
  const log = sampleLog()
  for (const { fault, check, alter } of faults) {
    const bundle = parseBundle(utf8(formatBundle(log.bundle())))
    alter(bundle)
    const report = verifyBundle(bundle, { logId: LOG_ID, chain: log.answers() })
    t.ok(failedChecks(report).includes(check), `${fault}: ${check} fails, of ${failedChecks(report).join(' ')}`)
    t.equal(report.verdict, 'mismatch', fault)
    t.match(checkNamed(report, check)?.reason, /^[A-Z0-9](?!.*undefined).*\.$/s, fault)
  }
}

/** The bytes with their first bit flipped. */
export function flip(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === 0 ? 255 - byte : byte))
}

/** The entry of a bundle at a position. */
export function at(bundle: Bundle, position: number): BundleEntry {
  return bundle.entries[position]!
}
