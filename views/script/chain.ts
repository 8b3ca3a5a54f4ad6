/**
 * Asking the chain: the contract's answers from an endpoint that this browser asks itself. An endpoint of another chain,
 * one that does not answer in time or that does not speak JSON-RPC has said nothing.
 */
import type { AnchorRecord, ChainAnswers, ChainQuestions } from '../../ledger/anchor.ts'
import { numbersToAsk } from '../../ledger/anchor-search.ts'
import {
  chainCalls,
  contractCall,
  parseAnchorCount,
  parseAnchorRecord,
  parseChainAnswers,
} from '../../ledger/contract-call.ts'
import type { ContractCall } from '../../ledger/contract-call.ts'

const TIMEOUT_MS = 8000

/** So many calls at once are more than some public endpoints take. */
const CALLS_AT_ONCE = 8

/**
 * @param indexes of entries around which the contract's anchors are looked for
 * @throws Error when the endpoint cannot be asked
 */
export async function askChain(
  questions: ChainQuestions,
  endpoint: string,
  indexes: readonly number[],
): Promise<ChainAnswers> {
  const chainId = await rpc(endpoint, 'eth_chainId', [])
  if (Number(chainId) !== questions.chainId) throw new Error(`${endpoint} is another chain`)
  const answers = parseChainAnswers(questions, await callAll(endpoint, chainCalls(questions)))
  if (answers.first === undefined || indexes.length === 0) return answers
  return { ...answers, others: await askAround(questions.contract, endpoint, indexes) }
}

/** The anchors around each index, and those that were asked for on the way. */
async function askAround(contract: string, endpoint: string, indexes: readonly number[]): Promise<AnchorRecord[]> {
  const [count] = await callAll(endpoint, [contractCall(contract, 'anchorCount')])
  const told = new Map<number, AnchorRecord>()
  for (;;) {
    const numbers = numbersToAsk(parseAnchorCount(count!), told, indexes)
    if (numbers.length === 0) return [...told.values()]
    const calls = numbers.map((number) => contractCall(contract, 'anchorByNumber', number))
    const results = await callAll(endpoint, calls)
    results.forEach((result, i) => {
      const anchor = parseAnchorRecord(result)
      if (anchor === undefined) throw new Error(`${endpoint} lacks an anchor that it counts`)
      told.set(numbers[i]!, anchor)
    })
  }
}

async function callAll(endpoint: string, calls: readonly ContractCall[]): Promise<string[]> {
  const results: string[] = []
  for (let from = 0; from < calls.length; from += CALLS_AT_ONCE) {
    const asked = calls.slice(from, from + CALLS_AT_ONCE)
    results.push(...(await Promise.all(asked.map(async (call) => await rpc(endpoint, 'eth_call', [call, 'latest'])))))
  }
  return results
}

async function rpc(endpoint: string, method: string, params: unknown[]): Promise<string> {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS)
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: abort.signal,
    })
    const { result } = (await response.json()) as { result?: unknown }
    if (typeof result !== 'string') throw new Error(`${endpoint} gave no result`)
    return result
  } finally {
    clearTimeout(timer)
  }
}
