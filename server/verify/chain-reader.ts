/**
 * How the verifier asks the contract: plain JSON-RPC to the endpoint that it chose itself. What to ask and how to read
 * the answers is the core's business.
 */
import type { AnchorRecord, ChainAnswers, ChainQuestions } from '../../ledger/anchor.ts'
import { numbersToAsk } from '../../ledger/anchor-search.ts'
import {
  chainCalls,
  contractCall,
  parseAnchorCount,
  parseAnchorRecord,
  parseChainAnswers,
  parseOrigin,
} from '../../ledger/contract-call.ts'
import type { ContractCall } from '../../ledger/contract-call.ts'
import type { AnchorHistory } from '../../ledger/replay-report.ts'
import { fetchBytes } from './fetch-bytes.ts'

const ANSWER_BYTES_MAX = 1_000_000

/** How many calls are under way at once: public endpoints slow down or refuse whoever asks for more. */
const CALLS_AT_ONCE = 8

/** The endpoint gave no usable answer. */
class ChainSilent extends Error {
  override name = 'ChainSilent'
}

/**
 * What the contract says to the questions of a bundle.
 *
 * @param indexes of entries around which its anchors are looked for
 * @throws ChainSilent, Unreadable, LedgerError contract_answer_malformed
 */
export async function askContract(
  rpcUrl: string,
  questions: ChainQuestions,
  indexes: readonly number[] = [],
): Promise<ChainAnswers> {
  await assertChain(rpcUrl, questions.chainId)
  const answers = parseChainAnswers(questions, await callAll(rpcUrl, chainCalls(questions)))
  if (answers.first === undefined || indexes.length === 0) return answers
  return { ...answers, others: await readAround(rpcUrl, questions.contract, indexes) }
}

/** The anchors that the contract has around each index, and those that were asked for on the way. */
async function readAround(rpcUrl: string, contract: string, indexes: readonly number[]): Promise<AnchorRecord[]> {
  const count = parseAnchorCount(await call(rpcUrl, contractCall(contract, 'anchorCount')))
  const told = new Map<number, AnchorRecord>()
  for (;;) {
    const numbers = numbersToAsk(count, told, indexes)
    if (numbers.length === 0) return [...told.values()]
    const calls = numbers.map((number) => contractCall(contract, 'anchorByNumber', number))
    const answers = await callAll(rpcUrl, calls)
    answers.forEach((answer, i) => told.set(numbers[i]!, existing(parseAnchorRecord(answer))))
  }
}

/**
 * The anchors of a contract by number, up to the first that a log of this size does not contain, and its latest. A contract
 * is named by whoever gives out the log and may count as many as it likes: so no more are read than the log has entries.
 *
 * @param size of the log
 * @param progress is told how many were read, of how many
 * @throws ChainSilent, Unreadable, LedgerError contract_answer_malformed
 */
export async function readHistory(
  rpcUrl: string,
  { chainId, contract }: { chainId: number; contract: string },
  size: number,
  progress: (done: number, all: number) => void,
): Promise<AnchorHistory> {
  await assertChain(rpcUrl, chainId)
  const origin = await call(rpcUrl, contractCall(contract, 'origin'))
  if (origin === '0x') return { chainId, contract, origin: undefined, anchors: [] }
  const count = parseAnchorCount(await call(rpcUrl, contractCall(contract, 'anchorCount')))
  const anchors: AnchorRecord[] = []
  for (let from = 0; from < count && (anchors.at(-1)?.size ?? 0) <= size; from += CALLS_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(CALLS_AT_ONCE, count - from) }, (_, i) => from + i)
    const answers = await Promise.all(
      numbers.map(async (k) => await call(rpcUrl, contractCall(contract, 'anchorByNumber', k))),
    )
    for (const answer of answers) anchors.push(ascending(anchors.at(-1), parseAnchorRecord(answer)))
    progress(anchors.length, count)
  }
  if (anchors.length < count) {
    const latest = await call(rpcUrl, contractCall(contract, 'latest'))
    anchors.push(existing(parseAnchorRecord(latest)))
  }
  return { chainId, contract, origin: parseOrigin(origin), anchors }
}

function existing(anchor: AnchorRecord | undefined): AnchorRecord {
  if (anchor === undefined) throw new ChainSilent('the contract lacks an anchor that it counts')
  return anchor
}

function ascending(before: AnchorRecord | undefined, anchor: AnchorRecord | undefined): AnchorRecord {
  const next = existing(anchor)
  if (next.size <= (before?.size ?? 0)) throw new ChainSilent('the anchors of the contract do not grow')
  return next
}

async function assertChain(rpcUrl: string, chainId: number): Promise<void> {
  const answer = await send(rpcUrl, 'eth_chainId', [])
  if ('message' in answer) throw new ChainSilent(`the endpoint answers: ${answer.message}`)
  const served = /^0x[0-9a-f]{1,13}$/i.test(answer.result) ? Number(answer.result) : undefined
  if (served !== chainId) {
    throw new ChainSilent(`the endpoint serves the chain ${served ?? 'that it does not name'}, not ${chainId}`)
  }
}

async function callAll(rpcUrl: string, calls: readonly ContractCall[]): Promise<string[]> {
  const answers: string[] = []
  for (let from = 0; from < calls.length; from += CALLS_AT_ONCE) {
    const some = calls.slice(from, from + CALLS_AT_ONCE)
    answers.push(...(await Promise.all(some.map(async (one) => await call(rpcUrl, one)))))
  }
  return answers
}

/** The answer to one call, `0x` when there is nothing at the address that answers it. */
async function call(rpcUrl: string, request: ContractCall): Promise<string> {
  const answer = await send(rpcUrl, 'eth_call', [request, 'latest'])
  if ('result' in answer) return answer.result
  // A contract of another kind reverts; other errors are the endpoint's own.
  if (answer.code === 3 || /revert/i.test(answer.message)) return '0x'
  throw new ChainSilent(`the endpoint answers: ${answer.message}`)
}

type Answer = { result: string } | { code: unknown; message: string }

async function send(rpcUrl: string, method: string, params: unknown[]): Promise<Answer> {
  const bytes = await fetchBytes(rpcUrl, ANSWER_BYTES_MAX, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const answer = parsed(bytes)
  if (typeof answer?.result === 'string') return { result: answer.result }
  if (typeof answer?.error?.message !== 'string') throw new ChainSilent('the endpoint does not speak JSON-RPC')
  return { code: answer.error.code, message: answer.error.message.slice(0, 200) }
}

type RpcAnswer = { result?: unknown; error?: { code?: unknown; message?: unknown } } | null

function parsed(bytes: Uint8Array): RpcAnswer {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as RpcAnswer
  } catch {
    throw new ChainSilent('the endpoint does not answer with JSON')
  }
}
