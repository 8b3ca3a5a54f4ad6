/** Clocks, durations and due times in words. */
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
  return list.length === 0 ? '' : fill(words.duesLine, { list: list.join(words.comma) })
}

/** A preset, one line for each severity. */
export function presetLines(severities: JsonValue | undefined, words: RecordWords): string[] {
  if (!isJsonObject(severities)) return []
  return Object.entries(severities).map(([severity, clocks]) => {
    const list = isJsonObject(clocks) ? Object.entries(clocks).flatMap((clock) => limitWords(clock, words)) : []
    return `${severity}${words.colon}${list.join(words.comma)}`
  })
}

function limitWords([clock, limit]: [string, JsonValue], words: RecordWords): string[] {
  if (Array.isArray(limit)) return limit.map((days) => fill(words.lookBack, { n: Number(days) }))
  if (!isJsonObject(limit)) return []
  const [unit = '', n = 0] = Object.entries(limit)[0] ?? []
  const span = fill(wordFor(words.limits, unit), { n: Number(n) })
  const values = { clock: clockName(clock, words), limit: n === 1 ? span.replace(/days$/, 'day') : span }
  return [fill(words.clockLimit, values)]
}
