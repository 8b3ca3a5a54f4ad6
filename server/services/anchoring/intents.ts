/**
 * One anchor on its way: from a signed transaction to a confirmed anchor. Every round asks the chain what became of what
 * was signed, and takes the one step that follows; nothing is remembered between rounds but the intent rows. So it does
 * not matter where the last round ended, or whether a call that failed had happened all the same.
 *
 * One nonce is under way at a time, and all its open attempts are for the same size and root: whichever is mined, the
 * same anchor is made. A dearer attempt replaces one that waits too long.
 */
import type { Anchor } from '../../../ledger/anchor.ts'
import { equalBytes } from '../../../ledger/bytes.ts'
import type { AnchorContract, ContractAnchor } from '../../chain/anchor-contract.ts'
import { ChainError } from '../../chain/chain-error.ts'
import type { AnchorKey } from '../../chain/keystore.ts'
import type { Receipt } from '../../chain/transaction.ts'
import type { Database } from '../../db/database.ts'
import type { LogReader } from '../log/reader.ts'
import { insertAnchor, insertIntent, moveIntents, readAttempts } from './anchor-store.ts'
import type { Intent } from './anchor-store.ts'
import { holdsLease } from './lease.ts'
import type { Lease } from './lease.ts'
import type { AnchorTarget } from './publish-heads.ts'

export type IntentDeps = {
  database: Database
  reader: LogReader
  contract: AnchorContract
  key: AnchorKey
  maxFeeGwei: number
  lease: Lease
  /** How many blocks an anchor needs, its own included, before it counts: >= 1. */
  confirmations: number
  /** A transaction in no block is sent again after this time. */
  resendAfterMs: number
  /** A transaction in no block is outbid after this time. */
  dearerAfterMs: number
  /** Makes the chain's state last, where the chain is ours. */
  persist?: (() => Promise<void>) | undefined
}

/** `waiting`: ask again soon. `gone`: no attempt can be mined any more, plan anew. */
export type Progress = { kind: 'confirmed'; anchor: Anchor } | { kind: 'waiting' | 'gone'; reason: string }

/**
 * Signs the anchor of a target, writes the intent, and sends it.
 *
 * @param latest the contract's newest anchor, of a smaller size
 * @throws ChainError fee_ceiling, insufficient_funds, reverted:…, unreachable
 */
export async function beginIntent(
  deps: IntentDeps,
  latest: ContractAnchor | undefined,
  { size, root }: AnchorTarget,
): Promise<Progress> {
  const fromSize = latest?.size ?? 0
  const proof = fromSize === 0 ? [] : await deps.reader.consistencyProof(fromSize, size)
  return await signAndSend(deps, { size, root, fromSize, proof })
}

/** Takes the next step for the lowest nonce that is open. */
export async function advanceIntent(
  deps: IntentDeps,
  latest: ContractAnchor | undefined,
  open: readonly Intent[],
): Promise<Progress> {
  const [first] = open
  if (first === undefined) throw new Error('no intent is open')
  const { nonce } = first.signed
  const attempts = open.filter(({ signed, size }) => signed.nonce === nonce && size === first.size)
  if (attempts.some((attempt) => !isOfContract(attempt, deps.contract))) {
    return await giveUp(deps, attempts, 'it was for another contract')
  }
  const mined = await findMined(deps, attempts)
  if (mined !== undefined) return await followMined(deps, attempts, mined)
  const next = await deps.contract.minedNonce(deps.key.address)
  if (next > nonce) return await followUsedNonce(deps, attempts)
  if (next < nonce) return await giveUp(deps, attempts, 'the chain went back to a time before it')
  return await sendAgain(deps, latest, attempts)
}

function isOfContract(intent: Intent, { chainId, address }: AnchorContract): boolean {
  return intent.chainId === chainId && intent.contract === address
}

type Mined = { intent: Intent; receipt: Receipt }

async function findMined({ contract }: IntentDeps, attempts: readonly Intent[]): Promise<Mined | undefined> {
  for (const intent of attempts) {
    const receipt = await contract.findReceipt(intent.signed.hash)
    if (receipt !== undefined) return { intent, receipt }
  }
  return undefined
}

async function followMined(
  deps: IntentDeps,
  attempts: readonly Intent[],
  { intent, receipt }: Mined,
): Promise<Progress> {
  if (!receipt.succeeded) {
    // For instance because the same anchor came first by another transaction.
    return (await adoptAnchor(deps, attempts)) ?? (await giveUp(deps, attempts, 'the contract refused it'))
  }
  const { block, confirmations } = receipt
  if (intent.state !== 'mined') await moveIntents(deps.database.kysely, [intent.id], 'mined', { block })
  if (confirmations < deps.confirmations) {
    return { kind: 'waiting', reason: `${confirmations} of ${deps.confirmations} confirmations` }
  }
  const anchor = await deps.contract.anchorAt(intent.size)
  // Another block: the contract had this anchor already, and this transaction changed nothing.
  if (anchor?.block !== block) {
    return (await adoptAnchor(deps, attempts)) ?? { kind: 'waiting', reason: 'the chain is changing' }
  }
  return await confirm(deps, attempts, { ...anchor, transaction: intent.signed.hash })
}

