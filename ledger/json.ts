/**
 * JSON, read strictly. Hostile text is the normal case here: the parser is our own, so that a member named twice is an
 * error, the depth is bounded before anything is built, and a fault is named with its byte position on every engine.
 * What is neither object nor array is left to JSON.parse.
 *
 * Canonical JSON is RFC 8785 (JCS) with the rules of the record on top (I20): integers only, no control characters but
 * LF, ASCII member names, at most 16 levels. A value then has exactly one text, and a text exactly one value.
 */
import { hasLoneSurrogate, text as decodeText, utf8 } from './bytes.ts'
import { LedgerError } from './errors.ts'

/** Any JSON value. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject

/** A JSON object. Read members of hostile objects with `member`: a plain look-up also finds what every object inherits. */
export type JsonObject = { [name: string]: JsonValue }

/** How many arrays and objects may stand inside one another, the outermost counted. */
export const DEPTH_MAX = 16

/** Whether a value is an object, that is, neither an array nor null. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object's own member of this name, or undefined. */
export function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.prototype.hasOwnProperty.call(object, name) ? object[name] : undefined
}

/**
 * The value of a JSON text (RFC 8259) in UTF-8; not necessarily canonical.
 *
 * @throws LedgerError json_malformed with the byte position: not UTF-8, not JSON, cut off, a member named twice, or more
 *   than 16 levels
 */
export function parseJson(bytes: Uint8Array): JsonValue {
  return new Parser(decode(bytes)).document()
}

/**
 * The value of a canonical JSON text (I20).
 *
 * @throws LedgerError json_malformed, also when a string or number breaks the rules of the record; json_not_canonical when
 *   the value's canonical text is another one: order, white space, escapes or the form of a number
 */
export function parseCanonical(bytes: Uint8Array): JsonValue {
  const source = decode(bytes)
  const value = new Parser(source).document()
  if (canonicalText(value) !== source) throw new LedgerError('json_not_canonical', 'not canonical (RFC 8785)')
  return value
}

/**
 * The canonical text of a value, in UTF-8. Putting strings into NFC is the duty of whoever writes them.
 *
 * @throws LedgerError json_malformed when the value breaks the rules of the record (I20)
 */
export function formatCanonical(value: JsonValue): Uint8Array {
  return utf8(canonicalText(value))
}

function decode(bytes: Uint8Array): string {
  try {
    return decodeText(bytes)
  } catch {
    throw malformed('not UTF-8')
  }
}

/**
 * The canonical text of a value: checked whether it may be recorded (I20) and spelled in the same pass. RFC 8785 writes
 * strings and integers as JSON.stringify does (section 3.2.2), and members in the order of their names.
 *
 * @throws LedgerError json_malformed
 */
export function canonicalText(value: JsonValue, depth = 1): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw malformed('no integer')
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value)
  if (typeof value !== 'object') throw malformed(`a value of type ${typeof value}`)
  if (depth > DEPTH_MAX) throw malformed(TOO_DEEP)
  let text = ''
  if (Array.isArray(value)) {
    for (const element of value) text += (text === '' ? '' : ',') + canonicalText(element, depth + 1)
    return `[${text}]`
  }
  // Names are ASCII, so that sorting by UTF-16 units, by code points and by bytes is the same.
  // oxlint-disable-next-line unicorn/no-array-sort
  for (const name of Object.keys(value).sort()) {
    // oxlint-disable-next-line no-control-regex
    if (!/^[\u0000-\u007f]*$/.test(name)) throw malformed('not ASCII')
    text += `${text === '' ? '' : ','}${quoted(name)}:${canonicalText(value[name]!, depth + 1)}`
  }
  return `{${text}}`
}

/** Most texts stand between quotation marks as they are; told apart by one look, measured in a fifth of the time. */
const PLAIN = /^[ !#-[\]-~]*$/

function quoted(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0009\u000b-\u001f\u007f]/.test(value)) throw malformed('control character')
  if (hasLoneSurrogate(value)) throw malformed('lone surrogate')
  return JSON.stringify(value)
}

