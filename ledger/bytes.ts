/**
 * The only encoders of the core: UTF-8, hex, base64, base64url, big-endian integers. Each parser is strict, so that a
 * value has exactly one text (I7): what parses is what the formatter would have written. Two texts for one value would
 * let a proof be altered without a mismatch.
 *
 * Base64 is written here because the core may use neither Node's Buffer nor the browser's btoa; its tables make it fast
 * enough for bundles with many thousands of hashes. RFC 4648 §4 (padded) and §5 (URL alphabet, here without padding).
 */
import { LedgerError } from './errors.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The UTF-8 bytes of a text.
 *
 * @throws LedgerError bytes_malformed when the text has a lone surrogate, which UTF-8 cannot express
 */
export function utf8(value: string): Uint8Array {
  if (hasLoneSurrogate(value)) throw malformed('UTF-16')
  return encoder.encode(value)
}

/** Whether a text has half of a surrogate pair without the other half. */
export function hasLoneSurrogate(value: string): boolean {
  // With the u flag a class of surrogates matches only those that do not form a pair.
  return /[\uD800-\uDFFF]/u.test(value)
}

/**
 * The text that UTF-8 bytes spell, a byte order mark included.
 *
 * @throws LedgerError bytes_malformed when the bytes are not UTF-8
 */
export function text(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw malformed('UTF-8')
  }
}

const HEX_PAIRS = pairs('0123456789abcdef')

/** Lower-case hex, two digits for each byte. */
export function hex(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += HEX_PAIRS[byte]!
  return out
}

/**
 * Bytes from lower-case hex.
 *
 * @throws LedgerError bytes_malformed unless `hex` of the bytes is this very text
 */
export function parseHex(value: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor(value.length / 2))
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(value.slice(2 * i, 2 * i + 2), 16)
  if (hex(bytes) !== value) throw malformed('hex')
  return bytes
}

const BASE64_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const STANDARD = alphabet(`${BASE64_LETTERS}+/`)
const URL_SAFE = alphabet(`${BASE64_LETTERS}-_`)

/** Base64 with padding (RFC 4648 §4), as signed notes and tlog-proof files write it. */
export function base64(bytes: Uint8Array): string {
  const digits = formatBase64(bytes, STANDARD)
  return digits + '='.repeat((4 - (digits.length % 4)) % 4)
}

/**
 * Bytes from base64 with padding.
 *
 * @throws LedgerError bytes_malformed unless `base64` of the bytes is this very text
 */
export function parseBase64(value: string): Uint8Array {
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0
  const bytes = parseDigits(value, value.length - padding, STANDARD)
  if (base64(bytes) !== value) throw malformed('base64')
  return bytes
}

/** Base64 with the URL alphabet and without padding (RFC 4648 §5), as our JSON writes it. */
export function base64url(bytes: Uint8Array): string {
  return formatBase64(bytes, URL_SAFE)
}

/**
 * Bytes from base64url without padding.
 *
 * @throws LedgerError bytes_malformed unless `base64url` of the bytes is this very text
 */
export function parseBase64url(value: string): Uint8Array {
  const bytes = parseDigits(value, value.length, URL_SAFE)
  if (base64url(bytes) !== value) throw malformed('base64url')
  return bytes
}

/** All the parts, one after the other, in a new array. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** Whether two byte strings are the same. Not in constant time: nothing compared here is secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a, b) === 0
}

/** Negative, zero or positive as `a` sorts before, with or after `b`, byte by byte; a prefix sorts first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length)
  for (let i = 0; i < common; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/**
 * Two bytes, the greater first.
 *
 * @throws LedgerError size_out_of_range unless 0 <= value <= 65535
 */
export function u16be(value: number): Uint8Array {
  return bigEndian(value, 2, 65_535)
}

/**
 * Eight bytes, the greatest first.
 *
 * @throws LedgerError size_out_of_range unless 0 <= value <= 2^53-1
 */
export function u64be(value: number): Uint8Array {
  return bigEndian(value, 8, Number.MAX_SAFE_INTEGER)
}

function bigEndian(value: number, width: number, max: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new LedgerError('size_out_of_range', `${value} above ${max}`)
  }
  const bytes = new Uint8Array(width)
  for (let i = width - 1, rest = value; i >= 0; i--) {
    bytes[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return bytes
}

type Alphabet = { digits: string; pairs: string[]; values: Uint8Array }

function alphabet(digits: string): Alphabet {
  return { digits, pairs: pairs(digits), values: valuesOf(digits) }
}

/** Every pair of digits, so that twice as much text is appended by one look-up. */
function pairs(digits: string): string[] {
  const letters = digits.split('')
  return letters.flatMap((first) => letters.map((second) => first + second))
}

function valuesOf(digits: string): Uint8Array {
  const values = new Uint8Array(128)
  for (let i = 0; i < digits.length; i++) values[digits.charCodeAt(i)] = i
  return values
}

function formatBase64(bytes: Uint8Array, { digits, pairs }: Alphabet): string {
  const rest = bytes.length % 3
  const whole = bytes.length - rest
  let out = ''
  for (let i = 0; i < whole; i += 3) {
    const group = bytes[i]! * 65_536 + bytes[i + 1]! * 256 + bytes[i + 2]!
    const low = group % 4096
    out += pairs[(group - low) / 4096]! + pairs[low]!
  }
  if (rest === 1) out += pairs[bytes[whole]! * 16]!
  if (rest === 2) {
    const group = bytes[whole]! * 1024 + bytes[whole + 1]! * 4
    const low = group % 64
    out += pairs[(group - low) / 64]! + digits.charAt(low)
  }
  return out
}

/** Decodes the first `length` characters. What is no digit counts as 0: the caller compares with the text of the bytes. */
function parseDigits(value: string, length: number, { values }: Alphabet): Uint8Array {
  const bytes = new Uint8Array(Math.floor((length * 3) / 4))
  let offset = 0
  for (let i = 0; i < length; i += 4) {
    let group = 0
    for (let k = i; k < i + 4; k++) group = group * 64 + (values[value.charCodeAt(k)] ?? 0)
    // A byte array keeps the lowest eight bits, and ignores what lies beyond its end.
    bytes[offset++] = group / 65_536
    bytes[offset++] = group / 256
    bytes[offset++] = group
  }
  return bytes
}

function malformed(what: string): LedgerError {
  return new LedgerError('bytes_malformed', `not ${what}`)
}
