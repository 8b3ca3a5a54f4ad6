/**
 * The media types that evidence may have, and how the first bytes of such a file look. The type that is recorded is what
 * a browser will be told later, so a file must be what it says: nothing that can carry a script is allowed.
 */

type Look = (head: Uint8Array) => boolean

const begins =
  (...signatures: readonly (readonly number[])[]): Look =>
  (head) =>
    signatures.some((signature) => signature.every((byte, position) => head[position] === byte))

const holdsAt =
  (offset: number, ascii: string): Look =>
  (head) =>
    Buffer.from(head.subarray(offset, offset + ascii.length)).toString('latin1') === ascii

/** UTF-8 without control characters but tab, line feed and carriage return. */
const isText: Look = (head) => {
  try {
    // A character may be cut at the end of the head; streaming tolerates that.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    for (const character of text) {
      const code = character.codePointAt(0) ?? 0
      if (code === 0x7f || (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d)) return false
    }
    return true
  } catch {
    return false
  }
}

const LOOKS: Readonly<Record<string, Look>> = {
  'application/pdf': begins([0x25, 0x50, 0x44, 0x46, 0x2d]),
  'image/png': begins([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  'image/jpeg': begins([0xff, 0xd8, 0xff]),
  'image/webp': (head) => holdsAt(0, 'RIFF')(head) && holdsAt(8, 'WEBP')(head),
  'video/mp4': holdsAt(4, 'ftyp'),
  'audio/mpeg': begins([0x49, 0x44, 0x33], [0xff, 0xfb], [0xff, 0xf3], [0xff, 0xf2]),
  'application/zip': begins([0x50, 0x4b, 0x03, 0x04]),
  'text/plain': isText,
  'text/csv': isText,
}

/** Every type that evidence may have. */
export const EVIDENCE_MEDIA_TYPES: readonly string[] = Object.keys(LOOKS)

/** How many bytes of a file are looked at. */
export const HEAD_BYTES = 4096

/** A media type without its parameters, in lower case. */
export function essenceOf(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim().toLowerCase()
}

/** Whether evidence may have this type. */
export function isAllowedMediaType(mediaType: string): boolean {
  return Object.hasOwn(LOOKS, mediaType)
}

/** Whether a file that begins like this can be of this type. */
export function looksLike(mediaType: string, head: Uint8Array): boolean {
  return isAllowedMediaType(mediaType) && (LOOKS[mediaType]?.(head) ?? false)
}
