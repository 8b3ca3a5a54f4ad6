/**
 * SHA-256 by Node's own implementation, for the paths on which much is hashed: about three times as fast as the core's,
 * and twice again without a hash object for each digest.
 */
import { createHash, hash } from 'node:crypto'

/** SHA-256 of an ASCII text, in base64url: what an entry holds for a disclosure. */
export function sha256Text(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** SHA-256 of a text, in hex. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}

/** SHA-256 of the bytes. */
export function sha256Bytes(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}

/** SHA-256 of the parts, one after the other. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return new Uint8Array(digest.digest())
}
