/**
 * The chain half of a verification: `anchors`, `chain`, `times` and `fresh`. An anchor bounds every entry on both sides:
 * what is under it existed at its block time, and what is not under it did not.
 */
import type { AnchorRecord, ChainAnswers } from './anchor.ts'
import type { BundleAnchor } from './bundle.ts'
import { equalBytes } from './bytes.ts'
import type { Entry } from './entry.ts'
import { answersFor } from './findings.ts'
import type { Findings } from './findings.ts'
import { formatInstant, parseInstant } from './instant.ts'
import { verifyConsistency } from './proof.ts'
import { CheckFailure, checkEach, held, partly, skipped } from './verdict.ts'
import type { Finding } from './verdict.ts'
import { headsOf, provenEntry } from './verify-proofs.ts'

/** How far the clocks of the log and of the chain may be apart: 15 minutes. */
export const CLOCK_TOLERANCE_SECONDS = 900

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
  if (before === undefined) return partly('pending', 'not_anchored', 'The bundle has no anchors yet.')
  return held(`The log of ${to} entries begins with each of the ${bundle.anchors.length} anchored states.`)
}

function assertAscending(before: BundleAnchor | undefined, { size, timestamp }: BundleAnchor): void {
  if (before !== undefined && (size <= before.size || timestamp < before.timestamp)) {
    throw new CheckFailure('anchor_order', `the anchor of size ${size} does not follow the one of size ${before.size}`)
  }
}

function aboutAnchor(size: number, step: () => void): void {
  try {
    step()
  } catch (error) {
    throw new CheckFailure(
      'root_mismatch',
      `the anchor of size ${size} is not an earlier state of this log`,
      undefined,
      {
        size,
        detail: (error as Error).message,
      },
    )
  }
}

/** `chain`: the contract itself gives the same root and time for every anchor of the bundle. */
export function checkChain(findings: Findings): Finding {
  const { bundle, options } = findings
  const answers = answersFor(findings)
  if (answers === undefined) return notAsked(options.chainError)
  assertOrigin(answers, bundle.origin)
  for (const anchor of bundle.anchors) {
    if (!answers.asked.includes(anchor.size)) return notAsked(`about the anchor of size ${anchor.size}`)
    assertConfirmed(anchor, answers)
  }
  assertFirstListed(findings, answers)
  if (bundle.anchors.length === 0) return held('The contract is the one of this log; the bundle has no anchors yet.')
  return held(`The contract gives the same root and time for each of the ${bundle.anchors.length} anchors.`)
}

/** The chain could not be asked: nothing is wrong, and nothing is proved. */
export function notAsked(why: string | undefined): Finding {
  const clause = why === undefined ? '' : ` (${why})`
  return skipped('not checked', 'chain_not_asked', `The chain was not asked${clause}.`)
}

/** Refuses a contract that is not the one of this log. */
export function assertOrigin(
  { origin, chainId, contract }: Pick<ChainAnswers, 'origin' | 'chainId' | 'contract'>,
  expected: string | undefined,
): void {
  if (origin === undefined) {
    throw new CheckFailure('anchor_of_other_log', `there is no such contract at ${contract} on chain ${chainId}`)
  }
  if (origin !== expected) {
    throw new CheckFailure('anchor_of_other_log', 'the contract anchors another log')
  }
}

function assertConfirmed(anchor: BundleAnchor, { anchors }: ChainAnswers): void {
  const { size } = anchor
  const answer = anchors.find((candidate) => candidate.size === size)
  if (answer === undefined)
    throw new CheckFailure('not_anchored', `the contract never accepted an anchor of size ${size}`)
  const differing = [
    ...(equalBytes(answer.root, anchor.root) ? [] : ['root']),
    ...(answer.timestamp === anchor.timestamp ? [] : ['time']),
    ...(answer.block === anchor.block ? [] : ['block']),
  ]
  if (differing.length > 0) {
    const message = `the contract has another ${differing.join(' and ')} for the anchor of size ${size}`
    throw new CheckFailure('chain_differs', message, undefined, { size, differing })
  }
}

/**
 * An entry that an earlier anchor does not cover must come with one, or "provable only since" would be told too early. An
 * anchor older than one that is listed was confirmed when the bundle was made; others may have been under way.
 */
