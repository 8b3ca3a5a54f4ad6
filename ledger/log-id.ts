/**
 * The log id (核对码): a short fingerprint of a log and of the contract that anchors it, printed on labels.
 *
 *     7k2m-9qpd-…   the first 32 characters (160 bits) of lower-case base32 (RFC 4648 §6) of
 *                   SHA-256("trust-ledger/log@1" ‖ JCS([origin, chain id, contract in EIP-55]))
 *
 * It names no key: roots come from the contract, and every key of the log is an entry, so it survives a rotation.
 */
import { concat, utf8 } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { sha256 } from './hash.ts'
import { formatCanonical } from './json.ts'

/** What a log id fingerprints. `contract`: 0x and 40 hex digits, spelled as in EIP-55. */
export type LogIdentity = { origin: string; chainId: number; contract: string }

const LOG_ID_CHARACTERS = 32
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/**
 * The log id: 32 characters of lower-case base32.
 *
 * @throws LedgerError log_id_malformed when the contract is not an address, json_malformed when the chain id is no integer
 */
export function logId({ origin, chainId, contract }: LogIdentity): string {
  if (!isAddress(contract)) throw new LedgerError('log_id_malformed', 'not a contract')
  const identity = formatCanonical([origin, chainId, contract])
  return base32(sha256(concat(utf8('trust-ledger/log@1'), identity))).slice(0, LOG_ID_CHARACTERS)
}

/** Whether a text is 0x and 40 hex digits. Its checksum is for writers (address.ts). */
export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)
}

/** A log id in groups of four, as it is printed: `7k2m-9qpd-…`. */
export function formatLogId(id: string): string {
  return parseLogId(id).replace(/.{4}(?=.)/g, '$&-')
}

/**
 * The log id that somebody typed: in any case, with or without groups, hyphens and spaces.
 *
 * @throws LedgerError log_id_malformed unless 32 characters of base32 remain
 */
export function parseLogId(typed: string): string {
  const id = typed.replace(/[\s-]/g, '').toLowerCase()
  if (!/^[a-z2-7]{32}$/.test(id)) {
    throw new LedgerError('log_id_malformed', 'a log id has 32 letters and digits 2 to 7')
  }
  return id
}

function base32(bytes: Uint8Array): string {
  let out = ''
  let value = 0
  let bits = 0
  for (const byte of bytes) {
    value = value * 256 + byte
    bits += 8
    while (bits >= 5) {
      const rest = 2 ** (bits - 5)
      out += BASE32.charAt(Math.floor(value / rest))
      value %= rest
      bits -= 5
    }
  }
  // The digits cut off here are never part of a log id.
  return out
}
