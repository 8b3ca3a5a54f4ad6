/**
 * What to do: the instructions, recalls and remedies that are in force, and who says so. It stands above everything but
 * a mismatch, and no verdict hides it.
 */
import type { AdviceLevel } from '../../ledger/milestone.ts'
import type { Selector } from '../../ledger/selector.ts'
import { isJsonObject } from '../../ledger/json.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { contextOf } from './context.ts'
import type { StreamContext } from './context.ts'
import { textOf } from './entry-view.ts'
import { fill, formatList, formatOccurredDay, wholeSentence } from './format.ts'
import { formatAsserters, formatMarkets, formatScope, textsIn } from './names.ts'
import type { CrisisRecord, RecordEntry } from './record.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'

export type AdviceItem = { where: string; text: string; href: string }
/** What holds in one place: which goods are recalled there, and what their owners can get. */
export type AdvicePlace = { where: string; recall: string | undefined; remedy: string | undefined; href: string }
export type AdviceView = {
  heading: string
  lead: string | undefined
  /** Instructions in their own words. */
  instructions: AdviceItem[]
  places: AdvicePlace[]
  by: string
  demo: string | undefined
}

const LEVELS: readonly AdviceLevel[] = ['stop_use', 'return', 'check']

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
  return {
    heading: recalls.length > 0 ? words.adviceRecall : live.length > 0 ? words.adviceSafety : words.adviceRemedy,
    lead: strictest === undefined ? undefined : words.levels[strictest],
    instructions: instructions.map((item) => itemOf(context, item, textOf(item, words) ?? '')),
    places: placesOf(
      recalls.map((item) => itemOf(context, item, recallText(context, item, instructions.length === 0))),
      remedies.map((item) => itemOf(context, item, wholeSentence(textOf(item, words) ?? ''))),
    ),
    by: fill(words.adviceBy, { list: assertersOf(context, live.length > 0 ? live : remedies) }),
    demo: demo ? words.demoNoHotline : undefined,
  }
}

/** One line for each place; two remedies in one place have a line each. */
function placesOf(recalls: readonly AdviceItem[], remedies: readonly AdviceItem[]): AdvicePlace[] {
  const places: AdvicePlace[] = recalls.map(({ where, text, href }) => ({
    where,
    recall: text,
    remedy: undefined,
    href,
  }))
  for (const { where, text, href } of remedies) {
    const place = places.find((known) => known.where === where && known.remedy === undefined)
    if (place === undefined) places.push({ where, recall: undefined, remedy: text, href })
    else place.remedy = text
  }
  return places
}

/** The advice in force; of several steps of one recall only the last speaks. */
export function liveAdvice({ state, entries }: CrisisRecord): RecordEntry[] {
  const items = state.advice.flatMap(({ index }) => entries.filter((entry) => entry.index === index))
  return items.filter(({ data }, at) => {
    const recall = data['recall']
    return recall === undefined || !items.slice(at + 1).some((later) => later.data['recall'] === recall)
  })
}

/** The remedies that are announced or open, each by its last entry. */
export function liveRemedies({ state, entries }: CrisisRecord): RecordEntry[] {
  return state.remedies
    .filter((remedy) => remedy.state !== 'withdrawn')
    .flatMap(({ announced, opened }) => entries.filter(({ index }) => index === (opened ?? announced)))
}

export function levelOf({ data }: RecordEntry): AdviceLevel | undefined {
  const advice = data['advice']
  return isJsonObject(advice) ? (advice['level'] as AdviceLevel) : undefined
}

function itemOf({ words }: StreamContext, { data, index }: RecordEntry, text: string): AdviceItem {
  return { where: formatMarkets(textsIn(data['markets']), words), text, href: `/e/${index}` }
}

/** Beside an instruction a recall is told in one line; alone it speaks in its own words. */
function recallText(context: StreamContext, item: RecordEntry, alone: boolean): string {
  const { words } = context
  if (alone) return textOf(item, words) ?? ''
  const level = levelOf(item)
  const scope = formatScope(scopeOf(item.data), words)
  const told = level === undefined ? '' : words.levelsShort[level]
  return scope === '' ? told : `${told}${words.open}${scope}${words.close}`
}

function scopeOf(data: JsonObject): Selector[] {
  const advice = data['advice']
  const scope = isJsonObject(advice) ? advice['scope'] : undefined
  return Array.isArray(scope) ? (scope as unknown as Selector[]) : []
}

/** `CPSC 2016-10-10、2016-10-13；…`: each once, with the days on which it said so. */
function assertersOf({ words, parties }: StreamContext, items: readonly RecordEntry[]): string {
  const days = new Map<string, string[]>()
  for (const { data } of items) {
    const occurredAt = data['occurredAt']
    const day = typeof occurredAt === 'string' ? formatOccurredDay(occurredAt, words) : ''
    const who = formatAsserters(data, parties, words)
    days.set(who, [...(days.get(who) ?? []), day])
  }
  const separator = words.lang === 'en' ? '; ' : '；'
  return [...days].map(([who, said]) => fill(words.answerBy, { who, date: formatList(said, words) })).join(separator)
}
