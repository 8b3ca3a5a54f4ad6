/** The chain of this service: the configured one, or the embedded one in the data folder. */
import { checksumAddress } from '../ledger/address.ts'
import { openAnchorContract } from './chain/anchor-contract.ts'
import type { AnchorContract } from './chain/anchor-contract.ts'
import { ChainError } from './chain/chain-error.ts'
import { startEmbeddedChain } from './chain/embedded-chain.ts'
import { readKeystore } from './chain/keystore.ts'
import type { AnchorKey } from './chain/keystore.ts'
import type { Closers } from './closers.ts'
import type { Config } from './config.ts'
import { assertContractMatchesLog } from './services/anchoring/chain-check.ts'
import type { ServiceLog } from './service-log.ts'
import type { Log } from './services/log/open-log.ts'

/** The contract, the key that anchors, and where to ask. `persist`: the embedded chain's state is to be kept. */
export type OpenedChain = {
  contract: AnchorContract
  key: AnchorKey
  rpcUrl: string
  persist: (() => Promise<void>) | undefined
}

/** Opens the configured chain, or the embedded one. */
export const openChain = async (config: Config, log: ServiceLog, closers: Closers): Promise<OpenedChain> => {
  if (config.chain !== undefined) {
    const { rpcUrl, chainId, contract: address, keyFile, keyPassword } = config.chain
    const key = await readKeystore(keyFile, keyPassword)
    const contract = openAnchorContract({ rpcUrl, chainId, address: checksumAddress(address) })
    closers.add(async () => contract.close())
    return { contract, key, rpcUrl, persist: undefined }
  }
  const embedded = await startEmbeddedChain({ dataDir: config.dataDir, origin: config.logOrigin, log })
  closers.add(async () => await embedded.stop())
  const { rpcUrl, chainId, contract: address, key } = embedded
  const contract = openAnchorContract({ rpcUrl, chainId, address })
  closers.add(async () => contract.close())
  return { contract, key, rpcUrl, persist: async () => await embedded.dump() }
}

/**
 * The database must contain what the contract anchored last. A chain that does not answer now is asked again before each
 * anchor; a wrong one stops the start.
 */
export const refuseFork = async (contract: AnchorContract, log: Log, serviceLog: ServiceLog): Promise<void> => {
  try {
    await assertContractMatchesLog(contract, log.reader)
  } catch (error) {
    if (!(error instanceof ChainError) || error.code !== 'unreachable') throw error
    serviceLog.warn({ err: error }, 'The chain does not answer; it is asked again before each anchor.')
  }
}
