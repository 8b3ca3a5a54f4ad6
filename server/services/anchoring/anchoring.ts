/**
 * The anchoring loop: at its own pace it counts the log (heads), publishes the checkpoint, and puts size and root on
 * chain. One round decides from the log, the rows and the chain alone what the next step is, and takes it; so a round
 * may end anywhere, and the next one, here or in another instance, goes on. No request waits for it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Anchor } from '../../../ledger/anchor.ts'
import { AppError } from '../../errors.ts'
import { findNewestAnchor, readAnchors, readOpenIntents, takeBackAnchor } from './anchor-store.ts'
import { assertContractMatchesLog } from './chain-check.ts'
import type { ChainState } from './chain-check.ts'
import { advanceIntent, beginIntent } from './intents.ts'
import type { IntentDeps, Progress } from './intents.ts'
import { dropLease, takeLease } from './lease.ts'
import { appendHeads, findHeadsEntry, hasNews, isReadable, publishCheckpoint } from './publish-heads.ts'
import type { AnchorTarget, HeadsDeps } from './publish-heads.ts'
import { writeStatus } from './status.ts'
import type { AnchoringStatus } from './status.ts'

/** At least one anchor a day, so that a quiet log is seen to live. */
const QUIET_SECONDS_MAX = 24 * 3600

const BLOCK_ANCHORS = 50

export type AnchoringDeps = HeadsDeps &
  IntentDeps & {
    /** The configured chain. */
    chainId: number
    /** How often an anchor may begin. */
    intervalMs: number
    /** How often the chain is asked while a transaction is under way. */
    pollMs: number
    /** After an error: a random part of base, doubled with each further one, up to max. */
    backoffMs: { base: number; max: number }
    /** Seconds since 1970. */
    now(): number
    /** 0 <= random < 1. */
    random(): number
    log: { info(facts: object, message: string): void; warn(facts: object, message: string): void }
    /** The log must stop signing: this database is a fork of what was anchored. */
    onForked(error: AppError): void
    /** Puts a contract where the chain has lost it (embedded chain); the log names it if it is another one. */
    redeploy?(): Promise<void>
  }

/** `idle`: nothing to do before the next interval; `waiting`: ask again soon; `standby`: another instance anchors. */
export type Round = { kind: 'idle' | 'waiting' | 'standby' | 'confirmed'; reason: string }

export type Anchoring = {
  /** Takes the next step now; for tests and for the start. Throws what the chain or the database throws. */
  round(): Promise<Round>
  /** Ends the loop after the running round and gives the lease back. */
  stop(): Promise<void>
}

/** Starts the loop. */
export function startAnchoring(deps: AnchoringDeps): Anchoring {
  const stopped = new AbortController()
  const loop = run(deps, stopped.signal)
  return {
    round: async () => await round(deps),
    async stop() {
      stopped.abort()
      await loop
    },
  }
}

async function run(deps: AnchoringDeps, stopped: AbortSignal): Promise<void> {
  let failures = 0
  // The lease is renewed more often than there is work, or it would be lost between two anchors.
  const beatMs = Math.min(deps.pollMs, (deps.lease.seconds * 1000) / 3)
  let workAt = 0
  while (!stopped.aborted) {
    if (performance.now() >= workAt) {
      const startedAt = performance.now()
      try {
        const { kind } = await round(deps)
        failures = 0
        workAt = kind === 'waiting' || kind === 'standby' ? startedAt + deps.pollMs : startedAt + deps.intervalMs
      } catch (error) {
        workAt = performance.now() + (await afterFailure(deps, error, failures++))
      }
    } else {
      await takeLease(deps.database.kysely, deps.lease).catch(() => false)
    }
    await sleep(beatMs, undefined, { signal: stopped }).catch(() => undefined)
  }
  await dropLease(deps.database.kysely, deps.lease).catch(() => undefined)
}

/** How long to wait after this failure, with full jitter, so that instances do not come back at once. */
async function afterFailure(deps: AnchoringDeps, error: unknown, failures: number): Promise<number> {
  const reason = error instanceof AppError ? error.code : 'chain_unreachable'
  deps.log.warn({ err: error, failures }, 'anchoring failed, it will be tried again')
  if (error instanceof AppError && error.code === 'forked') deps.onForked(error)
  await writeStatus(deps.database.kysely, { state: 'late', reason }).catch(() => undefined)
  const most = Math.min(deps.backoffMs.max, deps.backoffMs.base * 2 ** Math.min(failures, 20))
  return most * (0.5 + deps.random() / 2)
}

/**
 * One step. The order matters: what the chain has is compared with the log before anything is signed, and what is under
 * way is followed to its end before anything new begins.
 */
