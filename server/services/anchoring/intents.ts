/**
 * One anchor on its way: from a signed transaction to a confirmed anchor. Every round asks the chain what became of what
 * was signed, and takes the one step that follows; nothing is remembered between rounds but the intent rows. So it does
 * not matter where the last round ended, or whether a call that failed had happened all the same.
 *
 * At most one nonce is open at a time, and all attempts of a nonce are for the same size and root: whichever attempt is
 * mined, the same anchor is made. A dearer attempt replaces one that waits too long.
 */
import type { Anchor } from '../../../ledger/anchor.ts'
import { equalBytes } from '../../../ledger/bytes.ts'
import type { Database } from '../../db/database.ts'
import type { LogReader } from '../log/reader.ts'
import type { AnchorChain, Receipt } from './anchor-chain.ts'
import { findDearestFee, insertAnchor, insertIntent, moveIntents } from './anchor-store.ts'
import type { Intent } from './anchor-store.ts'
import type { ChainState } from './chain-check.ts'
import { holdsLease } from './lease.ts'
import type { Lease } from './lease.ts'
import type { AnchorTarget } from './publish-heads.ts'

export type IntentDeps = {
  database: Database
  reader: LogReader
  chain: AnchorChain
  lease: Lease
  /** How many blocks an anchor needs, its own included, before it counts: >= 1. */
  confirmations: number
  /** A transaction that waits longer is sent again with a greater fee. */
  dearerAfterMs: number
}

/**
 * `waiting`: ask again soon. `late`: nothing can be done until the world changes (fee above the ceiling). `gone`: none of
 * the attempts can be mined any more, plan anew.
 */
export type Progress = { kind: 'confirmed'; anchor: Anchor } | { kind: 'waiting' | 'late' | 'gone'; reason: string }

/** Signs the anchor of a target, writes the intent, and sends it. The lease is checked in the writing transaction. */
export async function beginIntent(deps: IntentDeps, state: ChainState, target: AnchorTarget): Promise<Progress> {
  const fromSize = state.latest?.size ?? 0
  const proof = fromSize === 0 ? [] : await deps.reader.consistencyProof(fromSize, target.size)
  const nonce = await deps.chain.readNonce()
  // An attempt that we gave up may still wait in the pool: only a dearer one takes its place.
  const dearerThan = await findDearestFee(deps.database.kysely, { ...state, nonce })
  return await signAndSend(deps, state, { ...target, fromSize, proof, nonce }, dearerThan)
}

/** Takes the next step for the attempts of one nonce, the lowest that is open. */
export async function advanceIntent(deps: IntentDeps, state: ChainState, open: readonly Intent[]): Promise<Progress> {
  const [first] = open
  if (first === undefined) throw new Error('no intent is open')
  const attempts = open.filter(({ nonce, size }) => nonce === first.nonce && size === first.size)
  const foreign = attempts.some(({ chainId, contract }) => chainId !== state.chainId || contract !== state.contract)
  if (foreign) return await giveUp(deps, attempts, 'it was for another contract')

  const mined = await findMined(deps, attempts)
  if (mined !== undefined) return await followMined(deps, state, attempts, mined)
  const nonce = await deps.chain.readNonce()
  // The chain may have mined it between the two questions.
  if (nonce > first.nonce) return await followUsedNonce(deps, state, attempts)
  if (nonce < first.nonce) return await giveUp(deps, attempts, 'the chain went back before it')
  return await sendAgain(deps, state, attempts)
}

type Mined = { intent: Intent; receipt: Receipt }

async function findMined({ chain }: IntentDeps, attempts: readonly Intent[]): Promise<Mined | undefined> {
  for (const intent of attempts) {
    const receipt = await chain.findReceipt(intent.transaction)
    if (receipt !== undefined) return { intent, receipt }
  }
  return undefined
}

async function followMined(
  deps: IntentDeps,
  state: ChainState,
  attempts: readonly Intent[],
  { intent, receipt }: Mined,
): Promise<Progress> {
  const { kysely } = deps.database
  if (!receipt.succeeded) {
    // For instance because another anchor came first. Whether this size is anchored is asked below all the same.
    const adopted = await adopt(deps, state, intent)
    return adopted ?? (await giveUp(deps, attempts, 'the contract refused it'))
  }
  if (intent.state !== 'mined') await moveIntents(kysely, [intent.id], 'mined', { block: receipt.block })
  const depth = (await deps.chain.readTip()) - receipt.block + 1
  if (depth < deps.confirmations) return { kind: 'waiting', reason: `${depth} of ${deps.confirmations} confirmations` }
  const anchor = await deps.chain.anchorAt(intent.size)
  if (anchor === undefined) return { kind: 'waiting', reason: 'the chain contradicts itself: mined, but no anchor' }
  if (anchor.block !== receipt.block) {
    // The contract had this anchor before: this transaction changed nothing.
    return (await adopt(deps, state, intent)) ?? { kind: 'waiting', reason: 'the anchor of another transaction' }
  }
  return await confirm(deps, attempts, intent, {
    chainId: state.chainId,
    contract: state.contract,
    transaction: intent.transaction,
    ...anchor,
  })
}

