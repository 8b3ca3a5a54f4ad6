/**
 * Builds the bundle that proves a timeline offline (ledger/README.md, part 14), from one snapshot of the database, so
 * that all its proofs are at one committed size. In three beats: what is there, which nodes, fold.
 */
import type { Anchor } from '../../../ledger/anchor.ts'
import { BUNDLE_FORMAT } from '../../../ledger/bundle.ts'
import type { Bundle, BundleAnchor, BundleHeads, ProvenBytes } from '../../../ledger/bundle.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { parseHeads } from '../../../ledger/heads.ts'
import { consistencyNodes, consistencyProof, inclusionNodes, inclusionProof } from '../../../ledger/proof.ts'
import type { NodeId } from '../../../ledger/tree.ts'
import type { Database } from '../../db/database.ts'
import type { Session, Statement } from '../../db/session.ts'
import { AppError } from '../../errors.ts'
import type { CheckpointSigner } from './checkpoint-signer.ts'
import { DatabaseLogReader, PAGE_MAX } from './log-reader.ts'
import type { LogHead, StoredEntry } from './reader.ts'
import { readNodes } from './tree-reader.ts'

/** Finds the path of a stream in the heads tree of the first `below` entries; undefined when it has none of them. */
export type HeadsProofs = {
  proof(stream: string, below: number): Promise<{ leaf: number; path: Uint8Array[] } | undefined>
}

export type BundleSource = { database: Database; checkpoints: CheckpointSigner; heads: HeadsProofs }

/**
 * Anchors of the log's contracts that a bundle of these entries needs: the newest, for every entry the first that covers
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

type AnchorRow = Omit<Anchor, 'chainId'> & { chain_id: number; last: Uint8Array }
type Bytes = { index: number; bytes: Uint8Array }

/** What one snapshot says. */
type Story = { head: LogHead; entries: StoredEntry[]; anchors: AnchorRow[]; key: Bytes; hashes: NodeHashes }

/**
 * The bundle of a stream as of now.
 *
 * @throws AppError not_found when the stream has no entries
 */
export async function buildBundle({ database, checkpoints, heads }: BundleSource, stream: string): Promise<Bundle> {
  const story = await database.transaction({ isolation: 'snapshot' }, async (session) =>
    readStory(session, checkpoints, stream),
  )
  const { head, entries, key, hashes } = story
  const { size } = head
  const proven = ({ index, bytes }: Bytes): ProvenBytes => ({ index, bytes, proof: hashes.inclusion(index, size) })
  const counted = await findHeads(story, heads, stream)
  return {
    format: BUNDLE_FORMAT,
    origin: head.origin,
    vkey: checkpoints.signer.vkey,
    stream,
    checkpoint: checkpoints.sign({ size, root: head.root }),
    key: proven(key),
    entries: entries.map((entry) => ({ ...proven(entry), disclosures: entry.disclosures })),
    ...(counted === undefined ? {} : { heads: { ...proven(counted), leaf: counted.leaf, path: counted.path } }),
    anchors: story.anchors.map((anchor) => provenAnchor(anchor, size, hashes)),
  }
}

async function readStory(session: Session, checkpoints: CheckpointSigner, stream: string): Promise<Story> {
  const query = session.query.bind(session)
  const reader = new DatabaseLogReader(query, checkpoints)
  const head = await reader.head()
  const entries = await readWholeStream(reader, stream)
  if (entries.length === 0) throw new AppError('not_found', `The log has no stream ${stream}.`)
  const indexes = entries.map(({ index }) => index)
  const anchors = await query<AnchorRow>(ANCHORS, [indexes, head.size])
  const [key] = await query<Bytes>(KEY, [checkpoints.signer.vkey])
  if (key === undefined) throw new AppError('not_found', 'The log does not name its key yet.')
  const hashes = new NodeHashes()
  for (const index of [...indexes, key.index]) hashes.wantInclusion(index, head.size)
  for (const { size } of anchors) {
    hashes.wantInclusion(size - 1, head.size)
    hashes.wantConsistency(size, head.size)
  }
  await hashes.read(query)
  return { head, entries, anchors, key, hashes }
}

async function readWholeStream(reader: DatabaseLogReader, stream: string): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = []
  for (;;) {
    const page = await reader.streamEntries(stream, { after: entries.length, limit: PAGE_MAX })
    entries.push(...page)
    if (page.length < PAGE_MAX) return entries
  }
}

/** The heads entry that the newest anchor ends with, and the stream's place in its tree. */
async function findHeads(
  { anchors }: Story,
  heads: HeadsProofs,
  stream: string,
): Promise<(Bytes & Pick<BundleHeads, 'leaf' | 'path'>) | undefined> {
  const newest = anchors.at(-1)
  if (newest === undefined) return undefined
  const index = newest.size - 1
  const { size: below } = parseHeads(parseEntry(newest.last).data, index)
  const place = await heads.proof(stream, below)
  return place === undefined ? undefined : { index, bytes: newest.last, ...place }
}

function provenAnchor(
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
class NodeHashes {
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