async function round(deps: AnchoringDeps): Promise<Round> {
  const { kysely } = deps.database
  if (!(await takeLease(kysely, deps.lease))) return { kind: 'standby', reason: 'another instance anchors' }
  const state = await readChain(deps)
  await takeBackLostAnchors(deps, state)
  const open = await readOpenIntents(kysely)
  if (open.length > 0) return await settle(deps, await advanceIntent(deps, state, open))
  if (state.anchorer !== deps.chain.sender) {
    await say(deps, { state: 'late', reason: 'not_anchorer' })
    return { kind: 'idle', reason: 'the contract has another anchorer than our key' }
  }
  const target = await findTarget(deps, state)
  if (target === undefined) {
    await say(deps, { state: 'current', reason: '' })
    return { kind: 'idle', reason: 'no anchor is due' }
  }
  return await settle(deps, await beginIntent(deps, state, target))
}

async function readChain(deps: AnchoringDeps): Promise<ChainState> {
  try {
    return await assertContractMatchesLog(deps.chain, deps.reader, deps)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'contract_missing' || deps.redeploy === undefined) throw error
    await deps.redeploy()
    return await assertContractMatchesLog(deps.chain, deps.reader, deps)
  }
}

async function settle(deps: AnchoringDeps, progress: Progress): Promise<Round> {
  switch (progress.kind) {
    case 'confirmed': {
      const { size, transaction, block } = progress.anchor
      deps.log.info({ size, transaction, block }, 'anchored')
      await say(deps, { state: 'current', reason: '' })
      // The tree of the new anchor is what the next bundles ask for; building it must not wait for the first of them.
      return { kind: 'confirmed', reason: `anchored at size ${size}` }
    }
    case 'late':
      await say(deps, { state: 'late', reason: 'fee_ceiling' })
      return { kind: 'waiting', reason: progress.reason }
    case 'gone':
      deps.log.warn({ reason: progress.reason }, 'an anchor transaction was given up')
      return { kind: 'waiting', reason: progress.reason }
    case 'waiting':
      return { kind: 'waiting', reason: progress.reason }
  }
}

/** Anchors that the chain does not have any more, or has in another block: a reorganisation, or an older state of it. */
async function takeBackLostAnchors(deps: AnchoringDeps, state: ChainState): Promise<void> {
  for (let before: number | undefined; ; ) {
    const anchors = await readAnchors(deps.database.kysely, {
      ...(before === undefined ? {} : { before }),
      limit: BLOCK_ANCHORS,
    })
    for (const anchor of anchors) {
      if (await stands(deps, state, anchor)) return
      deps.log.warn({ size: anchor.size, transaction: anchor.transaction }, 'the chain took an anchor back')
      await takeBackAnchor(deps.database.kysely, anchor)
      before = anchor.size
    }
    if (anchors.length < BLOCK_ANCHORS) return
  }
}

async function stands(deps: AnchoringDeps, state: ChainState, anchor: Anchor): Promise<boolean> {
  // An anchor in an earlier contract of this log stays what it is.
  if (anchor.chainId !== state.chainId || anchor.contract !== state.contract) return true
  const found = state.latest?.size === anchor.size ? state.latest : await deps.chain.anchorAt(anchor.size)
  return found !== undefined && found.block === anchor.block && found.timestamp === anchor.timestamp
}

/**
 * What is to be anchored now, if anything. A heads entry that nothing followed, left by a round that ended before its
 * transaction was signed, is used again.
 */
async function findTarget(deps: AnchoringDeps, state: ChainState): Promise<AnchorTarget | undefined> {
  const anchored = await findAnchored(deps, state)
  if (!(await isDue(deps, anchored))) return undefined
  const { size } = await deps.reader.head()
  const last = await findHeadsEntry(deps.database, size)
  const reusable = last !== undefined && last.index + 1 > (anchored?.size ?? 0) && !(await hasNews(deps.database, last.covers))
  const end = reusable ? last.index + 1 : await appendHeads(deps)
  if (end === undefined) return undefined
  const target = await publishCheckpoint(deps, end)
  // Nothing is signed before everybody can read it; the next round asks again.
  return (await isReadable(deps.reader, target)) ? target : undefined
}

/** The newest anchor of this contract, from the rows or, when those are behind, from the chain itself. */
async function findAnchored(
  deps: AnchoringDeps,
  { chainId, contract, latest }: ChainState,
): Promise<{ size: number; timestamp: number } | undefined> {
  const newest = await findNewestAnchor(deps.database.kysely)
  const ours = newest?.chainId === chainId && newest.contract === contract ? newest : undefined
  if (latest !== undefined && latest.size > (ours?.size ?? 0)) return latest
  return ours
}

/** DESIGN 4.3, with one more case: entries that the last heads entry did not count are due too, or they would wait a day. */
async function isDue(deps: AnchoringDeps, anchored: { size: number; timestamp: number } | undefined): Promise<boolean> {
  if (anchored === undefined) return true
  if (deps.now() - anchored.timestamp >= QUIET_SECONDS_MAX) return true
  const heads = await findHeadsEntry(deps.database, anchored.size)
  return await hasNews(deps.database, heads?.covers ?? anchored.size)
}

async function say(deps: AnchoringDeps, status: AnchoringStatus): Promise<void> {
  await writeStatus(deps.database.kysely, status)
}
