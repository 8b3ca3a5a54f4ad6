/**
 * What the chain says and the rows do not, or the other way round. A reorganisation takes anchors back or puts them into
 * other blocks; an embedded chain can be lost or return to an older state; a database can miss an anchor that was made.
 */
import type { Anchor } from '../../../ledger/anchor.ts'
import type { ContractAnchor } from '../../chain/anchor-contract.ts'
import type { AnchoringDeps } from './anchoring.ts'
import { findNewestAnchor, readAnchors, takeBackAnchor } from './anchor-store.ts'

const PAGE_ANCHORS = 50

/** Takes back every anchor that the chain does not have any more, or has in another block; the newest first. */
export async function takeBackLostAnchors(
  { contract, database, log }: AnchoringDeps,
  latest: ContractAnchor | undefined,
): Promise<void> {
  for (let before = Number.MAX_SAFE_INTEGER; ;) {
    const anchors = await readAnchors(database.kysely, { before, limit: PAGE_ANCHORS })
    for (const anchor of anchors) {
      const found = latest?.size === anchor.size ? latest : await contract.anchorAt(anchor.size)
      // An anchor in an earlier contract of this log stays what it is.
      if (!isOfContract(anchor, contract) || isSame(anchor, found)) return
      log.warn({ size: anchor.size, transaction: anchor.transaction }, 'the chain took an anchor back')
      await takeBackAnchor(database.kysely, anchor)
      before = anchor.size
    }
    if (anchors.length < PAGE_ANCHORS) return
  }
}

/** The contract's newest anchor, when no row knows it: for instance after the table was restored from a backup. */
export async function findUnknownAnchor(
  { contract, database }: AnchoringDeps,
  latest: ContractAnchor | undefined,
): Promise<ContractAnchor | undefined> {
  if (latest === undefined) return undefined
  const newest = await findNewestAnchor(database.kysely)
  const isKnown = newest !== undefined && isOfContract(newest, contract) && newest.size >= latest.size
  return isKnown ? undefined : latest
}

function isOfContract(anchor: Anchor, contract: { chainId: number; address: string }): boolean {
  return anchor.chainId === contract.chainId && anchor.contract === contract.address
}

function isSame(anchor: Anchor, found: ContractAnchor | undefined): boolean {
  return found !== undefined && found.block === anchor.block && found.timestamp === anchor.timestamp
}
