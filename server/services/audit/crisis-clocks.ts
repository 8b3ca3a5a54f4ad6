/** What a crisis owes at a time, from its entries: the same facts that its page shows. */
import { timeToAcknowledge } from '../../../ledger/acknowledgement.ts'
import type { TimeToAcknowledge } from '../../../ledger/acknowledgement.ts'
import { foldPromises, isMiss, noPromises } from '../../../ledger/commitment.ts'
import type { PromiseState } from '../../../ledger/commitment.ts'
import { dueInstant } from '../../../ledger/instant.ts'
import type { IndexedEntry } from '../../../ledger/milestone.ts'

/** `missed`: the system's entry, once it has written it. */
export type Owed = { promise: string; due: string; madeBy: number; clock?: string; missed?: number }

export type CrisisClocks = {
  now: string
  next: Owed | null
  /** The longest overdue first. */
  overdue: Owed[]
  misses: number
  timeToAcknowledge: TimeToAcknowledge | null
}

/**
 * @param entries of one crisis stream, by seq
 * @param now an instant in its 24 characters
 */
export function clocksAt(entries: readonly IndexedEntry[], now: string): CrisisClocks {
  const [first] = entries
  let state: PromiseState | undefined = first === undefined ? undefined : noPromises(first.entry)
  for (const { entry, index } of entries) if (state !== undefined) state = foldPromises(state, entry, index)
  const owed = state?.mode === 'live' ? owedIn(state) : []
  return {
    now,
    next: owed.find(({ due }) => due > now) ?? null,
    overdue: owed.filter(({ due }) => due <= now),
    misses: entries.filter(
      ({ entry: { actor, data } }) =>
        actor.kind === 'system' && typeof data['kind'] === 'string' && isMiss(data['kind']),
    ).length,
    timeToAcknowledge: timeToAcknowledge(entries) ?? null,
  }
}

/** What is not done yet, missed or not, the earliest due time first. */
function owedIn({ commitments, nextUpdates, clocks = [] }: PromiseState): Owed[] {
  const open = commitments.filter(({ outcome }) => outcome === 'open' || outcome === 'missed')
  const owed: Owed[] = [
    ...open.map(({ id, due, madeBy, outcome, by }) => ({
      ...{ promise: id, due: dueInstant(due), madeBy },
      ...(outcome === 'missed' && by !== undefined ? { missed: by } : {}),
    })),
    ...[...nextUpdates, ...clocks.filter(({ by }) => by === undefined)].map(({ due, ...rest }) => ({
      ...rest,
      due: dueInstant(due),
    })),
  ]
  return owed.sort((a, b) => (a.due < b.due ? -1 : 1))
}