/** The nonce is used, but by none of the transactions that we know: what counts is what the contract has. */
async function followUsedNonce(deps: IntentDeps, attempts: readonly Intent[]): Promise<Progress> {
  // The chain may have mined one of ours between the two questions.
  const mined = await findMined(deps, attempts)
  if (mined !== undefined) return await followMined(deps, attempts, mined)
  const adopted = await adoptAnchor(deps, attempts)
  return adopted ?? (await giveUp(deps, attempts, 'its nonce was used by another transaction'))
}

/** Takes over the anchor of this size and root that another transaction made; undefined when there is none. */
async function adoptAnchor(deps: IntentDeps, attempts: readonly Intent[]): Promise<Progress | undefined> {
  const { size, root } = attempts[0]!
  const anchor = await deps.contract.anchorAt(size)
  if (anchor === undefined || !equalBytes(anchor.root, root)) return undefined
  return await adopt(deps, anchor, attempts)
}

/** Writes down an anchor that is on chain, whoever sent it, once it is deep enough and its transaction is known. */
export async function adopt(
  deps: IntentDeps,
  anchor: ContractAnchor,
  attempts: readonly Intent[] = [],
): Promise<Progress> {
  const { block: tip } = await deps.contract.head()
  if (tip - anchor.block + 1 < deps.confirmations) return { kind: 'waiting', reason: 'an anchor is not deep enough' }
  const transaction = await deps.contract.findTransaction(anchor.size)
  if (transaction === undefined) return { kind: 'waiting', reason: 'the transaction of an anchor is not known' }
  return await confirm(deps, attempts, { ...anchor, transaction })
}

/**
 * The anchor counts from here on. The chain is saved first where it is ours: what a crash could take back would not be
 * an anchor.
 */
async function confirm(
  { contract, database, persist }: IntentDeps,
  attempts: readonly Intent[],
  found: ContractAnchor & { transaction: string },
): Promise<Progress> {
  const anchor: Anchor = { chainId: contract.chainId, contract: contract.address, ...found }
  await persist?.()
  await database.kysely.transaction().execute(async (transaction) => {
    await insertAnchor(transaction, anchor)
    const won = attempts.filter(({ signed }) => signed.hash === anchor.transaction)
    const lost = attempts.filter((attempt) => !won.includes(attempt))
    await moveIntents(transaction, idsOf(won), 'confirmed', { block: anchor.block })
    await moveIntents(transaction, idsOf(lost), 'replaced')
  })
  return { kind: 'confirmed', anchor }
}

/** Nothing of it is in a block: the same bytes again, or a dearer attempt. */
async function sendAgain(
  deps: IntentDeps,
  latest: ContractAnchor | undefined,
  attempts: readonly Intent[],
): Promise<Progress> {
  const newest = attempts.at(-1)!
  if (newest.fromSize !== (latest?.size ?? 0)) {
    return await giveUp(deps, attempts, 'the contract has another newest anchor than when it was signed')
  }
  if (newest.state === 'prepared') return await send(deps, newest)
  if (newest.error === 'underpriced' || newest.ageMs >= deps.dearerAfterMs) return await signAndSend(deps, newest)
  if (newest.state === 'mined' || newest.idleMs >= deps.resendAfterMs) return await send(deps, newest)
  return { kind: 'waiting', reason: 'the transaction waits for a block' }
}

type Plan = Pick<Intent, 'size' | 'root' | 'fromSize' | 'proof'>

async function signAndSend(deps: IntentDeps, { size, root, fromSize, proof }: Plan): Promise<Progress> {
  const { contract, database, key, maxFeeGwei } = deps
  const { chainId, address } = contract
  // An attempt that was given up may still wait in the pool: all of them are outbid.
  const nonce = await contract.minedNonce(key.address)
  const attempts = await readAttempts(database.kysely, { chainId, contract: address, nonce })
  const signed = await contract.prepareAnchor({ key, size, root, proof, maxFeeGwei, attempts })
  const intent = { chainId, contract: address, size, root, fromSize, proof, signed }
  // Whoever lost the lease sends nothing: another instance may be signing at this moment.
  const id = await database.kysely.transaction().execute(async (transaction) => {
    return (await holdsLease(transaction, deps.lease)) ? await insertIntent(transaction, intent) : undefined
  })
  if (id === undefined) return { kind: 'waiting', reason: 'another instance holds the lease' }
  return await send(deps, { id, signed })
}

async function send(
  { contract, database }: IntentDeps,
  { id, signed }: Pick<Intent, 'id' | 'signed'>,
): Promise<Progress> {
  try {
    await contract.send(signed.raw)
  } catch (error) {
    // Both mean that another transaction has this nonce: the next round finds out which.
    if (!(error instanceof ChainError) || (error.code !== 'nonce_used' && error.code !== 'underpriced')) throw error
    await moveIntents(database.kysely, [id], 'sent', { error: error.code })
    return { kind: 'waiting', reason: error.code }
  }
  await moveIntents(database.kysely, [id], 'sent')
  return { kind: 'waiting', reason: 'sent' }
}

async function giveUp({ database }: IntentDeps, attempts: readonly Intent[], error: string): Promise<Progress> {
  await moveIntents(database.kysely, idsOf(attempts), 'failed', { error })
  return { kind: 'gone', reason: error }
}

function idsOf(intents: readonly Intent[]): number[] {
  return intents.map(({ id }) => id)
}
