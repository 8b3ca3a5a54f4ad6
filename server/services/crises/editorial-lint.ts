/**
 * What an editor would ask before a text goes on record for ever: words that make a safety notice weaker, what looks
 * like somebody's personal data, a language that is missing, a date that is not the date of the event. Nothing is
 * refused for its words: whoever sends them says once more that they are meant. Only the place of a passage is told,
 * never the passage, so that no answer or log repeats what may have to be erased.
 *
 * Every pattern is bounded, so that reading is linear in the length of the text.
 */
import { parseDisclosure } from '../../../ledger/disclosure.ts'
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import { AppError } from '../../errors.ts'
import { isIdNumber, isPersonalMailbox } from './personal-data.ts'

export const WARNING_CODES = ['softener', 'personal_data', 'missing_language', 'date_differs'] as const
export type WarningCode = (typeof WARNING_CODES)[number]

/**
 * `at`: JSON Pointer into the request, into the text that a disclosure holds as if it stood there; `from` and `to`:
 * UTF-16 units of the text there, absent when it is about the whole.
 */
export type Warning = {
  code: WarningCode
  at: string
  from?: number
  to?: number
  message: string
  /** Whether the request is refused until it names the code in `acknowledge`. */
  mustAcknowledge: boolean
}

type Pattern = { readonly find: RegExp; readonly holds?: (found: string) => boolean }

/** Words that let a reader hope not to be meant, or that leave open whether to do it. */
const SOFTENERS: readonly Pattern[] = [
  { find: /可能|或许|也许|大概|个别|极少数|轻微|略有|酌情|尽量|无需恐慌|不必恐慌|无须恐慌|无需担心|不必担心|请放心/g },
  { find: /出于谨慎|出于审慎|谨慎起见|以防万一|仅供参考|条件允许|方便时/g },
  // Who owns it may choose: a right, and no doubt.
  { find: /(?<!\b(?:owner|customer|buyer|user|consumer)s )(?<!\b(?:you|they) )\b(?:may|might)\b/gi },
  { find: /\b(?:possibly|perhaps|slightly?|minor|isolated|a small number|very few|extremely rare)\b/gi },
  { find: /\b(?:abundance of caution|no need to panic|no cause for alarm|do not worry|rest assured)\b/gi },
  { find: /\b(?:if possible|where possible|if convenient|when convenient|at your convenience)\b/gi },
]

/** The hundred commonest surnames and the compound ones, without those that are mostly other words. */
const SURNAMES =
  '赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜谢邹喻苏潘葛范彭郎鲁韦马苗凤花俞任袁柳鲍唐费薛雷贺倪汤罗毕郝邬傅卞康伍余顾孟黄穆萧尹姚邵汪毛狄贝戴宋庞熊纪舒屈项祝董梁杜阮蓝闵季贾江童郭梅林钟徐邱骆高夏蔡田胡霍万柯卢莫房解丁邓洪崔龚程裴陆翁荀甄曲封储段富焦侯宓宁甘武符刘景詹龙叶黎白怀蒲邰蔺乔翟谭姬申冉桂牛寿边尚温庄晏柴阎习古易廖聂晁敖冷辛饶曾沙养鞠丰关岳帅缑涂'

const PERSONAL: readonly Pattern[] = [
  // A mobile number of mainland China.
  { find: /(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)/g },
  // A number with a country code that is not a free line.
  { find: /\+\d[\d ()-]{6,20}\d/g, holds: (found) => /^\d{8,15}$/.test(found.replace(/[^\d]/g, '')) },
  // An identity number of mainland China.
  { find: /(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])/g, holds: isIdNumber },
  { find: /[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}/g, holds: isPersonalMailbox },
  // A licence plate: a letter and at least one digit after the province.
  {
    find: /[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][ ·•-]?[A-HJ-NP-Z0-9]{5,6}(?![A-Za-z0-9])/g,
    holds: (found) => /\d/.test(found),
  },
  { find: new RegExp(`(?<!任)(?!任何)[${SURNAMES}][\\u4e00-\\u9fff]{0,2}(?:先生|女士|小姐|太太)`, 'g') },
  { find: /\b(?:Mr|Mrs|Ms|Miss|Dr)\.? [A-Z][a-z]{1,20}\b/g },
]

