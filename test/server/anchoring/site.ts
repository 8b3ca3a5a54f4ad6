/** A log, a contract on a real anvil behind a proxy that can lose calls, and all that the anchoring loop needs. */
import { join } from 'node:path'
import { openAnchorContract } from '../../../server/chain/anchor-contract.ts'
import type { AnchorContract } from '../../../server/chain/anchor-contract.ts'
import { deployContract } from '../../../server/chain/deploy.ts'
import type { Database, Engine } from '../../../server/db/database.ts'
import { anchorRound } from '../../../server/services/anchoring/anchoring.ts'
import type { AnchoringDeps, Round } from '../../../server/services/anchoring/anchoring.ts'
import { HeadsTrees } from '../../../server/services/anchoring/heads-tree.ts'
import { openLog } from '../../../server/services/log/open-log.ts'
import { LiabilitiesTrees } from '../../../server/services/points/liabilities-tree.ts'
import type { Log } from '../../../server/services/log/open-log.ts'
import { openSigner } from '../../../server/services/log/signer.ts'
import { startTestChain } from '../../support/chain.ts'
import type { TestChain } from '../../support/chain.ts'
import { openTestDatabase } from '../../support/database.ts'
import { startJsonRpcProxy } from './json-rpc-proxy.ts'
import type { JsonRpcProxy } from './json-rpc-proxy.ts'

export type Site = {
  database: Database
  url?: string
  dataDir: string
  log: Log
  chain: TestChain
  proxy: JsonRpcProxy
  /** Asks the chain directly. */
  contract: AnchorContract
  /** As the loop gets them: the contract behind the proxy, no waiting times. */
  deps: AnchoringDeps
  /** Opens brands, two entries each. */
  write(brands: number): Promise<void>
}

type Test = { teardown(work: () => Promise<void>): void }

const ORIGIN = 'anchoring.test/log'

export async function openSite(test: Test, engine: Engine, { maxFeeGwei = 1_000 } = {}): Promise<Site> {
  const opened = await openTestDatabase(test, engine)
  const { database, dataDir } = opened
  const chain = await startTestChain()
  const key = await chain.fundedWallet()
  const { address } = await deployContract({
    rpcUrl: chain.rpcUrl,
    chainId: 31337,
    key,
    origin: ORIGIN,
    anchorer: key.address,
    maxFeeGwei: 1_000,
  })
  const proxy = await startJsonRpcProxy(chain.rpcUrl)
  const contract = openAnchorContract({ rpcUrl: chain.rpcUrl, chainId: 31337, address })
  const behindProxy = openAnchorContract({ rpcUrl: proxy.rpcUrl, chainId: 31337, address })
  const log = await openLog({
    database,
    signer: await openSigner(join(dataDir, 'log.key'), ORIGIN),
    chainId: 31337,
    contract: address,
    highWaterFile: join(dataDir, 'high-water'),
  })
  const heads = new HeadsTrees(database.kysely)
  const liabilities = new LiabilitiesTrees()
  test.teardown(async () => {
    await log.close()
    await heads.close()
    await liabilities.close()
    contract.close()
    behindProxy.close()
    await proxy.stop()
    await chain.stop()
  })
  const deps: AnchoringDeps = {
    database,
    reader: log.reader,
    appender: log.sequencer,
    heads,
    liabilities,
    contract: behindProxy,
    key,
    maxFeeGwei,
    lease: { name: 'anchoring', holder: 'first', seconds: 60 },
    confirmations: 1,
    resendAfterMs: 0,
    dearerAfterMs: 60_000,
    intervalMs: 20,
    pollMs: 10,
    backoffMs: { base: 5, max: 20 },
    now: () => Date.now() / 1000,
    random: Math.random,
    log: { info: () => undefined, warn: () => undefined },
    onForked: (error) => void log.checkpoints.stop(error.message),
  }
  let brand = 0
  const write = async (brands: number): Promise<void> => {
    for (let i = 0; i < brands; i++) await log.sequencer.append(openBrand(`brand-${brand++}`))
  }
  return { ...opened, log, chain, proxy, contract, deps, write }
}

function openBrand(slug: string): Parameters<Log['sequencer']['append']>[0] {
  const stream = `brand:${slug}`
  const actor = { kind: 'system' }
  return {
    needs: { brands: [slug] },
    judge: () => [
      { type: 'stream.opened', stream: 'ledger', actor, data: { opens: stream } },
      { type: 'brand.opened', stream, brand: slug, actor, data: { slug, name: { 'zh-CN': slug, en: slug } } },
    ],
  }
}

/** What a round did, in words; also when it failed. */
export async function tellRound(deps: AnchoringDeps): Promise<string> {
  try {
    const { kind, reason } = await anchorRound(deps)
    return `${kind}: ${reason}`
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`
  }
}

/**
 * Runs rounds, going on after failures, until one confirms an anchor; what they did.
 *
 * @throws Error after 40 rounds
 */
export async function roundsUntilConfirmed(deps: AnchoringDeps): Promise<string[]> {
  const story: string[] = []
  for (let i = 0; i < 40; i++) {
    story.push(await tellRound(deps))
    if (story.at(-1)?.startsWith('confirmed')) return story
  }
  throw new Error(`no anchor after 40 rounds:\n${story.join('\n')}`)
}

/** Rounds until nothing is left to do; what they said. */
export async function settle(deps: AnchoringDeps): Promise<Round[]> {
  const rounds: Round[] = []
  for (let i = 0; i < 40; i++) {
    const round = await anchorRound(deps)
    rounds.push(round)
    if (round.kind === 'idle') return rounds
  }
  throw new Error(`never idle: ${JSON.stringify(rounds)}`)
}
