/** Signers for tests: real Ed25519 keys from fixed seeds, as the server makes them with node:crypto. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import type { Signer } from '../../ledger/note.ts'

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The signer of a name whose private key is these 32 bytes. */
export function signerFromSeed(name: string, seed: Uint8Array): Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' })
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  return {
    name,
    publicKey: new Uint8Array(Buffer.from(x as string, 'base64url')),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  }
}

/** A signer of its own for each number, 0 to 255. */
export const testSigner = (name: string, number = 1): Signer => signerFromSeed(name, new Uint8Array(32).fill(number))
