/** The timeline of one crisis: state, what to do, whose, promises, and every entry. */
import { answerFor } from '../../ledger/answer.ts'
import type { AnswerWord, CrisisAnswer } from '../../ledger/answer.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { adviceView } from './advice-view.ts'
import type { AdviceView } from './advice-view.ts'
import { contextOf } from './context.ts'
import { entryView } from './entry-view.ts'
import type { EntryView, LinkedLine } from './entry-view.ts'
import { capitalised, fill, wordFor } from './format.ts'
import { isJsonObject } from '../../ledger/json.ts'
import { localized, productsOf, shortName } from './names.ts'
import type { ProductName } from './names.ts'
import { clocksView } from './clocks-view.ts'
import type { ClocksView } from './clocks-view.ts'
import { keepingMarks } from './keeping-view.ts'
import { promisesView } from './promises-view.ts'
import type { PromisesView } from './promises-view.ts'
import { rolesView } from './roles-view.ts'
import type { RoleLine } from './roles-view.ts'
import type { CrisisRecord } from './record.ts'
import { reliefView } from './relief-view.ts'
import { retiredCrisis } from './retired-view.ts'
import type { Retired } from './retired-view.ts'
import type { ReliefView } from './relief-view.ts'
import { nextUpdateOf } from './silence-view.ts'
import type { NextUpdate } from './silence-view.ts'

export type Ribbon = { label: string; text: string }
export type BatchLine = { lot: string; label: string; answer: string; tone: AnswerWord; href: string }

export type TimelineView = {
  documentTitle: string
  ribbon: Ribbon | undefined
  /** Where its code now leads. */
  retired: Retired | undefined
  who: string
  title: string
  state: string
  marks: LinkedLine[]
  advice: AdviceView | undefined
  noAdvice: string | undefined
  mine: { text: string; lookup: string; form: boolean } | undefined
  batches: BatchLine[]
  next: NextUpdate | undefined
  clocks: ClocksView | undefined
  promises: PromisesView | undefined
  relief: ReliefView | undefined
  roles: RoleLine[]
  entries: EntryView[]
  brandHref: string
}

export type TimelineOptions = {
  words: RecordWords
  /** Milliseconds since 1970; only a live crisis looks at it. */
  now: number
  oldestFirst: boolean
  /** The log sits on a test chain. */
  demo: boolean
}

/** Asking for the answer of every batch of a product with thousands of them is no help on a phone. */
const BATCHES_SHOWN = 50

export function timelineView(crisis: CrisisRecord, options: TimelineOptions): TimelineView {
  const { words, now, oldestFirst, demo } = options
  const { state, entries } = crisis
  const context = contextOf(crisis, state, words)
  const products = productsOf(crisis, words)
  const views = entries.map((entry) => entryView(context, entry))
  const advice = adviceView(crisis, words, demo)
  const batches = products.flatMap((product) => batchLines(crisis, product, words))
  const stateText = stateLine(crisis, words, now)
  return {
    documentTitle: documentTitle(crisis, products, words, advice),
    ribbon: ribbonOf(crisis, words, demo),
    retired: retiredCrisis(crisis, words),
    who: [localized(state.brandName, words), ...products.slice(0, 2).map(({ name }) => name)].join(' · '),
    title: localized(state.title, words),
    state: stateText,
    marks: marksOf(crisis, words, now),
    advice,
    noAdvice: advice === undefined ? words.noAdvice : undefined,
    mine: mineOf(crisis, batches, words),
    batches: batches.slice(0, BATCHES_SHOWN),
    next: nextUpdateOf(crisis, words, now),
    clocks: clocksView(crisis, words),
    relief: reliefView(crisis, words),
    promises: promisesView(crisis, words),
    roles: rolesView(crisis, words),
    entries: oldestFirst ? views : views.reverse(),
    brandHref: `/b/${state.brand}`,
  }
}

/** Product and state: shared cards keep nothing but the title. */
function documentTitle(
  { state }: CrisisRecord,
  products: readonly ProductName[],
  words: RecordWords,
  advice: AdviceView | undefined,
): string {
  const what = advice?.lead?.replace(/[。.]$/, '') ?? wordFor(words.states, state.state)
  const product = products[0]?.name ?? localized(state.brandName, words)
  return `${product}${words.colon}${localized(state.title, words)} · ${what}`
}

/** One short paragraph, whatever there is to say: that it is a demonstration, and that it was compiled afterwards. */
export function ribbonOf({ state, entries }: CrisisRecord, words: RecordWords, demo: boolean): Ribbon | undefined {
  if (state.mode !== 'reconstructed') return demo ? demoRibbon(words) : undefined
  const recorder = entries[0]?.data['recorder']
  const name = isJsonObject(recorder) ? shortName(localized(recorder['name'], words)) : ''
  return {
    label: demo ? `${words.ribbonDemo} · ${words.reconstructedTag}` : capitalised(words.reconstructedTag),
    text: fill(words.ribbonReconstructedText, { recorder: name }),
  }
}

