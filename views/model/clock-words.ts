/** Clocks, durations and due times in words. */
import { looserLimits } from '../../ledger/clock-preset.ts'
import type { LooserLimit } from '../../ledger/clock-preset.ts'
import { isJsonObject } from '../../ledger/json.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { fill, formatTime, wordFor } from './format.ts'

/** What a clock asks for: `acknowledge`, `look_back_30`, … */
export function clockName(clock: string, words: RecordWords): string {
  const days = /^look_back_(\d+)$/.exec(clock)?.[1]
  return days === undefined ? wordFor(words.clocks, clock) : fill(words.lookBack, { n: days })
}

/** The due times that an entry starts, in one line; empty when it starts none. */
export function duesLine(data: JsonObject, words: RecordWords): string {
  const dues = Array.isArray(data['dues']) ? data['dues'].filter(isJsonObject) : []
  const list = dues.flatMap(({ clock, due, weekdaysOnly }) => {
    const at = isJsonObject(due) ? due['at'] : undefined
    if (typeof clock !== 'string' || typeof at !== 'string') return []
    const sentence = weekdaysOnly === true ? words.clockDueWeekdays : words.clockDue
    return [fill(sentence, { clock: clockName(clock, words), time: formatTime(Date.parse(at), words) })]
  })
  return list.length === 0 ? '' : fill(words.duesLine, { list: list.join(words.semicolon) })
}

/** A preset, one line for each severity. */
export function presetLines(severities: JsonValue | undefined, words: RecordWords): string[] {
  if (!isJsonObject(severities)) return []
  return Object.entries(severities).map(([severity, clocks]) => {
    const list = isJsonObject(clocks) ? Object.entries(clocks).flatMap((clock) => limitWords(clock, words)) : []
    return `${severity}${words.colon}${list.join(words.comma)}`
  })
}

/**
 * What a preset allows that the common one does not, in one sentence; undefined when it is nowhere looser.
 *
 * @param severities which are told; with more than one each is named
 */
export function looserLine(
  preset: JsonValue | undefined,
  severities: readonly string[],
  words: RecordWords,
): string | undefined {
  const items = looserItems(preset, severities, words)
  return items.length === 0 ? undefined : fill(words.clockLooser, { list: items.join(words.semicolon) })
}

/** The same, one item for each severity that has something looser. */
export function looserItems(
  preset: JsonValue | undefined,
  severities: readonly string[],
  words: RecordWords,
): string[] {
  return severities.flatMap((severity) => {
    const limits = looserLimits(severity, preset)
    if (limits.length === 0) return []
    const list = limits.map((limit) => looserWords(limit, words)).join(words.comma)
    return [severities.length > 1 ? fill(words.clockLooserIn, { severity, list }) : list]
  })
}

function looserWords(looser: LooserLimit, words: RecordWords): string {
  if (looser.clock === 'lookBacks') {
    const [limit, common] = [looser.limit, looser.common].map((days) => daysWords(days, words))
    if (looser.limit.length === 0) return fill(words.noLookBacks, { common: common! })
    return fill(words.clockLooserLimit, { clock: words.lookBacks, limit: limit!, common: common! })
  }
  const clock = clockName(looser.clock, words)
  const common = spanWords(looser.common, words)
  if (looser.limit === undefined) return fill(words.clockUntimed, { clock, common })
  return fill(words.clockLooserLimit, { clock, limit: spanWords(looser.limit, words), common })
}

function daysWords(days: readonly number[], words: RecordWords): string {
  return fill(words.limits.days, { n: days.join(words.comma) })
}

/** `{ hours: 12 }` in words; of one, an English one has no plural. */
function spanWords(limit: object, words: RecordWords): string {
  const [unit = '', n = 0] = Object.entries(limit)[0] ?? []
  const span = fill(wordFor(words.limits, unit), { n: Number(n) })
  return n === 1 ? span.replace(/days$/, 'day') : span
}

function limitWords([clock, limit]: [string, JsonValue], words: RecordWords): string[] {
  if (Array.isArray(limit)) return limit.map((days) => fill(words.lookBack, { n: Number(days) }))
  if (!isJsonObject(limit)) return []
  return [fill(words.clockLimit, { clock: clockName(clock, words), limit: spanWords(limit, words) })]
}
