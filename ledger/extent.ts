/**
 * Whether what one scope names contains what another names, told from the selectors alone: no registry of batches is
 * asked, so that everybody gets the same answer from the same entries. A selector is contained when one selector of the
 * other scope contains it whole; a list of batches never contains "all", because there may be batches nobody listed.
 * Specification: README.md, "Scope" (R2).
 */
import type { Selector } from './selector.ts'

/** Goods and where they were sold; no markets means everywhere. */
export type Extent = { readonly selectors: readonly Selector[]; readonly markets?: readonly string[] }

/** The selectors without the words on batches: what a scope means does not depend on them. */
export function bareSelectors(selectors: readonly Selector[]): Selector[] {
  return selectors.map((selector) => {
    if (selector.by !== 'batch') return selector
    return { by: 'batch', gtin: selector.gtin, lot: selector.lot }
  })
}

/** Whether several extents together contain another one: each of its selectors, in each of its markets. */
export function containExtent(wider: readonly Extent[], narrower: Extent): boolean {
  const asked = marketSet(narrower.markets)
  return narrower.selectors.every((selector) => {
    const containing = wider.filter(({ selectors }) => selectors.some((other) => containsSelector(other, selector)))
    const offered = containing.map(({ markets }) => marketSet(markets))
    return isSubset(asked, offered.reduce(union, NOWHERE))
  })
}

/** Whether a selector contains another one. */
export function containsSelector(wider: Selector, narrower: Selector): boolean {
  switch (wider.by) {
    case 'all':
      return 'gtin' in narrower && narrower.gtin === wider.gtin
    case 'batch':
      return narrower.by === 'batch' && narrower.gtin === wider.gtin && narrower.lot === wider.lot
    case 'version':
    case 'serial':
      return narrower.by === wider.by && narrower.gtin === wider.gtin && containsRange(wider, narrower, compareNumbered)
    case 'market':
      if (narrower.by !== 'market' || narrower.market !== wider.market) return false
      return wider.gtin === undefined || wider.gtin === narrower.gtin
    case 'service':
      if (narrower.by !== 'service' || narrower.what !== wider.what) return false
      if (wider.who !== undefined && wider.who !== narrower.who) return false
      if (wider.where !== undefined && wider.where !== narrower.where) return false
      return containsRange(wider, narrower, compareText)
  }
}

type Range = { readonly from?: string; readonly to?: string }
/** Below 0, 0 or above 0; undefined when the two cannot be compared. */
type Compare = (a: string, b: string) => number | undefined

function containsRange(wider: Range, narrower: Range, compare: Compare): boolean {
  return (
    reaches(wider.from, narrower.from, (a, b) => compare(a, b)) &&
    reaches(wider.to, narrower.to, (a, b) => compare(b, a))
  )
}

/** Whether a bound lies at or beyond another one; an absent bound lies beyond every other. */
function reaches(wider: string | undefined, narrower: string | undefined, compare: Compare): boolean {
  if (wider === undefined) return true
  if (narrower === undefined) return false
  return (compare(wider, narrower) ?? 1) <= 0
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Versions and serial numbers: the same letters in front, then numbers between dots, each compared as a number. */
function compareNumbered(a: string, b: string): number | undefined {
  if (a === b) return 0
  const [first, second] = [NUMBERED.exec(a), NUMBERED.exec(b)]
  if (first === null || second === null || first[1] !== second[1]) return undefined
  const [as, bs] = [first[2]!.split('.'), second[2]!.split('.')]
  for (let i = 0; i < Math.max(as.length, bs.length); i++) {
    const [x, y] = [trimmed(as[i]), trimmed(bs[i])]
    if (x !== y) return x.length === y.length ? compareText(x, y) : x.length - y.length
  }
  return 0
}

const NUMBERED = /^(\D*)(\d+(?:\.\d+)*)$/

/** A number as text without leading zeros, of any length; what is not there counts as 0. */
function trimmed(digits = '0'): string {
  return digits.replace(/^0+(?=\d)/, '')
}

/** The markets named, or all markets except those. */
type MarketSet = { readonly allBut: boolean; readonly codes: readonly string[] }
const NOWHERE: MarketSet = { allBut: false, codes: [] }

function marketSet(markets: readonly string[] = []): MarketSet {
  if (markets.length === 0) return { allBut: true, codes: [] }
  const left = markets.filter((market) => market.startsWith('-')).map((market) => market.slice(1))
  if (markets.includes('*')) return { allBut: true, codes: left }
  return { allBut: false, codes: markets.filter((market) => !market.startsWith('-') && !left.includes(market)) }
}

function union(a: MarketSet, b: MarketSet): MarketSet {
  if (a.allBut && b.allBut) return { allBut: true, codes: a.codes.filter((code) => b.codes.includes(code)) }
  if (a.allBut) return { allBut: true, codes: a.codes.filter((code) => !b.codes.includes(code)) }
  if (b.allBut) return union(b, a)
  return { allBut: false, codes: [...a.codes, ...b.codes] }
}

function isSubset(a: MarketSet, b: MarketSet): boolean {
  if (a.allBut) return b.allBut && b.codes.every((code) => a.codes.includes(code))
  return a.codes.every((code) => b.codes.includes(code) !== b.allBut)
}
