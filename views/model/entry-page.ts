/** One entry on its own page: whether it still holds first, then who, when, what, and its bytes last. */
import { recordingGap } from '../../ledger/lateness.ts'
import type { CrisisState } from '../../ledger/crisis.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { contextOf } from './context.ts'
import type { StreamContext } from './context.ts'
import { anchoredOf, entryView, isKnownType, kindOf } from './entry-view.ts'
import type { EntryView, LinkedLine } from './entry-view.ts'
import { fill, formatDayOf, formatGap, formatOccurred, formatTime } from './format.ts'
import { localized, productsOf } from './names.ts'
import type { RecordEntry, StreamRecord } from './record.ts'
import { demoRibbon, ribbonOf } from './timeline-view.ts'
import type { Ribbon } from './timeline-view.ts'
import { plain } from './plain.ts'

export type Clock = { name: string; time: string; gap: string | undefined }

export type EntryPageView = {
  documentTitle: string
  ribbon: Ribbon | undefined
  who: string
  inForce: string | undefined
  unknown: string | undefined
  recordedBy: string | undefined
  clocks: Clock[]
  entry: EntryView
  cite: string
  raw: string
  leaf: string
  index: string
  stream: string
  streamHref: string
  previous: LinkedLine | undefined
  next: LinkedLine | undefined
  sha256: string | undefined
  /** The file itself was erased; a copy in somebody's hand can still be compared with its fingerprint. */
  fileGone: boolean
}

export type EntryPageOptions = { words: RecordWords; index: number; publicUrl: string; demo: boolean }

/** Undefined when the stream has no such entry. */
export function entryPageView(
  record: StreamRecord & { state?: CrisisState },
  { words, index, publicUrl, demo }: EntryPageOptions,
): EntryPageView | undefined {
  const at = record.entries.findIndex((item) => item.index === index)
  const item = record.entries[at]
  if (item === undefined) return undefined
  const context = contextOf(record, record.state, words)
  const view = entryView(context, item)
  const { state } = record
  const brand = state === undefined ? brandName(record, words) : localized(state.brandName, words)
  const products = state === undefined ? [] : productsOf(record, words).map(({ name }) => name)
  return {
    documentTitle: `${[brand, ...products.slice(0, 1)].join(' · ')}${words.colon}${fill(words.entryShort, { i: item.entry.seq })} · ${kindOf(item, words)}`,
    ribbon: state !== undefined ? ribbonOf({ ...record, state }, words, demo) : demo ? demoRibbon(words) : undefined,
    who: [brand, ...products.slice(0, 2)].filter((part) => part !== '').join(' · '),
    inForce:
      view.ended.length === 0 && item.erased.length === 0 && item.fileErased === undefined ? words.inForce : undefined,
    unknown: isKnownType(item, words) ? undefined : words.unknownType,
    recordedBy: recorderOf(record, words),
    clocks: clocksOf(context, item),
    entry: view,
    cite: citation(item, brand, publicUrl, words),
    raw: item.raw,
    leaf: item.leaf,
    index: String(index),
    stream: record.stream,
    streamHref: streamHref(record),
    previous: neighbour(record.entries[at - 1], words),
    next: neighbour(record.entries[at + 1], words),
    sha256: item.entry.type === 'evidence.recorded' ? plain(item.data['sha256']) : undefined,
    fileGone: item.fileErased !== undefined,
  }
}

/** In a reconstructed record the recorder is somebody else than the brand, and is named in the first entry. */
function recorderOf(record: StreamRecord, words: RecordWords): string | undefined {
  const recorder = record.entries[0]?.data['recorder']
  if (typeof recorder !== 'object' || recorder === null || Array.isArray(recorder)) return undefined
  return fill(words.recordedBy, { who: localized(recorder['name'], words) })
}

/** Happened, recorded, anchored, with the gaps between them in words. */
function clocksOf({ words }: StreamContext, item: RecordEntry): Clock[] {
  const { entry, data, anchoredAt, notBefore } = item
  const recordedAt = Date.parse(entry.recordedAt)
  const occurredAt = data['occurredAt']
  const gap = recordingGap(entry)
  const clocks: Clock[] = []
  if (typeof occurredAt === 'string') {
    const precision = occurredAt.length === 10 ? `${words.open}${words.dayOnly}${words.close}` : ''
    clocks.push({
      name: words.happenedClaimed,
      time: `${formatOccurred(occurredAt, words)}${precision}`,
      gap: undefined,
    })
  }
  clocks.push({
    name: words.recorded,
    time: formatTime(recordedAt, words),
    gap: gap === undefined || gap === 0 ? undefined : fill(words.gapRecorded, { gap: formatGap(gap, words) }),
  })
  clocks.push({
    name: words.anchored,
    time: anchoredOf(item, words),
    gap:
      anchoredAt === undefined
        ? undefined
        : notBefore === undefined
          ? fill(words.provableSince, { time: formatTime(anchoredAt * 1000, words) })
          : fill(words.gapAnchored, { gap: formatGap(Math.max(0, anchoredAt * 1000 - recordedAt), words) }),
  })
  return clocks
}

function citation({ entry, leaf, index }: RecordEntry, brand: string, publicUrl: string, words: RecordWords): string {
  return fill(words.cite, {
    brand,
    i: entry.seq,
    date: formatDayOf(Date.parse(entry.recordedAt), words),
    leaf: leaf.slice(0, 12),
    url: `${publicUrl}/e/${index}`,
  })
}

function streamHref({ stream, entries }: StreamRecord): string {
  if (stream.startsWith('crisis:')) return `/c/${stream.slice('crisis:'.length)}`
  if (stream.startsWith('points:')) return `/points/${stream.slice('points:'.length)}`
  const brand = entries[0]?.entry.brand
  return brand === undefined ? '/' : `/b/${brand}`
}

function neighbour(item: RecordEntry | undefined, words: RecordWords): LinkedLine | undefined {
  if (item === undefined) return undefined
  return { text: fill(words.entryShort, { i: item.entry.seq }), href: `/e/${item.index}` }
}

export function brandName(record: StreamRecord, words: RecordWords): string {
  const opened = record.entries.find(({ entry }) => entry.type === 'brand.opened')
  const programme = record.entries[0]?.data['brandName']
  return opened === undefined ? localized(programme, words) || words.ledgerName : localized(opened.data['name'], words)
}