/** Whether null stands anywhere in a value: what has no value is absent in the record. */
export function hasNull(value: JsonValue): boolean {
  if (value === null) return true
  if (typeof value !== 'object') return false
  return (Array.isArray(value) ? value : Object.keys(value).map((name) => value[name]!)).some(hasNull)
}

function malformed(message: string): LedgerError {
  return new LedgerError('json_malformed', message)
}

const TOO_DEEP = `more than ${DEPTH_MAX} levels`
const CUT_OFF = 'cut off'

const SPACE = /[ \n\r\t]*/y
const WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

/** Recursive descent; the recursion is no deeper than DEPTH_MAX. */
class Parser {
  #source: string
  #position = 0

  constructor(source: string) {
    this.#source = source
  }

  document(): JsonValue {
    this.#space()
    const value = this.#value(1)
    this.#space()
    if (this.#position < this.#source.length) throw this.#fault('more follows')
    return value
  }

  #value(depth: number): JsonValue {
    const first = this.#source.charAt(this.#position)
    if (first === '"') return this.#string()
    if (first !== '{' && first !== '[') return this.#word()
    if (depth > DEPTH_MAX) throw this.#fault(TOO_DEEP)
    return first === '{' ? this.#object(depth) : this.#array(depth)
  }

  #object(depth: number): JsonObject {
    const object: JsonObject = {}
    this.#list('{', '}', () => {
      const name = this.#string()
      if (member(object, name) !== undefined) throw this.#fault('named twice')
      this.#space()
      this.#expect(':')
      this.#space()
      defineMember(object, name, this.#value(depth + 1))
    })
    return object
  }

  #array(depth: number): JsonValue[] {
    const array: JsonValue[] = []
    this.#list('[', ']', () => array.push(this.#value(depth + 1)))
    return array
  }

  /** What stands between two brackets, with a comma between each and the next. */
  #list(open: string, close: string, readItem: () => void): void {
    this.#expect(open)
    this.#space()
    if (this.#skip(close)) return
    do {
      this.#space()
      readItem()
      this.#space()
    } while (this.#skip(','))
    this.#expect(close)
  }

  #string(): string {
    const start = this.#position
    this.#expect('"')
    let end = start
    do end = this.#source.indexOf('"', end + 1)
    while (this.#isEscaped(end))
    if (end < 0) {
      this.#position = this.#source.length
      throw this.#fault(CUT_OFF)
    }
    this.#position = end + 1
    try {
      return JSON.parse(this.#source.slice(start, end + 1)) as string
    } catch {
      this.#position = start
      throw this.#fault('a malformed string')
    }
  }

  /** Whether an odd number of backslashes stands before a position. */
  #isEscaped(position: number): boolean {
    let first = position
    while (this.#source.charAt(first - 1) === '\\') first--
    return (position - first) % 2 === 1
  }

  #word(): JsonValue {
    WORD.lastIndex = this.#position
    const [word] = WORD.exec(this.#source) ?? []
    if (word === undefined) throw this.#missing('value')
    this.#position += word.length
    return JSON.parse(word) as JsonValue
  }

  #space(): void {
    SPACE.lastIndex = this.#position
    SPACE.test(this.#source)
    this.#position = SPACE.lastIndex
  }

  #skip(character: string): boolean {
    if (this.#source.charAt(this.#position) !== character) return false
    this.#position++
    return true
  }

  #expect(character: string): void {
    if (!this.#skip(character)) throw this.#missing(character)
  }

  #missing(what: string): LedgerError {
    return this.#fault(this.#position < this.#source.length ? `no ${what}` : CUT_OFF)
  }

  #fault(what: string): LedgerError {
    const before = this.#source.slice(0, this.#position)
    // The position may stand between the halves of a pair: a half then counts as a whole.
    const bytes = utf8(before.replace(/[\uD800-\uDFFF]$/, '')).length
    return malformed(`not JSON at byte ${bytes}: ${what}`)
  }
}

/** Makes an own member, whatever its name. */
export function defineMember(object: JsonObject, name: string, value: JsonValue): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
}
