/** The balances tree: every holder is counted, every node commits to the sums below it, and no leaf serves two holders. */
import fc from 'fast-check'
import { MerkleTree } from 'merkletreejs'
import t from 'tap'
import { base64url, concat, u64be } from '../../ledger/bytes.ts'
import { sha256 } from '../../ledger/hash.ts'
import {
  balanceCommitment,
  balanceLeaf,
  balanceNode,
  balanceRoot,
  balanceSum,
  verifyBalance,
} from '../../ledger/liabilities.ts'
import type { BalanceClaim, BalanceLeaf } from '../../ledger/liabilities.ts'
import { leafValue, nodeValue, pathTo, rootValue } from './balance-tree.ts'

const saltOf = (i: number): string => base64url(new Uint8Array(16).fill(i % 256))
const leafOf = (balance: number, i: number): BalanceLeaf => ({
  salt: saltOf(i),
  programme: 'family',
  commitment: balanceCommitment(`V-${i}`, 'family'),
  balance,
})

/** The claim that a holder is counted among these balances. */
const claimOf = (balances: readonly number[], index: number): BalanceClaim => {
  const values = balances.map((balance, i) => balanceLeaf(leafOf(balance, i)))
  const root = rootValue(values)
  return {
    ...leafOf(balances[index]!, index),
    index,
    leaves: balances.length,
    path: pathTo(values, index),
    root: root.slice(0, 32),
    sum: balanceSum(root),
  }
}

const balances = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 20 })

t.test('BT1: leaf and node are those of the specification', async (t) => {
  const leaf = leafOf(7, 1)
  t.strictSame(balanceLeaf(leaf), leafValue(leaf.salt, 'family', leaf.commitment, 7))
  const [a, b] = [balanceLeaf(leafOf(7, 1)), balanceLeaf(leafOf(8, 2))]
  t.strictSame(balanceNode(a, b), nodeValue(a, b))
  t.equal(balanceSum(balanceNode(a, b)), 15)
  t.equal(balanceCommitment('V-1', 'family'), base64url(sha256(new TextEncoder().encode('V-1family'))))
})

t.test('BT1: every holder proves the own balance, and merkletreejs builds the same tree', async () => {
  fc.assert(
    fc.property(balances, (all) => {
      const values = all.map((balance, i) => balanceLeaf(leafOf(balance, i)))
      const node = (children: Buffer): Buffer => Buffer.from(nodeValue(children.subarray(0, 40), children.subarray(40)))
      const options = { hashLeaves: false, sort: false, duplicateOdd: false }
      const other = new MerkleTree(
        values.map((value) => Buffer.from(value)),
        node,
        options,
      )
      return all.every((_, index) => {
        const claim = claimOf(all, index)
        const path = other.getProof(Buffer.from(values[index]!), index).map(({ data }) => new Uint8Array(data))
        verifyBalance(claim)
        verifyBalance({ ...claim, path, root: new Uint8Array(other.getRoot().subarray(0, 32)) })
        return true
      })
    }),
  )
})

t.test('BT2: a sum is at most 2^53-1 and exactly that of its parts', async (t) => {
  const most = balanceLeaf(leafOf(Number.MAX_SAFE_INTEGER, 0))
  t.equal(balanceSum(most), Number.MAX_SAFE_INTEGER)
  t.throws(() => balanceNode(most, balanceLeaf(leafOf(1, 1))), { code: 'balance_malformed' })
  const beyond = concat(new Uint8Array(32), Uint8Array.of(0, 32, 0, 0, 0, 0, 0, 0))
  t.throws(() => balanceSum(beyond), { code: 'balance_malformed' }, '2^53')
  t.throws(() => balanceSum(new Uint8Array(40).fill(255)), { code: 'balance_malformed' })
  t.throws(() => balanceSum(new Uint8Array(32)), { code: 'balance_malformed' })
  t.throws(() => balanceLeaf({ ...leafOf(1, 1), balance: -1 }), { code: 'size_out_of_range' })
  t.throws(() => balanceLeaf({ ...leafOf(1, 1), balance: 0.5 }))
  for (const salt of ['', 'AAAA', '*'])
    t.throws(() => balanceLeaf({ ...leafOf(1, 1), salt }), { code: 'balance_malformed' })
})

t.test('BT2: an operator who claims less than the sum is found out by the holder whom it concerns', async () => {
  fc.assert(
    fc.property(balances, fc.nat(), fc.integer({ min: 1, max: 999 }), (all, position, less) => {
      const claim = claimOf(all, position % all.length)
      const refused = (change: Partial<BalanceClaim>): boolean => {
        try {
          verifyBalance({ ...claim, ...change })
          return false
        } catch {
          return true
        }
      }
      // The sibling's value claims less, its hash unchanged: the node above hashes the claimed sum, and differs.
      const path = claim.path.map((value, i) =>
        i === 0 ? concat(value.slice(0, 32), u64be(Math.max(0, balanceSum(value) - less))) : value,
      )
      const isSame = claim.path.length === 0 || balanceSum(claim.path[0]!) === 0
      return (
        refused({ sum: claim.sum + less }) &&
        refused({ balance: claim.balance + less }) &&
        (isSame || refused({ path })) &&
        (isSame || refused({ path, sum: claim.sum - Math.min(less, balanceSum(claim.path[0]!)) }))
      )
    }),
  )
})

t.test('BT3: a holder who was left out has no path, whatever the operator hands out', async (t) => {
  const claim = claimOf([5, 6, 7], 1)
  const leftOut = { ...claim, ...leafOf(9, 9) }
  t.throws(() => verifyBalance(leftOut), { code: 'balance_mismatch' })
  for (const change of [
    { index: 0 },
    { index: 2 },
    { leaves: 5 },
    { path: claim.path.slice(1) },
    { path: [...claim.path, claim.path[0]!] },
    { root: new Uint8Array(32) },
  ]) {
    t.throws(() => verifyBalance({ ...claim, ...change }), JSON.stringify(Object.keys(change)))
  }
})

t.test('BT4: two holders of one balance have two leaves, because each has a view code of the own', async (t) => {
  const [first, second] = [claimOf([5, 5], 0), claimOf([5, 5], 1)]
  t.not(first.commitment, second.commitment)
  t.doesNotThrow(() => verifyBalance(first))
  const shared = { ...first, commitment: second.commitment }
  t.throws(() => verifyBalance(shared), { code: 'balance_mismatch' }, "the second holder's own commitment is not there")
  t.not(balanceCommitment('V-1', 'family'), balanceCommitment('V-1', 'other'))
})

t.test('a root is told by its hash and its sum', async (t) => {
  const root = rootValue([balanceLeaf(leafOf(5, 0)), balanceLeaf(leafOf(6, 1))])
  t.strictSame(balanceRoot(root.slice(0, 32), 11), root)
})
