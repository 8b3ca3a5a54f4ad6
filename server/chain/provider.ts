/** One JSON-RPC endpoint of one chain, whose id is known before it is asked. */
import { FetchRequest, JsonRpcProvider } from 'ethers'
import { ChainError, onChain } from './chain-error.ts'

/** An endpoint that does not answer in this time counts as unreachable; ethers would wait five minutes. */
const requestTimeoutMs = 15_000

/** How often a chain is asked for new blocks while we wait for one. */
const pollingMs = 1_000

/**
 * Opens an endpoint without asking it anything; `checkChainId` does. Answers are never cached: an anchor that was there
 * a moment ago may be gone.
 */
export function openProvider(rpcUrl: string, chainId: number): JsonRpcProvider {
  const request = new FetchRequest(rpcUrl)
  request.timeout = requestTimeoutMs
  // One request a call: many public endpoints refuse batches.
  const provider = new JsonRpcProvider(request, chainId, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 })
  provider.pollingInterval = pollingMs
  return provider
}

/**
 * Makes sure that the endpoint serves the configured chain.
 *
 * @throws ChainError wrong_chain, unreachable
 */
export async function checkChainId(provider: JsonRpcProvider, chainId: number): Promise<void> {
  const answer = await onChain('ask for the chain id', async () => (await provider.send('eth_chainId', [])) as unknown)
  if (Number(answer) !== chainId) {
    throw new ChainError('wrong_chain', `the endpoint serves chain ${Number(answer)}, not ${chainId}`)
  }
}
