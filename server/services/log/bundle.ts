/**
 * Builds the bundle that proves a timeline offline (ledger/README.md, part 14), from one snapshot of the database, so
 * that all its proofs are at one committed size. In three beats: what is there, which nodes, fold.
 */
import { BUNDLE_FORMAT } from '../../../ledger/bundle.ts'
import type { Bundle, BundleHeads, ProvenBytes } from '../../../ledger/bundle.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { parseHeads } from '../../../ledger/heads.ts'
import type { Database } from '../../db/database.ts'
import type { Session } from '../../db/session.ts'
import { AppError } from '../../errors.ts'
import type { CheckpointSigner } from './checkpoint-signer.ts'
import { DatabaseLogReader, PAGE_MAX } from './log-reader.ts'
import { NodeHashes, provenAnchor, readKeyEntry, readNeededAnchors, wantAnchors } from './proofs.ts'
import type { AnchorRow, EntryBytes } from './proofs.ts'
import type { LogHead, StoredEntry } from './reader.ts'

/** Finds the path of a stream in the heads tree of the first `below` entries; undefined when it has none of them. */
export type HeadsProofs = {
  proof(stream: string, below: number): Promise<{ leaf: number; path: Uint8Array[] } | undefined>
}

export type BundleSource = { database: Database; checkpoints: CheckpointSigner; heads: HeadsProofs }

/** What one snapshot says. */
type Story = { head: LogHead; entries: StoredEntry[]; anchors: AnchorRow[]; key: EntryBytes; hashes: NodeHashes }

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
  const proven = ({ index, bytes }: EntryBytes): ProvenBytes => ({ index, bytes, proof: hashes.inclusion(index, size) })
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
  const anchors = await readNeededAnchors(session, indexes, head.size)
  const key = await readKeyEntry(session, checkpoints.signer.vkey)
  const hashes = new NodeHashes()
  for (const index of [...indexes, key.index]) hashes.wantInclusion(index, head.size)
  wantAnchors(hashes, anchors, head.size)
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
): Promise<(EntryBytes & Pick<BundleHeads, 'leaf' | 'path'>) | undefined> {
  const newest = anchors.at(-1)
  if (newest === undefined) return undefined
  const index = newest.size - 1
  const { size: below } = parseHeads(parseEntry(newest.last).data, index)
  const place = await heads.proof(stream, below)
  return place === undefined ? undefined : { index, bytes: newest.last, ...place }
}
