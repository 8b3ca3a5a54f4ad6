/**
 * One entry as a page shows it: who said what, three times, whether it still holds, facts, relations, sources. Every
 * text member is shown in an element that names it, so that the page script can compare them one by one.
 */
import { isRecordedLate, recordingGap } from '../../ledger/lateness.ts'
import type { Ended } from '../../ledger/force.ts'
import type { Entry } from '../../ledger/entry.ts'
import type { JsonObject } from '../../ledger/json.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { fill, formatDayOf, formatGap, formatList, formatOccurred, formatParts, formatTime, wordFor } from './format.ts'
import { factsOf } from './facts.ts'
import { positionOf } from './context.ts'
import type { StreamContext } from './context.ts'
import { formatAsserters, localized, objectsIn } from './names.ts'
import type { RecordEntry } from './record.ts'
import { keepingSays } from './keeping-view.ts'
import { plain } from './plain.ts'

/** A line that leads somewhere. */
export type LinkedLine = { text: string; href: string | undefined }
export type SourceLine = { text: string; url: string | undefined; note: string | undefined }

export type EntryView = {
  anchor: string
  href: string
  /** How it is set: `safety`, `ended`, `system` or `plain`. */
  tone: string
  number: string
  late: string | undefined
  kind: string
  says: string | undefined
  happened: string | undefined
  recorded: string
  anchored: string
  ended: LinkedLine[]
  text: string | undefined
  textLabel: string | undefined
  note: string | undefined
  facts: string[]
  relations: string[]
  sources: SourceLine[]
  erased: string[]
  marks: string[]
}

export function entryView(context: StreamContext, item: RecordEntry): EntryView {
  const { words, record } = context
  const { entry, data, index } = item
  const endings = endingsOf(context, index)
  return {
    anchor: `n${entry.seq}`,
    href: `/e/${index}`,
    tone: toneOf(item, endings.length > 0),
    number: fill(words.entryNumber, { i: entry.seq, n: record.entries.length }),
    late: lateOf(entry, words),
    kind: kindOf(item, words),
    says: saysOf(context, item),
    happened: happenedOf(data, words),
    recorded: `${words.recorded}${words.colon}${formatTime(Date.parse(entry.recordedAt), words)}`,
    anchored: `${words.anchored}${words.colon}${anchoredOf(item, words)}`,
    ended: endings.map((ended) => endingLine(context, ended)),
    text: textOf(item, words),
    textLabel: textLabelOf(data, words),
    note: noteOf(data, words),
    facts: factsOf(context, item),
    relations: relationsOf(context, data),
    sources: sourcesOf(data, words),
    erased: [
      // Both languages of a text are erased at once: that is one thing to a reader.
      ...new Set(
        item.erased.map(({ reason, recordedAt }) =>
          fill(words.erased, {
            reason: wordFor(words.erasureReasons, reason),
            date: formatDayOf(Date.parse(recordedAt), words),
          }),
        ),
      ),
      ...(item.withheld > 0 ? [words.withheld] : []),
    ],
    marks: marksOf(context, index),
  }
}

/** A miss of the system says itself how late it was noticed. */
function lateOf(entry: Entry, words: RecordWords): string | undefined {
  if (entry.actor.kind === 'system' || !isRecordedLate(entry)) return undefined
  return fill(words.late, { gap: formatGap(recordingGap(entry) ?? 0, words) })
}

/** Its kind in words; a type that this page does not know is named by its own name. */
export function kindOf({ entry, data }: RecordEntry, words: RecordWords): string {
  if (entry.type === 'milestone.recorded') return wordFor(words.kinds, plain(data['kind']))
  return wordFor(words.types, entry.type)
}

export function isKnownType({ entry, data }: RecordEntry, words: RecordWords): boolean {
  const table = entry.type === 'milestone.recorded' ? words.kinds : words.types
  return Object.prototype.hasOwnProperty.call(
    table,
    entry.type === 'milestone.recorded' ? plain(data['kind']) : entry.type,
  )
}

function saysOf({ parties, words }: StreamContext, item: RecordEntry): string | undefined {
  const { entry, data } = item
  if (entry.actor.kind === 'system') return words.bySystem
  const spoken = keepingSays(item, words)
  if (spoken !== undefined) return spoken
  const who = formatAsserters(data, parties, words)
  return who === '' ? undefined : fill(words.says, { who })
}

export function happenedOf(data: JsonObject, words: RecordWords): string | undefined {
  const occurredAt = data['occurredAt']
  if (typeof occurredAt !== 'string') return undefined
  const precision = occurredAt.length === 10 ? `${words.open}${words.dayOnly}${words.close}` : ''
  return `${words.happened}${words.colon}${formatOccurred(occurredAt, words)}${precision}`
}

