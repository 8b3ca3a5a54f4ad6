/**
 * The thread that builds sum trees of balances: what a programme owes, each holder one leaf, so that no holder can be left
 * out or counted together with another unseen. Salts and order are drawn afresh for every root: two proofs of one holder
 * show neither the same place nor the same neighbours, and a leaf says nothing to who does not know its salt.
 *
 * Values are 40 bytes, a hash and the sum below it as u64be; merkletreejs hands its hash function both children in one
 * buffer of 80 bytes, and promotes a node without a sibling as it is (RFC 6962).
 */
import { createHash, randomFillSync, randomInt } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import merkletreejs from 'merkletreejs'
import { canonicalText } from '../../../ledger/json.ts'
import { answerQuestions } from '../question-thread.ts'
import type { LiabilitiesReply, LiabilitiesRequest, LiabilityRow, OwedBalance } from './liabilities-messages.ts'

const { MerkleTree } = merkletreejs
type Tree = InstanceType<typeof MerkleTree>

/** Trees of several programmes, for receipts: the least used is dropped first and built again when it is asked for. */
const TREES_KEPT = 8

const HASH_BYTES = 32
const VALUE_BYTES = 40
const LEAF_PREFIX = Buffer.of(0x00)
const NODE_PREFIX = Buffer.of(0x01)

type Growing = { programme: string; balances: OwedBalance[]; rows: LiabilityRow[] }
type Built = { rows: LiabilityRow[]; leaves: Buffer[]; tree: Tree; root: Buffer }

const growing = new Map<string, Growing>()
/** In order of use: the first is the first to go. */
const built = new Map<string, Built>()

const valueOf = (hash: Buffer, sum: number): Buffer => {
  if (!Number.isSafeInteger(sum)) throw new Error('the sum of the balances is above 2^53-1')
  const value = Buffer.allocUnsafe(VALUE_BYTES)
  hash.copy(value)
  value.writeBigUInt64BE(BigInt(sum), HASH_BYTES)
  return value
}

const sumOf = (value: Buffer, at: number): number => Number(value.readBigUInt64BE(at))

const leafValue = (programme: string, { salt, commitment, balance }: LiabilityRow): Buffer => {
  const leaf = canonicalText([salt, programme, commitment, balance])
  return valueOf(createHash('sha256').update(LEAF_PREFIX).update(leaf).digest(), balance)
}

const nodeValue = (children: Buffer): Buffer =>
  valueOf(
    createHash('sha256').update(NODE_PREFIX).update(children).digest(),
    sumOf(children, HASH_BYTES) + sumOf(children, VALUE_BYTES + HASH_BYTES),
  )

/** Fisher and Yates, with the random numbers of the system: an order that nobody can guess. */
const shuffle = (items: LiabilityRow[]): void => {
  for (let i = items.length - 1; i > 0; i--) {
    const j = randomInt(i + 1)
    const item = items[i]!
    items[i] = items[j]!
    items[j] = item
  }
}

const drawRows = (balances: readonly OwedBalance[]): LiabilityRow[] => {
  const salts = randomFillSync(Buffer.alloc(balances.length * 16))
  const rows = balances.map((row, i) => ({ ...row, salt: salts.toString('base64url', i * 16, i * 16 + 16) }))
  shuffle(rows)
  return rows
}

const growingTree = (name: string): Growing => {
  const tree = growing.get(name)
  if (tree === undefined) throw new Error('this tree was not begun')
  return tree
}

const finish = (name: string, draw: boolean): LiabilitiesReply => {
  const { programme, balances, rows: given } = growingTree(name)
  growing.delete(name)
  const rows = draw ? drawRows(balances) : given
  if (rows.length === 0) throw new Error('a tree of balances has at least one leaf')
  const leaves = rows.map((row) => leafValue(programme, row))
  const tree = new MerkleTree(leaves, nodeValue, { hashLeaves: false, sort: false, duplicateOdd: false })
  const root = tree.getRoot()
  built.delete(name)
  built.set(name, { rows, leaves, tree, root })
  for (const oldest of built.keys()) {
    if (built.size <= TREES_KEPT) break
    built.delete(oldest)
  }
  return { kind: 'root', leaves: rows.length, root: new Uint8Array(root), sum: sumOf(root, HASH_BYTES) }
}

const keptTree = (name: string): Built | undefined => {
  const found = built.get(name)
  if (found === undefined) return undefined
  built.delete(name)
  built.set(name, found)
  return found
}

const proof = (name: string, position: number): LiabilitiesReply => {
  const found = keptTree(name)
  if (found === undefined) return { kind: 'unknown' }
  const leaf = found.leaves[position]
  if (leaf === undefined) throw new Error('the tree has no such leaf')
  // With the position: without it the library searches all leaves.
  return { kind: 'proof', path: found.tree.getProof(leaf, position).map(({ data }) => new Uint8Array(data)) }
}

const answer = (request: LiabilitiesRequest): LiabilitiesReply => {
  const { kind, tree } = request
  if (kind === 'proof') return proof(tree, request.position)
  if (kind === 'finish') return finish(tree, request.draw)
  if (kind === 'page') {
    const found = keptTree(tree)
    return found === undefined ? { kind: 'unknown' } : { kind, rows: found.rows.slice(request.from, request.to) }
  }
  if (kind === 'begin') growing.set(tree, { programme: request.programme, balances: [], rows: [] })
  else if (kind === 'balances') growingTree(tree).balances.push(...request.rows)
  else if (kind === 'rows') growingTree(tree).rows.push(...request.rows)
  else {
    growing.delete(tree)
    built.delete(tree)
  }
  return { kind: 'done' }
}

answerQuestions(parentPort, answer)