/** The nonce is used, but by none of the transactions that we know: what counts is what the contract has. */
async function followUsedNonce(deps: IntentDeps, state: ChainState, attempts: readonly Intent[]): Promise<Progress> {
  const mined = await findMined(deps, attempts)
  if (mined !== undefined) return await followMined(deps, state, attempts, mined)
  const adopted = await adopt(deps, state, attempts[0]!)
  return adopted ?? (await giveUp(deps, attempts, 'its nonce was used by another transaction'))
}

/** Takes over the anchor of this size and root that another transaction made; undefined when there is none. */
async function adopt(deps: IntentDeps, state: ChainState, intent: Intent): Promise<Progress | undefined> {
  const anchor = await deps.chain.anchorAt(intent.size)
  if (anchor === undefined || !equalBytes(anchor.root, intent.root)) return undefined
  if ((await deps.chain.readTip()) - anchor.block + 1 < deps.confirmations) {
    return { kind: 'waiting', reason: 'the anchor of another transaction is not deep enough' }
  }
  const transaction = await deps.chain.findAnchorTransaction(anchor)
  if (transaction === undefined) return { kind: 'waiting', reason: 'the transaction of the anchor is not known yet' }
  const open = [intent]
  return await confirm(deps, open, undefined, {
    chainId: state.chainId,
    contract: state.contract,
    transaction,
    ...anchor,
  })
}

/**
 * The anchor counts from here on. The embedded chain is saved first: an anchor that a crash could take back would not be
 * one.
 */
async function confirm(
  deps: IntentDeps,
  attempts: readonly Intent[],
  winner: Intent | undefined,
  anchor: Anchor,
): Promise<Progress> {
  await deps.chain.persist()
  await deps.database.kysely.transaction().execute(async (transaction) => {
    await insertAnchor(transaction, anchor)
    if (winner !== undefined) await moveIntents(transaction, [winner.id], 'confirmed', { block: anchor.block })
    const others = attempts.filter(({ id }) => id !== winner?.id).map(({ id }) => id)
    await moveIntents(transaction, others, 'replaced')
  })
  return { kind: 'confirmed', anchor }
}

/** Nothing of it was mined yet: the same bytes again, or a dearer attempt when it has waited too long. */
async function sendAgain(deps: IntentDeps, state: ChainState, attempts: readonly Intent[]): Promise<Progress> {
  const newest = attempts.at(-1)!
  if (newest.fromSize !== (state.latest?.size ?? 0)) {
    return await giveUp(deps, attempts, 'the contract has another newest anchor than when it was signed')
  }
  if (newest.state !== 'prepared' && newest.ageMs >= deps.dearerAfterMs) {
    const dearest = attempts.reduce((most, { maxFee }) => (maxFee > most ? maxFee : most), 0n)
    return await signAndSend(deps, state, newest, dearest)
  }
  if (newest.state === 'prepared' || !(await deps.chain.isKnown(newest.transaction))) {
    return await send(deps, newest.id, newest.raw)
  }
  return { kind: 'waiting', reason: 'the transaction waits for a block' }
}

/** What all attempts of one nonce have in common. */
type Plan = AnchorTarget & { fromSize: number; proof: readonly Uint8Array[]; nonce: number }

async function signAndSend(
  deps: IntentDeps,
  { chainId, contract }: ChainState,
  { size, root, fromSize, proof, nonce }: Plan,
  dearerThan?: bigint,
): Promise<Progress> {
  const plan = { size, root, fromSize, proof, nonce }
  const signed = await deps.chain.sign({ ...plan, ...(dearerThan === undefined ? {} : { dearerThan }) })
  if (signed === undefined) return { kind: 'late', reason: 'the chain asks for more than ANCHOR_MAX_FEE_GWEI' }
  const { transaction, raw, maxFee } = signed
  // Whoever lost the lease sends nothing: another instance may be signing at this moment.
  const id = await deps.database.kysely.transaction().execute(async (session) => {
    if (!(await holdsLease(session, deps.lease))) return undefined
    return await insertIntent(session, { ...plan, chainId, contract, transaction, raw, maxFee })
  })
  if (id === undefined) return { kind: 'waiting', reason: 'another instance holds the lease' }
  return await send(deps, id, raw)
}

async function send({ chain, database }: IntentDeps, id: number, raw: string): Promise<Progress> {
  await chain.send(raw)
  await moveIntents(database.kysely, [id], 'sent')
  return { kind: 'waiting', reason: 'sent' }
}

async function giveUp({ database }: IntentDeps, attempts: readonly Intent[], error: string): Promise<Progress> {
  const ids = attempts.map(({ id }) => id)
  await moveIntents(database.kysely, ids, 'failed', { error })
  return { kind: 'gone', reason: error }
}