/**
 * What every passage that PERSONAL finds has in it. Most texts have none of it, and are read once instead of seven times.
 */
export const PERSONAL_HINT =
  /1[3-9]\d[ -]?\d{4}|\d{17}|\+\d|@|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z]|先生|女士|小姐|太太|M[rsi]|Dr/

/** A text that begins with a whole date. */
const LEADING_DATE: readonly RegExp[] = [
  /^\s{0,3}(?<year>\d{4})年(?<month>\d{1,2})月(?<day>\d{1,2})日/,
  /^\s{0,3}(?:On )?(?<day>\d{1,2}) (?<name>[A-Z][a-z]{2,8}),? (?<year>\d{4})\b/,
  /^\s{0,3}(?:On )?(?<name>[A-Z][a-z]{2,8}) (?<day>\d{1,2}),? (?<year>\d{4})\b/,
  /^\s{0,3}(?:On )?(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})\b/,
]

/** Every pattern that reads a text: for the test that they are bounded. */
export const EDITORIAL_PATTERNS: readonly RegExp[] = [
  ...[...SOFTENERS, ...PERSONAL].map(({ find }) => find),
  ...LEADING_DATE,
  PERSONAL_HINT,
]

/** The patterns of personal data: for the test that none of them finds what the hint does not. */
export const PERSONAL_PATTERNS: readonly RegExp[] = PERSONAL.map(({ find }) => find)

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

const MESSAGES: Readonly<Record<WarningCode, string>> = {
  softener: 'This word makes a safety notice weaker. Say what is known and what to do.',
  personal_data:
    'This looks like personal data. The page is public: leave it out, or say that it is meant to be there.',
  missing_language: 'The other language is missing. Half of the readers will not understand this.',
  date_differs: 'The text begins with another date than occurredAt.',
}

/** A seal opens with the very text that was sealed, so there is no other way than this. */
const SEALED =
  'This looks like personal data, and a sealed text cannot be changed. If the seal must be opened, say so, and erase the text from the new entry at once: POST /admin/v1/entries/{index}/redactions.'

/**
 * Members that hold no prose: addresses, codes, files. What they look like is checked by their schemas. A holder's contact
 * is personal data that never comes into the log.
 */
const NO_PROSE: ReadonlySet<string> = new Set([
  'url',
  'gtin',
  'lot',
  'sha256',
  'publicKey',
  'digest',
  'code',
  'slug',
  'contact',
  'case',
  'disclosure',
])

/**
 * What an editor would ask about a request.
 *
 * @param request the body as it was sent, whatever it is
 */
export function lintRequest(request: unknown): Warning[] {
  const isNotice = isSafetyNotice(request)
  const warnings: Warning[] = []
  for (const { at, text } of textsIn(request)) {
    const readable = withPlainDigits(text)
    if (isNotice) warnings.push(...find(SOFTENERS, 'softener', at, readable))
    if (PERSONAL_HINT.test(readable)) warnings.push(...find(PERSONAL, 'personal_data', at, readable))
    if (at.startsWith('/text/') && differsFrom(readable, membersOf(request)['occurredAt'])) {
      warnings.push({ ...warning('date_differs', at), mustAcknowledge: false })
    }
  }
  for (const { at, text } of textsSealed(request)) {
    const found = find(PERSONAL, 'personal_data', at, withPlainDigits(text))
    warnings.push(...found.map((item) => ({ ...item, message: SEALED })))
  }
  const missing = missingLanguage(membersOf(request)['text'])
  if (missing !== undefined) {
    warnings.push({ ...warning('missing_language', `/text/${missing}`), mustAcknowledge: isNotice })
  }
  return warnings
}

