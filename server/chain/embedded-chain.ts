/**
 * The chain that comes with the service: anvil as a child process, its state in DATA_DIR/chain. It is for trying out
 * and for tests of the whole; an anchor on it convinces nobody but us, and verifiers say so.
 *
 * anvil keeps its state in memory. `dump` writes it to disk, whole or not at all, and an anchor counts as confirmed
 * only after that: what a killed anvil forgets was never confirmed. When no state can be loaded the chain starts anew,
 * with the same key and therefore with the contract at the same address; the anchoring loop then anchors again.
 */
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { getCreateAddress } from 'ethers'
import type { JsonRpcProvider } from 'ethers'
import { startAnvil } from './anvil.ts'
import type { Anvil } from './anvil.ts'
import { onChain } from './chain-error.ts'
import { deployContract } from './deploy.ts'
import { replaceDurably } from '../durable-file.ts'
import { readOrCreateKey } from './keystore.ts'
import type { AnchorKey } from './keystore.ts'
import { openProvider } from './provider.ts'

/** Where the embedded chain reports what an operator should know. */
export type ChainLog = { info: (message: string) => void; warn: (message: string) => void }

/** A running embedded chain with its contract. */
export type EmbeddedChain = {
  /** Stays the same while we run, also when anvil had to be started again. */
  rpcUrl: string
  chainId: 31337
  /** Address of the anchor contract, EIP-55. */
  contract: string
  /** The anchorer and owner. */
  key: AnchorKey
  /** Process id of the anvil that runs at the moment. */
  pid: () => number
  /** Makes what is on the chain now last. Calls wait for each other. @throws ChainError unreachable */
  dump: () => Promise<void>
  /** Dumps if it can, and ends anvil. */
  stop: () => Promise<void>
}

/** The chain id that verifiers know as a test chain. */
const chainId = 31337

/** The embedded market is ours; the ceiling only has to be above whatever anvil asks. */
const maxFeeGwei = 1_000

const restartPauseMs = 500
const restartPauseMaxMs = 30_000

/**
 * Starts the chain of a data folder and, when its state has none, deploys the contract.
 *
 * @param options.origin the log's name, for a new contract
 * @throws ChainError key_unreadable; Error when anvil does not start
 */
export async function startEmbeddedChain(options: {
  dataDir: string
  origin: string
  log: ChainLog
}): Promise<EmbeddedChain> {
  const { origin, log } = options
  const folder = join(options.dataDir, 'chain')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await sweep(folder)
  const key = await readOrCreateKey(join(folder, 'key'))
  // The contract is the first thing the key ever does, so its address follows from the key.
  const contract = getCreateAddress({ from: key.address, nonce: 0 })
  const home: Home = { folder, key, contract, origin, log }

  let anvil = await bringUp(home, 0)
  const { rpcUrl } = anvil
  const port = Number(new URL(rpcUrl).port)
  const provider = openProvider(rpcUrl, chainId)
  let stopping = false
  let dumping: Promise<void> = Promise.resolve()

  const dump = async (): Promise<void> => {
    const turn = dumping.then(async () => await writeState(folder, provider))
    dumping = turn.catch(() => {})
    await turn
  }
  /** Runs beside us until `stop`: an anvil that ended by itself is replaced, on the same port, from the last dump. */
  const attend = async (): Promise<void> => {
    for (;;) {
      await anvil.exited
      if (stopping) return
      log.warn('the embedded chain ended by itself; starting it again from its last written state')
      anvil = await untilUp(home, port, () => stopping)
    }
  }
  const attending = attend()

  return {
    rpcUrl,
    chainId,
    contract,
    key,
    pid: () => anvil.pid,
    dump,
    async stop() {
      if (stopping) return
      stopping = true
      await dump().catch((error: unknown) => log.warn(`the embedded chain was not written at stop: ${String(error)}`))
      provider.destroy()
      await anvil.stop()
      await attending
    },
  }
}

/** Removes what writes that were killed half-way have left. */
async function sweep(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.endsWith('.tmp'))
  await Promise.all(left.map(async (name) => await rm(join(folder, name))))
}

/** What does not change from one anvil to the next. */
type Home = { folder: string; key: AnchorKey; contract: string; origin: string; log: ChainLog }

/** An anvil with the last written state, the contract deployed and its key funded. */
async function bringUp(home: Home, port: number): Promise<Anvil> {
  let anvil = await launch(home, port)
  try {
    if (!(await loadState(home, anvil.rpcUrl))) {
      // A load that failed half-way may have left something behind.
      await anvil.stop()
      anvil = await launch(home, port)
    }
    await settle(home, anvil.rpcUrl)
    return anvil
  } catch (error) {
    await anvil.stop()
    throw error
  }
}

async function launch({ folder }: Home, port: number): Promise<Anvil> {
  return await startAnvil(
    [
      '--accounts',
      '0',
      '--chain-id',
      String(chainId),
      // Where this process's clock stands: without it anvil asks the machine's, and block times are compared with ours.
      '--timestamp',
      String(Math.floor(Date.now() / 1000)),
      '--cache-path',
      join(folder, 'cache'),
      '--no-request-size-limit',
    ],
    port,
  )
}

/** Tries until it works or we stop; the port may be taken for a moment by what is left of the former anvil. */
async function untilUp(home: Home, port: number, isStopping: () => boolean): Promise<Anvil> {
  for (let pauseMs = restartPauseMs; ; pauseMs = Math.min(2 * pauseMs, restartPauseMaxMs)) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    if (isStopping()) return { rpcUrl: '', pid: 0, exited: Promise.resolve(), stop: async () => {} }
    try {
      const anvil = await bringUp(home, port)
      if (isStopping()) await anvil.stop()
      return anvil
    } catch (error) {
      home.log.warn(`the embedded chain does not start: ${String(error)}`)
    }
  }
}

/** Loads the written state; false when there was one and it is of no use, which is moved aside. */
async function loadState({ folder, log }: Home, rpcUrl: string): Promise<boolean> {
  const file = join(folder, 'state')
  const state = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (state === undefined) return true
  const provider = openProvider(rpcUrl, chainId)
  try {
    if (state === '' || (await provider.send('anvil_loadState', [state])) !== true) throw new Error('it is cut short')
    return true
  } catch (error) {
    const aside = `${file}.unreadable`
    await rename(file, aside)
    const reason = error instanceof Error ? error.message.slice(0, 200) : String(error)
    log.warn(`the embedded chain's state cannot be loaded and was moved to ${aside}; starting a new chain: ${reason}`)
    return false
  } finally {
    provider.destroy()
  }
}

/** Funds the key, and deploys and writes the contract if it is not there: the first start, or a lost state. */
async function settle({ folder, key, contract, origin, log }: Home, rpcUrl: string): Promise<void> {
  const provider = openProvider(rpcUrl, chainId)
  try {
    await onChain('fund the key', async () => {
      await provider.send('anvil_setBalance', [key.address, `0x${(10n ** 24n).toString(16)}`])
    })
    if ((await onChain('look for the contract', async () => await provider.getCode(contract))) !== '0x') return
    const deployed = await deployContract({ rpcUrl, chainId, key, origin, anchorer: key.address, maxFeeGwei })
    await writeState(folder, provider)
    log.info(`the embedded chain has a new anchor contract at ${deployed.address}`)
  } finally {
    provider.destroy()
  }
}

async function writeState(folder: string, provider: JsonRpcProvider): Promise<void> {
  const state = await onChain('dump the chain', async () => (await provider.send('anvil_dumpState', [])) as unknown)
  await replaceDurably(join(folder, 'state'), String(state))
}
