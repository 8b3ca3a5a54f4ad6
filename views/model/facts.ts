/** The public facts of an entry, one line each: figures, instructions, scope, measures, laboratories, promises. */
import type { Figure } from '../../ledger/figures.ts'
import type { Entry } from '../../ledger/entry.ts'
import { isDue } from '../../ledger/instant.ts'
import { isJsonObject } from '../../ledger/json.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import { SEVERITIES } from '../../ledger/milestone.ts'
import type { Due } from '../../ledger/instant.ts'
import type { Selector } from '../../ledger/selector.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { clockName, duesLine, looserLine, presetLines } from './clock-words.ts'
import { missLine } from './clocks-view.ts'
import { positionOf } from './context.ts'
import type { StreamContext } from './context.ts'
import {
  fill,
  formatBytes,
  formatDay,
  formatDue,
  formatList,
  formatNumber,
  formatParts,
  withoutStop,
  wordFor,
} from './format.ts'
import { formatMarkets, formatScope, localized, productsOf, textsIn } from './names.ts'
import { KEEPING_TYPES, fileErasedLine, keepingFacts } from './keeping-view.ts'
import type { RecordEntry, StreamRecord } from './record.ts'
import { plain } from './plain.ts'
import { reliefFacts } from './relief-facts.ts'
import { retiredFact } from './retired-view.ts'

export function factsOf(context: StreamContext, item: RecordEntry): string[] {
  const { data } = item
  // That two people agreed is public; which two is known by their keys only.
  return [...ownFacts(context, item), ...(typeof data['approvedBy'] === 'string' ? [context.words.twoAgreed] : [])]
}

function ownFacts(context: StreamContext, item: RecordEntry): string[] {
  const { entry, data, index } = item
  const { words, record } = context
  switch (entry.type) {
    case 'crisis.opened':
      return [...productLines(record, words), ...timedFacts(data, entry, words)]
    case 'clocks.published':
      return [...presetLines(data['severities'], words), ...looserLines(data['severities'], words)]
    case 'code.retired':
      return [retiredFact(data, record.stream.slice('crisis:'.length))]
    case 'evidence.recorded':
      return [evidenceLine(data, words), ...fileErasedLine(item, words)]
    case 'milestone.recorded':
      return milestoneFacts(context, data, index, entry)
    default:
      return KEEPING_TYPES.has(entry.type) ? keepingFacts(context, item) : plainFacts(data, words)
  }
}

function looserLines(severities: JsonValue | undefined, words: RecordWords): string[] {
  const line = looserLine(severities, SEVERITIES, words)
  return line === undefined ? [] : [line]
}

function milestoneFacts(context: StreamContext, data: JsonObject, index: number, entry: Entry): string[] {
  const { words } = context
  const evidence = textsIn(data['evidence']).length
  return [
    ...figuresOf(data).map((figure) => figureLine(context, figure, data, index)),
    ...adviceFact(data, words),
    ...scopeFacts(data, words),
    ...line(
      words.measuresLine,
      textsIn(data['measures']).map((measure) => wordFor(words.measures, measure)),
      words,
    ),
    ...(data['kind'] === 'remedy_withdrawn'
      ? [fill(words.reasonLine, { reason: wordFor(words.withdrawReasons, plain(data['reason'])) })]
      : []),
    ...laboratoryFact(context, data),
    ...(typeof data['causeVersion'] === 'number' ? [fill(words.causeVersion, { v: data['causeVersion'] })] : []),
    ...commitmentFact(data, words),
    ...reliefFacts(context, data, index),
    ...timedFacts(data, entry, words),
    ...(typeof data['role'] === 'string' ? [fill(words.roleLine, { role: wordFor(words.roles, data['role']) })] : []),
    ...(evidence > 0 ? [fill(words.evidenceAttached, { n: evidence })] : []),
  ]
}

