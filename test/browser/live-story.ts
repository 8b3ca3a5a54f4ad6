/**
 * The demo's story of today in a service of its own, to be stopped wherever a test wants to look: the embedded database
 * under the story's clock, and an anvil with a chain id of its own, so that it is no test chain and a page can say what
 * it says in earnest.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startAnvil } from '../../server/chain/anvil.ts'
import type { Anvil } from '../../server/chain/anvil.ts'
import { deployContract } from '../../server/chain/deploy.ts'
import { createKeystore } from '../../server/chain/keystore.ts'
import { readConfig } from '../../server/config.ts'
import type { Config } from '../../server/config.ts'
import { AdminClient } from '../../server/demo/admin-client.ts'
import { LogWatch } from '../../server/demo/log-watch.ts'
import { MILK_STORY } from '../../server/demo/milk-story.ts'
import { StoryCalendar, openDesk, openStory, playSteps } from '../../server/demo/play-story.ts'
import type { PlayedStory } from '../../server/demo/play-story.ts'
import { StoryClock } from '../../server/demo/story-clock.ts'
import { startService } from '../../server/start.ts'
import type { RunningService } from '../../server/start.ts'
import { ADMIN_KEY, freePort } from '../support/service.ts'

const CHAIN_ID = 100_101
const ORIGIN = 'live.example/log'

export type LiveStory = {
  url: string
  logId: string
  /** A script that sets a browser's clock to the story's, or to so many milliseconds later. */
  readersClock: (laterMs?: number) => string
  /** Plays on until this step is done and everything is anchored. */
  playTo: (step: string) => Promise<PlayedStory>
  /**
   * Lets the time pass to a moment of the story without anybody doing anything, until the system has written what was
   * missed by then: the indexes of those entries, of all that is still owed.
   */
  waitUntil: (time: string) => Promise<{ code: string; misses: number[] }>
  close: () => Promise<void>
}

/** @param folder for everything that the service keeps; removed at the end */
export async function startLiveStory(folder: string): Promise<LiveStory> {
  const clock = new StoryClock()
  const calendar = new StoryCalendar(Date.now(), MILK_STORY.days)
  clock.start(calendar.instantOf('0 07:30'))
  const anvil = await startAnvil([
    '--accounts',
    '0',
    '--chain-id',
    String(CHAIN_ID),
    '--timestamp',
    String(Math.floor(Date.now() / 1000)),
  ])
  let service: RunningService | undefined
  const close = async (): Promise<void> => {
    clock.stop()
    await service?.close()
    await anvil.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const config = await configOn(anvil, folder)
    service = await startService(config, { info: () => {}, warn: () => {}, error: console.error })
    const baseUrl = `http://127.0.0.1:${config.port}`
    const watch = new LogWatch(baseUrl, new AbortController().signal)
    const operator = new AdminClient({ baseUrl, key: ADMIN_KEY, runId: 'live-story' })
    const advanceTo = async (atMs: number): Promise<void> => await clock.advanceTo(atMs, anvil.rpcUrl)
    await openStory(MILK_STORY, operator)
    const steps = playSteps(MILK_STORY, {
      clients: await openDesk(MILK_STORY, operator),
      calendar,
      advanceTo,
      untilErased: async () => await watch.untilErased(),
      report: () => {},
    })
    let code = ''
    return {
      url: baseUrl,
      logId: service.logId,
      readersClock: (laterMs = 0) => setClock(clock.realNow() - clock.now() - laterMs),
      async playTo(step) {
        for (;;) {
          const { value, done } = await steps.next()
          if (done === true) throw new Error(`the story has no step ${step} from here on`)
          code = value.code
          if (value.step !== step) continue
          await watch.untilAllAnchored()
          return value
        }
      },
      async waitUntil(time) {
        await advanceTo(calendar.instantOf(time))
        const misses = await untilMissed(`${baseUrl}/v1/crises/${code}`)
        await watch.untilAllAnchored()
        return { code, misses }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * For `addInitScript`. Playwright's own clock cannot be used here: it counts from this process's, which is the story's.
 */
const setClock = (behindMs: number): string => `
  globalThis.Date = class extends Date {
    constructor(...parts) {
      super(...(parts.length === 0 ? [Date.now()] : parts))
    }
    static now() {
      return super.now() - ${behindMs}
    }
  }
`

/** Funds a key, deploys the contract with it, and points a service with an embedded database there. */
async function configOn({ rpcUrl }: Anvil, folder: string): Promise<Config> {
  const keyFile = join(folder, 'anchor.json')
  const key = await createKeystore(keyFile, 'live-story')
  await call(rpcUrl, 'anvil_setBalance', [key.address, `0x${(10n ** 24n).toString(16)}`])
  const deployment = { rpcUrl, chainId: CHAIN_ID, key, origin: ORIGIN, anchorer: key.address, maxFeeGwei: 1_000 }
  const { address } = await deployContract(deployment)
  return readConfig({
    DATA_DIR: folder,
    PORT: String(await freePort()),
    ADMIN_KEY,
    OPERATOR_NAME: 'Example Ledger',
    LOG_ORIGIN: ORIGIN,
    CHAIN_RPC_URL: rpcUrl,
    CHAIN_ID: String(CHAIN_ID),
    ANCHOR_CONTRACT: address,
    ANCHOR_KEY_FILE: keyFile,
    ANCHOR_KEY_PASSWORD: 'live-story',
    CHAIN_PUBLIC_RPC_URLS: rpcUrl,
    ANCHOR_INTERVAL_SECONDS: '1',
    ANCHOR_CONFIRMATIONS: '1',
    ANCHOR_MAX_FEE_GWEI: '1000',
    LOG_LEVEL: 'error',
  })
}

async function call(rpcUrl: string, method: string, params: unknown[]): Promise<void> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(rpcUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const answer = (await response.json()) as { error?: { message: string } }
  if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
}

/** The system looks every few seconds; nobody has to ask. */
async function untilMissed(crisis: string): Promise<number[]> {
  type Answer = { clocks: { overdue: { missed?: number }[] } }
  const deadline = performance.now() + 60_000
  while (performance.now() < deadline) {
    const { overdue } = ((await (await fetch(crisis)).json()) as Answer).clocks
    const misses = overdue.flatMap(({ missed }) => (missed === undefined ? [] : [missed]))
    if (misses.length > 0 && misses.length === overdue.length) return misses
    await sleep(200)
  }
  throw new Error('the system did not write within a minute what was missed')
}
