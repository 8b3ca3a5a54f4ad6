/** How values of the two engines become the same JavaScript values: one table for both drivers. */

/** Object ids of the types whose usual parsers differ between the engines. */
export const INT8 = 20
export const INT8_ARRAY = 1016
export const BYTEA = 17

/**
 * A 64-bit integer as a number.
 *
 * @throws Error beyond 2^53-1 either way: silently rounding a size would be worse
 */
export function parseInt8(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new Error(`the integer ${text} is beyond 2^53-1`)
  return value
}

/** The text form of an array of 64-bit integers without NULL. */
export function parseInt8Array(text: string): number[] {
  return text === '{}' ? [] : text.slice(1, -1).split(',').map(parseInt8)
}

/** The hex form of bytes, `\x` first, as a plain Uint8Array. */
export function parseBytea(text: string): Uint8Array {
  const buffer = Buffer.from(text.slice(2), 'hex')
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
