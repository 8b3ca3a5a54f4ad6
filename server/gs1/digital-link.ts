/**
 * GS1 Digital Link URIs: a strict parser, and the formatter for the links that our QR codes hold.
 *
 *     https://id.example.com/01/09520123456788/10/L0611/21/A1?tl=…
 *
 * GS1 Digital Link Standard: URI Syntax 1.6. The primary key is the right-most key in the path, so that a stem may stand
 * before it; qualifiers follow in a fixed order, may be skipped, never swapped; what is not a qualifier belongs in the
 * query. The path must come as it went over the wire: a decoded `%2F` would cut the batch `A/B` in two.
 */
import { hasCheckDigit, hasCheckPair } from './check-digits.ts'

export type DigitalLinkProblem =
  | 'no_key'
  | 'key_length'
  | 'key_characters'
  | 'check_digit'
  | 'qualifier_order'
  | 'qualifier_length'
  | 'qualifier_characters'
  | 'qualifier_in_query'
  | 'qualifier_missing'
  | 'encoding'

/** A link that breaks a rule of the standard; `problem` says which. */
export class DigitalLinkError extends Error {
  readonly problem: DigitalLinkProblem

  constructor(problem: DigitalLinkProblem, message: string) {
    super(message)
    this.name = 'DigitalLinkError'
    this.problem = problem
  }
}

export type DigitalLink = {
  /** Application identifier of the primary key: `01` for a GTIN. */
  key: string
  /** Its value, percent-decoded. */
  value: string
  /** Application identifier → value, percent-decoded, in path order. */
  qualifiers: ReadonlyMap<string, string>
}

type Format = { pattern: RegExp; min: number; max: number; check?: (value: string) => boolean }
type Key = { format: Format; sequences: readonly (readonly string[])[]; required?: string }

