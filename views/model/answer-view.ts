/**
 * The answer for a product or a batch: first what it is, then who says so and when, then what to do, then how the answer
 * came about. It never says "safe".
 */
import { answerFor, wasOnRecord } from '../../ledger/answer.ts'
import type { Answer, AnswerWord } from '../../ledger/answer.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { levelOf, liveAdvice, liveRemedies, placeOf } from './advice-view.ts'
import { contextOf } from './context.ts'
import { textOf } from './entry-view.ts'
import { capitalised, fill, formatDay, formatOccurredDay, formatTime, leadingSentences } from './format.ts'
import { coverageOf } from '../../ledger/selector.ts'
import type { Selector } from '../../ledger/selector.ts'
import { formatAsserters, formatMarkets, localized, productsOf, shortName } from './names.ts'
import { affectedLine, batchLines, demoRibbon, isUnnamed, ribbonOf, shortAnswer, stateLine } from './timeline-view.ts'
import type { BatchLine, Ribbon } from './timeline-view.ts'
import type { CrisisRecord, RecordEntry, StreamRecord } from './record.ts'
import { isJsonObject } from '../../ledger/json.ts'
import { plain } from './plain.ts'
import { retiredProduct } from './retired-view.ts'
import type { Retired } from './retired-view.ts'

export type AnswerQuestion = {
  gtin: string
  lot: string | undefined
  market: string | undefined
  asOf: string | undefined
}
export type AnswerAction = { where: string; text: string; href: string }
export type HistoryLine = {
  date: string
  who: string
  text: string
  now: string | undefined
  href: string
  ended: boolean
}
export type IncidentLine = { title: string; state: string; answer: string | undefined; tone: AnswerWord; href: string }

export type AnswerView = {
  documentTitle: string
  ribbon: Ribbon | undefined
  /** Where the code of this product or batch now leads. */
  retired: Retired | undefined
  product: string
  batch: string | undefined
  batchLabel: string | undefined
  market: string | undefined
  asOf: string | undefined
  /** The next thing to do is to enter a batch. */
  asksFirst: boolean
  tone: AnswerWord
  warns: boolean
  lead: string
  by: string | undefined
  details: string[]
  actions: AnswerAction[]
  history: HistoryLine[]
  incidents: IncidentLine[]
  batches: BatchLine[]
  moreBatches: string | undefined
  gtin: string
}

export type AnswerOptions = { words: RecordWords; now: number; demo: boolean }

const WARNING: ReadonlySet<string> = new Set(['stop_use', 'return', 'check', 'unknown_batch'])
const BATCHES_SHOWN = 50

/**
 * @param brand the brand's own stream, which names the product and its batches
 * @param crises the streams of every crisis about the product
 */
export function answerView(
  brand: StreamRecord,
  crises: readonly CrisisRecord[],
  question: AnswerQuestion,
  options: AnswerOptions,
): AnswerView {
  const { words, now, demo } = options
  const { gtin, lot, market, asOf } = question
  const registered = registeredBatches(brand, gtin, words)
  const answer = answerFor({
    crises,
    gtin,
    lots: registered.filter(({ index }) => wasOnRecord(index, asOf)).map((batch) => batch.lot),
    ...(lot === undefined ? {} : { lot }),
    ...(market === undefined ? {} : { market }),
    ...(asOf === undefined ? {} : { asOf }),
  })
  const crisis = crises.find(({ state }) => state.code === answer.crisis)
  const product = productName(brand, crises, gtin, words)
  const lead = leadOf(answer, crisis, words)
  // The list says what is so now; a question about the past gets no list.
  const isListed = lot === undefined && asOf === undefined
  const batches = isListed ? crises.flatMap((item) => linesOf(item, gtin, words)) : []
  return {
    documentTitle: `${product}${lot === undefined ? '' : ` ${lot}`}${words.colon}${lead.replace(/[。.]$/, '')}`,
    ribbon: crises[0] === undefined ? (demo ? demoRibbon(words) : undefined) : ribbonOf(crises[0], words, demo),
    retired: retiredProduct(brand, { gtin, lot }, words, (other) => productName(brand, crises, other, words)),
    product,
    batch: lot === undefined ? undefined : fill(words.batchNote, { lot }),
    batchLabel: lot === undefined ? undefined : labelOf(crises, registered, gtin, lot, words),
    market: market === undefined ? undefined : fill(words.markets, { list: formatMarkets([market], words) }),
    asOf: asOf === undefined ? undefined : fill(words.answerAsOf, { time: asOfText(asOf, words) }),
    asksFirst: lot === undefined || answer.answer === 'unknown_batch',
    tone: answer.answer,
    warns: WARNING.has(answer.answer),
    lead,
    by: byOf(answer, crisis, words),
    details: [...affectedOf(answer, batches, words), ...detailsOf(answer, words)],
    actions: crisis === undefined ? [] : actionsOf(crisis, question, answer, words),
    history: crisis === undefined ? [] : historyOf(crisis, question, answer, words),
    incidents: incidentsOf(crises, answer, words, now),
    batches: isListed
      ? [...batches, ...unnamedBatches(registered, batches, gtin, crises, words)].slice(0, BATCHES_SHOWN)
      : [],
    moreBatches:
      batches.length > BATCHES_SHOWN ? fill(words.moreBatches, { n: batches.length - BATCHES_SHOWN }) : undefined,
    gtin,
  }
}