function assertFirstListed({ bundle }: Findings, { first }: ChainAnswers): void {
  const listed = bundle.anchors[0]
  if (first === undefined || listed === undefined || listed.size <= first.size) return
  const bounded = bundle.entries.find(({ index }) => first.size <= index && index < listed.size)
  if (bounded === undefined) return
  const message = `the contract has an anchor of size ${first.size} before entry ${bounded.index}, which is left out`
  throw new CheckFailure('anchor_left_out', message, bounded.index, { size: first.size })
}

/** The anchors around an index: the first that covers it, and the last that does not. */
export function anchorsAround<T extends { size: number }>(
  anchors: readonly T[],
  index: number,
): { by?: T; before?: T } {
  const by = anchors.find(({ size }) => size > index)
  const before = anchors.filter(({ size }) => size <= index).pop()
  return { ...(by === undefined ? {} : { by }), ...(before === undefined ? {} : { before }) }
}

/** `times`: no entry is recorded later than the anchor that covers it, or earlier than what the one before it covers. */
export function checkTimes({ bundle, entries, lastEntries }: Findings): Finding {
  const anchors = bundle.anchors.map((anchor, i) => ({ size: anchor.size, anchor, last: lastEntries[i]! }))
  let since: number | undefined
  checkEach(entries, ({ index, entry }) => {
    const { by, before } = anchorsAround(anchors, index)
    if (by !== undefined) {
      assertNotLater(index, entry.recordedAt, by.anchor)
      if (entry.recordedAt > by.last.recordedAt) throw backward(index, by.size - 1)
    }
    if (before === undefined) since ??= by?.anchor.timestamp
    else if (entry.recordedAt < before.last.recordedAt) throw earlier(index, before.last.recordedAt, before.size)
  })
  for (const { size, anchor, last } of anchors) assertNotLater(size - 1, last.recordedAt, anchor)
  if (since === undefined) return held('Every entry was recorded between the two anchors around it.')
  const time = formatInstant(since * 1000)
  const reason = `No anchor of this log is older than the first entries: they are provable only since ${time}.`
  return partly('verified', 'no_earlier_anchor', reason, { since })
}

/** Refuses a time of recording that lies after the block that already covers the entry. */
export function assertNotLater(index: number, recordedAt: string, { size, timestamp }: AnchorRecord): void {
  if (parseInstant(recordedAt) <= (timestamp + CLOCK_TOLERANCE_SECONDS) * 1000) return
  const message = `entry ${index} claims to be recorded at ${recordedAt}, later than the anchor of size ${size} that covers it`
  throw new CheckFailure('later_than_anchor', message, index, { size, timestamp })
}

function earlier(index: number, recordedAt: string, size: number): CheckFailure {
  const message = `entry ${index} claims to be recorded before ${recordedAt}, but the anchor of size ${size} does not have it`
  return new CheckFailure('earlier_than_anchor', message, index, { size })
}

function backward(index: number, later: number): CheckFailure {
  return new CheckFailure(
    'time_backward',
    `entry ${index} claims to be recorded later than entry ${later} after it`,
    index,
  )
}

/** `fresh`: the contract has no anchor that is more than an hour newer than the newest one here. */
export function checkFresh(findings: Findings): Finding {
  const answers = answersFor(findings)
  if (answers === undefined) return notAsked(findings.options.chainError)
  const { anchors } = findings.bundle
  return freshness(answers.latest, anchors[anchors.length - 1])
}

/** How old the newest anchor at hand is, against the contract's latest. */
export function freshness(latest: AnchorRecord | undefined, newest: AnchorRecord | undefined): Finding {
  if (latest === undefined) {
    if (newest === undefined) return held('The contract has no anchors yet.')
    throw new CheckFailure('not_anchored', 'the contract says that it has no anchor at all')
  }
  if (latest.size < (newest?.size ?? 0)) {
    throw new CheckFailure(
      'chain_differs',
      `the contract's latest anchor is of size ${latest.size}, older than the newest here`,
    )
  }
  const seconds = latest.timestamp - (newest?.timestamp ?? 0)
  const facts = { size: latest.size, timestamp: latest.timestamp }
  if (newest === undefined || seconds > FRESH_SECONDS) {
    const reason =
      'The contract has a newer anchor than this bundle: entries may have been added since. Fetch it again.'
    return partly('pending', 'newer_anchor', reason, facts)
  }
  return held('No anchor of the contract is more than an hour newer than the newest one here.', facts)
}
