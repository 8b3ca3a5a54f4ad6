/**
 * JSON, read strictly. Hostile text is the normal case here: the parser is our own, so that a member named twice is an
 * error, the depth is bounded before anything is built, and a fault is named with its byte position on every engine.
 *
 * Canonical JSON is RFC 8785 (JCS) with the rules of the record on top (I20): integers only, no control characters but
 * LF, ASCII member names, at most 16 levels. A value then has exactly one text, and a text exactly one value.
 */
import canonicalize from 'canonicalize'
import { hasLoneSurrogate, text as decodeText, utf8 } from './bytes.ts'
import { LedgerError, invariant } from './errors.ts'

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
  assertRecordable(value)
  if (serialise(value) !== source) {
    throw new LedgerError('json_not_canonical', 'the JSON is not in its canonical form (RFC 8785)')
  }
  return value
}

/**
 * The canonical text of a value, in UTF-8. Putting strings into NFC is the duty of whoever writes them.
 *
 * @throws LedgerError json_malformed when the value breaks the rules of the record (I20)
 */
export function formatCanonical(value: JsonValue): Uint8Array {
  assertRecordable(value)
  return utf8(serialise(value))
}

function serialise(value: JsonValue): string {
  const json = canonicalize(value)
  invariant(json !== undefined, 'I20: every value that may be recorded has a canonical text')
  return json
}

function decode(bytes: Uint8Array): string {
  try {
    return decodeText(bytes)
  } catch {
    throw new LedgerError('json_malformed', 'the bytes are not UTF-8')
  }
}

/**
 * I20: what may stand in the record.
 *
 * @throws LedgerError json_malformed
 */
function assertRecordable(value: JsonValue, depth = 1): void {
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'string') return assertRecordableText(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw malformed('a number is not an integer from -(2^53-1) to 2^53-1')
    return
  }
  if (typeof value !== 'object') throw malformed(`a value is of no JSON type but ${typeof value}`)
  if (depth > DEPTH_MAX) throw malformed(`more than ${DEPTH_MAX} levels`)
  if (Array.isArray(value)) {
    for (const element of value) assertRecordable(element, depth + 1)
    return
  }
  for (const name of Object.keys(value)) {
    assertRecordableText(name)
    // Names are ASCII, so that sorting by UTF-16 units, by code points and by bytes is the same.
    // oxlint-disable-next-line no-control-regex
    if (!/^[\u0000-\u007f]*$/.test(name)) throw malformed('a member name is not ASCII')
    assertRecordable(value[name]!, depth + 1)
  }
}

function assertRecordableText(value: string): void {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0009\u000b-\u001f\u007f]/.test(value))
    throw malformed('a string has a control character other than LF')
  if (hasLoneSurrogate(value)) throw malformed('a string has a lone surrogate')
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

const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

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
    if (this.#position < this.#source.length) throw this.#fault('something follows the value')
    return value
  }

  #value(depth: number): JsonValue {
    const first = this.#source.charAt(this.#position)
    if (first === '"') return this.#string()
    if (first === '{' || first === '[') {
      if (depth > DEPTH_MAX) throw this.#fault(`more than ${DEPTH_MAX} levels`)
      this.#position++
      return first === '{' ? this.#object(depth) : this.#array(depth)
    }
    if (first === 't') return this.#literal('true', true)
    if (first === 'f') return this.#literal('false', false)
    if (first === 'n') return this.#literal('null', null)
    return this.#number()
  }

  #object(depth: number): JsonObject {
    const object: JsonObject = {}
    const names = new Set<string>()
    this.#space()
    if (this.#skip('}')) return object
    for (;;) {
      const name = this.#string()
      if (names.has(name)) throw this.#fault('a member is named twice')
      names.add(name)
      this.#space()
      this.#expect(':')
      this.#space()
      const value = this.#value(depth + 1)
      // An assignment to `__proto__` would replace the prototype instead of making a member.
      if (name === '__proto__') defineMember(object, name, value)
      else object[name] = value
      this.#space()
      if (this.#skip('}')) return object
      this.#expect(',')
      this.#space()
    }
  }

  #array(depth: number): JsonValue[] {
    const array: JsonValue[] = []
    this.#space()
    if (this.#skip(']')) return array
    for (;;) {
      array.push(this.#value(depth + 1))
      this.#space()
      if (this.#skip(']')) return array
      this.#expect(',')
      this.#space()
    }
  }

  #string(): string {
    this.#expect('"')
    const end = this.#source.indexOf('"', this.#position)
    if (end < 0) {
      this.#position = this.#source.length
      throw this.#fault('a string is cut off')
    }
    const plain = this.#source.slice(this.#position, end)
    // oxlint-disable-next-line no-control-regex
    if (!/[\u0000-\u001f\\]/.test(plain)) {
      this.#position = end + 1
      return plain
    }
    return this.#escapedString()
  }

  #escapedString(): string {
    let value = ''
    for (;;) {
      const character = this.#source.charAt(this.#position)
      if (character === '') throw this.#fault('a string is cut off')
      if (character < ' ') throw this.#fault('a control character in a string')
      this.#position++
      if (character === '"') return value
      value += character === '\\' ? this.#escape() : character
    }
  }

  #escape(): string {
    const letter = this.#source.charAt(this.#position)
    if (letter === 'u') {
      const digits = this.#source.slice(this.#position + 1, this.#position + 5)
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#fault('a malformed escape')
      this.#position += 5
      return String.fromCharCode(parseInt(digits, 16))
    }
    const value = Object.prototype.hasOwnProperty.call(ESCAPES, letter) ? ESCAPES[letter] : undefined
    if (value === undefined) throw this.#fault('a malformed escape')
    this.#position++
    return value
  }

  #number(): number {
    NUMBER.lastIndex = this.#position
    const match = NUMBER.exec(this.#source)
    if (match === null) throw this.#fault(this.#position < this.#source.length ? 'no value' : 'the text is cut off')
    this.#position += match[0].length
    return Number(match[0])
  }

  #literal<T extends JsonValue>(word: string, value: T): T {
    if (!this.#source.startsWith(word, this.#position)) throw this.#fault('no value')
    this.#position += word.length
    return value
  }

  #space(): void {
    for (;;) {
      const character = this.#source.charAt(this.#position)
      if (character !== ' ' && character !== '\n' && character !== '\r' && character !== '\t') return
      this.#position++
    }
  }

  #skip(character: string): boolean {
    if (this.#source.charAt(this.#position) !== character) return false
    this.#position++
    return true
  }

  #expect(character: string): void {
    if (this.#skip(character)) return
    throw this.#fault(this.#position < this.#source.length ? `no ${character}` : 'the text is cut off')
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
