/** The batch answer as the specification tells it (ledger/README.md, part 24), worked out of the history. */
import { LOTS, goodsOf, gone, marketsOf, spokenOf } from './reference.ts'
import type { Told } from './reference.ts'
import type { Selector } from '../../ledger/selector.ts'

export type Asked = { readonly lot?: string; readonly market?: string; readonly size: number }

const LEVELS = ['stop_use', 'return', 'check'] as const
const NAMING = ['scope_published', 'recall_initiated', 'recall_expanded', 'remedy_announced', 'remedy_opened']

export function answer(history: readonly Told[], { lot, market, size }: Asked): { answer: string; by: number | null } {
  const then = history.filter(({ index }) => index < size)
  const ended = gone(then)
  const here = spokenOf(then).filter(
    ({ index, milestone: { markets } }) =>
      !ended.has(index) && (market === undefined || marketsOf(markets).includes(market)),
  )
  const overtaken = new Set(spokenOf(then).flatMap(({ milestone }) => milestone.overtakes ?? []))
  const meant = (selectors: readonly Selector[] = []): 'surely' | 'maybe' | 'no' => {
    const sure = selectors.some((s) => s.by === 'all' || (s.by === 'batch' && lot !== undefined && goodsOf(s).has(lot)))
    return sure ? 'surely' : selectors.some((s) => s.by === 'version') ? 'maybe' : 'no'
  }
  const advised = here
    .filter(({ milestone }) => meant(milestone.advice?.scope) !== 'no')
    .map(({ index, milestone }) => {
      const level = meant(milestone.advice?.scope) === 'surely' ? (milestone.advice?.level ?? 'check') : 'check'
      return { index, rank: LEVELS.indexOf(level) }
    })
  const strictest = Math.min(...advised.map(({ rank }) => rank))
  const by = advised.filter(({ rank }) => rank === strictest).at(-1)
  if (by !== undefined) return { answer: LEVELS[by.rank] ?? '', by: by.index }
  const named = here
    .filter(({ milestone }) => NAMING.includes(milestone.kind) && meant(milestone.scope) !== 'no')
    .at(-1)
  if (named !== undefined) return { answer: 'check', by: named.index }
  if (lot === undefined) return { answer: 'product_only', by: null }
  if (!(LOTS as readonly string[]).includes(lot)) return { answer: 'unknown_batch', by: null }
  const claims = here.filter(
    ({ index, milestone }) => !overtaken.has(index) && meant(milestone.statedUnaffected) === 'surely',
  )
  const claim = claims.at(-1)
  if (claim !== undefined) return { answer: 'stated_unaffected', by: claim.index }
  const published = here.filter(({ milestone }) => milestone.kind === 'scope_published').at(-1)
  return { answer: 'not_in_published_scope', by: published?.index ?? null }
}
