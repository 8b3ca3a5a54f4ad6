/**
 * Promises with a due time: commitments, the time of the next update, and the clocks. In a live crisis each of them gets an outcome
 * before it is due, or a miss that the system writes: never the brand, and never by hand. Readers compute the misses
 * again from the bytes. A reconstructed record runs no clocks. Specification: README.md, "Promises" (W1–W4, C3).
 */
import { foldPromises, isMiss, noPromises, promiseMembers } from './commitment.ts'
import type { NextUpdateState, PromiseState } from './commitment.ts'
import type { CrisisState } from './crisis.ts'
import { dueInstant } from './instant.ts'
import type { JsonObject } from './json.ts'
import type { IndexedEntry } from './milestone.ts'

/**
 * A due time that passes without an outcome. `due` is the instant in the 24 characters of `recordedAt`; `clock` when it
 * is that of a clock.
 */
export type OpenPromise = {
  readonly promise: string
  readonly due: string
  readonly madeBy: number
  readonly clock?: string
}

/** An entry that the system has to write. */
export type SystemDraft = {
  readonly type: 'milestone.recorded'
  readonly stream: string
  readonly brand: string
  readonly actor: { readonly kind: 'system' }
  readonly data: JsonObject
}

/** The time of the next update that is in force: the earliest of those promised. */
export function nextUpdateInForce(state: PromiseState): NextUpdateState | undefined {
  let earliest: NextUpdateState | undefined
  for (const update of state.nextUpdates) {
    if (earliest === undefined || dueInstant(update.due) < dueInstant(earliest.due)) earliest = update
  }
  return earliest
}

/** The promises of a live crisis without outcome and without miss, the earliest due time first. */
export function openPromises(state: PromiseState): OpenPromise[] {
  if (state.mode !== 'live') return []
  const open: OpenPromise[] = []
  for (const { id, due, madeBy, outcome } of state.commitments) {
    if (outcome === 'open') open.push({ promise: id, due: dueInstant(due), madeBy })
  }
  for (const { promise, due, madeBy, missed } of state.nextUpdates) {
    if (missed === undefined) open.push({ promise, due: dueInstant(due), madeBy })
  }
  for (const { promise, due, madeBy, missed, by, clock } of state.clocks ?? []) {
    if (missed === undefined && by === undefined) open.push({ promise, due: dueInstant(due), madeBy, clock })
  }
  open.sort((a, b) => (a.due < b.due ? -1 : a.due > b.due ? 1 : a.madeBy - b.madeBy))
  return open
}

/** The entries that the system owes at this time: one for each promise whose due time is not later (W4). */
export function dueMisses(state: CrisisState, recordedAt: string): SystemDraft[] {
  return openPromises(state)
    .filter(({ due }) => due <= recordedAt)
    .map((open) => ({
      type: 'milestone.recorded',
      stream: `crisis:${state.code}`,
      brand: state.brand,
      actor: { kind: 'system' },
      data: missData(state, open),
    }))
}

function missData(state: CrisisState, { promise, due, madeBy, clock }: OpenPromise): JsonObject {
  const missed = { occurredAt: due, assertedBy: ['system'], promise, due: { at: due }, madeBy }
  if (clock !== undefined) return { kind: 'clock_missed', clock, ...missed }
  return state.commitments.some(({ id }) => id === promise)
    ? { kind: 'commitment_missed', of: promise, ...missed }
    : { kind: 'next_update_missed', ...missed }
}

/**
 * Due times of a live crisis before an instant that have neither an outcome in time nor a miss (verify `promises`, L7).
 *
 * @param entries all entries of one crisis stream, by seq
 * @param before an instant in the 24 characters of `recordedAt`; due times at or after it are not asked for
 */
export function missingMisses(entries: readonly IndexedEntry[], before: string): OpenPromise[] {
  const audit = new PromiseAudit()
  for (const indexed of entries) audit.add(indexed)
  return audit.missing(before)
}

/** The same, entry by entry, for a reader that does not keep the entries of a stream. */
export class PromiseAudit {
  #state: PromiseState | undefined
  #last = ''
  readonly #overdue = new Map<string, OpenPromise>()

  /** Takes the next entry of the stream. */
  add({ index, entry }: IndexedEntry): void {
    const before = this.#state ?? noPromises(entry)
    const after = foldPromises(before, entry, index)
    // The system writes what is due before anybody else may write: whoever comes later shows that it did not.
    if (entry.actor.kind !== 'system') this.#last = entry.recordedAt
    // What stays open is judged when it ends, or last of all: a crisis may have very many promises and entries.
    for (const ended of openPromises(changedBy(before, after))) {
      if (ended.due <= this.#last) this.#overdue.set(keyOf(ended), ended)
    }
    const said = promiseMembers(entry)
    if (said !== undefined && isMiss(said.kind)) {
      this.#overdue.delete(keyOf({ promise: said.promise!, due: dueInstant(said.due!) }))
    }
    this.#state = after
  }

  /** What has no miss so far, though it was due before this instant. */
  missing(before: string): OpenPromise[] {
    const missing = new Map(this.#overdue)
    if (this.#state !== undefined) for (const open of openPromises(this.#state)) missing.set(keyOf(open), open)
    return [...missing.values()].filter(({ due }) => due < before)
  }
}

/** The promises that an entry changed, as they were, and others if it moved them. */
function changedBy(before: PromiseState, after: PromiseState): PromiseState {
  const changed = <T>(was: readonly T[] = [], is: readonly T[] = []): T[] => was.filter((one, i) => one !== is[i])
  return {
    mode: before.mode,
    commitments: changed(before.commitments, after.commitments),
    nextUpdates: changed(before.nextUpdates, after.nextUpdates),
    clocks: changed(before.clocks, after.clocks),
  }
}

function keyOf({ promise, due }: { promise: string; due: string }): string {
  return `${promise} ${due}`
}
