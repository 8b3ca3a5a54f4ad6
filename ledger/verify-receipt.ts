/**
 * What a holder calls: a receipt in, a list of named checks and a verdict out, as verify.ts does for a timeline. Whether the
 * log, its key and its anchors are right is judged by the same checks; what is said of the holder by receipt-audit.ts. It
 * never throws (I32). Specification: README.md, "Receipts".
 */
import type { BundleEntry } from './bundle.ts'
import { base64url } from './bytes.ts'
import { disclosureDigest, applyDisclosures, parseDisclosure } from './disclosure.ts'
import { parseEntry } from './entry.ts'
import type { Findings, ParsedEntry, VerifyOptions } from './findings.ts'
import { leafHash } from './hash.ts'
import { parseReceipt, timelineOf } from './receipt.ts'
import type { Receipt } from './receipt.ts'
import { auditHolder } from './receipt-audit.ts'
import type { HolderLine, HolderRecord } from './receipt-audit.ts'
import { CheckFailure, aboutEntry, checkEach, entryVerdicts, held, runCheck, worstVerdict } from './verdict.ts'
import type { Check, Finding, Verdict } from './verdict.ts'
import { claimedLogId } from './verify.ts'
import type { EntryReport } from './verify.ts'
import { checkAnchors, checkChain, checkFresh, checkTimes, timeBounds } from './verify-anchors.ts'
import { checkBalance } from './verify-balance.ts'
import { checkLog } from './verify-log.ts'
import { anchoredIn } from './verify-points.ts'
import { checkInclusion, checkSignature } from './verify-proofs.ts'

/** The checks of a receipt, in their order. */
export const RECEIPT_CHECKS = [
  'format',
  'log',
  'signature',
  'entries',
  'inclusion',
  'openings',
  'points',
  'liabilities',
  'anchors',
  'chain',
  'times',
  'fresh',
] as const

/** The name of a check of a receipt. */
export type ReceiptCheckName = (typeof RECEIPT_CHECKS)[number]

/** What the holder brings along besides. `viewCode`: proves that the leaf in the balances tree is the own one. */
export type ReceiptOptions = VerifyOptions & { viewCode?: string | undefined }

/**
 * What is known about a holder's points: `lines`, one for each posting that concerns the holder, oldest first; `balance`:
 * what the newest anchored root counts for the holder, as of a size of the log, in a sum over so many holders.
 */
export type ReceiptReport = {
  verdict: Verdict
  checks: Check<ReceiptCheckName>[]
  origin?: string
  stream?: string
  logId?: string | undefined
  size?: number
  holder?: string
  lines: HolderLine[]
  balances?: HolderRecord['balances']
  balance?: { balance: number; size: number; sum: number; leaves: number }
  entries: EntryReport[]
}

/** What the checks of a receipt have established so far. */
export type ReceiptFindings = Findings & { receipt: Receipt; record?: HolderRecord; counted?: ReceiptReport['balance'] }

/**
 * Verifies a receipt.
 *
 * @param input the file as it is, or what `parseReceipt` made of it
 */
export function verifyReceipt(input: Uint8Array | Receipt, options: ReceiptOptions = {}): ReceiptReport {
  let receipt: Receipt | undefined
  const format = runCheck('format', [], () => {
    receipt = input instanceof Uint8Array ? parseReceipt(input) : input
    return held({ entries: receipt.entries.length, anchors: receipt.anchors.length, receipt: true })
  })
  if (receipt === undefined) {
    const rest = RECEIPT_CHECKS.slice(1).map((name) => runCheck(name, [format], held))
    return { verdict: 'mismatch', checks: [format, ...rest], lines: [], entries: [] }
  }
  const bundle = timelineOf(receipt)
  const findings: ReceiptFindings = { bundle, options, entries: [], lastEntries: [], texts: new Map(), receipt }
  return report(findings, [format, ...runChecks(findings, options)])
}

/** Each check adds to the findings what the later ones build on. */
function runChecks(findings: ReceiptFindings, { viewCode }: ReceiptOptions): Check<ReceiptCheckName>[] {
  const log = runCheck('log', [], () => checkLog(findings))
  const signature = runCheck('signature', [], () => checkSignature(findings))
  const entries = runCheck('entries', [], () => checkReceiptEntries(findings))
  const inclusion = runCheck('inclusion', [signature], () => checkInclusion(findings))
  const anchors = runCheck('anchors', [signature], () => checkAnchors(findings))
  const openings = runCheck('openings', [entries], () => checkOpenings(findings))
  const points = runCheck('points', [openings, anchors], () => checkRules(findings))
  const liabilities = runCheck('liabilities', [openings, anchors], () => checkBalance(findings, viewCode))
  const chain = runCheck('chain', [], () => checkChain(findings))
  const times = runCheck('times', [entries, anchors], () => checkTimes(findings))
  const fresh = runCheck('fresh', [], () => checkFresh(findings))
  return [log, signature, entries, inclusion, openings, points, liabilities, anchors, chain, times, fresh]
}

