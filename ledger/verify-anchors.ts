/**
 * The chain half of a verification: `anchors`, `chain`, `times` and `fresh`. An anchor bounds every entry on both sides:
 * what is under it existed at its block time, and what is not under it did not.
 */
import type { AnchorRecord, ChainAnswers } from './anchor.ts'
import type { BundleAnchor } from './bundle.ts'
import { equalBytes } from './bytes.ts'
import type { Entry } from './entry.ts'
import { answersFor } from './findings.ts'
import type { Findings, VerifyOptions } from './findings.ts'
import { parseInstant } from './instant.ts'
import { verifyConsistency } from './proof.ts'
import { CheckFailure, checkEach, held, partly, skipped } from './verdict.ts'
import type { Finding } from './verdict.ts'
import { headsOf, provenEntry } from './verify-proofs.ts'

/** How far the clocks of the log and of the chain may be apart: 15 minutes. */
const CLOCK_TOLERANCE_SECONDS = 900

/** How much block time the contract's latest anchor may be newer than the newest one that a verifier was given: 1 hour. */
export const FRESH_SECONDS = 3600

/** `anchors`: ascending; each is an earlier state of the signed log, and ends with a heads entry. */
export function checkAnchors(findings: Findings): Finding {
  const { bundle, checkpoint } = findings
  const { size: to, root: toRoot } = checkpoint!
  let before: BundleAnchor | undefined
  const lastEntries: Entry[] = []
  for (const anchor of bundle.anchors) {
    assertAscending(before, anchor)
    const { size, root, consistency, last } = anchor
    aboutAnchor(size, () => verifyConsistency({ from: size, fromRoot: root, to, toRoot, proof: consistency }))
    const entry = provenEntry({ index: size - 1, ...last }, checkpoint!)
    headsOf(entry, size - 1)
    lastEntries.push(entry)
    before = anchor
  }
  findings.lastEntries = lastEntries
  return before === undefined ? partly('pending', 'not_anchored') : held({ size: to, anchors: bundle.anchors.length })
}

function assertAscending(before: BundleAnchor | undefined, { size, timestamp }: BundleAnchor): void {
  if (before !== undefined && (size <= before.size || timestamp < before.timestamp)) {
    throw new CheckFailure('anchor_order', undefined, { size, before: before.size })
  }
}

function aboutAnchor(size: number, step: () => void): void {
  try {
    step()
  } catch (error) {
    throw new CheckFailure('root_mismatch', undefined, { size, detail: (error as Error).message })
  }
}

/** `chain`: the contract itself gives the same root and time for every anchor of the bundle. */
export function checkChain(findings: Findings): Finding {
  const { bundle, options } = findings
  const answers = answersFor(findings)
  if (answers === undefined) return notAsked(options)
  assertOrigin(answers, bundle.origin)
  for (const anchor of bundle.anchors) {
    if (!answers.asked.includes(anchor.size)) return notAsked({}, anchor.size)
    assertConfirmed(anchor, answers)
  }
  assertNoneLeftOut(findings, answers)
  return held({ anchors: bundle.anchors.length })
}

/** The chain could not be asked, or not about this size: nothing is wrong, and nothing is proved. */
export function notAsked({ chainError }: Pick<VerifyOptions, 'chainError'>, size?: number): Finding {
  return skipped('not checked', 'chain_not_asked', {
    ...(chainError === undefined ? {} : { why: chainError }),
    ...(size === undefined ? {} : { size }),
  })
}

/** Refuses a contract that is not the one of this log. */
export function assertOrigin(
  { origin, chainId, contract }: Pick<ChainAnswers, 'origin' | 'chainId' | 'contract'>,
  expected: string | undefined,
): void {
  if (origin === undefined || origin !== expected) {
    throw new CheckFailure('anchor_of_other_log', undefined, { chainId, contract, isThere: origin !== undefined })
  }
}

function assertConfirmed(anchor: BundleAnchor, { anchors }: ChainAnswers): void {
  const { size } = anchor
  const answer = anchors.find((candidate) => candidate.size === size)
  if (answer === undefined) throw new CheckFailure('not_anchored', undefined, { size })
  const differing = [
    ...(equalBytes(answer.root, anchor.root) ? [] : ['root']),
    ...(answer.timestamp === anchor.timestamp ? [] : ['time']),
    ...(answer.block === anchor.block ? [] : ['block']),
  ]
  if (differing.length > 0) throw new CheckFailure('chain_differs', undefined, { size, differing })
}

