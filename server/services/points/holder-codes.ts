/**
 * What a holder gets: an id without meaning, and two secrets that are made once and shown once. With the view code one
 * reads, with the spend code one spends. Kept are their hashes; a fast hash is right here, nobody can search 130 bits.
 *
 *     id          H- and 20 characters of Crockford's base32
 *     view code   V- and 26 of them
 *     spend code  S- and 26 of them
 *     commitment  base64url(SHA-256(UTF-8(view code ‖ programme id)))
 *     screen key  the Ed25519 key of the seed SHA-256(UTF-8("trust-ledger/screen@1" ‖ LF ‖ view code))
 */
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import { sha256Bytes, sha256Text } from '../log/sha256.ts'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const ID_LENGTH = 20
const CODE_LENGTH = 26

/** What begins an Ed25519 private key in PKCS #8 (RFC 8410); the seed of 32 bytes follows. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

export function newHolderId(): string {
  return `H-${randomText(ID_LENGTH)}`
}

export function newViewCode(): string {
  return `V-${randomText(CODE_LENGTH)}`
}

export function newSpendCode(): string {
  return `S-${randomText(CODE_LENGTH)}`
}

/** 256 is a multiple of 32, so that all characters are equally likely. */
function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('')
}

/** A code as people type it: upper case, and no difference between O and 0, I, L and 1. Undefined when it is none. */
export function parseCode(text: string): { kind: 'view' | 'spend'; code: string } | undefined {
  const typed = text.trim().toUpperCase()
  const body = typed.slice(2).replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  if (!/^[VS]-$/.test(typed.slice(0, 2)) || !/^[0-9A-HJKMNP-TV-Z]{26}$/.test(body)) return undefined
  return { kind: typed.startsWith('V') ? 'view' : 'spend', code: typed.slice(0, 2) + body }
}

/** What is stored of a code: SHA-256 of its text, 32 bytes. */
export function hashCode(code: string): Uint8Array {
  return sha256Bytes(Buffer.from(code))
}

/** The commitment by which a holder's leaf is found in a proof of liabilities. */
export function commitmentOf(viewCode: string, programme: string): string {
  return sha256Text(viewCode + programme)
}

/** The public key, 32 bytes, by which codes for a store screen are checked. */
export function screenKeyOf(viewCode: string): Uint8Array {
  const seed = sha256Bytes(Buffer.from(`trust-ledger/screen@1\n${viewCode}`))
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
}
