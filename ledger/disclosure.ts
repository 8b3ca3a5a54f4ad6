/**
 * Disclosures: what the record says in words, kept outside the log so that it can be erased (RFC 9901, SD-JWT).
 *
 *     disclosure  base64url(JCS([salt, name, value]))
 *     digest      base64url(SHA-256(ASCII(disclosure))), which is what stands in the entry
 *
 * The salt is base64url of 16 random bytes: without it nobody can guess the text from its digest, so that deleting salt
 * and value forgets the text while every proof stays intact. `name` is a JSON Pointer (RFC 6901) into the entry's
 * `data`: the place where the value belongs.
 */
import { base64url, parseBase64url, utf8 } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { sha256 } from './hash.ts'
import { DEPTH_MAX, defineMember, formatCanonical, hasNull, isJsonObject, member, parseCanonical } from './json.ts'
import type { JsonObject, JsonValue } from './json.ts'

/** The greatest length of a disclosure as text. */
export const DISCLOSURE_BYTES_MAX = 16_384

/** No entry has room for more digests than this. */
const DIGESTS_MAX = 1500

/** `salt`: base64url of 16 bytes. `name`: a JSON Pointer into `data` such as `/text/zh-CN`, never the whole of it. */
export type Disclosure = { salt: string; name: string; value: JsonValue }

/**
 * The text of a disclosure.
 *
 * @throws LedgerError disclosure_malformed (I25)
 */
export function formatDisclosure({ salt, name, value }: Disclosure): string {
  const disclosure = base64url(canonicalBytes([salt, name, value]))
  assertDisclosure(disclosure, [salt, name, value])
  return disclosure
}

/**
 * The parts of a disclosure.
 *
 * @throws LedgerError disclosure_malformed unless `formatDisclosure` of them is this very text (I25)
 */
export function parseDisclosure(disclosure: string): Disclosure {
  return assertDisclosure(disclosure, canonicalValue(disclosure))
}

/** The digest that an entry holds for a disclosure. */
export function disclosureDigest(disclosure: string): string {
  return base64url(sha256(utf8(disclosure)))
}

/**
 * The data with the disclosed values in their places; nothing given is changed. Objects and arrays that a place needs
 * are made; an element of an array that nobody disclosed is null.
 *
 * @param digests how many the entry has, disclosed or not: each accounts for one such element on each level at most, so
 *   that a short file cannot ask for long arrays
 * @throws LedgerError disclosure_malformed when two values claim one place, or a place is taken by public data (I26), or
 *   for more elements than there can be
 */
export function applyDisclosures(
  data: JsonObject,
  disclosures: readonly Disclosure[],
  digests = DIGESTS_MAX,
): JsonObject {
  const whole = copy(data) as JsonObject
  const room = { nulls: DEPTH_MAX * digests }
  // Shorter names first: a value inside a disclosed object comes after the object.
  // toSorted is younger than some browsers that must run this.
  // oxlint-disable-next-line unicorn/no-array-sort
  const sorted = [...disclosures].sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name, value } of sorted) place(whole, pointerTokens(name), value, room)
  return whole
}

/** How many more elements that nobody discloses may be made. */
type Room = { nulls: number }

function place(whole: JsonObject, tokens: string[], value: JsonValue, room: Room): void {
  let container: Container = whole
  for (let i = 0; i < tokens.length - 1; i++) {
    const token = tokens[i]!
    const found = child(container, token)
    // A place below something that is not there yet: numbered places are elements of an array.
    const next: JsonValue = found ?? (isElement(tokens[i + 1]!) ? [] : {})
    if (typeof next !== 'object') throw malformed('place')
    if (found === undefined || found === null) put(container, token, next, room)
    container = next
  }
  const last = tokens[tokens.length - 1]!
  const taken = child(container, last)
  // Data has no null of its own: it holds the place of an element that comes later.
  if (taken !== undefined && taken !== null) throw malformed('place taken')
  put(container, last, copy(value), room)
}

type Container = JsonObject | JsonValue[]

/** An array's elements are own members like an object's, named by their numbers. */
function child(container: Container, token: string): JsonValue | undefined {
  if (Array.isArray(container) && !isElement(token)) throw malformed('place')
  return member(container as JsonObject, token)
}

function put(container: Container, token: string, value: JsonValue, room: Room): void {
  while (Array.isArray(container) && container.length < Number(token)) {
    if (room.nulls-- < 1) throw malformed('place')
    container.push(null)
  }
  defineMember(container as JsonObject, token, value)
}

/** Whether a token is a number below 1500: no entry has room for more digests, so no array can have more elements. */
function isElement(token: string): boolean {
  return /^(?:0|[1-9]\d{0,2}|1[0-4]\d\d)$/.test(token)
}

function pointerTokens(name: string): string[] {
  return name
    .slice(1)
    .split('/')
    .map((token) => token.replace(/~1/g, '/').replace(/~0/g, '~'))
}

function copy(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(copy)
  if (!isJsonObject(value)) return value
  const object: JsonObject = {}
  for (const name of Object.keys(value)) defineMember(object, name, copy(value[name]!))
  return object
}

/**
 * I25, I22: three elements, a salt of 16 bytes, a pointer, a value that has no null anywhere.
 *
 * @param disclosure base64url of the canonical text of the parts
 * @throws LedgerError disclosure_malformed
 */
export function assertDisclosure(disclosure: string, parts: JsonValue): Disclosure {
  if (disclosure.length > DISCLOSURE_BYTES_MAX) throw malformed('length')
  if (!Array.isArray(parts) || parts.length !== 3) throw malformed('parts')
  const [salt, name, value] = parts as [JsonValue, JsonValue, JsonValue]
  if (typeof salt !== 'string' || !isSalt(salt)) throw malformed('salt')
  if (typeof name !== 'string' || !isPointer(name)) throw malformed('name')
  if (hasNull(value)) throw malformed('null')
  return { salt, name, value }
}

/** Whether a text is a JSON Pointer (RFC 6901) to something inside a document that is no deeper than an entry's `data`. */
function isPointer(name: string): boolean {
  return /^(?:\/(?:[^~/]|~[01])*){1,15}$/.test(name)
}

/** 22 digits, of which the last has no bit beyond the 16 bytes. */
const SALT = /^[A-Za-z0-9_-]{21}[AQgw]$/

function isSalt(salt: string): boolean {
  return SALT.test(salt)
}

function canonicalBytes(parts: JsonValue): Uint8Array {
  try {
    return formatCanonical(parts)
  } catch (error) {
    throw malformed((error as Error).message)
  }
}

function canonicalValue(disclosure: string): JsonValue {
  try {
    return parseCanonical(parseBase64url(disclosure))
  } catch (error) {
    throw malformed((error as Error).message)
  }
}

function malformed(what: string): LedgerError {
  return new LedgerError('disclosure_malformed', `malformed disclosure: ${what}`)
}
