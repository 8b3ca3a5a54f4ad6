/**
 * Scope selectors: which goods a sentence of the record speaks about. All of a product, a batch, a range of software
 * versions or of serial numbers, a market, or jobs of a service. A batch is told surely; a version or serial range can
 * only say that this thing may be meant. Specification: README.md, "Scope".
 */
import type { JsonValue } from './json.ts'

export type Selector =
  | { readonly by: 'all'; readonly gtin: string }
  | {
      readonly by: 'batch'
      readonly gtin: string
      readonly lot: string
      readonly label?: Readonly<Record<string, string>>
    }
  | { readonly by: 'version'; readonly gtin: string; readonly from?: string; readonly to?: string }
  | { readonly by: 'serial'; readonly gtin: string; readonly from: string; readonly to: string }
  | { readonly by: 'market'; readonly market: string; readonly gtin?: string }
  | {
      readonly by: 'service'
      readonly what: string
      readonly who?: string
      readonly where?: string
      readonly from?: string
      readonly to?: string
    }

/** What is asked about: a product, perhaps a batch of it, perhaps where it was sold. */
export type Goods = { readonly gtin: string; readonly lot?: string; readonly market?: string }

/**
 * How surely goods are meant: `covered`; `possibly`, when only a version or serial number could tell, or when the batch
 * is not named; `not`.
 */
export type Coverage = 'covered' | 'possibly' | 'not'

const TEXT_MEMBERS: Readonly<Record<Selector['by'], { required: readonly string[]; optional: readonly string[] }>> = {
  all: { required: ['gtin'], optional: [] },
  batch: { required: ['gtin', 'lot'], optional: [] },
  version: { required: ['gtin'], optional: ['from', 'to'] },
  serial: { required: ['gtin', 'from', 'to'], optional: [] },
  market: { required: ['market'], optional: ['gtin'] },
  service: { required: ['what'], optional: ['who', 'where', 'from', 'to'] },
}

/** Whether a value is a selector of a known form. */
export function isSelector(value: JsonValue | undefined): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const selector: { readonly [name: string]: JsonValue } = value
  const by = selector['by']
  if (typeof by !== 'string' || !Object.prototype.hasOwnProperty.call(TEXT_MEMBERS, by)) return false
  const { required, optional } = TEXT_MEMBERS[by as Selector['by']]
  return (
    required.every((name) => typeof selector[name] === 'string') &&
    optional.every((name) => selector[name] === undefined || typeof selector[name] === 'string')
  )
}

/** How surely one of the selectors means the goods. */
export function coverageOf(selectors: readonly Selector[], goods: Goods): Coverage {
  let best: Coverage = 'not'
  for (const selector of selectors) {
    const coverage = coverageBy(selector, goods)
    if (coverage === 'covered') return 'covered'
    if (coverage === 'possibly') best = 'possibly'
  }
  return best
}

function coverageBy(selector: Selector, { gtin, lot, market }: Goods): Coverage {
  switch (selector.by) {
    case 'all':
      return selector.gtin === gtin ? 'covered' : 'not'
    case 'batch':
      return selector.gtin === gtin && selector.lot === lot ? 'covered' : 'not'
    case 'version':
    case 'serial':
      return selector.gtin === gtin ? 'possibly' : 'not'
    case 'market':
      if (selector.gtin !== undefined && selector.gtin !== gtin) return 'not'
      // Without a market the question is about all of them, this one too.
      return market === undefined || selector.market === market ? 'covered' : 'not'
    default:
      return 'not'
  }
}

/**
 * Whether markets such as `["*", "-CN"]` or `["US", "KR"]` contain a market. No list means everywhere; no market asked
 * for means all of them, so that a list with any market in it counts.
 */
export function marketsContain(markets: readonly string[] | undefined, market: string | undefined): boolean {
  if (markets === undefined || markets.length === 0 || market === undefined) return true
  if (markets.includes(`-${market}`)) return false
  return markets.includes('*') || markets.includes(market)
}

/** The lots that the selectors name for a product. */
export function lotsNamed(selectors: readonly Selector[], gtin: string): string[] {
  return selectors.flatMap((selector) => (selector.by === 'batch' && selector.gtin === gtin ? [selector.lot] : []))
}
