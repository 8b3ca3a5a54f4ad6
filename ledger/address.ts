/**
 * The checksum of addresses (EIP-55), for whoever writes a contract down. Readers do without: a log id covers the very
 * spelling of the contract, so that another spelling makes the id of another log, which nobody recognises (I29).
 */
import { keccak_256 } from '@noble/hashes/sha3.js'
import { hex, utf8 } from './bytes.ts'
import { LedgerError } from './errors.ts'

/**
 * An address with the checksum of EIP-55: a letter is upper case where the Keccak-256 of the lower-case digits has a
 * digit of 8 or more.
 *
 * @param address 0x and 40 hex digits in any case
 * @throws LedgerError log_id_malformed
 */
export function checksumAddress(address: string): string {
  const digits = /^0x([0-9a-fA-F]{40})$/.exec(address)?.[1]?.toLowerCase()
  if (digits === undefined) throw new LedgerError('log_id_malformed', 'a contract is 0x and 40 hex digits')
  const hash = hex(keccak_256(utf8(digits)))
  return `0x${digits.replace(/[a-f]/g, (letter, at: number) => (hash.charAt(at) >= '8' ? letter.toUpperCase() : letter))}`
}
