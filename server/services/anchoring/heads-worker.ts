/**
 * The thread that builds heads trees (ledger/README.md, part 12). With 100,000 streams this is seconds of hashing,
 * which would stall every request if it ran beside them. The main thread sends the rows in pages; this one keeps the
 * last few trees, so that proofs are taken by index without building anything again.
 *
 * merkletreejs has the RFC 6962 shape when it neither sorts nor doubles: a node without a sibling is promoted as it is.
 * It hands its hash function both children in one buffer of 64 bytes.
 */
import { createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import merkletreejs from 'merkletreejs'
import { headsLeaf } from '../../../ledger/heads.ts'
import type { StreamHead } from '../../../ledger/heads.ts'
import { answerQuestions } from '../question-thread.ts'
import type { HeadsReply, HeadsRequest } from './heads-messages.ts'

const { MerkleTree } = merkletreejs
type Tree = InstanceType<typeof MerkleTree>

/** The newest tree, the one before it (bundles name both while an anchor is on its way) and one that was asked for. */
const TREES_KEPT = 3

const NODE_PREFIX = Buffer.of(0x01)

type Growing = { streams: string[]; leaves: Buffer[] }
type Built = { streams: string[]; leaves: Buffer[]; tree: Tree }

const growing = new Map<number, Growing>()
/** In order of use: the first is the first to go. */
const built = new Map<number, Built>()

const nodeHash = (children: Buffer): Buffer => createHash('sha256').update(NODE_PREFIX).update(children).digest()

const addRows = (below: number, rows: readonly StreamHead[]): void => {
  const tree = growing.get(below) ?? { streams: [], leaves: [] }
  growing.set(below, tree)
  for (const { stream, count, head } of rows) {
    tree.streams.push(stream)
    tree.leaves.push(Buffer.from(headsLeaf(stream, count, head)))
  }
}

const finish = (below: number): HeadsReply => {
  const { streams, leaves } = growing.get(below) ?? { streams: [], leaves: [] }
  growing.delete(below)
  if (leaves.length === 0) throw new Error('a heads tree has at least the stream ledger')
  const tree = new MerkleTree(leaves, nodeHash, { hashLeaves: false, sort: false, duplicateOdd: false })
  built.delete(below)
  built.set(below, { streams, leaves, tree })
  for (const oldest of built.keys()) {
    if (built.size <= TREES_KEPT) break
    built.delete(oldest)
  }
  return { kind: 'root', streams: streams.length, root: new Uint8Array(tree.getRoot()) }
}

const proof = (below: number, stream: string): HeadsReply => {
  const found = built.get(below)
  if (found === undefined) return { kind: 'unknown' }
  built.delete(below)
  built.set(below, found)
  const leaf = indexOf(found.streams, stream)
  if (leaf < 0) return { kind: 'absent' }
  // With the index: without it the library searches all leaves, a hundred times slower (measured).
  const path = found.tree.getProof(found.leaves[leaf]!, leaf).map(({ data }) => new Uint8Array(data))
  return { kind: 'proof', leaf, path }
}

/** Binary search; stream names are ASCII, so that comparing them as text compares their bytes. */
const indexOf = (streams: readonly string[], stream: string): number => {
  let low = 0
  let high = streams.length - 1
  while (low <= high) {
    const middle = Math.floor((low + high) / 2)
    const name = streams[middle]!
    if (name === stream) return middle
    if (name < stream) low = middle + 1
    else high = middle - 1
  }
  return -1
}

const answer = (request: HeadsRequest): HeadsReply => {
  const { below } = request
  if (request.kind === 'proof') return proof(below, request.stream)
  if (request.kind === 'finish') return finish(below)
  if (request.kind === 'begin') growing.set(below, { streams: [], leaves: [] })
  else addRows(below, request.rows)
  return { kind: 'done' }
}

answerQuestions(parentPort, answer)