/** Entries of brands and of the ledger: their public members as they are. */
function plainFacts(data: JsonObject, words: RecordWords): string[] {
  return Object.keys(data)
    .filter((name) => !['text', 'original', 'corrects', 'parties', 'publicKey', 'approvedBy'].includes(name))
    .map((name) => {
      const value = data[name]
      const shown = isJsonObject(value) ? localized(value, words) : plain(value)
      return `${wordFor(words.members, name)}${words.colon}${name === 'role' ? wordFor(words.keyRoles, shown) : shown}`
    })
}

function adviceFact(data: JsonObject, words: RecordWords): string[] {
  const advice = data['advice']
  if (!isJsonObject(advice)) return []
  const scope = formatScope(selectorsIn(advice, 'scope'), words)
  return [
    fill(words.advicePrefix, {
      level: wordFor(words.levels, plain(advice['level'])),
      scope: scope === '' ? '' : `${words.open.trim()}${scope}${words.close}`,
    }),
  ]
}

function scopeFacts(data: JsonObject, words: RecordWords): string[] {
  const version = data['scopeVersion']
  const basis = data['basis']
  const titled = [
    typeof version === 'number' ? fill(words.scopeVersion, { v: version }) : '',
    typeof basis === 'string' ? wordFor(words.basis, basis) : '',
  ]
  return [
    ...titled.filter((part) => part !== ''),
    ...placeAndScope(data, words),
    ...line(words.statedUnaffected, [formatScope(selectorsIn(data, 'statedUnaffected'), words)], words),
  ]
}

/** Where, and which goods, in one line. */
function placeAndScope(data: JsonObject, words: RecordWords): string[] {
  const where = Array.isArray(data['markets'])
    ? [fill(words.markets, { list: formatMarkets(textsIn(data['markets']), words) })]
    : []
  const which = line(words.scope, [formatScope(selectorsIn(data, 'scope'), words)], words)
  const whole = [...where, ...which].join(' · ')
  return whole === '' ? [] : [whole]
}

/** Who paid for a test stands on the line of the laboratories' names. */
function laboratoryFact({ words, parties }: StreamContext, data: JsonObject): string[] {
  const laboratories = textsIn(data['laboratories'])
  if (laboratories.length === 0) return []
  const by = plain(data['commissionedBy'])
  const who = by === 'nobody' ? words.nobody : (parties.get(by) ?? by)
  return [
    fill(words.laboratoriesLine, {
      labs: formatList(
        laboratories.map((id) => parties.get(id) ?? id),
        words,
      ),
      who,
    }),
  ]
}

/** Clocks that an entry starts, and for a miss when it was due and when that was noticed. */
function timedFacts(data: JsonObject, { actor, recordedAt }: Entry, words: RecordWords): string[] {
  const { due, clock, lookBack } = data
  const isMiss = actor.kind === 'system' && isDue(due)
  return [
    ...(typeof clock === 'string' ? [clockName(clock, words)] : []),
    ...(isMiss ? [missLine(recordedAt, due, words)] : []),
    ...(typeof lookBack === 'number' ? [fill(words.lookBack, { n: lookBack })] : []),
    duesLine(data, words),
  ].filter((line) => line !== '')
}

function commitmentFact(data: JsonObject, words: RecordWords): string[] {
  const { commitment, kind, due } = data
  if (isJsonObject(commitment)) {
    const measure = withoutStop(localized(commitment['measure'], words)) || words.noMeasure
    return [fill(words.commitmentLine, { measure, due: formatDue(commitment['due'] as Due, words) })]
  }
  const sentence = kind === 'next_update_set' ? words.nextUpdate : kind === 'commitment_rescheduled' && words.newDue
  return sentence && isJsonObject(due) ? [fill(sentence, { time: formatDue(due, words) })] : []
}

export function figuresOf(data: JsonObject): Figure[] {
  return Array.isArray(data['figures']) ? (data['figures'] as unknown as Figure[]) : []
}

