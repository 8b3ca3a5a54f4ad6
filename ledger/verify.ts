/**
 * What a reader of one timeline calls: a bundle in, a list of named checks and one of five verdicts out. It runs the
 * same in a browser tab, in the command line tool and in the server. Specification: README.md, "Verification".
 *
 * It never throws (I32): whatever is wrong with the input is a check that failed. It has no words: `reasonOf` (reason.ts)
 * puts a check in English.
 */
import { parseBundle } from './bundle.ts'
import type { Bundle, BundleEntry } from './bundle.ts'
import { base64url } from './bytes.ts'
import type { Entry } from './entry.ts'
import type { Findings, VerifyOptions } from './findings.ts'
import { leafHash } from './hash.ts'
import type { JsonObject } from './json.ts'
import { entryVerdicts, held, runCheck, skipped, worstVerdict } from './verdict.ts'
import type { Check, Finding, Verdict } from './verdict.ts'
import { checkAnchors, checkChain, checkFresh, checkTimes, timeBounds } from './verify-anchors.ts'
import type { TimeBounds } from './verify-anchors.ts'
import { checkLog } from './verify-log.ts'
import { checkComplete, checkHeads, checkInclusion, checkSignature } from './verify-proofs.ts'
import { checkDisclosures, checkEntries, checkPromises } from './verify-record.ts'

/** The checks of a bundle, in their order. */
export const BUNDLE_CHECKS = [
  'format',
  'log',
  'signature',
  'entries',
  'inclusion',
  'disclosures',
  'heads',
  'complete',
  'anchors',
  'chain',
  'times',
  'promises',
  'fresh',
] as const

/** The name of a check of a bundle; the last two are of a programme's only, after `promises`. */
export type BundleCheckName = (typeof BUNDLE_CHECKS)[number] | 'points' | 'liabilities'

/** The checks of a programme, handed in by those who carry them (verify-points.ts). */
export type PointsChecks = Readonly<Record<'points' | 'liabilities', (findings: Findings) => Finding>>

/**
 * What is known about one entry of a bundle.
 *
 * - `entry`: present when the check `entries` did not fail.
 * - `data` with the disclosed values in their places, `disclosed` their names, `erased` the digests whose texts are
 *   registered as erased: present when the entry's texts are in order.
 * - `anchoredBy`: the first anchor listed that covers the entry: unchanged since that block time (seconds).
 * - `notBefore`: the last anchor listed that does not cover it, and when the last entry under that anchor was recorded.
 */
export type EntryReport = TimeBounds & {
  index: number
  leafHash: string
  verdict: Verdict
  entry?: Entry
  data?: JsonObject
  disclosed?: string[]
  erased?: string[]
}

/**
 * What is known about a timeline. `logId`: what the bundle claims to be; `size`: of the signed checkpoint; `asOf`: the
 * newest anchor, the size that its heads count, and how many entries the stream has below it.
 */
export type Report = {
  verdict: Verdict
  checks: Check<BundleCheckName>[]
  origin?: string
  stream?: string
  logId?: string | undefined
  size?: number
  asOf?: { size: number; entries: number; anchoredSize: number; timestamp: number }
  entries: EntryReport[]
}

/**
 * Verifies a bundle.
 *
 * @param input the file as it is, or what `parseBundle` made of it
 * @param points without them the bundle of a programme is at best not checked
 */
export function verifyBundle(input: Uint8Array | Bundle, options: VerifyOptions = {}, points?: PointsChecks): Report {
  let bundle: Bundle | undefined
  const format = runCheck('format', [], () => {
    bundle = input instanceof Uint8Array ? parseBundle(input) : input
    return held({ entries: bundle.entries.length, anchors: bundle.anchors.length })
  })
  if (bundle === undefined) {
    const rest = BUNDLE_CHECKS.slice(1).map((name) => runCheck(name, [format], held))
    return { verdict: 'mismatch', checks: [format, ...rest], entries: [] }
  }
  const findings: Findings = { bundle, options, entries: [], lastEntries: [], texts: new Map() }
  return report(findings, [format, ...runChecks(findings, points)])
}

