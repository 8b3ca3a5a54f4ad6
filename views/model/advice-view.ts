/**
 * What to do: the instructions, recalls and remedies that are in force, and who says so. It stands above everything but
 * a mismatch, and no verdict hides it. A phone's first screen gets the instruction itself and one line for each place;
 * what a line shortens stands in its own words further down.
 */
import type { AdviceLevel } from '../../ledger/milestone.ts'
import { isJsonObject } from '../../ledger/json.ts'
import { contextOf } from './context.ts'
import type { StreamContext } from './context.ts'
import { kindOf, textOf } from './entry-view.ts'
import { capitalised, fill, formatDays, leadingSentences } from './format.ts'
import { formatMarkets, shortName, textsIn } from './names.ts'
import type { CrisisRecord, RecordEntry } from './record.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'

/** `where`: empty for an instruction that names no market. */
export type AdviceItem = { where: string; text: string; href: string }
/** An instruction, recall or remedy in its own words. */
export type AdviceInFull = AdviceItem & { kind: string; by: string }
export type AdviceView = {
  heading: string
  /** The strictest instruction, in our words. */
  lead: string | undefined
  /** Instructions in their own words, as far as a first screen goes. */
  instructions: AdviceItem[]
  /** What holds in one place: whether goods are recalled there, and that there is a remedy. */
  places: AdviceItem[]
  by: string
  demo: string | undefined
  full: AdviceInFull[]
}

const LEVELS: readonly AdviceLevel[] = ['stop_use', 'return', 'check']

/** Two lines on a phone. */
const INSTRUCTION_LENGTH = { 'zh-CN': 42, en: 110 } as const

/** Undefined when nothing is in force. */
export function adviceView(crisis: CrisisRecord, words: RecordWords, demo: boolean): AdviceView | undefined {
  const context = contextOf(crisis, crisis.state, words)
  const live = liveAdvice(crisis)
  const remedies = liveRemedies(crisis)
  if (live.length === 0 && remedies.length === 0) return undefined
  const levels = live.map((item) => levelOf(item))
  const strictest = LEVELS.find((level) => levels.includes(level))
  const instructions = live.filter(({ data }) => data['recall'] === undefined)
  const recalls = live.filter(({ data }) => data['recall'] !== undefined)
  const spoken = instructions.length > 0 ? instructions : live.length > 0 ? recalls : remedies
  return {
    heading: recalls.length > 0 ? words.adviceRecall : live.length > 0 ? words.adviceSafety : words.adviceRemedy,
    lead: strictest === undefined ? undefined : words.levels[strictest],
    instructions: spoken.map((item) => instructionOf(context, item)).filter(({ text }) => text !== ''),
    places: live.length === 0 ? [] : placesOf(context, recalls, remedies.filter(isNotIn(instructions))),
    by: fill(words.adviceBy, { list: assertersOf(context, live.length > 0 ? live : remedies) }),
    demo: demo ? words.demoNoHotline : undefined,
    full: [...live, ...remedies].map((item) => inFull(context, item)),
  }
}

function instructionOf(context: StreamContext, item: RecordEntry): AdviceItem {
  const { words } = context
  const text = leadingSentences(textOf(item, words) ?? '', INSTRUCTION_LENGTH[words.lang === 'en' ? 'en' : 'zh-CN'])
  const where = textsIn(item.data['markets']).length === 0 ? '' : placeOf(item, words)
  return { where, text, href: `/e/${item.index}` }
}

/** A remedy that stands among the instructions in its own words needs no line of its own. */
function isNotIn(instructions: readonly RecordEntry[]): (remedy: RecordEntry) => boolean {
  return ({ data }) => !instructions.some((item) => item.data['remedy'] === data['remedy'])
}

/** One line for each place; two remedies in one place have a line each. */
function placesOf({ words }: StreamContext, recalls: readonly RecordEntry[], remedies: RecordEntry[]): AdviceItem[] {
  const places: (AdviceItem & { remedied: boolean })[] = recalls.map((item) => {
    const level = levelOf(item)
    const text = level === undefined ? '' : words.levelsShort[level]
    return { where: placeOf(item, words), text, href: `/e/${item.index}`, remedied: false }
  })
  for (const item of remedies) {
    const [where, href] = [placeOf(item, words), `/e/${item.index}`]
    const place = places.find((known) => known.where === where && !known.remedied)
    if (place === undefined) places.push({ where, text: words.placeRemedy, href, remedied: true })
    else Object.assign(place, { text: `${place.text} · ${words.placeRemedy}`, href, remedied: true })
  }
  return places.map(({ where, text, href }) => ({ where, text, href }))
}

function inFull(context: StreamContext, item: RecordEntry): AdviceInFull {
  const { words } = context
  return {
    kind: kindOf(item, words),
    where: placeOf(item, words),
    text: textOf(item, words) ?? '',
    by: assertersOf(context, [item]),
    href: `/e/${item.index}`,
  }
}

/** Where an instruction or remedy holds, as the beginning of a line; one that names no market is named itself. */
export function placeOf({ data, entry }: RecordEntry, words: RecordWords): string {
  const markets = textsIn(data['markets'])
  return markets.length === 0 ? fill(words.entryShort, { i: entry.seq }) : capitalised(formatMarkets(markets, words))
}

/** The advice in force; of several steps of one recall only the last speaks. */
export function liveAdvice({ state, entries }: CrisisRecord): RecordEntry[] {
  const items = state.advice.flatMap(({ index }) => entries.filter((entry) => entry.index === index))
  return items.filter(({ data }, at) => {
    const recall = data['recall']
    return recall === undefined || !items.slice(at + 1).some((later) => later.data['recall'] === recall)
  })
}

/** The remedies that are announced or open, each by its last entry; one that was withdrawn or closed offers nothing. */
export function liveRemedies({ state, entries }: CrisisRecord): RecordEntry[] {
  return state.remedies
    .filter((remedy) => remedy.state === 'announced' || remedy.state === 'opened')
    .flatMap(({ announced, opened }) => entries.filter(({ index }) => index === (opened ?? announced)))
}

export function levelOf({ data }: RecordEntry): AdviceLevel | undefined {
  const advice = data['advice']
  return isJsonObject(advice) ? (advice['level'] as AdviceLevel) : undefined
}

/** `CPSC 2016-10-10、10-13；…`: each party once, with the days on which it said so. */
function assertersOf({ words, parties }: StreamContext, items: readonly RecordEntry[]): string {
  const days = new Map<string, string[]>()
  for (const { data } of items) {
    const occurredAt = data['occurredAt']
    for (const id of textsIn(data['assertedBy'])) {
      const who = id === 'system' ? words.saysKind.system : shortName(parties.get(id) ?? id)
      days.set(who, [...(days.get(who) ?? []), typeof occurredAt === 'string' ? occurredAt : ''])
    }
  }
  const separator = words.lang === 'en' ? '; ' : '；'
  return [...days].map(([who, said]) => fill(words.answerBy, { who, date: formatDays(said, words) })).join(separator)
}
