/**
 * The anchoring loop: at its own pace it counts the log (heads), publishes the checkpoint, and puts size and root on
 * chain. One round decides from the log, the rows and the chain alone what the next step is, and takes it; so a round
 * may end anywhere, and the next one, here or in another instance, goes on. No request waits for it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { LEDGER_STREAM } from '../../../ledger/entry.ts'
import { ChainError } from '../../chain/chain-error.ts'
import { AppError } from '../../errors.ts'
import { findNewestAnchor, readOpenIntents } from './anchor-store.ts'
import { assertContractMatchesLog } from './chain-check.ts'
import { adopt, advanceIntent, beginIntent } from './intents.ts'
import type { IntentDeps, Progress } from './intents.ts'
import { dropLease, takeLease } from './lease.ts'
import { findHeadsEntry, isReadable } from './publish-heads.ts'
import type { HeadsDeps } from './publish-heads.ts'
import { findUnknownAnchor, takeBackLostAnchors } from './reorganisation.ts'
import { writeStatus } from './status.ts'
import { findTarget } from './target.ts'

export type AnchoringDeps = HeadsDeps &
  IntentDeps & {
    /** How often an anchor may begin. */
    intervalMs: number
    /** How often the chain is asked while a transaction is under way. */
    pollMs: number
    /** After an error: a random half of base, doubled with each further one, up to max. */
    backoffMs: { base: number; max: number }
    /** Seconds since 1970. */
    now(): number
    /** 0 <= random < 1. */
    random(): number
    log: { info(facts: object, message: string): void; warn(facts: object, message: string): void }
    /** This database is a fork of what was anchored: the log must stop signing. */
    onForked(error: AppError): void
  }

/** `idle`: nothing to do before the next interval; `waiting`: ask again soon; `standby`: another instance anchors. */
export type Round = { kind: 'idle' | 'waiting' | 'standby' | 'confirmed'; reason: string }

export type Anchoring = {
  /** Ends the loop after the running round and gives the lease back. */
  stop(): Promise<void>
}

/** The defaults of everything that is a matter of pace; times in milliseconds. */
export function anchoringPace(
  intervalSeconds: number,
): Pick<AnchoringDeps, 'intervalMs' | 'pollMs' | 'backoffMs' | 'resendAfterMs' | 'dearerAfterMs' | 'now' | 'random'> {
  const intervalMs = intervalSeconds * 1000
  return {
    intervalMs,
    pollMs: Math.min(Math.max(intervalMs / 100, 250), 5_000),
    backoffMs: { base: 1_000, max: 60_000 },
    resendAfterMs: 60_000,
    dearerAfterMs: 180_000,
    now: () => Date.now() / 1000,
    random: Math.random,
  }
}

/** Starts the loop. */
export function startAnchoring(deps: AnchoringDeps): Anchoring {
  const stopped = new AbortController()
  const loop = run(deps, stopped.signal)
  return {
    async stop() {
      stopped.abort()
      await loop
    },
  }
}

async function run(deps: AnchoringDeps, stopped: AbortSignal): Promise<void> {
  let failures = 0
  let workAt = 0
  let warmed = 0
  // The lease is renewed more often than there is work, or it would be lost between two anchors.
  const beatMs = Math.min(deps.pollMs, (deps.lease.seconds * 1000) / 3)
  while (!stopped.aborted) {
    const startedAt = performance.now()
    if (startedAt < workAt) {
      await takeLease(deps.database.kysely, deps.lease).catch(() => false)
    } else {
      try {
        const { kind } = await anchorRound(deps)
        warmed = await warmHeads(deps, warmed).catch(() => warmed)
        failures = 0
        workAt = startedAt + (kind === 'waiting' || kind === 'standby' ? deps.pollMs : deps.intervalMs)
      } catch (error) {
        workAt = startedAt + (await afterFailure(deps, error, failures++))
      }
    }
    await sleep(beatMs, undefined, { signal: stopped }).catch(() => undefined)
  }
  await dropLease(deps.database.kysely, deps.lease).catch(() => undefined)
}

/**
 * Builds the heads tree of the newest anchor, so that no reader of a bundle waits for it: also where another instance
 * anchored.
 *
 * @param warmed the anchored size whose tree was built last
 */
async function warmHeads({ database, heads }: AnchoringDeps, warmed: number): Promise<number> {
  const newest = await findNewestAnchor(database.kysely)
  if (newest === undefined || newest.size === warmed) return warmed
  const counted = await findHeadsEntry(database, newest.size)
  if (counted !== undefined) await heads.proof(LEDGER_STREAM, counted.covers)
  return newest.size
}

/** How long to wait after this failure, with jitter, so that instances do not come back at once. */
async function afterFailure(deps: AnchoringDeps, error: unknown, failures: number): Promise<number> {
  const reason = error instanceof ChainError || error instanceof AppError ? error.code : 'internal'
  deps.log.warn({ err: error, failures }, 'anchoring failed and will be tried again')
  if (error instanceof AppError && error.code === 'log_stopped') deps.onForked(error)
  await writeStatus(deps.database.kysely, { state: 'late', reason }).catch(() => undefined)
  const most = Math.min(deps.backoffMs.max, deps.backoffMs.base * 2 ** Math.min(failures, 20))
  return (most * (1 + deps.random())) / 2
}

/**
 * One step of the loop. The order matters: what the chain has is compared with the log before anything is signed, and
 * what is under way is followed to its end before anything new begins.
 *
 * @throws ChainError, AppError (log_stopped, chain_mismatch, those of `append`), and what the database throws; the next round
 *   goes on
 */
export async function anchorRound(deps: AnchoringDeps): Promise<Round> {
  const { contract, database, key, reader } = deps
  if (!(await takeLease(database.kysely, deps.lease))) return { kind: 'standby', reason: 'another instance anchors' }
  const latest = await assertContractMatchesLog(contract, reader)
  await takeBackLostAnchors(deps, latest)
  const open = await readOpenIntents(database.kysely)
  if (open.length > 0) return await report(deps, await advanceIntent(deps, latest, open))
  const unknown = await findUnknownAnchor(deps, latest)
  if (unknown !== undefined) return await report(deps, await adopt(deps, unknown))
  if ((await contract.anchorer()) !== key.address) {
    await writeStatus(database.kysely, { state: 'late', reason: 'not_anchorer' })
    return { kind: 'idle', reason: 'the contract has another anchorer than our key' }
  }
  const target = await findTarget(deps, latest)
  if (target === undefined) {
    await writeStatus(database.kysely, { state: 'current', reason: '' })
    return { kind: 'idle', reason: 'no anchor is due' }
  }
  // Nothing is signed before everybody can read it.
  if (!(await isReadable(reader, target))) return { kind: 'waiting', reason: 'the checkpoint is not readable yet' }
  return await report(deps, await beginIntent(deps, latest, target))
}

async function report(deps: AnchoringDeps, progress: Progress): Promise<Round> {
  if (progress.kind === 'confirmed') {
    const { size, transaction, block } = progress.anchor
    deps.log.info({ size, transaction, block }, 'anchored')
    await writeStatus(deps.database.kysely, { state: 'current', reason: '' })
    return { kind: 'confirmed', reason: `anchored at size ${size}` }
  }
  if (progress.kind === 'gone') deps.log.warn({ reason: progress.reason }, 'an anchor transaction was given up')
  return { kind: 'waiting', reason: progress.reason }
}
