/**
 * A real anvil per test file: started on a free port, ended with the test, and never left behind. Nothing about the
 * chain is mocked; what a test needs to happen (a reorganisation, a full pool, a dearer market) is made to happen.
 */
import { JsonRpcProvider, Wallet } from 'ethers'
import { startAnvil } from '../../server/chain/anvil.ts'

/** The chain of one test file. */
export interface TestChain {
  rpcUrl: string
  /** Process id of anvil, for tests that kill it. */
  pid: number
  provider: JsonRpcProvider
  /** A new account with 1,000 ether. */
  fundedWallet: () => Promise<Wallet>
  /** Gives an address 1,000 ether. */
  fund: (address: string) => Promise<void>
  /** Mines this many empty blocks (or, without automine, what is waiting). */
  mine: (blocks?: number) => Promise<void>
  /** Whether each transaction is mined at once; true at start. */
  setAutomine: (on: boolean) => Promise<void>
  /** Mines an empty block with this base fee, which is then what the market asks. */
  setBaseFee: (gwei: number) => Promise<void>
  /** Remembers the state under an id for `revert`. */
  snapshot: () => Promise<string>
  /** Goes back to a snapshot: the blocks since then never were. */
  revert: (id: string) => Promise<void>
  /** Replaces the last `depth` blocks by as many empty ones. */
  reorganise: (depth: number) => Promise<void>
  /** Any other call, by its JSON-RPC name. */
  call: (method: string, params: unknown[]) => Promise<unknown>
  stop: () => Promise<void>
}

/**
 * Starts a chain with no accounts, and automine.
 * @param args further arguments of anvil, for instance ['--hardfork', 'cancun']
 * @param chainId 31337, which counts for nothing to verifiers, unless given
 */
export async function startTestChain(args: readonly string[] = [], chainId = 31337): Promise<TestChain> {
  const anvil = await startAnvil(['--accounts', '0', '--chain-id', String(chainId), ...args])
  const provider = new JsonRpcProvider(anvil.rpcUrl, chainId, { staticNetwork: true, cacheTimeout: -1 })
  // Blocks come at once here; the default of 4 s would be most of a test's time.
  provider.pollingInterval = 20
  const call = async (method: string, params: unknown[]): Promise<unknown> =>
    (await provider.send(method, params)) as unknown
  const fund = async (address: string): Promise<void> => {
    await call('anvil_setBalance', [address, `0x${(1000n * 10n ** 18n).toString(16)}`])
  }
  return {
    rpcUrl: anvil.rpcUrl,
    pid: anvil.pid,
    provider,
    fund,
    call,
    async fundedWallet() {
      const wallet = new Wallet(Wallet.createRandom().privateKey, provider)
      await fund(wallet.address)
      return wallet
    },
    async mine(blocks = 1) {
      await call('anvil_mine', [`0x${blocks.toString(16)}`])
    },
    async setAutomine(on) {
      await call('evm_setAutomine', [on])
    },
    async setBaseFee(gwei) {
      await call('anvil_setNextBlockBaseFeePerGas', [`0x${(BigInt(gwei) * 10n ** 9n).toString(16)}`])
      await call('anvil_mine', ['0x1'])
    },
    async snapshot() {
      return (await call('evm_snapshot', [])) as string
    },
    async revert(id) {
      await call('evm_revert', [id])
    },
    async reorganise(depth) {
      await call('anvil_reorg', [depth, []])
    },
    async stop() {
      provider.destroy()
      await anvil.stop()
    },
  }
}

/**
 * Waits until a transaction is in a block: anvil answers a sender before it has mined, and on a busy machine the next
 * step of a test would come first.
 * @throws Error after 30 s
 */
export async function untilMined(
  contract: { findReceipt: (hash: string) => Promise<unknown> },
  hash: string,
): Promise<void> {
  const deadline = Date.now() + 30_000
  while ((await contract.findReceipt(hash)) === undefined) {
    if (Date.now() > deadline) throw new Error(`${hash} is in no block after 30 s`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
