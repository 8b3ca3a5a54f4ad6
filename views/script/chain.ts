/**
 * Asking the chain: the contract's answers from an endpoint that this browser asks itself. An endpoint of another chain,
 * one that does not answer in time or that does not speak JSON-RPC has said nothing.
 */
import type { ChainAnswers, ChainQuestions } from '../../ledger/anchor.ts'
import { chainCalls, parseChainAnswers } from '../../ledger/contract-call.ts'

const TIMEOUT_MS = 8000

/** So many calls at once are more than some public endpoints take. */
const CALLS_AT_ONCE = 8

/**
 * @throws Error when the endpoint cannot be asked
 */
export async function askChain(questions: ChainQuestions, endpoint: string): Promise<ChainAnswers> {
  const chainId = await rpc(endpoint, 'eth_chainId', [])
  if (Number(chainId) !== questions.chainId) throw new Error(`${endpoint} is another chain`)
  const calls = chainCalls(questions)
  const results: string[] = []
  for (let from = 0; from < calls.length; from += CALLS_AT_ONCE) {
    const asked = calls.slice(from, from + CALLS_AT_ONCE)
    results.push(...(await Promise.all(asked.map(async (call) => await rpc(endpoint, 'eth_call', [call, 'latest'])))))
  }
  return parseChainAnswers(questions, results)
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
