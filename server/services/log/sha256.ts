/** SHA-256 by Node's own implementation, for the paths on which much is hashed: about three times as fast as the core's. */
import { createHash } from 'node:crypto'

/** SHA-256 of an ASCII text, in base64url: what an entry holds for a disclosure. */
export function sha256Text(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('base64url')
}

/** SHA-256 of the parts, one after the other. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return new Uint8Array(digest.digest())
}
