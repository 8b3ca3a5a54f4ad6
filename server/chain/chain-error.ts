/**
 * How the chain can fail us, as codes that the anchoring loop switches on. What an endpoint or ethers says stays in
 * `message` and `cause`; it is for the log, not for the public.
 */
import { isError } from 'ethers'
import type { Interface } from 'ethers'

/**
 * - `unreachable`: no answer, or none in time. After a broadcast the outcome is unknown: look for the receipt.
 * - `wrong_chain`, `no_contract`: the endpoint is another chain's, or there is no such contract at the address.
 * - `fee_ceiling`: the market, or the price that a replacement needs, is above the configured ceiling.
 * - `insufficient_funds`: the account cannot pay.
 * - `nonce_used`: another transaction with this nonce was mined; look for the receipts of earlier attempts.
 * - `underpriced`: the node wants more for a replacement.
 * - `key_unreadable`: the key file is missing, broken, or the password is wrong.
 * - `rejected`: the node refused for a reason of its own, which is in the message.
 * - `reverted:<name>`: the contract refused with this error (`reverted:` alone if it gave none).
 */
export type ChainErrorCode =
  | 'unreachable'
  | 'wrong_chain'
  | 'no_contract'
  | 'fee_ceiling'
  | 'insufficient_funds'
  | 'nonce_used'
  | 'underpriced'
  | 'key_unreadable'
  | 'rejected'
  | `reverted:${string}`

/** A failure of the chain, of the way to it, or of our means on it. */
export class ChainError extends Error {
  readonly code: ChainErrorCode

  constructor(code: ChainErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ChainError'
    this.code = code
  }
}

/**
 * Runs a call to the chain, and throws whatever goes wrong as a ChainError.
 *
 * @param doing what was tried, for the message: 'read the latest anchor'
 * @param contract names the contract's errors
 */
export async function onChain<T>(doing: string, call: () => Promise<T>, contract?: Interface): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw chainErrorFrom(error, doing, contract)
  }
}

/** The ChainError that says what went wrong; one that is a ChainError already is itself. */
function chainErrorFrom(error: unknown, doing: string, contract?: Interface): ChainError {
  if (error instanceof ChainError) return error
  const code = codeOf(error, contract)
  const reason = error instanceof Error ? error.message : String(error)
  return new ChainError(code, `could not ${doing} (${code}): ${reason}`, { cause: error })
}

function codeOf(error: unknown, contract: Interface | undefined): ChainErrorCode {
  if (isError(error, 'CALL_EXCEPTION')) return `reverted:${revertName(error.data, contract)}`
  if (isError(error, 'INSUFFICIENT_FUNDS')) return 'insufficient_funds'
  if (isError(error, 'NONCE_EXPIRED')) return 'nonce_used'
  if (isError(error, 'REPLACEMENT_UNDERPRICED')) return 'underpriced'
  // No bytes where a contract's answer was due: nobody answers at this address.
  if (isError(error, 'BAD_DATA')) return 'no_contract'
  return nodeCode(error)
}

/**
 * Nodes word the same refusals differently and ethers passes some of them on unsorted, so the words are read too. An
 * answer of any kind carries an `error` member; without one there was no answer.
 */
function nodeCode(error: unknown): ChainErrorCode {
  const answer = rpcMessage(error)
  if (answer === undefined) return 'unreachable'
  if (/nonce too low|nonce has already been used/i.test(answer)) return 'nonce_used'
  if (/underpriced/i.test(answer)) return 'underpriced'
  if (/insufficient funds/i.test(answer)) return 'insufficient_funds'
  return 'rejected'
}

/** The message of a node's own refusal, undefined when the node did not answer. */
export function rpcMessage(error: unknown): string | undefined {
  const seen = error as { error?: { message?: unknown }; info?: { error?: { message?: unknown } } } | null
  const message = seen?.error?.message ?? seen?.info?.error?.message
  return typeof message === 'string' ? message : undefined
}

function revertName(data: string | null, contract: Interface | undefined): string {
  if (data === null || data === '0x') return ''
  return contract?.parseError(data)?.name ?? data.slice(0, 10)
}