function leadOf(answer: Answer, crisis: CrisisRecord | undefined, words: RecordWords): string {
  if (isUnnamed(answer)) return words.answerUnnamed
  return fill(words.answers[answer.answer], { who: whoOf(answer, crisis, words) })
}

function whoOf({ by }: Answer, crisis: CrisisRecord | undefined, words: RecordWords): string {
  const entry = crisis?.entries.find(({ index }) => index === by)
  if (crisis === undefined || entry === undefined) return words.saysKind.brand
  return formatAsserters(entry.data, contextOf(crisis, crisis.state, words).parties, words)
}

function byOf(answer: Answer, crisis: CrisisRecord | undefined, words: RecordWords): string | undefined {
  if (answer.by === null || answer.occurredAt === null) return undefined
  return fill(words.answerBy, {
    who: whoOf(answer, crisis, words),
    date: formatOccurredDay(answer.occurredAt, words),
  })
}

/** A code without a batch cannot be answered, but that batches are affected must stand right there. */
function affectedOf({ answer }: Answer, batches: readonly BatchLine[], words: RecordWords): string[] {
  const line = affectedLine(batches, words)
  return answer === 'product_only' && line !== undefined ? [`⚠ ${line}`] : []
}

function detailsOf({ answer, scopeVersion, occurredAt }: Answer, words: RecordWords): string[] {
  switch (answer) {
    case 'stated_unaffected':
    case 'product_only':
    case 'nothing_recorded':
      return [words.answerDetails[answer]]
    case 'unknown_batch':
      return [fill(words.answerDetails.unknown_batch, { contact: words.contactBrand })]
    case 'not_in_published_scope': {
      const version =
        typeof scopeVersion === 'number' && occurredAt !== null
          ? fill(words.answerDetails.not_in_scope_version, {
              v: scopeVersion,
              date: formatOccurredDay(occurredAt, words),
            })
          : words.answerDetails.not_named
      return [version, words.answerDetails.not_in_published_scope]
    }
    default:
      return []
  }
}

/** What to do, in the words of the instructions and remedies that cover these goods now. */
function actionsOf(
  crisis: CrisisRecord,
  { gtin, lot, asOf }: AnswerQuestion,
  { answer, by }: Answer,
  words: RecordWords,
): AnswerAction[] {
  if (answer !== 'stop_use' && answer !== 'return' && answer !== 'check') return []
  const goods = lot === undefined ? { gtin } : { gtin, lot }
  const covers = (selectors: unknown): boolean =>
    Array.isArray(selectors) && coverageOf(selectors as Selector[], goods) !== 'not'
  const asked = asOf === undefined ? liveAdvice(crisis) : []
  const instructions = asked.filter(
    (item) => item.data['recall'] === undefined && levelOf(item) === answer && covers(adviceScope(item)),
  )
  const remedies = asOf === undefined ? liveRemedies(crisis).filter(({ data }) => covers(data['scope'])) : []
  const source = crisis.entries.filter(({ index }) => index === by)
  // A recall's own text tells of numbers and dates; where there is a remedy, that is what to do.
  const first = instructions.length > 0 || (answer === 'return' && remedies.length > 0) ? instructions : source
  return [...first, ...remedies].map((item) => ({
    where: placeOf(item, words),
    text: textOf(item, words) ?? '',
    href: `/e/${item.index}`,
  }))
}

function adviceScope({ data }: RecordEntry): unknown {
  return isJsonObject(data['advice']) ? data['advice']['scope'] : undefined
}

/** Oldest first; the entry that the answer rests on is named as such. */
function historyOf(
  crisis: CrisisRecord,
  { gtin, lot, asOf }: AnswerQuestion,
  answer: Answer,
  words: RecordWords,
): HistoryLine[] {
  const { parties } = contextOf(crisis, crisis.state, words)
  const ended = new Set(crisis.state.ended.filter(({ by }) => wasTold(crisis, by, asOf)).map(({ index }) => index))
  return answer.history.flatMap((index) => {
    const entry = crisis.entries.find((item) => item.index === index)
    if (entry === undefined) return []
    const { occurredAt } = entry.data
    return [
      {
        date: typeof occurredAt === 'string' ? formatOccurredDay(occurredAt, words) : '',
        who: capitalised(formatAsserters(entry.data, parties, words, shortName)),
        text: historyText(entry, gtin, lot, words),
        now: index === answer.by ? (asOf === undefined ? words.historyNow : words.historyThen) : undefined,
        href: `/e/${index}`,
        ended: ended.has(index),
      },
    ]
  })
}

