/**
 * Admin keys: `tl_<id>_<secret>`. The id is public, it stands in the log with everything the key does; the secret is 32
 * random bytes, shown once, and stored only as its SHA-256. A fast hash is right here: nobody can search 256 bits. The id of a
 * key made here begins with `k_`, so that an entry says at sight that a key acted and not a person.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a key may do: run the ledger, write for a brand, agree as its second person, or object. */
export const ROLES = ['operator', 'staff', 'reviewer', 'auditor'] as const
export type Role = (typeof ROLES)[number]

/** Who is asking. `brand` is null for keys that belong to the operator and so to no brand. */
export type Admin = { readonly keyId: string; readonly role: Role; readonly brand: string | null }

/** A key as its owner presents it. */
export type AdminKey = { readonly id: string; readonly secret: string }

/** Letters and digits that are not mistaken for one another when read aloud. */
const ID_ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz'
const ID_LENGTH = 12
const ID_PREFIX = 'k_'

/** A new key, its secret from the system's randomness. */
export function newAdminKey(): AdminKey {
  let id = ''
  while (id.length < ID_LENGTH) {
    for (const byte of randomBytes(ID_LENGTH)) {
      // 248 = 8 × 31: larger bytes would make some letters likelier.
      if (byte < 248 && id.length < ID_LENGTH) id += ID_ALPHABET.charAt(byte % ID_ALPHABET.length)
    }
  }
  return { id: `${ID_PREFIX}${id}`, secret: randomBytes(32).toString('base64url') }
}

export function formatAdminKey({ id, secret }: AdminKey): string {
  return `tl_${id}_${secret}`
}

/** The id of a key that an operator chose without giving it one. */
const ID_OF_CHOSEN = 'first'

/**
 * The parts of a key; undefined when the text is none. A text of 16 to 200 visible characters that an operator put into
 * ADMIN_KEY without the form of a key is all secret, and its id is `first`; how random it is, is the operator's choice.
 */
export function parseAdminKey(text: string): AdminKey | undefined {
  const match = /^tl_((?:k_)?[A-Za-z0-9-]{1,40})_([A-Za-z0-9_-]{16,128})$/.exec(text)
  if (match !== null) return { id: match[1] ?? '', secret: match[2] ?? '' }
  return /^[\x21-\x7e]{16,200}$/.test(text) ? { id: ID_OF_CHOSEN, secret: text } : undefined
}

/** What is stored of a secret. */
export function hashSecret(secret: string): Uint8Array {
  return createHash('sha256').update(secret, 'ascii').digest()
}

/** Whether a secret has this hash, in a time that tells nothing about where they differ. */
export function isSecretOf(secret: string, hash: Uint8Array): boolean {
  const given = hashSecret(secret)
  return hash.length === given.length && timingSafeEqual(given, hash)
}
