/**
 * The key that anchors. For a real chain it is an encrypted JSON keystore, as wallets make and read it; the embedded
 * chain, where nothing is worth stealing, keeps a bare key in a file that only its owner reads.
 */
import { scrypt as nodeScrypt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { Wallet, getBytes, scrypt } from 'ethers'
import type { TransactionRequest } from 'ethers'
import { ChainError } from './chain-error.ts'
import { createDurably } from '../durable-file.ts'

/*
 * The password is stretched by Node rather than by JavaScript: measured, in half the time, and the event loop goes on
 * meanwhile. scrypt needs 128 * N * r bytes, which is more than Node grants unasked.
 */
const stretch = promisify<string | Uint8Array, Uint8Array, number, object, Buffer>(nodeScrypt)
scrypt.register(
  async (password, salt, N, r, p, length) =>
    await stretch(getBytes(password), getBytes(salt), length, { N, r, p, maxmem: 256 * N * r }),
)

/** An account that can sign; the private key does not leave it. */
export type AnchorKey = {
  /** EIP-55. */
  address: string
  signTransaction: (transaction: TransactionRequest) => Promise<string>
}

/**
 * Reads an encrypted keystore.
 *
 * @throws ChainError key_unreadable when the file is missing or broken, or the password is wrong
 */
export async function readKeystore(file: string, password: string): Promise<AnchorKey> {
  const text = await readKeyText(file)
  try {
    const { privateKey } = await Wallet.fromEncryptedJson(text, password)
    return new Wallet(privateKey)
  } catch (error) {
    throw new ChainError('key_unreadable', `${file} is no keystore, or the password is wrong`, { cause: error })
  }
}

/**
 * Makes a new key and an encrypted keystore of it, mode 0600.
 *
 * @throws ChainError key_unreadable when the file exists: a key is never overwritten
 */
export async function createKeystore(file: string, password: string): Promise<AnchorKey> {
  const key = new Wallet(Wallet.createRandom().privateKey)
  await writeKeyFile(file, (await key.encrypt(password)) + '\n')
  return key
}

/**
 * The embedded chain's key, made on the first start.
 *
 * @throws ChainError key_unreadable when the file is broken: with another key the contract would not be ours
 */
export async function readOrCreateKey(file: string): Promise<AnchorKey> {
  await createDurably(file, Wallet.createRandom().privateKey + '\n')
  const text = (await readKeyText(file)).trim()
  if (!/^0x[0-9a-f]{64}$/.test(text)) throw new ChainError('key_unreadable', `${file} is not a key`)
  return new Wallet(text)
}

async function readKeyText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new ChainError('key_unreadable', `${file} cannot be read`, { cause: error })
  }
}

async function writeKeyFile(file: string, text: string): Promise<void> {
  if (!(await createDurably(file, text))) throw new ChainError('key_unreadable', `${file} exists already`)
}