/** `entries`: canonical, of one stream and brand, opened by its first; number, index and time ascending. */
function checkReceiptEntries(findings: ReceiptFindings): Finding {
  const { bundle } = findings
  const parsed = bundle.entries.map(({ index, bytes, disclosures }): ParsedEntry => {
    const entry = aboutEntry(index, () => parseEntry(bytes))
    return { index, entry, leafHash: leafHash(bytes), disclosures }
  })
  const [first] = parsed
  if (first === undefined) throw new CheckFailure('entries_missing')
  if (first.entry.type !== 'programme.opened' || first.entry.seq !== 1)
    throw new CheckFailure('programme_order', first.index)
  let before: ParsedEntry | undefined
  for (const next of parsed) {
    assertFollows(before ?? next, next, bundle.stream)
    before = next
  }
  findings.entries = parsed
  return held({ entries: parsed.length, unjudged: 0, receipt: true })
}

function assertFollows(before: ParsedEntry, { index, entry }: ParsedEntry, stream: string): void {
  if (entry.stream !== stream) throw new CheckFailure('stream_differs', index, { stream })
  if (entry.brand !== before.entry.brand) throw new CheckFailure('brand_differs', index, { stream })
  if (index === before.index && entry === before.entry) return
  if (index <= before.index) throw new CheckFailure('index_order', index, { before: before.index })
  const { seq } = before.entry
  if (entry.seq <= seq) throw new CheckFailure('seq_broken', index, { stream, seq: entry.seq, follows: seq + 1 })
  if (entry.seq === seq + 1 && entry.prev !== base64url(before.leafHash)) {
    throw new CheckFailure('prev_broken', index, { stream })
  }
  if (entry.recordedAt < before.entry.recordedAt) throw new CheckFailure('time_backward', index)
}

/** `openings`: what is opened stands in the entries, is of one holder, and goes from balance to balance without a gap. */
function checkOpenings(findings: ReceiptFindings): Finding {
  const { entries, texts, receipt } = findings
  checkEach(entries, ({ index, entry, disclosures }) => {
    const given = disclosures.map((text) => aboutEntry(index, () => parseDisclosure(text)))
    const digests = disclosures.map(disclosureDigest)
    if (!digests.every((digest) => entry.sd?.includes(digest) === true))
      throw new CheckFailure('disclosure_unknown', index)
    if (new Set(digests).size < digests.length) throw new CheckFailure('disclosure_repeated', index)
    const data = aboutEntry(index, () => applyDisclosures(entry.data, given, entry.sd?.length))
    texts.set(index, { data, disclosed: given.map(({ name }) => name), erased: [] })
  })
  const opened = entries.map(({ index, entry }, i) => ({ index, entry, openings: receipt.entries[i]!.openings ?? [] }))
  findings.record = auditHolder(opened)
  const { lines } = findings.record
  return held({ lines: lines.length })
}

/** `points`: every grant of the holder follows a rule that was anchored before; nothing ended twice. */
function checkRules(findings: ReceiptFindings): Finding {
  const { record } = findings
  record!.assertRules(anchoredIn(findings))
  return held({ lines: record!.lines.length })
}

function report(findings: ReceiptFindings, checks: Check<ReceiptCheckName>[]): ReceiptReport {
  const { bundle, checkpoint, record, counted } = findings
  const { origin, stream } = bundle
  // Which entries are anchored is said of each; that some are not makes none of the others worse.
  const limitOf = entryVerdicts(checks.filter(({ name, verdict }) => name !== 'anchors' || verdict !== 'pending'))
  const entries = bundle.entries.map((entry, i) => entryReport(findings, limitOf(entry.index), entry, i))
  return {
    verdict: worstVerdict([...checks, ...entries].map(({ verdict }) => verdict)),
    checks,
    origin,
    stream,
    logId: claimedLogId(checks),
    ...(checkpoint === undefined ? {} : { size: checkpoint.size }),
    ...(record?.holder === undefined ? {} : { holder: record.holder }),
    lines: record?.lines ?? [],
    ...(record === undefined ? {} : { balances: record.balances }),
    ...(counted === undefined ? {} : { balance: counted }),
    entries,
  }
}

function entryReport(
  findings: ReceiptFindings,
  limit: Verdict,
  { index, bytes }: BundleEntry,
  position: number,
): EntryReport {
  const { entries, texts } = findings
  const parsed = entries[position]
  const bounds = timeBounds(findings, index)
  return {
    index,
    leafHash: base64url(leafHash(bytes)),
    verdict: worstVerdict([limit, bounds.anchoredBy === undefined ? 'pending' : 'verified']),
    ...(parsed === undefined ? {} : { entry: parsed.entry }),
    ...texts.get(index),
    ...bounds,
  }
}