const CSET_82 = /^[A-Za-z0-9!"%&'()*+,\-./:;<=>?_]+$/
const CSET_39 = /^[A-Z0-9#\-/]+$/
const DIGITS = /^[0-9]+$/

const digits = (length: number): Format => ({ pattern: DIGITS, min: length, max: length })
const checked = (length: number): Format => ({ ...digits(length), check: hasCheckDigit })
const text = (max: number): Format => ({ pattern: CSET_82, min: 1, max })
/** A number with a check digit and a serial component of another alphabet behind it. */
const serialised = (fixed: number, pattern: RegExp, max: number): Format => ({
  pattern,
  min: fixed,
  max: fixed + max,
  check: (value) => DIGITS.test(value.slice(0, fixed)) && hasCheckDigit(value.slice(0, fixed)),
})

/** ITIP: a GTIN, the number of the piece and of the pieces; 2 of 1 is no piece. */
const isPieceOfTotal = (value: string): boolean => {
  const piece = Number(value.slice(14, 16))
  const total = Number(value.slice(16, 18))
  return hasCheckDigit(value.slice(0, 14)) && piece >= 1 && piece <= total
}

/** Primary keys with their qualifiers in order; several sequences are alternatives (GS1 Syntax Dictionary). */
const KEYS: Readonly<Record<string, Key>> = {
  '00': { format: checked(18), sequences: [] },
  '01': { format: checked(14), sequences: [['22', '10', '21'], ['235']] },
  '253': { format: serialised(13, CSET_82, 17), sequences: [] },
  '255': { format: serialised(13, DIGITS, 12), sequences: [] },
  '401': { format: text(30), sequences: [] },
  '402': { format: checked(17), sequences: [] },
  '414': { format: checked(13), sequences: [['254'], ['7040']] },
  '415': { format: checked(13), sequences: [['8020']], required: '8020' },
  '417': { format: checked(13), sequences: [['7040']] },
  '8003': { format: serialised(14, CSET_82, 16), sequences: [] },
  '8004': { format: text(30), sequences: [['7040']] },
  '8006': { format: { ...digits(18), check: isPieceOfTotal }, sequences: [['10', '21']] },
  '8010': { format: { pattern: CSET_39, min: 1, max: 30 }, sequences: [['8011']] },
  '8013': { format: { pattern: CSET_82, min: 3, max: 25, check: hasCheckPair }, sequences: [] },
  '8017': { format: checked(18), sequences: [['8019']] },
  '8018': { format: checked(18), sequences: [['8019']] },
}

const QUALIFIERS: Readonly<Record<string, Format>> = {
  '10': text(20),
  '21': text(20),
  '22': text(20),
  '235': text(28),
  '254': text(20),
  '7040': { pattern: /^[0-9][A-Za-z0-9]{3}$/, min: 4, max: 4 },
  '8011': { pattern: /^(0|[1-9][0-9]*)$/, min: 1, max: 12 },
  '8019': { pattern: DIGITS, min: 1, max: 10 },
  '8020': text(25),
}

/**
 * Parses path and query of a GS1 Digital Link.
 *
 * @param target what stands behind scheme and host, still percent-encoded, for example `/01/09520123456788?tl=…`
 * @throws DigitalLinkError naming the rule that the link breaks
 */
export const parseDigitalLink = (target: string): DigitalLink => {
  const [path, query] = splitOnce(target.split('#')[0] ?? '', '?')
  const segments = path.split('/').slice(1)
  const at = rightmostKey(segments)
  const ai = segments[at] ?? ''
  const key = KEYS[ai]
  if (at < 0 || key === undefined) throw new DigitalLinkError('no_key', 'the path holds no GS1 key')
  const value = decode(segments[at + 1] ?? '')
  judge(ai, value, key.format, 'key_length', 'key_characters')
  const qualifiers = readQualifiers(segments.slice(at + 2))
  const order = [...qualifiers.keys()]
  if (!fits(order, key.sequences)) {
    throw new DigitalLinkError('qualifier_order', `(${order.join(')(')}) may not follow (${ai}) in this order`)
  }
  if (key.required !== undefined && !qualifiers.has(key.required)) {
    throw new DigitalLinkError('qualifier_missing', `(${ai}) needs (${key.required})`)
  }
  refuseKeysInQuery(query)
  return { key: ai, value, qualifiers }
}

/**
 * Path of the link to a product or batch: `/01/{gtin}` or `/01/{gtin}/10/{lot}`, the lot percent-encoded.
 *
 * @throws DigitalLinkError when GTIN or lot cannot stand in a link (a lot in Chinese cannot: it is not in set 82)
 */
export const formatDigitalLink = ({ gtin, lot }: { gtin: string; lot?: string }): string => {
  const path = lot === undefined ? `/01/${gtin}` : `/01/${gtin}/10/${encode(lot)}`
  parseDigitalLink(path)
  return path
}

/** Keys stand on even distance from the end, since every identifier is followed by its value. */
const rightmostKey = (segments: readonly string[]): number => {
  for (let i = segments.length - 2; i >= 0; i -= 2) if (Object.hasOwn(KEYS, segments[i] ?? '')) return i
  return -1
}

const readQualifiers = (segments: readonly string[]): Map<string, string> => {
  const qualifiers = new Map<string, string>()
  for (let i = 0; i < segments.length; i += 2) {
    const ai = segments[i] ?? ''
    const format = Object.hasOwn(QUALIFIERS, ai) ? QUALIFIERS[ai] : undefined
    if (format === undefined || qualifiers.has(ai)) {
      throw new DigitalLinkError('qualifier_order', `"${ai}" is no qualifier that may stand here`)
    }
    const value = decode(segments[i + 1] ?? '')
    judge(ai, value, format, 'qualifier_length', 'qualifier_characters')
    qualifiers.set(ai, value)
  }
  return qualifiers
}

const judge = (
  ai: string,
  value: string,
  format: Format,
  length: DigitalLinkProblem,
  characters: DigitalLinkProblem,
): void => {
  if (value.length < format.min) throw new DigitalLinkError(length, `the value of (${ai}) is too short`)
  if (value.length > format.max) throw new DigitalLinkError(length, `the value of (${ai}) is too long`)
  if (!format.pattern.test(value)) throw new DigitalLinkError(characters, `(${ai}) may not hold these characters`)
  if (format.check && !format.check(value))
    throw new DigitalLinkError('check_digit', `the check digit of (${ai}) is wrong`)
}

/** Whether the identifiers are, in order, a part of one of the allowed sequences. */
const fits = (order: readonly string[], sequences: readonly (readonly string[])[]): boolean => {
  if (order.length === 0) return true
  return sequences.some((sequence) => {
    const positions = order.map((ai) => sequence.indexOf(ai))
    return positions.every((position, i) => position >= 0 && (i === 0 || position > (positions[i - 1] ?? -1)))
  })
}

const refuseKeysInQuery = (query: string): void => {
  for (const part of query.split('&')) {
    const name = part.split('=')[0] ?? ''
    if (Object.hasOwn(KEYS, name) || Object.hasOwn(QUALIFIERS, name)) {
      throw new DigitalLinkError('qualifier_in_query', `(${name}) belongs in the path`)
    }
  }
}

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new DigitalLinkError('encoding', 'the percent-encoding is broken')
  }
}

/** Leaves only the unreserved characters of RFC 3986, as the standard advises. */
const encode = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

const splitOnce = (value: string, separator: string): [string, string] => {
  const at = value.indexOf(separator)
  return at < 0 ? [value, ''] : [value.slice(0, at), value.slice(at + separator.length)]
}