/** Whether an entry counted at a time: what ended only later had not ended then. */
function wasTold({ entries }: CrisisRecord, index: number, asOf: string | undefined): boolean {
  if (asOf === undefined) return true
  if (/^\d+$/.test(asOf)) return index < Number(asOf)
  const { occurredAt } = entries.find((item) => item.index === index)?.data ?? {}
  return typeof occurredAt !== 'string' || occurredAt.slice(0, asOf.length) <= asOf
}

function incidentsOf(crises: readonly CrisisRecord[], answer: Answer, words: RecordWords, now: number): IncidentLine[] {
  return answer.perCrisis.flatMap((own) => {
    const { crisis: code, answer: told } = own
    const crisis = crises.find(({ state }) => state.code === code)
    if (crisis === undefined) return []
    const reconstructed = crisis.state.mode === 'reconstructed' ? ` · ${words.reconstructedTag}` : ''
    return [
      {
        title: localized(crisis.state.title, words),
        state: `${stateLine(crisis, words, now)}${reconstructed}`,
        answer: told === 'product_only' ? undefined : shortAnswer(own, words),
        tone: told,
        href: `/c/${crisis.state.code}`,
      },
    ]
  })
}

/** How much of a text stands in the line of a history. */
const HISTORY_LENGTH = { 'zh-CN': 84, en: 170 } as const

/** Its beginning, in whole sentences; that an entry claimed these very goods to be unaffected is always said. */
function historyText(entry: RecordEntry, gtin: string, lot: string | undefined, words: RecordWords): string {
  const sentence = leadingSentences(textOf(entry, words) ?? '', HISTORY_LENGTH[words.lang === 'en' ? 'en' : 'zh-CN'])
  const { statedUnaffected } = entry.data
  const goods = lot === undefined ? { gtin } : { gtin, lot }
  const claims =
    Array.isArray(statedUnaffected) && coverageOf(statedUnaffected as unknown as Selector[], goods) === 'covered'
  return claims ? `${sentence.replace(/[。.]$/, '')} · ${words.answersShort.stated_unaffected}` : sentence
}

type Registered = { index: number; lot: string; label: string }

/** Batches that the brand registered, with the words that it gave. */
function registeredBatches(brand: StreamRecord, gtin: string, words: RecordWords): Registered[] {
  return brand.entries
    .filter(({ entry, data }) => entry.type === 'batch.registered' && data['gtin'] === gtin)
    .map(({ data, index }) => ({ index, lot: plain(data['lot']), label: localized(data['label'], words) }))
}

function productName(brand: StreamRecord, crises: readonly CrisisRecord[], gtin: string, words: RecordWords): string {
  const registered = brand.entries.find(
    ({ entry, data }) => entry.type === 'product.registered' && data['gtin'] === gtin,
  )
  if (registered !== undefined) return localized(registered.data['name'], words)
  const named = crises.flatMap((crisis) => productsOf(crisis, words)).find((product) => product.gtin === gtin)
  return named?.name ?? gtin
}

function labelOf(
  crises: readonly CrisisRecord[],
  registered: readonly Registered[],
  gtin: string,
  lot: string,
  words: RecordWords,
): string | undefined {
  const named = crises.flatMap((crisis) => productsOf(crisis, words)).filter((product) => product.gtin === gtin)
  const batches = [...named.flatMap((product) => product.batches), ...registered]
  const label = batches.find((batch) => batch.lot === lot && batch.label !== '')?.label
  return label
}

function linesOf(crisis: CrisisRecord, gtin: string, words: RecordWords): BatchLine[] {
  return productsOf(crisis, words)
    .filter((product) => product.gtin === gtin)
    .flatMap((product) => batchLines(crisis, product, words))
}

/** Registered batches that no crisis names. */
function unnamedBatches(
  registered: readonly Registered[],
  named: readonly BatchLine[],
  gtin: string,
  crises: readonly CrisisRecord[],
  words: RecordWords,
): BatchLine[] {
  if (crises.length === 0) return []
  const lots = registered.map(({ lot }) => lot)
  return registered
    .filter(({ lot }) => !named.some((line) => line.lot === lot))
    .map(({ lot, label }) => {
      const told = answerFor({ crises, gtin, lot, lots })
      const href = `/p/${gtin}/${encodeURIComponent(lot)}`
      return { lot, label, answer: shortAnswer(told, words), tone: told.answer, href }
    })
}

function asOfText(asOf: string, words: RecordWords): string {
  if (/^\d+$/.test(asOf)) return fill(words.entryIndex, { index: asOf })
  return asOf.length === 10 ? formatDay(asOf, words) : formatTime(Date.parse(asOf), words)
}
