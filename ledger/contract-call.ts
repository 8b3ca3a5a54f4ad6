/**
 * How to ask the contract, byte by byte: the calls that a verifier sends with `eth_call`, and what the answers mean.
 * Page and command line ask in the same way; only the sending is theirs. The contract's interface is in README.md.
 *
 * A call is four bytes of selector and 32 bytes for each argument; an answer is a row of 32-byte words, and a string is
 * the position of its length, its length, and its bytes.
 */
import type { AnchorRecord, ChainAnswers, ChainQuestions } from './anchor.ts'
import { concat, hex, parseHex, text, u64be } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { isSize } from './tree.ts'

/** The first four bytes of Keccak-256 of each signature. */
const SELECTORS = {
  origin: '938b5f32',
  latest: '52bfe789',
  anchorAt: 'e4942e5e',
  anchorByNumber: 'ba423250',
  anchorCount: '34f96c8c',
} as const

const WORD_BYTES = 32

/** No origin is as long as this; a longer answer is refused before it is read. */
const ANSWER_BYTES_MAX = 4096

/** What `eth_call` is sent: the contract and the bytes, both in 0x hex. */
export type ContractCall = { to: string; data: string }

/** The call of a function that takes at most one number. */
export function contractCall(contract: string, name: keyof typeof SELECTORS, argument?: number): ContractCall {
  const word = argument === undefined ? '' : hex(concat(new Uint8Array(WORD_BYTES - 8), u64be(argument)))
  return { to: contract, data: `0x${SELECTORS[name]}${word}` }
}

/** The calls that answer the questions of a bundle, in the order that `parseChainAnswers` expects. */
export function chainCalls({ contract, sizes }: ChainQuestions): ContractCall[] {
  return [
    contractCall(contract, 'origin'),
    contractCall(contract, 'latest'),
    contractCall(contract, 'anchorByNumber', 0),
    ...sizes.map((size) => contractCall(contract, 'anchorAt', size)),
  ]
}

/**
 * What the contract said.
 *
 * @param results the answers to `chainCalls(questions)`, in that order, in 0x hex; `0x` where nothing answers
 * @throws LedgerError contract_answer_malformed
 */
export function parseChainAnswers(questions: ChainQuestions, results: readonly string[]): ChainAnswers {
  const { chainId, contract, sizes } = questions
  if (results.length !== sizes.length + 3) throw malformed('count')
  const [origin, latest, first, ...anchors] = results as [string, string, string, ...string[]]
  if (origin === '0x')
    return { chainId, contract, origin: undefined, latest: undefined, first: undefined, asked: sizes, anchors: [] }
  return {
    chainId,
    contract,
    origin: parseOrigin(origin),
    latest: parseAnchorRecord(latest),
    first: parseAnchorRecord(first),
    asked: sizes,
    anchors: anchors.flatMap((answer, i) => parseAnchorAt(sizes[i]!, answer) ?? []),
  }
}

/** What `origin()` says. */
export function parseOrigin(answer: string): string {
  const bytes = answerBytes(answer)
  if (wordAt(bytes, 0) !== WORD_BYTES) throw malformed('origin')
  const start = 2 * WORD_BYTES
  const end = start + wordAt(bytes, 1)
  if (end > bytes.length) throw malformed('origin')
  return text(bytes.slice(start, end))
}

/** What `anchorCount()` says. */
export function parseAnchorCount(answer: string): number {
  return wordAt(answerBytes(answer), 0)
}

/** What `latest()` or `anchorByNumber(k)` says; undefined for its zeros, which mean that there is no such anchor. */
export function parseAnchorRecord(answer: string): AnchorRecord | undefined {
  const bytes = answerBytes(answer)
  const size = wordAt(bytes, 0)
  return size === 0 ? undefined : anchorRecord(size, bytes, 1)
}

/** What `anchorAt(size)` says; undefined for zeros, which mean that the size was never anchored. */
export function parseAnchorAt(size: number, answer: string): AnchorRecord | undefined {
  const bytes = answerBytes(answer)
  return bytes.slice(0, WORD_BYTES).every((byte) => byte === 0) ? undefined : anchorRecord(size, bytes, 0)
}

function anchorRecord(size: number, bytes: Uint8Array, at: number): AnchorRecord {
  const root = bytes.slice(at * WORD_BYTES, (at + 1) * WORD_BYTES)
  return { size, root, block: wordAt(bytes, at + 1), timestamp: wordAt(bytes, at + 2) }
}

function answerBytes(answer: string): Uint8Array {
  if (!/^0x(?:[0-9a-fA-F]{2})+$/.test(answer) || answer.length > 2 + 2 * ANSWER_BYTES_MAX) {
    throw malformed('hex')
  }
  return parseHex(answer.slice(2).toLowerCase())
}

/** A number up to 2^53-1 in the word at a position. */
function wordAt(bytes: Uint8Array, position: number): number {
  const word = bytes.slice(position * WORD_BYTES, (position + 1) * WORD_BYTES)
  if (word.length !== WORD_BYTES) throw malformed('cut off')
  const value = word.reduce((sum, byte) => sum * 256 + byte, 0)
  if (!isSize(value)) throw malformed('number')
  return value
}

function malformed(what: string): LedgerError {
  return new LedgerError('contract_answer_malformed', `malformed answer: ${what}`)
}