export function demoRibbon(words: RecordWords): Ribbon {
  return { label: words.ribbonTest, text: words.ribbonTestText }
}

/** A reconstructed record runs no clock, so it has no "day 6". */
export function stateLine({ state, entries }: CrisisRecord, words: RecordWords, now: number): string {
  const name = wordFor(words.states, state.state)
  if (state.mode === 'reconstructed' || state.state === 'closed' || state.state === 'dismissed') return name
  const began = Date.parse(entries[0]?.entry.recordedAt ?? '')
  return `${name} · ${fill(words.day, { n: Math.floor((now - began) / 86_400_000) + 1 })}`
}

/** What no longer holds is said on the first screen, with the way to it. */
function marksOf(crisis: CrisisRecord, words: RecordWords, now: number): LinkedLine[] {
  const { state, entries } = crisis
  const to = (index: number | undefined): string | undefined => {
    const entry = entries.find((item) => item.index === index)
    return entry === undefined ? undefined : `#n${entry.entry.seq}`
  }
  const withdrawn = state.remedies.filter((remedy) => remedy.state === 'withdrawn')
  const statements = new Set(
    state.ended.filter(({ how }) => how === 'overtaken' || how === 'replaced').map(({ index }) => index),
  )
  const corrected = new Set(state.corrections.map(({ index }) => index))
  const missed = state.mode === 'live' ? state.commitments.filter(({ outcome }) => outcome === 'missed') : []
  return [
    { n: missed.length, one: words.missedPromise, more: words.missedPromises, href: to(missed[0]?.by) },
    {
      n: withdrawn.length,
      one: words.withdrawnRemedy,
      more: words.withdrawnRemedies,
      href: to(withdrawn[0]?.withdrawn),
    },
    {
      n: state.narrowings.length,
      one: words.relief.scopeNarrowed,
      more: words.relief.scopesNarrowed,
      href: to(state.narrowings[0]?.index),
    },
    { n: statements.size, one: words.lapsedStatement, more: words.lapsedStatements, href: to([...statements].pop()) },
    { n: corrected.size, one: words.correctedEntry, more: words.correctedEntries, href: to([...corrected].pop()) },
  ]
    .flatMap(({ n, one, more, href }): LinkedLine[] =>
      n === 0 ? [] : [{ text: fill(n === 1 ? one : more, { n }), href }],
    )
    .concat(keepingMarks(crisis, words, now).map(({ text, index }) => ({ text, href: to(index) })))
}

/** The answer of each batch that the crisis names. */
export function batchLines(crisis: CrisisRecord, product: ProductName, words: RecordWords): BatchLine[] {
  return product.batches.map(({ lot, label }) => {
    const told = answerFor({ crises: [crisis], gtin: product.gtin, lot })
    return {
      lot,
      label,
      answer: shortAnswer(told, words),
      tone: told.answer,
      href: `/p/${product.gtin}/${encodeURIComponent(lot)}`,
    }
  })
}

/** An answer in a word or two. Where no scope is published, nothing can lie outside of it. */
export function shortAnswer(told: Pick<CrisisAnswer, 'answer' | 'scopeVersion'>, words: RecordWords): string {
  return isUnnamed(told) ? words.answerUnnamedShort : words.answersShort[told.answer]
}

/** Whether goods are named by nothing, and there is no scope that could have named them. */
export function isUnnamed({ answer, scopeVersion }: Pick<CrisisAnswer, 'answer' | 'scopeVersion'>): boolean {
  return answer === 'not_in_published_scope' && typeof scopeVersion !== 'number'
}

/** The answers that ask the owner to do something. */
const AFFECTING = ['stop_use', 'return', 'check'] as const
const AFFECTED: ReadonlySet<string> = new Set(AFFECTING)

/** How many batches carry an instruction, and which. */
export function affectedLine(batches: readonly BatchLine[], words: RecordWords): string | undefined {
  const tones = batches.map(({ tone }) => tone).filter((tone) => AFFECTED.has(tone))
  if (tones.length === 0) return undefined
  const nouns = AFFECTING.filter((tone) => tones.includes(tone)).map((tone) => words.adviceNouns[tone])
  const what =
    nouns.length < 2 ? nouns.join('') : `${nouns.slice(0, -1).join(words.comma)}${words.or}${nouns[nouns.length - 1]}`
  const [n, k] = [batches.length, tones.length]
  return capitalised(fill(k === n ? words.mineAll : words.mineSome, { n, k, what }))
}

function mineOf({ state }: CrisisRecord, batches: readonly BatchLine[], words: RecordWords): TimelineView['mine'] {
  const gtin = state.products[0]?.gtin
  if (gtin === undefined) return undefined
  const affected = batches.filter(({ tone }) => AFFECTED.has(tone)).length
  const none = state.scopes.length > 0 ? words.mineNone : words.mineNoScope
  return {
    text: affectedLine(batches, words) ?? none,
    lookup: `/p/${gtin}`,
    form: affected < batches.length || batches.length === 0,
  }
}
