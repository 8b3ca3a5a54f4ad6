/**
 * A story for the demo, as a file: a brand, a product with its batches, a crisis, and its events in the order in which
 * they are recorded. It says things the short way a person would write them, batches by their lot and earlier events by
 * their id; `milestoneBody` turns an event into the body that the admin API takes.
 */
import { readFileSync } from 'node:fs'

export type Localized = { 'zh-CN': string; en: string }
export type Source = { title: string; publisher?: string; date?: string; url?: string }
type Json = string | number | boolean | Json[] | { [name: string]: Json }

/** A figure as the admin API takes it, but that `base`, `revises` and `newSince.event` name events (or `this`). */
export type RecordFigure = {
  series: string
  value: number | string
  qualifier: string
  unit: string
  market?: string
  asOf: string
  assertedBy: string
  base?: string
  revises?: string
  newSince?: { event: string; value: number | string }
}

/** A milestone as the admin API takes it, but for the members here, which name lots and events. */
export type RecordEvent = {
  id: string
  kind: string
  scope?: string[]
  statedUnaffected?: string[]
  advice?: { level: string; scope: string[] }
  figures?: RecordFigure[]
  trigger?: string
  replaces?: string[]
  withdraws?: string[]
  overtakes?: string[]
  text: Localized
  recorderNote?: Localized
  sources: Source[]
  [member: string]: unknown
}

export type Answer = { asOf: string; lot: string; answer: string; by?: string; mustShow?: string[] }

export type DemoRecord = {
  format: 'demo-record@1'
  brand: { slug: string; name: Localized }
  product: { gtin: string; name: Localized; category?: string; note?: string }
  batches: { lot: string; label: Localized; note?: string }[]
  crisis: { mode: 'live' | 'reconstructed'; title: Localized; [member: string]: unknown }
  events: RecordEvent[]
  /** What the service must answer from this record. */
  expect: {
    answers: Answer[]
    commitments: { id: string; outcome: string }[]
    systemEntries: number
    /** Between the first signal and the acknowledgement, by the claimed dates. */
    timeToAcknowledge: { days: number }
  }
}

/** The public record of the Galaxy Note7 recall of 2016: what the demo plays. */
export function readNote7Record(): DemoRecord {
  return JSON.parse(readFileSync(new URL('note7-record.json', import.meta.url), 'utf8')) as DemoRecord
}

/**
 * The body of `POST /admin/v1/crises/{code}/milestones` for an event.
 *
 * @param indexes where the events before it stand in the log
 * @throws Error when the event names a lot that the record does not have or an event that was not recorded before it
 */
export function milestoneBody(
  record: DemoRecord,
  event: RecordEvent,
  indexes: ReadonlyMap<string, number>,
): Record<string, unknown> {
  const batch = (lot: string): Json => {
    const known = record.batches.find((batch) => batch.lot === lot)
    if (known === undefined) throw new Error(`${event.id} names the batch ${lot}, which the record does not have`)
    return { by: 'batch', gtin: record.product.gtin, lot, label: known.label }
  }
  const entry = (id: string): number => {
    const index = indexes.get(id)
    if (index === undefined) throw new Error(`${event.id} names ${id}, which was not recorded before it`)
    return index
  }
  const figure = ({ base, revises, newSince, ...rest }: RecordFigure): Json => ({
    ...rest,
    ...(base === undefined ? {} : { base: base === 'this' ? base : entry(base) }),
    ...(revises === undefined ? {} : { revises: entry(revises) }),
    ...(newSince === undefined ? {} : { newSince: { entry: entry(newSince.event), value: newSince.value } }),
  })

  const { id: _id, scope, statedUnaffected, advice, figures, trigger, replaces, withdraws, overtakes, ...rest } = event
  return {
    ...rest,
    ...(scope === undefined || scope.length === 0 ? {} : { scope: scope.map(batch) }),
    ...(statedUnaffected === undefined ? {} : { statedUnaffected: statedUnaffected.map(batch) }),
    ...(advice === undefined ? {} : { advice: { level: advice.level, scope: advice.scope.map(batch) } }),
    ...(figures === undefined ? {} : { figures: figures.map(figure) }),
    ...(trigger === undefined ? {} : { trigger: entry(trigger) }),
    ...(replaces === undefined ? {} : { replaces: replaces.map(entry) }),
    ...(withdraws === undefined ? {} : { withdraws: withdraws.map(entry) }),
    ...(overtakes === undefined ? {} : { overtakes: overtakes.map(entry) }),
  }
}
