/**
 * Screen codes: what a holder's phone shows to a screen in a store. The phone makes them from the view code, without
 * asking anybody, and they open the thank-you view once, for a minute; they can spend nothing.
 *
 *     seed   SHA-256("trust-ledger/screen@1" LF ‖ view code)      an Ed25519 private key
 *     body   first 16 bytes of the public key ‖ u48be(ms since 1970) ‖ 8 random bytes
 *     code   "T-" ‖ base64url(body ‖ Ed25519("trust-ledger/screen@1" LF ‖ programme ‖ LF ‖ body))
 *
 * Specification: README.md, "Screen codes" (SC1–SC3).
 */
import { getPublicKey, sign } from '@noble/ed25519'
import { base64url, concat, equalBytes, parseBase64url, u64be, utf8 } from './bytes.ts'
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verifyEd25519 } from './ed25519.ts'
import { LedgerError } from './errors.ts'
import { sha256 } from './hash.ts'

const DOMAIN = 'trust-ledger/screen@1\n'
const KEY_ID_BYTES = 16
const TIME_BYTES = 6
const NONCE_BYTES = 8
const BODY_BYTES = KEY_ID_BYTES + TIME_BYTES + NONCE_BYTES

/** How long a code opens something (SC2). */
export const SCREEN_CODE_MS = 60_000

/** How far a phone's clock may be ahead of the server's (SC2). */
export const SCREEN_CODE_AHEAD_MS = 10_000

/** A code as it was read. `keyId`: the first 16 bytes of the holder's public key; `nonce`: so that it counts once (SC3). */
export type ScreenCode = {
  readonly keyId: Uint8Array
  readonly at: number
  readonly nonce: Uint8Array
  readonly body: Uint8Array
  readonly signature: Uint8Array
}

/** The private key that a phone derives from the view code: 32 bytes. */
export function screenSeed(viewCode: string): Uint8Array {
  return sha256(utf8(DOMAIN + viewCode))
}

/** The public key to a view code, which the server keeps: 32 bytes. */
export function screenPublicKey(viewCode: string): Uint8Array {
  return getPublicKey(screenSeed(viewCode))
}

/** What a code signs: it counts for one programme only (SC1). */
export function screenMessage(programme: string, body: Uint8Array): Uint8Array {
  return concat(utf8(`${DOMAIN}${programme}\n`), body)
}

/**
 * The code that a phone shows.
 *
 * @param at milliseconds since 1970, by the server's clock as the phone knows it
 * @param nonce 8 random bytes
 */
export function formatScreenCode(
  viewCode: string,
  { programme, at, nonce }: { programme: string; at: number; nonce: Uint8Array },
): string {
  if (nonce.length !== NONCE_BYTES) throw malformed('nonce')
  const seed = screenSeed(viewCode)
  const body = concat(getPublicKey(seed).slice(0, KEY_ID_BYTES), u64be(at).slice(2), nonce)
  return `T-${base64url(concat(body, sign(screenMessage(programme, body), seed)))}`
}

/**
 * The parts of a code.
 *
 * @throws LedgerError screen_code_malformed
 */
export function parseScreenCode(code: string): ScreenCode {
  const bytes = code.startsWith('T-') ? bytesOf(code.slice(2)) : undefined
  if (bytes?.length !== BODY_BYTES + SIGNATURE_BYTES) throw malformed('form')
  const body = bytes.slice(0, BODY_BYTES)
  const time = body.slice(KEY_ID_BYTES, KEY_ID_BYTES + TIME_BYTES)
  return {
    keyId: body.slice(0, KEY_ID_BYTES),
    at: time.reduce((before, byte) => before * 256 + byte, 0),
    nonce: body.slice(KEY_ID_BYTES + TIME_BYTES),
    body,
    signature: bytes.slice(BODY_BYTES),
  }
}

/**
 * Verifies that a code is of this holder and programme, and that it is not older than a minute. That it counts once is for
 * the caller to see to.
 *
 * @param now milliseconds since 1970, by the server's clock
 * @throws LedgerError screen_code_refused
 */
export function verifyScreenCode(
  { keyId, at, body, signature }: ScreenCode,
  { programme, publicKey, now }: { programme: string; publicKey: Uint8Array; now: number },
): void {
  const isOfKey = publicKey.length === PUBLIC_KEY_BYTES && equalBytes(publicKey.slice(0, KEY_ID_BYTES), keyId)
  if (!isOfKey || !verifyEd25519(signature, screenMessage(programme, body), publicKey)) throw refused('another holder')
  if (now - at > SCREEN_CODE_MS) throw refused('expired')
  if (at - now > SCREEN_CODE_AHEAD_MS) throw refused('not yet')
}

function bytesOf(digits: string): Uint8Array | undefined {
  try {
    return parseBase64url(digits)
  } catch {
    return undefined
  }
}

function malformed(what: string): LedgerError {
  return new LedgerError('screen_code_malformed', `malformed screen code: ${what}`)
}

function refused(why: string): LedgerError {
  return new LedgerError('screen_code_refused', `the screen code is refused: ${why}`)
}