export function anchoredOf({ anchoredAt }: RecordEntry, words: RecordWords): string {
  return anchoredAt === undefined ? words.notAnchored : formatTime(anchoredAt * 1000, words)
}

/** The text in the page's language; without one, the other language's, which then says so. */
export function textOf({ data, entry }: RecordEntry, words: RecordWords): string | undefined {
  const text = localized(data['text'], words)
  if (text !== '') return text
  if (typeof data['text'] === 'string') return data['text']
  if (entry.type === 'crisis.opened') return localized(data['modeNote'] ?? data['title'], words)
  return undefined
}

function textLabelOf(data: JsonObject, words: RecordWords): string | undefined {
  const texts = data['text']
  const original = data['original']
  if (typeof texts !== 'object' || texts === null || Array.isArray(texts) || typeof original !== 'string')
    return undefined
  if (typeof texts[words.lang] !== 'string') return words.otherLanguageOnly
  return original === words.lang ? undefined : words.translation
}

function noteOf(data: JsonObject, words: RecordWords): string | undefined {
  const note = localized(data['recorderNote'], words)
  return note === '' ? undefined : fill(words.recorderNote, { text: note })
}

/** How an entry lost its force, without saying the same twice; a consent that was taken back has none either. */
function endingsOf({ state }: StreamContext, index: number): Ended[] {
  const by = state?.consents?.find((consent) => consent.index === index)?.withdrawn
  const ended = (state?.ended ?? []).filter((one) => one.index === index)
  return by === undefined ? ended : [...ended, { index, by, how: 'withdrawn' }]
}

const ENDING_WORDS = {
  replaced: 'replacedBy',
  withdrawn: 'withdrawnBy',
  overtaken: 'noLonger',
  corrected: 'correctedBy',
} as const

function endingLine(context: StreamContext, { by, how }: Ended): LinkedLine {
  const { words, record } = context
  const later = record.entries.find(({ index }) => index === by)
  const occurredAt = later?.data['occurredAt']
  const date =
    typeof occurredAt === 'string'
      ? formatOccurred(occurredAt, words)
      : formatDayOf(Date.parse(later?.entry.recordedAt ?? ''), words)
  return { text: fill(words[ENDING_WORDS[how]], { i: later?.entry.seq ?? by, date }), href: `/e/${by}` }
}

function toneOf({ entry, data }: RecordEntry, ended: boolean): string {
  if (ended) return 'ended'
  if (entry.actor.kind === 'system') return 'system'
  return data['advice'] === undefined ? 'plain' : 'safety'
}

/** Relations that this entry states about earlier ones. */
function relationsOf(context: StreamContext, data: JsonObject): string[] {
  const { words, state } = context
  const line = (sentence: string, value: unknown, more: Record<string, string> = {}): string[] => {
    const indexes = (Array.isArray(value) ? value : [value]).filter((index) => typeof index === 'number')
    if (indexes.length === 0) return []
    const list = formatList(
      indexes.map((index) => String(positionOf(context, index) ?? `#${index}`)),
      words,
    )
    return [fill(sentence, { list, ...more })]
  }
  const madeBy = (id: unknown): number | undefined => state?.commitments.find((known) => known.id === id)?.madeBy
  const { replaces, withdraws, overtakes, corrects, reason, trigger, fulfils, of } = data
  return [
    ...line(words.replaces, replaces),
    ...line(words.withdraws, withdraws),
    ...line(words.overtakes, overtakes),
    ...line(words.corrects, corrects, { reason: wordFor(words.correctionReasons, plain(reason)) }),
    ...line(words.trigger, trigger),
    ...line(words.fulfils, madeBy(fulfils)),
    ...line(words.concerns, madeBy(of)),
  ]
}

function sourcesOf(data: JsonObject, words: RecordWords): SourceLine[] {
  return objectsIn(data['sources']).map((source) => {
    const { title, publisher, date, url, evidence } = source
    const parts = [title, publisher, date].filter((part): part is string => typeof part === 'string')
    return {
      text: formatParts(parts, words),
      url: typeof url === 'string' && /^https?:\/\//.test(url) ? url : undefined,
      note: evidence === undefined ? words.sourceNoFile : undefined,
    }
  })
}

function marksOf({ state, words }: StreamContext, index: number): string[] {
  const marks = (state?.marks ?? []).filter((mark) => mark.index === index)
  return marks.map(({ rule }) => words.relief.marks[rule])
}
