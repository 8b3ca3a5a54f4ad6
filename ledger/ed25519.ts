/**
 * Ed25519 verification (RFC 8032 §5.1.7), strict and synchronous. The core signs nothing of the log: those keys live in
 * the shell. Only a holder's phone signs with the core, what it shows to a screen (screen-code.ts).
 *
 * Strict (I10) means canonical encodings and no points of small order. The laxer rules of ZIP 215, which the library
 * applies unless told otherwise, accept an all-zero signature under an all-zero key for every message.
 */
import { hashes, verify } from '@noble/ed25519'
import { sha512 } from './sha512.ts'

hashes.sha512 = sha512

/** The length of an Ed25519 public key. */
export const PUBLIC_KEY_BYTES = 32

/** The length of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64

/** Whether the signature over the message was made by the holder of the key; false for any malformed input. */
export function verifyEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== PUBLIC_KEY_BYTES) return false
  return verify(signature, message, publicKey, { zip215: false })
}