/**
 * No anchor that the contract told of lies nearer to an entry than those listed, or a wrong time of recording might fit,
 * and "provable only since" be told too early. Anchors older than one that is listed were confirmed when the bundle was
 * made; newer ones may have been under way.
 */
function assertNoneLeftOut({ bundle: { anchors, entries } }: Findings, { first, others = [] }: ChainAnswers): void {
  for (const told of [first, ...others]) {
    if (told === undefined) continue
    const { by, before = { size: 0 } } = anchorsAround(anchors, told.size)
    if (by === undefined || before.size === told.size) continue
    const bounded = entries.find(({ index }) => before.size <= index && index < by.size)
    if (bounded !== undefined) throw new CheckFailure('anchor_left_out', bounded.index, { size: told.size })
  }
}

/**
 * The anchors around an index: the first that covers it, and the last that does not. By halving, since a hostile file may
 * have very many of both.
 *
 * @param anchors ascending by size; of others it tells any
 */
export function anchorsAround<T extends { size: number }>(
  anchors: readonly T[],
  index: number,
): { by: T | undefined; before: T | undefined; at: number } {
  let at = 0
  for (let end = anchors.length; at < end;) {
    const middle = Math.floor((at + end) / 2)
    if (anchors[middle]!.size > index) end = middle
    else at = middle + 1
  }
  return { by: anchors[at], before: anchors[at - 1], at }
}

/** Between which block times an entry was recorded; `recordedAt`: of the last entry under the anchor before it. */
export type TimeBounds = {
  anchoredBy?: { size: number; timestamp: number }
  notBefore?: { size: number; timestamp: number; recordedAt?: string }
}

/** What the anchors of a file say of the entry at an index, for its report. */
export function timeBounds({ bundle: { anchors }, lastEntries }: Findings, index: number): TimeBounds {
  const { by, before, at } = anchorsAround(anchors, index)
  const last = lastEntries[at - 1]
  return {
    ...(by && { anchoredBy: { size: by.size, timestamp: by.timestamp } }),
    ...(before && {
      notBefore: { size: before.size, timestamp: before.timestamp, ...(last && { recordedAt: last.recordedAt }) },
    }),
  }
}

/** `times`: no entry is recorded later than the anchor that covers it, or earlier than what the one before it covers. */
export function checkTimes({ bundle, entries, lastEntries }: Findings): Finding {
  const { anchors } = bundle
  const times = lastEntries.map(({ recordedAt }) => recordedAt)
  let since: number | undefined
  checkEach(entries, ({ index, entry: { recordedAt } }) => {
    const { by, before, at } = anchorsAround(anchors, index)
    if (by !== undefined) {
      assertNotLater(index, recordedAt, by)
      if (recordedAt > times[at]!) throw new CheckFailure('time_backward', index, { later: by.size - 1 })
    }
    if (before === undefined) since ??= by?.timestamp
    else if (recordedAt < times[at - 1]!) {
      throw new CheckFailure('earlier_than_anchor', index, { size: before.size, recordedAt: times[at - 1]! })
    }
  })
  anchors.forEach((anchor, i) => assertNotLater(anchor.size - 1, times[i]!, anchor))
  return since === undefined ? held() : partly('verified', 'no_earlier_anchor', { since })
}

/** Refuses a time of recording that lies after the block that already covers the entry. */
export function assertNotLater(index: number, recordedAt: string, { size, timestamp }: AnchorRecord): void {
  if (parseInstant(recordedAt) <= (timestamp + CLOCK_TOLERANCE_SECONDS) * 1000) return
  throw new CheckFailure('later_than_anchor', index, { size, timestamp, recordedAt })
}

/** `fresh`: the contract has no anchor that is more than an hour newer than the newest one here. */
export function checkFresh(findings: Findings): Finding {
  const answers = answersFor(findings)
  if (answers === undefined) return notAsked(findings.options)
  const { anchors } = findings.bundle
  return freshness(answers.latest, anchors[anchors.length - 1])
}

/** How old the newest anchor at hand is, against the contract's latest. */
export function freshness(latest: AnchorRecord | undefined, newest: AnchorRecord | undefined): Finding {
  if (latest === undefined) {
    if (newest === undefined) return held()
    throw new CheckFailure('not_anchored')
  }
  const facts = { size: latest.size, timestamp: latest.timestamp }
  if (latest.size < (newest?.size ?? 0)) throw new CheckFailure('chain_differs', undefined, facts)
  const isOld = newest === undefined || latest.timestamp - newest.timestamp > FRESH_SECONDS
  return isOld ? partly('pending', 'newer_anchor', facts) : held(facts)
}
