/**
 * Expiry. All points of a programme that expire at one instant do so together, after a notice that has stood for at least
 * 30 days: without it they stay, however old they are.
 */
import { expiryRefusal } from '../../../ledger/points-rules.ts'
import type { Draft, Snapshot } from '../log/command.ts'
import type { PointsNeeds, TrancheRow } from '../log/points-rows.ts'
import { book, shareOf } from './book.ts'
import type { Move } from './book.ts'
import { SYSTEM, pointsDraft } from './points-draft.ts'

/** Postings in one entry at most: each is some 110 bytes of the entry's 65,535. */
const POSTINGS_MAX = 250

/** `points.expired` for what is due of the holders whose tranches are among the needs. */
export function* expiredPoints(
  { tranches = [] }: PointsNeeds,
  snapshot: Snapshot,
  recordedAt: string,
): Iterable<Draft> {
  const due = new Map<string, { programme: string; expiresAt: string; moves: Move[] }>()
  for (const holder of new Set(tranches)) {
    const programme = snapshot.points.holder(holder)?.programme
    if (programme === undefined) continue
    for (const [expiresAt, rows] of dueTranches(snapshot, holder, programme, recordedAt)) {
      const key = `${programme} ${expiresAt}`
      const group = due.get(key) ?? { programme, expiresAt, moves: [] }
      due.set(key, group)
      group.moves.push(expiryOf(holder, rows))
    }
  }
  for (const { programme, expiresAt, moves } of due.values()) {
    for (let from = 0; from < moves.length; from += POSTINGS_MAX) {
      const { postings, private: openings } = book(snapshot, moves.slice(from, from + POSTINGS_MAX))
      yield pointsDraft(snapshot, programme, SYSTEM, 'points.expired', { expiresAt, postings }, { private: openings })
    }
  }
}

/** A holder's tranches that expire now, by their instant. */
function dueTranches(
  snapshot: Snapshot,
  holder: string,
  programme: string,
  recordedAt: string,
): Map<string, TrancheRow[]> {
  const state = snapshot.points.programme(programme)
  const due = new Map<string, TrancheRow[]>()
  for (const row of snapshot.points.tranches(holder)) {
    const { expiresAt } = row
    if (expiresAt === null || expiresAt > recordedAt || state === undefined) continue
    if (expiryRefusal(state, expiresAt, recordedAt) === undefined)
      due.set(expiresAt, [...(due.get(expiresAt) ?? []), row])
  }
  return due
}

function expiryOf(holder: string, rows: readonly TrancheRow[]): Move {
  const tranches = rows.map((row) => shareOf(row, row.remaining))
  const amount = tranches.reduce((sum, share) => sum + share.amount, 0)
  return { holder, from: 'available', to: 'expired', amount, tranches }
}