/**
 * Makes sure that what must be acknowledged is.
 *
 * @throws AppError warnings_unacknowledged with the places
 */
export function mustBeAcknowledged(warnings: readonly Warning[], acknowledged: readonly string[]): void {
  const open = warnings.filter(({ code, mustAcknowledge }) => mustAcknowledge && !acknowledged.includes(code))
  if (open.length === 0) return
  const codes = [...new Set(open.map(({ code }) => code))]
  throw new AppError(
    'warnings_unacknowledged',
    `Look at the places in warnings. If the words are meant so, send acknowledge: ${JSON.stringify(codes)}.`,
    { warnings: open.map((item) => ({ ...item })) },
  )
}

/** Warnings as an answer tells them. */
export function asJson(warnings: readonly Warning[]): JsonObject[] {
  return warnings.map((item) => ({ ...item }))
}

/** Whether a request tells people what to do for their safety. */
function isSafetyNotice(request: unknown): boolean {
  const { kind, advice } = membersOf(request)
  return (
    advice !== undefined || kind === 'safety_instruction' || (typeof kind === 'string' && kind.startsWith('recall_'))
  )
}

function warning(code: WarningCode, at: string): Warning {
  return { code, at, message: MESSAGES[code], mustAcknowledge: true }
}

function find(patterns: readonly Pattern[], code: WarningCode, at: string, text: string): Warning[] {
  return patterns.flatMap(({ find: pattern, holds = () => true }) =>
    [...text.matchAll(pattern)]
      .filter(([found]) => holds(found))
      .map(({ 0: found, index }) => ({ ...warning(code, at), from: index, to: index + found.length })),
  )
}

/** Full-width digits, letters and signs read as plain ones; every character stays in its place. */
function withPlainDigits(text: string): string {
  return WIDE.test(text) ? plain(text) : text
}

const WIDE = /[\uff01-\uff5e]/

function plain(text: string): string {
  return text.replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
}

function differsFrom(text: string, occurredAt: unknown): boolean {
  if (typeof occurredAt !== 'string') return false
  const parts = LEADING_DATE.map((pattern) => pattern.exec(text)?.groups).find((groups) => groups !== undefined)
  if (parts === undefined) return false
  const { year, month, day, name } = parts
  const number = name === undefined ? Number(month) : MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1
  const stated = Date.UTC(Number(year), number - 1, Number(day))
  const claimed = Date.parse(occurredAt.slice(0, 10))
  // An instant in UTC is a day earlier or later elsewhere.
  return number > 0 && Math.abs(stated - claimed) > 86_400_000
}

function missingLanguage(text: unknown): 'zh-CN' | 'en' | undefined {
  const texts = membersOf(text)
  if (texts['zh-CN'] === undefined && texts['en'] !== undefined) return 'zh-CN'
  return texts['zh-CN'] !== undefined && texts['en'] === undefined ? 'en' : undefined
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

/** How deep a request is read; no schema is deeper. */
const DEPTH_MAX = 16

/** The texts of a request with their places; collected into one list, since every request is read. */
function textsIn(value: unknown, at: string = '', depth: number = 0, found: Found[] = []): Found[] {
  if (typeof value === 'string') found.push({ at, text: value })
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return found
  for (const [name, item] of Object.entries(value)) {
    if (NO_PROSE.has(name) || (typeof item !== 'string' && typeof item !== 'object')) continue
    textsIn(item, `${at}/${TO_ESCAPE.test(name) ? escaped(name) : name}`, depth + 1, found)
  }
  return found
}

/** The text with which a seal is opened: it becomes public like every other. What is none is refused later. */
function textsSealed(request: unknown): Found[] {
  const { disclosure } = membersOf(request)
  if (typeof disclosure !== 'string') return []
  let value: JsonValue
  try {
    value = parseDisclosure(disclosure).value
  } catch {
    return []
  }
  return textsIn(value, '/disclosure')
}

type Found = { at: string; text: string }

const TO_ESCAPE = /[~/]/

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
