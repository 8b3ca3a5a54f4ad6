/** How the rows of an append travel to PostgreSQL: columns as arrays, and everything long in one pack of bytes. */

export type Column = readonly (string | number | null)[]

/**
 * Everything long in one value that travels as bytes: as elements of arrays the same would be spelled as hex and escaped
 * text, and parsed character by character at the other end.
 */
export class Pack {
  readonly #parts: (Uint8Array | string)[] = []
  #length = 0

  /** Adds bytes or ASCII text. Returns the place of the first byte, counted from 1 as SQL does. */
  add(...parts: readonly (Uint8Array | string)[]): number {
    const at = this.#length + 1
    for (const part of parts) {
      this.#parts.push(part)
      this.#length += part.length
    }
    return at
  }

  bytes(): Uint8Array {
    const bytes = Buffer.allocUnsafe(this.#length)
    let at = 0
    for (const part of this.#parts) {
      if (typeof part === 'string') bytes.write(part, at, 'latin1')
      else bytes.set(part, at)
      at += part.length
    }
    return bytes
  }
}

/** An array as PostgreSQL spells it. Names of streams, slugs and codes have nothing to escape; the rest are numbers. */
export function arrayLiteral(values: Column): string {
  return `{${values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value))).join(',')}}`
}

/** Hashes in hex as PostgreSQL spells an array of bytes. */
export function byteaArray(hashes: readonly string[]): string {
  return `{${hashes.map((hash) => String.raw`"\\x${hash}"`).join(',')}}`
}
