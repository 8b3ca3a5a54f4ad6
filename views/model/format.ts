/**
 * How pages write times, gaps, numbers and names. By arithmetic of our own and without the engine's locale data: server
 * and browser must write the same characters, or the check of the page would find a difference where there is none.
 */
import type { RecordWords } from '../messages/record-zh-cn.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const BEIJING_MS = 8 * HOUR_MS
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Puts values into a sentence: `{name}` is replaced, every time. */
export function fill(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : String(value)
  })
}

/** A sentence without its full stop, to be put into another one. */
export function withoutStop(sentence: string): string {
  return sentence.replace(/([^.。])[.。]\s*$/, '$1')
}

/** The word for a code in a catalogue's table, or the code itself: unknown codes are shown as such. */
export function wordFor(table: Readonly<Record<string, string>>, code: string): string {
  return Object.prototype.hasOwnProperty.call(table, code) ? table[code]! : code
}

/** A calendar day, given as YYYY-MM-DD: `2016-10-11` or `11 Oct 2016`. */
export function formatDay(day: string, words: RecordWords): string {
  if (words.lang !== 'en') return day
  const [year = '', month = '', date = ''] = day.split('-')
  return `${Number(date)} ${MONTHS[Number(month) - 1] ?? month} ${year}`
}

/** An instant (ms since 1970) in Beijing time, to the minute. */
export function formatTime(ms: number, words: RecordWords): string {
  const iso = new Date(ms + BEIJING_MS).toISOString()
  const separator = words.lang === 'en' ? ', ' : ' '
  return `${formatDay(iso.slice(0, 10), words)}${separator}${iso.slice(11, 16)}`
}

/** The day in Beijing of an instant (ms since 1970). */
export function formatDayOf(ms: number, words: RecordWords): string {
  return formatDay(new Date(ms + BEIJING_MS).toISOString().slice(0, 10), words)
}

/** The month in Beijing of an instant (ms since 1970): `2026-01` or `Jan 2026`. */
export function formatMonthOf(ms: number, words: RecordWords): string {
  return words.lang === 'en' ? formatDayOf(ms, words).replace(/^\d+ /, '') : formatDayOf(ms, words).slice(0, 7)
}

/** A claimed time of an event with the precision it has; a day is shown as the day that its source names. */
export function formatOccurred(occurredAt: string, words: RecordWords): string {
  if (occurredAt.length === 10) return formatDay(occurredAt, words)
  return formatTime(Date.parse(occurredAt), words)
}

/** The day of a claimed time. */
export function formatOccurredDay(occurredAt: string, words: RecordWords): string {
  return occurredAt.length === 10 ? formatDay(occurredAt, words) : formatDayOf(Date.parse(occurredAt), words)
}

/** A due time: a day, or an instant in Beijing time. */
export function formatDue(due: { date?: string; at?: string }, words: RecordWords): string {
  if (due.date !== undefined) return formatDay(due.date, words)
  return due.at === undefined ? '' : formatTime(Date.parse(due.at), words)
}

/** A span of time in words: years, days, days and hours, hours, or minutes. */
export function formatGap(ms: number, words: RecordWords): string {
  const days = Math.floor(ms / DAY_MS)
  const hours = Math.floor((ms % DAY_MS) / HOUR_MS)
  if (days >= 730) return counted(words.gapYears, Math.floor(days / 365.2425))
  if (days >= 7) return counted(words.gapDays, days)
  if (days > 0)
    return hours === 0 ? counted(words.gapDays, days) : singular(fill(words.gapDaysHours, { n: days, h: hours }))
  if (hours > 0) return counted(words.gapHours, hours)
  const minutes = Math.floor(ms / 60_000)
  return minutes > 0 ? counted(words.gapMinutes, minutes) : words.gapMoment
}

function counted(sentence: string, n: number): string {
  return singular(fill(sentence, { n }))
}

/** English: "1 day", not "1 days". */
function singular(text: string): string {
  return text.replace(/\b1 (year|day|hour|minute)s\b/g, '1 $1')
}

/** A published number: Chinese counts in 万 when it is round, English groups by thousands; decimals stay as they are. */
export function formatNumber(value: number | string, words: RecordWords): string {
  const plain = String(value)
  if (!/^-?\d+$/.test(plain)) return plain
  if (words.lang === 'en') return plain.replace(/\B(?=(\d{3})+$)/g, ',')
  return /^[1-9]\d*0000$/.test(plain) ? `${plain.slice(0, -4)} 万` : plain
}

/** Bytes as people write them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** Items in a row, without repeats. */
export function formatList(items: readonly string[], words: Pick<RecordWords, 'comma'>): string {
  return distinct(items).join(words.comma)
}

/** Parts of one description, such as title, publisher and date. */
export function formatParts(parts: readonly string[], words: RecordWords): string {
  return distinct(parts).join(words.partComma)
}

function distinct(items: readonly string[]): string[] {
  return items.filter((item, at) => item !== '' && items.indexOf(item) === at)
}

/** The sentences that a text begins with, as many as fit into so many characters, but one at least and none cut. */
export function leadingSentences(text: string, length: number): string {
  const sentences = text.match(/[^。！？]*?(?:[。！？]+|[.!?]+(?=\s|$)|$)\s*/g) ?? []
  let taken = ''
  for (const sentence of sentences) {
    if (taken !== '' && (taken + sentence).trim().length > length) break
    taken += sentence
  }
  return taken.trim()
}

/** Days of claimed times in a row, a year that repeats said once: `2016-10-10、10-13` or `10 Oct, 13 Oct 2016`. */
export function formatDays(times: readonly string[], words: RecordWords): string {
  const days = distinct(times.filter((time) => time !== '').map((time) => formatOccurredDay(time, words)))
  const yearOf = (day: string | undefined): string | undefined => day?.match(/\d{4}/)?.[0]
  const shown = days.map((day, at) => {
    if (words.lang === 'en') return yearOf(days[at + 1]) === yearOf(day) ? day.slice(0, -5) : day
    return yearOf(days[at - 1]) === yearOf(day) ? day.slice(5) : day
  })
  return shown.join(words.comma)
}

/** A text as the beginning of a line. */
export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
