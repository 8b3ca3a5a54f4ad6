/**
 * The pages with a real chain behind them: an anvil with a chain id of its own (so that it is no test chain), the
 * contract, the public record anchored in it, and the site on a free port. What the bundle route answers can be altered.
 */
import { Contract, ContractFactory, JsonRpcProvider, Wallet } from 'ethers'
import type { FastifyInstance } from 'fastify'
import { startAnvil } from '../../server/chain/anvil.ts'
import { trustAnchor } from '../../server/chain/anchor-contract.ts'
import type { PagesConfig } from '../../server/web/pages/deps.ts'
import { tellNote7 } from '../server/pages/sample-log.ts'
import type { Told } from '../server/pages/sample-log.ts'
import { sampleSite } from '../server/pages/site.ts'
import { consistencyOf, treeOver } from '../support/tree-oracle.ts'

const CHAIN_ID = 100_100
const ORIGIN = 'id.example.com/log'

export type ChainedSite = {
  url: string
  told: Told
  /** Alters what the bundle route answers from now on; without an argument it is honest again. */
  alterBundles: (alter?: (stream: string, text: string) => string) => void
  /** Alters the HTML of pages from now on. */
  alterPages: (alter?: (html: string) => string) => void
  /** A second site over the same log with another configuration. */
  withConfig: (config: Partial<PagesConfig>) => Promise<string>
  close: () => Promise<void>
}

export async function startChainedSite(): Promise<ChainedSite> {
  const anvil = await startAnvil(['--accounts', '0', '--chain-id', String(CHAIN_ID)])
  const provider = new JsonRpcProvider(anvil.rpcUrl, CHAIN_ID, { staticNetwork: true, cacheTimeout: -1 })
  provider.pollingInterval = 20
  const told = await tellOnChain(provider)
  let alterBundle: ((stream: string, text: string) => string) | undefined
  let alterPage: ((html: string) => string) | undefined
  const sites: FastifyInstance[] = []
  const open = async (config: Partial<PagesConfig>): Promise<string> => {
    const site = await sampleSite(told, {
      config: { chainPublicRpcUrls: [anvil.rpcUrl], ...config },
      bundleText: (stream, text) => alterBundle?.(stream, text) ?? text,
    })
    const endpoints = (config.chainPublicRpcUrls ?? [anvil.rpcUrl]).join(' ')
    site.addHook('onSend', async (_request, reply, payload) => {
      reply.header('content-security-policy', policy(endpoints))
      const isPage = String(reply.getHeader('content-type')).startsWith('text/html') && typeof payload === 'string'
      return isPage && alterPage !== undefined ? alterPage(payload) : payload
    })
    sites.push(site)
    return await site.listen({ port: 0, host: '127.0.0.1' })
  }
  return {
    url: await open({}),
    told,
    alterBundles: (alter) => (alterBundle = alter),
    alterPages: (alter) => (alterPage = alter),
    withConfig: open,
    close: async () => {
      await Promise.all(sites.map(async (site) => await site.close()))
      provider.destroy()
      await anvil.stop()
    },
  }
}

/** As strict as the service's own. */
const policy = (endpoints: string): string =>
  `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ${endpoints}; form-action 'self'; base-uri 'none'`

/** Tells the record with the contract's address in its first entry, then anchors at the times that it tells. */
async function tellOnChain(provider: JsonRpcProvider): Promise<Told> {
  const wallet = new Wallet(Wallet.createRandom().privateKey, provider)
  await provider.send('anvil_setBalance', [wallet.address, `0x${(10n ** 21n).toString(16)}`])
  const factory = new ContractFactory(trustAnchor.abi, trustAnchor.bytecode, wallet)
  const deployed = await factory.deploy(ORIGIN, wallet.address)
  await deployed.waitForDeployment()
  const address = await deployed.getAddress()
  const told = tellNote7({ origin: ORIGIN, chainId: CHAIN_ID, contract: address, startMs: Date.now() + 60_000 })
  const contract = new Contract(address, trustAnchor.abi, wallet)
  const tree = treeOver(told.log.items.map(({ leaf }) => leaf))
  let from = 0
  for (const anchored of told.log.anchors) {
    const proof = from === 0 ? [] : consistencyOf(tree, from, anchored.size)
    await provider.send('evm_setNextBlockTimestamp', [anchored.timestamp])
    const sent = await contract.getFunction('anchor')(anchored.size, anchored.root, proof)
    const receipt = await sent.wait()
    anchored.block = receipt.blockNumber
    anchored.transaction = receipt.hash
    from = anchored.size
  }
  return told
}