/** A figure with who says it and for when; a revised one shows what it was before, and that nobody says why. */
function figureLine(context: StreamContext, figure: Figure, data: JsonObject, index: number): string {
  const { words } = context
  // Who and when is said above the entry already, unless the figure is somebody else's or of another day.
  const isOwn = textsIn(data['assertedBy']).join() === figure.assertedBy
  const about = [
    figure.market === undefined ? '' : formatMarkets(figure.market.split(','), words),
    isOwn ? '' : (context.parties.get(figure.assertedBy) ?? figure.assertedBy),
    isOwn && data['occurredAt'] === figure.asOf ? '' : formatDay(figure.asOf.slice(0, 10), words),
  ]
  const shown = fill(words.figure, {
    series: seriesName(figure.series, words),
    qualifier: wordFor(words.qualifiers, figure.qualifier),
    quantity: revisionOf(context, figure, index) ?? quantityOf(figure, words),
    context: about.join('') === '' ? '' : fill(words.figureContext, { list: formatParts(about, words) }),
  })
  const reason = revisionOf(context, figure, index) === undefined ? '' : reasonOf(figure, words)
  return [shown, reason, newSinceOf(context, figure)].filter((part) => part !== '').join(words.gapBetween)
}

function quantityOf({ value, unit }: Figure, words: RecordWords): string {
  return `${formatNumber(value, words)}${wordFor(words.units, unit)}`
}

/** `13 ← 26`: what the figure is now, and what the entry said that it revises. */
function revisionOf({ record, words }: StreamContext, figure: Figure, index: number): string | undefined {
  const { revises } = figure
  if (revises === undefined || revises >= index) return undefined
  const earlier = record.entries.find((entry) => entry.index === revises)
  const before = figuresOf(earlier?.data ?? {}).find(({ series }) => series === figure.series)
  if (before === undefined) return undefined
  return fill(words.figureRevised, { now: quantityOf(figure, words), before: quantityOf(before, words) })
}

function reasonOf({ revisionReason }: Figure, words: RecordWords): string {
  return revisionReason === undefined ? words.figureNoReason : fill(words.figureReason, { reason: revisionReason })
}

function newSinceOf(context: StreamContext, { newSince, unit }: Figure): string {
  if (newSince === undefined) return ''
  const { words } = context
  const i = positionOf(context, newSince.entry) ?? newSince.entry
  return fill(words.figureNew, { n: formatNumber(newSince.value, words), unit: wordFor(words.units, unit), i })
}

/** The last part of a series name is a word; what stands before it only tells series apart. */
function seriesName(series: string, words: RecordWords): string {
  return wordFor(words.series, series.split('.').pop() ?? series)
}

function selectorsIn(data: JsonObject, name: string): Selector[] {
  return Array.isArray(data[name]) ? (data[name] as unknown as Selector[]) : []
}

function line(sentence: string, items: readonly string[], words: RecordWords): string[] {
  const list = formatList(items, words)
  return list === '' ? [] : [fill(sentence, { list })]
}

/** Facts of an evidence entry in one line: name, type, size, beginning of the fingerprint. */
export function evidenceLine(data: JsonObject, words: RecordWords): string {
  const sha256 = plain(data['sha256'])
  return fill(words.evidenceLine, {
    name: typeof data['name'] === 'string' ? data['name'] : sha256.slice(0, 8),
    type: plain(data['mediaType']),
    size: formatBytes(Number(data['bytes'])),
    hash: sha256.slice(0, 8),
  })
}

/** Products and batches that the opening entry names, one line each. */
function productLines(record: StreamRecord, words: RecordWords): string[] {
  return productsOf(record, words).flatMap(({ gtin, name, batches }) => [
    `${name}${words.open}${gtin}${words.close}`,
    ...batches.map(({ lot, label }) => (label === '' ? lot : `${lot}${words.colon}${label}`)),
  ])
}