/** Each check adds to the findings what the later ones build on: the order of these lines is that of BUNDLE_CHECKS. */
function runChecks(findings: Findings, points?: PointsChecks): Check<BundleCheckName>[] {
  const log = runCheck('log', [], () => checkLog(findings))
  const signature = runCheck('signature', [], () => checkSignature(findings))
  const entries = runCheck('entries', [], () => checkEntries(findings))
  const inclusion = runCheck('inclusion', [signature], () => checkInclusion(findings))
  const disclosures = runCheck('disclosures', [entries], () => checkDisclosures(findings))
  const heads = runCheck('heads', [signature], () => checkHeads(findings, entries.ok === 'held'))
  const complete = runCheck('complete', [signature, entries], () => checkComplete(findings))
  const anchors = runCheck('anchors', [signature], () => checkAnchors(findings))
  const chain = runCheck('chain', [], () => checkChain(findings))
  const times = runCheck('times', [entries, anchors], () => checkTimes(findings))
  const promises = runCheck('promises', [entries, anchors], () => checkPromises(findings))
  const ofPoints = (name: 'points' | 'liabilities'): Check<BundleCheckName> =>
    runCheck(name, [entries, anchors], () => points?.[name](findings) ?? skipped('not checked', 'points_not_judged'))
  const accounts = findings.bundle.stream.startsWith('points:') ? [ofPoints('points'), ofPoints('liabilities')] : []
  const fresh = runCheck('fresh', [], () => checkFresh(findings))
  const before = [log, signature, entries, inclusion, disclosures, heads, complete, anchors, chain, times, promises]
  return [...before, ...accounts, fresh]
}

function report(findings: Findings, checks: Check<BundleCheckName>[]): Report {
  const { bundle, checkpoint, heads } = findings
  const { origin, stream, anchors } = bundle
  const newest = anchors[anchors.length - 1]
  const isOfAll = ({ name, verdict }: Check<BundleCheckName>): boolean =>
    verdict !== 'pending' || !PENDING_CHECKS.includes(name)
  const limitOf = entryVerdicts(checks.filter(isOfAll))
  const entries = bundle.entries.map((entry, i) => entryReport(findings, limitOf(entry.index), entry, i))
  return {
    verdict: worstVerdict([...checks, ...entries].map(({ verdict }) => verdict)),
    checks,
    origin,
    stream,
    logId: claimedLogId(checks),
    ...(checkpoint === undefined ? {} : { size: checkpoint.size }),
    ...(heads === undefined
      ? {}
      : {
          asOf: {
            size: heads.size,
            entries: bundle.entries.filter(({ index }) => index < heads.size).length,
            // Heads are established with the newest anchor only.
            anchoredSize: newest!.size,
            timestamp: newest!.timestamp,
          },
        }),
    entries,
  }
}

/** The log id that a file claims: the check `log` has found it, unless the file names no log. */
export function claimedLogId(checks: readonly Check[]): string | undefined {
  return checks[1]!.facts['logId'] as string | undefined
}

/** Checks that only tell anchored entries from pending ones: each entry's own index says that better. */
const PENDING_CHECKS: readonly BundleCheckName[] = ['heads', 'complete', 'anchors']

function entryReport(findings: Findings, limit: Verdict, { index, bytes }: BundleEntry, position: number): EntryReport {
  const { entries, heads, texts } = findings
  const isPending = heads === undefined || index >= heads.size
  const parsed = entries[position]
  return {
    index,
    leafHash: base64url(leafHash(bytes)),
    verdict: worstVerdict([limit, isPending ? 'pending' : 'verified']),
    ...(parsed === undefined ? {} : { entry: parsed.entry }),
    ...texts.get(index),
    ...timeBounds(findings, index),
  }
}
