/**
 * What files with proofs share (ledger/README.md, part 14): the anchors that entries need, the entry that names the key,
 * and the nodes of all proofs in one query. Everything is read within one snapshot of the database.
 */
import type { Anchor } from '../../../ledger/anchor.ts'
import type { BundleAnchor } from '../../../ledger/bundle.ts'
import { consistencyNodes, consistencyProof, inclusionNodes, inclusionProof } from '../../../ledger/proof.ts'
import type { NodeId } from '../../../ledger/tree.ts'
import type { Session, Statement } from '../../db/session.ts'
import { AppError } from '../../errors.ts'
import { readNodes } from './tree-reader.ts'

/**
 * Anchors of the log's contracts that a proof of these entries needs: the newest, for every entry the first that covers
 * it, and the last before it; each by one look into the index, since there may be very many anchors. $1: indexes of the entries; $2: the committed size, beyond which nothing can be proved.
 */
const ANCHORS: Statement = {
  name: 'bundle-anchors',
  text: `
    WITH named AS (SELECT chain_id, contract FROM log_contract ORDER BY entry_index DESC LIMIT 1),
    wanted AS (
      SELECT (SELECT a.size FROM anchor a WHERE a.chain_id = n.chain_id AND a.contract = n.contract
        AND a.size <= $2 ORDER BY a.size DESC LIMIT 1) AS size FROM named n
      UNION SELECT (SELECT a.size FROM anchor a WHERE a.chain_id = n.chain_id AND a.contract = n.contract
        AND a.size > e.index AND a.size <= $2 ORDER BY a.size LIMIT 1) FROM named n, unnest($1::bigint[]) AS e (index)
      UNION SELECT (SELECT a.size FROM anchor a WHERE a.chain_id = n.chain_id AND a.contract = n.contract
        AND a.size <= e.index ORDER BY a.size DESC LIMIT 1) FROM named n, unnest($1::bigint[]) AS e (index))
    SELECT u.chain_id, u.contract, u.size, u.root, u.transaction, u.block, u.timestamp, e.bytes AS last
    FROM named n JOIN wanted w ON true
    JOIN anchor u ON u.chain_id = n.chain_id AND u.contract = n.contract AND u.size = w.size
    JOIN entry e ON e.index = u.size - 1
    ORDER BY u.size`,
}

const KEY: Statement = {
  name: 'bundle-key',
  text: `
    SELECT e.index, e.bytes FROM log_key k JOIN entry e ON e.index = k.entry_index
    WHERE k.vkey = $1 ORDER BY k.entry_index LIMIT 1`,
}

/** An anchor with the bytes of the entry that it ends with. */
export type AnchorRow = Omit<Anchor, 'chainId'> & { chain_id: number; last: Uint8Array }
export type EntryBytes = { index: number; bytes: Uint8Array }

/** The anchors that a file with these entries needs, ascending by size, of a log of `size` entries. */
export async function readNeededAnchors(
  session: Session,
  indexes: readonly number[],
  size: number,
): Promise<AnchorRow[]> {
  return await session.query<AnchorRow>(ANCHORS, [indexes, size])
}

/**
 * The entry of stream `ledger` that names a verifier key.
 *
 * @throws AppError not_found
 */
export async function readKeyEntry(session: Session, vkey: string): Promise<EntryBytes> {
  const [key] = await session.query<EntryBytes>(KEY, [vkey])
  if (key === undefined) throw new AppError('not_found', 'The log does not name its key yet.')
  return key
}

/** Names the nodes that `provenAnchor` needs in a log of `size` entries. */
export function wantAnchors(hashes: NodeHashes, anchors: readonly AnchorRow[], size: number): void {
  for (const anchor of anchors) {
    hashes.wantInclusion(anchor.size - 1, size)
    hashes.wantConsistency(anchor.size, size)
  }
}

/** An anchor with its proofs in a log of `size` entries. */
export function provenAnchor(
  { chain_id: chainId, last, ...anchor }: AnchorRow,
  size: number,
  hashes: NodeHashes,
): BundleAnchor {
  return {
    chainId,
    contract: anchor.contract,
    transaction: anchor.transaction,
    block: anchor.block,
    timestamp: anchor.timestamp,
    size: anchor.size,
    root: anchor.root,
    consistency: hashes.consistency(anchor.size, size),
    last: { bytes: last, proof: hashes.inclusion(anchor.size - 1, size) },
  }
}

/** Collects the nodes of many proofs, reads each of them once, all in one query, and folds the proofs. */
export class NodeHashes {
  readonly #wanted = new Map<string, NodeId>()
  readonly #hashes = new Map<string, Uint8Array>()

  wantInclusion(index: number, size: number): void {
    for (const node of inclusionNodes(index, size)) this.#wanted.set(nodeKey(node), node)
  }

  wantConsistency(from: number, to: number): void {
    for (const node of consistencyNodes(from, to)) this.#wanted.set(nodeKey(node), node)
  }

  async read(query: Session['query']): Promise<void> {
    const hashes = await readNodes(query, [...this.#wanted.values()])
    let i = 0
    for (const key of this.#wanted.keys()) this.#hashes.set(key, hashes[i++]!)
  }

  inclusion(index: number, size: number): Uint8Array[] {
    return inclusionProof(index, size, this.#of(inclusionNodes(index, size)))
  }

  consistency(from: number, to: number): Uint8Array[] {
    return consistencyProof(from, to, this.#of(consistencyNodes(from, to)))
  }

  #of(nodes: readonly NodeId[]): Uint8Array[] {
    return nodes.map((node) => {
      const hash = this.#hashes.get(nodeKey(node))
      if (hash === undefined) throw new Error('a node was not asked for')
      return hash
    })
  }
}

function nodeKey({ level, index }: NodeId): string {
  return `${level} ${index}`
}
