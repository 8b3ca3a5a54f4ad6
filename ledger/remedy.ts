/**
 * Remedies as the entries of a crisis leave them: announced, opened, then withdrawn or closed. A withdrawn remedy never
 * was the right one and takes its entries along; a closed one has done what it could, and its entries stay in force: that
 * the offer is over does not mend the goods that it named. Specification: README.md, "Remedies" (R1, R3).
 */
import { extentOf } from './scope.ts'
import type { RemedyReach } from './scope.ts'
import type { Due } from './instant.ts'
import type { Milestone } from './milestone.ts'

export type RemedyState = RemedyReach & {
  readonly id: string
  readonly announced?: number
  readonly opened?: number
  readonly withdrawn?: number
  readonly closed?: number
  /** Until when it can be had, as said last. */
  readonly until?: Due
}

/** The remedies after a milestone that announces, opens or closes one; the same list when it does none of it. */
export function foldRemedies(
  remedies: readonly RemedyState[],
  milestone: Milestone,
  index: number,
): readonly RemedyState[] {
  const { kind, remedy } = milestone
  if (remedy === undefined) return remedies
  const known = remedies.find(({ id }) => id === remedy)
  const next = nextRemedy(known, { id: remedy, kind, milestone, index })
  if (next === undefined) return remedies
  return known === undefined ? [...remedies, next] : remedies.map((other) => (other === known ? next : other))
}

type Step = { readonly id: string; readonly kind: string; readonly milestone: Milestone; readonly index: number }

function nextRemedy(known: RemedyState | undefined, { id, kind, milestone, index }: Step): RemedyState | undefined {
  const isOver = known?.state === 'withdrawn' || known?.state === 'closed'
  switch (kind) {
    case 'remedy_announced':
      return { announced: index, ...offerOf(milestone), ...known, id, state: known?.state ?? 'announced' }
    case 'remedy_opened':
      return { opened: index, ...known, ...offerOf(milestone), id, state: isOver ? known.state : 'opened' }
    case 'remedy_closed':
      if (known === undefined || isOver) return undefined
      return { ...known, state: 'closed', closed: index }
    default:
      return undefined
  }
}

/** For whom, until when, and why not for all: what an entry does not say stays as it was. */
function offerOf({ scope, markets, partialReason, until }: Milestone): Partial<RemedyState> {
  return {
    ...(scope === undefined ? {} : { reach: extentOf(scope, markets) }),
    ...(partialReason === undefined ? {} : { partial: partialReason }),
    ...(until === undefined ? {} : { until }),
  }
}

/**
 * The remedies after a correction says that a step never happened: one that was neither announced nor opened is none,
 * and one that was not closed is as it was before. For whom it is stays as it was said last.
 */
export function voidStep(remedies: readonly RemedyState[], corrected: number): readonly RemedyState[] {
  return remedies.flatMap((known) => {
    const { announced, opened, closed, ...rest } = known
    if (announced !== corrected && opened !== corrected && closed !== corrected) return [known]
    const steps = {
      ...(announced === undefined || announced === corrected ? {} : { announced }),
      ...(opened === undefined || opened === corrected ? {} : { opened }),
      ...(closed === undefined || closed === corrected ? {} : { closed }),
    }
    if (steps.announced === undefined && steps.opened === undefined) return []
    return [{ ...rest, ...steps, state: known.state === 'withdrawn' ? known.state : stateOf(steps) }]
  })
}

function stateOf({ opened, closed }: Pick<RemedyState, 'opened' | 'closed'>): RemedyState['state'] {
  if (closed !== undefined) return 'closed'
  return opened === undefined ? 'announced' : 'opened'
}

/** The remedies of which a withdrawal names an entry, and the entries that announced and opened them. */
export function withdrawRemedies(
  remedies: readonly RemedyState[],
  withdraws: readonly number[],
  index: number,
): { readonly remedies: readonly RemedyState[]; readonly steps: readonly number[] } {
  const steps: number[] = []
  const next = remedies.map((known) => {
    const own = [known.announced, known.opened].filter((step) => step !== undefined)
    if (!own.some((step) => withdraws.includes(step))) return known
    steps.push(...own)
    return { ...known, state: 'withdrawn' as const, withdrawn: index }
  })
  return { remedies: next, steps }
}
