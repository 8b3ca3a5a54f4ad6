/**
 * Which anchors lie around an entry, found out from the contract itself: whoever hands over a bundle chooses the anchors
 * in it, and one that is left out would bound an entry more tightly. The contract numbers its anchors in the order of
 * their sizes, so a few of them tell.
 */
import type { AnchorRecord } from './anchor.ts'
import { parseEntry } from './entry.ts'
import { parseInstant } from './instant.ts'
import { FRESH_SECONDS, anchorsAround } from './verify-anchors.ts'

/** What a contract has told of its anchors, by their numbers. */
export type ToldAnchors = ReadonlyMap<number, AnchorRecord>

/**
 * One index for each stretch between two neighbouring anchors of a bundle in which entries stand. What the contract has
 * around it, it has around the whole stretch: an anchor left out anywhere in the stretch is nearer to it on one side.
 */
export function indexesToBound(anchors: readonly { size: number }[], entries: readonly { index: number }[]): number[] {
  const indexes = new Map<number, number>()
  for (const { index } of entries) {
    const { by } = anchorsAround(anchors, index)
    if (by !== undefined && !indexes.has(by.size)) indexes.set(by.size, index)
  }
  return [...indexes.values()]
}

/**
 * The entries that say they were recorded more than an hour before the block that covers them. No other can be dated back
 * by more than that, so that a verifier to whom each question is dear need only look around these.
 */
export function anchoredLate<E extends { index: number; bytes: Uint8Array }>(
  anchors: readonly { size: number; timestamp: number }[],
  entries: readonly E[],
): E[] {
  return entries.filter(({ index, bytes }) => {
    const { by } = anchorsAround(anchors, index)
    return by !== undefined && timeOf(bytes) < (by.timestamp - FRESH_SECONDS) * 1000
  })
}

/** When an entry says that it was recorded; what is no entry fails elsewhere. */
function timeOf(bytes: Uint8Array): number {
  try {
    return parseInstant(parseEntry(bytes).recordedAt)
  } catch {
    return Infinity
  }
}

/**
 * The numbers to ask for next, none when the anchors around every index are told: the last that does not cover it, and
 * the first that does. Each round halves what is left, so there are at most 53.
 *
 * @param count how many anchors the contract says it has
 */
export function numbersToAsk(count: number, told: ToldAnchors, indexes: readonly number[]): number[] {
  const numbers = new Set<number>()
  for (const index of indexes) {
    let below = -1
    let above = count
    for (const [number, { size }] of told) {
      if (size <= index) below = Math.max(below, number)
      else above = Math.min(above, number)
    }
    if (above - below > 1) numbers.add(Math.floor((below + above) / 2))
  }
  return [...numbers]
}
