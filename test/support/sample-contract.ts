/** A contract on the chain of a test that knows the anchors of a log in memory, so that verifiers can ask it. */
import { Contract, ContractFactory } from 'ethers'
import { trustAnchor } from '../../server/chain/anchor-contract.ts'
import type { SampleLog } from '../ledger/sample-log.ts'
import type { TestChain } from './chain.ts'

export type SampleContract = {
  address: string
  /** Anchors what the log has anchored, at the times that it says; the log learns the blocks. */
  accept: (log: SampleLog) => Promise<void>
}

/** Deploys a contract for the log of this origin. */
export async function openContract(chain: TestChain, origin: string): Promise<SampleContract> {
  const wallet = await chain.fundedWallet()
  const deployed = await new ContractFactory(trustAnchor.abi, trustAnchor.bytecode, wallet).deploy(
    origin,
    wallet.address,
  )
  await deployed.waitForDeployment()
  const address = await deployed.getAddress()
  const anchor = new Contract(address, trustAnchor.abi, wallet).getFunction('anchor')
  return {
    address,
    async accept(log) {
      for (const [i, record] of log.anchors.entries()) {
        await chain.call('evm_setNextBlockTimestamp', [record.timestamp])
        const proof = i === 0 ? [] : log.consistency(log.anchors[i - 1]!.size, record.size)
        const sent = (await anchor(record.size, record.root, proof)) as { wait: () => Promise<{ blockNumber: number }> }
        record.block = (await sent.wait()).blockNumber
      }
    },
  }
}
