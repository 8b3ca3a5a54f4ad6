/** Names of parties, places, goods and scopes, as the crisis stream itself gives them. */
import type { Selector } from '../../ledger/selector.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import { isJsonObject } from '../../ledger/json.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { fill, formatList, wordFor } from './format.ts'
import type { StreamRecord } from './record.ts'
import { plain } from './plain.ts'

/** What a batch is called: its lot, and the words that the record gives for it. */
export type BatchName = { lot: string; label: string }
export type ProductName = { gtin: string; name: string; batches: BatchName[] }

/** A text in the page's language, else in the other one. */
export function localized(value: JsonValue | undefined, words: RecordWords): string {
  if (!isJsonObject(value)) return ''
  const own = value[words.lang]
  if (typeof own === 'string') return own
  const other = value[words.lang === 'en' ? 'zh-CN' : 'en']
  return typeof other === 'string' ? other : ''
}

/** Every party of a stream by its id: those of the opening entry and those added later. */
export function partyNames(record: StreamRecord, words: RecordWords): Map<string, string> {
  const names = new Map<string, string>()
  for (const { data } of record.entries) {
    for (const party of objectsIn(data['parties'])) {
      const id = plain(party['id'])
      if (!names.has(id)) names.set(id, localized(party['name'], words))
    }
  }
  return names
}

/** Names of those who assert something; an unknown id is shown as it is. */
export function formatAsserters(
  data: JsonObject,
  parties: ReadonlyMap<string, string>,
  words: RecordWords,
  write = (name: string): string => name,
): string {
  const ids = Array.isArray(data['assertedBy']) ? data['assertedBy'].map(String) : []
  return formatList(
    ids.map((id) => write(id === 'system' ? words.saysKind.system : (parties.get(id) ?? id))),
    words,
  )
}

/**
 * A name for a line with little room: without a long remark in brackets, or as the abbreviation that it gives itself:
 * "US Consumer Product Safety Commission (CPSC)" is the CPSC, but "Samsung (China)" stays as it is, since a short remark
 * tells two parties apart. The whole name stands with the entry.
 */
export function shortName(name: string): string {
  const [, head = '', remark = ''] = /^(.+?)\s*[（(]([^（）()]+)[)）]$/.exec(name) ?? []
  const whole = head === '' ? name : head
  if (/^[A-Z]{4,8}$/.test(remark) && (/[\u3400-\u9fff]/.test(whole) || isInitials(remark, whole))) return remark
  const kept = remark !== '' && !isLong(remark) ? name : whole
  return /^([A-Z]{3,8}), /.exec(kept)?.[1] ?? kept
}

/** Five characters with Chinese among them, or three words. */
function isLong(remark: string): boolean {
  return /[\u3400-\u9fff]/.test(remark) ? remark.length >= 5 : remark.split(' ').length >= 3
}

function isInitials(letters: string, name: string): boolean {
  const initials = name.replace(/(\w)\w*\W*/g, '$1').toUpperCase()
  return initials.includes(letters)
}

/** Products of a crisis with their batches, from its first entry. */
export function productsOf(record: StreamRecord, words: RecordWords): ProductName[] {
  return objectsIn(record.entries[0]?.data['products']).map((product) => ({
    gtin: plain(product['gtin']),
    name: localized(product['name'], words),
    batches: objectsIn(product['batches']).map((batch) => ({
      lot: plain(batch['lot']),
      label: localized(batch['label'], words),
    })),
  }))
}

/** `["*", "-CN"]` as "outside mainland China"; no list means everywhere. */
export function formatMarkets(markets: readonly string[] | undefined, words: RecordWords): string {
  if (markets === undefined || markets.length === 0) return words.places['*']
  const place = (code: string): string => wordFor(words.places, code)
  const excluded = markets.filter((code) => code.startsWith('-')).map((code) => place(code.slice(1)))
  if (excluded.length > 0) return fill(words.except, { place: formatList(excluded, words) })
  return formatList(markets.map(place), words)
}

/** What a list of selectors means. */
export function formatScope(selectors: readonly Selector[], words: RecordWords): string {
  return formatList(
    selectors.map((selector) => formatSelector(selector, words)),
    words,
  )
}

function formatSelector(selector: Selector, words: RecordWords): string {
  switch (selector.by) {
    case 'all':
      return words.selectorAll
    case 'batch':
      return selector.lot
    case 'version':
      return fill(words.selectorVersion, { from: selector.from ?? '', to: selector.to ?? '' })
    case 'serial':
      return fill(words.selectorSerial, { from: selector.from, to: selector.to })
    case 'market':
      return wordFor(words.places, selector.market)
    case 'service':
      return fill(words.selectorService, { what: selector.what })
  }
}

/** The objects in a list; anything else in it is left out. */
export function objectsIn(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

/** The texts in a list. */
export function textsIn(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}
