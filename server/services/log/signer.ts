/**
 * The key of the log: an Ed25519 key pair in a file that only its owner may read, made on first start. It signs
 * checkpoints (C2SP signed-note, type 0x01) under the name of the log's origin.
 *
 * Every instance on one database must be given the same file; log-identity.ts refuses whoever was not.
 */
import { createHmac, createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Signer } from '../../../ledger/note.ts'
import { formatVerifierKey } from '../../../ledger/note.ts'
import { AppError } from '../../errors.ts'
import { readOrCreateDurably } from '../../durable-file.ts'

/** A note signer with what else is derived from the key. */
export type LogSigner = Signer & {
  /** The verifier key as published: name+id+base64. */
  readonly vkey: string
  /** HMAC-SHA-256 under a key derived from the log's: binds an idempotency key to a body without keeping the body. */
  bodyHmac(body: Uint8Array): Uint8Array
}

/**
 * The signer of the key in a PEM file (PKCS #8), which is made with mode 0600 when there is none.
 *
 * @param name the origin of the log
 * @throws AppError log_key_unreadable when the file holds no Ed25519 private key
 */
export async function openSigner(keyFile: string, name: string): Promise<LogSigner> {
  const pem = await readOrCreateDurably(keyFile, newKey)
  return signerOf(readKey(pem, keyFile), name)
}

function readKey(pem: string | Uint8Array, keyFile: string): KeyObject {
  const refusal = new AppError('log_key_unreadable', `LOG_KEY_FILE ${keyFile} holds no Ed25519 private key`)
  try {
    const key = createPrivateKey(Buffer.from(pem))
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // What the library says of it may hold a piece of the key; it goes no further.
    throw refusal
  }
  throw refusal
}

/** The signer of a private key. */
export function signerOf(key: KeyObject, name: string): LogSigner {
  const publicKey = new Uint8Array(rawPublicKey(key))
  // As a key object: given as bytes it would be imported again for every request, which measured seven times as slow.
  const hmacKey = createSecretKey(
    createHmac('sha256', key.export({ type: 'pkcs8', format: 'der' }))
      .update('trust-ledger/idempotency@1')
      .digest(),
  )
  return {
    name,
    publicKey,
    vkey: formatVerifierKey({ name, publicKey }),
    sign: (message) => new Uint8Array(sign(null, message, key)),
    bodyHmac: (body) => new Uint8Array(createHmac('sha256', hmacKey).update(body).digest()),
  }
}

function newKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** The last 32 bytes of the SPKI form are the raw key. */
function rawPublicKey(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-32)
}
