/**
 * A code that was printed and has another one in its place. It goes on working: its page shows everything that is on
 * record under it, and says where the newer one leads. Nobody is sent on unasked, since a brand could otherwise lead the
 * buyers of an affected product to the page of another.
 */
import { isVoidedBy } from '../../ledger/force.ts'
import { isJsonObject } from '../../ledger/json.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { fill } from './format.ts'
import { plain } from './plain.ts'
import type { StreamRecord } from './record.ts'

export type Retired = { text: string; place: string; href: string }

/** Where a crisis's code now leads, as its own stream says; undefined when it was not retired. */
export function retiredCrisis(crisis: StreamRecord, words: RecordWords): Retired | undefined {
  const to = newestRetirement(crisis, () => true)?.['to']
  return typeof to === 'string' ? retiredTo(to, `/c/${to}`, words) : undefined
}

/**
 * Where the code of a product or batch now leads, as the brand's stream says: what was said of this very batch, or else of
 * the whole product.
 *
 * @param nameOf the product's name in the reader's language
 */
export function retiredProduct(
  brand: StreamRecord,
  { gtin, lot }: { gtin: string; lot: string | undefined },
  words: RecordWords,
  nameOf: (gtin: string) => string,
): Retired | undefined {
  const ofBatch =
    lot === undefined ? undefined : newestRetirement(brand, ({ gtin: g, lot: l }) => g === gtin && l === lot)
  const data = ofBatch ?? newestRetirement(brand, ({ gtin: g, lot: l }) => g === gtin && l === undefined)
  const to = data?.['to']
  if (!isJsonObject(to) || typeof to['gtin'] !== 'string') return undefined
  const name = nameOf(to['gtin'])
  const path = `/p/${to['gtin']}`
  if (typeof to['lot'] !== 'string') return retiredTo(name, path, words)
  return retiredTo(`${name} ${to['lot']}`, `${path}/${encodeURIComponent(to['lot'])}`, words)
}

function retiredTo(name: string, href: string, words: RecordWords): Retired {
  return { text: words.retiredCode, place: fill(words.retiredPlace, { name }), href }
}

/** An entry `code.retired` as a line: the old code and the newer one. @param crisis the code of the stream's crisis */
export function retiredFact({ gtin, lot, to }: JsonObject, crisis: string): string {
  const toWhat = isJsonObject(to) ? codeOf(to['gtin'], to['lot']) : plain(to)
  return `${gtin === undefined ? crisis : codeOf(gtin, lot)} → ${toWhat}`
}

function codeOf(gtin: JsonValue | undefined, lot: JsonValue | undefined): string {
  return `${plain(gtin)}${lot === undefined ? '' : ` (10) ${plain(lot)}`}`
}

/** The data of the last retirement that is meant and was not corrected since. */
function newestRetirement({ entries }: StreamRecord, isMeant: (data: JsonObject) => boolean): JsonObject | undefined {
  const corrected = new Set(
    entries
      .filter(({ entry, data }) => entry.type === 'correction.recorded' && isVoidedBy(data['reason'], data['by']))
      .map(({ data }) => plain(data['corrects'])),
  )
  // `findLast` is younger than the oldest browser we serve.
  return [...entries]
    .reverse()
    .find(({ entry, data, index }) => entry.type === 'code.retired' && isMeant(data) && !corrected.has(String(index)))
    ?.data
}
