/** Anchoring through the wrapper: values in and out, a transaction known before it is sent, and every way it can fail. */
import { Transaction, ZeroAddress, getCreateAddress } from 'ethers'
import t from 'tap'
import { openAnchorContract } from '../../../server/chain/anchor-contract.ts'
import { ChainError } from '../../../server/chain/chain-error.ts'
import { deployContract } from '../../../server/chain/deploy.ts'
import type { AnchorContract, AnchorPlan } from '../../../server/chain/anchor-contract.ts'
import { startTestChain, untilMined } from '../../support/chain.ts'
import { consistencyOf, leafOf, treeOver } from '../../support/tree-oracle.ts'

const chainId = 31337
const origin = 'ledger.example/log'
const tree = treeOver(Array.from({ length: 64 }, (_, i) => leafOf(Uint8Array.of(i))))
const root = (size: number): Uint8Array => tree(0, size)
const proof = (from: number, to: number): Uint8Array[] => (from === 0 ? [] : consistencyOf(tree, from, to))

const chain = await startTestChain()
t.teardown(async () => await chain.stop())
const owner = await chain.fundedWallet()
const key = await chain.fundedWallet()
const maxFeeGwei = 50

t.beforeEach(async () => {
  await chain.setAutomine(true)
  await chain.setBaseFee(1)
})

async function freshContract(): Promise<AnchorContract> {
  const deployment = { rpcUrl: chain.rpcUrl, chainId, key: owner, origin, anchorer: key.address, maxFeeGwei }
  const { address } = await deployContract(deployment)
  return openAnchorContract({ rpcUrl: chain.rpcUrl, chainId, address })
}

async function anchor(contract: AnchorContract, from: number, size: number): Promise<string> {
  const prepared = await contract.prepareAnchor({ key, size, root: root(size), proof: proof(from, size), maxFeeGwei })
  await contract.send(prepared.raw)
  await untilMined(contract, prepared.hash)
  return prepared.hash
}

/** The code that a call fails with, or 'no failure'. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'no failure'
  } catch (error) {
    if (error instanceof ChainError) return error.code
    throw error
  }
}

t.test('a deployed contract has our origin, our anchorer and no anchor', async (t) => {
  const contract = await freshContract()
  await contract.checkChain()
  t.equal(await contract.origin(), origin)
  t.equal(await contract.anchorer(), key.address)
  t.equal(await contract.latest(), undefined)
  t.equal(await contract.anchorAt(1), undefined)
  t.equal(await contract.anchorByNumber(0), undefined)
  t.equal(await contract.anchorCount(), 0)
  t.equal(await contract.findTransaction(1), undefined)
  contract.close()
})

t.test('an anchor is read back as plain values, with its transaction', async (t) => {
  const contract = await freshContract()
  const first = await anchor(contract, 0, 5)
  const second = await anchor(contract, 5, 13)
  const receipt = await contract.findReceipt(second)
  const block = await chain.provider.getBlock(receipt?.block ?? 0)
  const expected = { size: 13, root: root(13), block: receipt?.block, timestamp: block?.timestamp }
  t.same(await contract.latest(), expected)
  t.same(await contract.anchorAt(13), expected)
  t.same(await contract.anchorByNumber(1), expected)
  t.equal((await contract.anchorByNumber(0))?.size, 5)
  t.equal(await contract.anchorCount(), 2)
  t.equal(await contract.findTransaction(5), first)
  t.equal(await contract.findTransaction(13), second)
  t.equal((await contract.head()).block, receipt?.block)
  contract.close()
})

t.test('hash and bytes of a transaction are known before it is sent, and sending twice is harmless', async (t) => {
  const contract = await freshContract()
  const prepared = await contract.prepareAnchor({ key, size: 5, root: root(5), proof: [], maxFeeGwei })
  t.match(prepared.hash, /^0x[0-9a-f]{64}$/)
  t.equal(Transaction.from(prepared.raw).hash, prepared.hash)
  t.equal(await contract.findReceipt(prepared.hash), undefined)
  t.equal(await contract.latest(), undefined, 'nothing was sent')
  t.equal(await contract.minedNonce(key.address), prepared.nonce)

  await chain.setAutomine(false)
  await contract.send(prepared.raw)
  await contract.send(prepared.raw)
  t.equal(await contract.findReceipt(prepared.hash), undefined, 'waiting')
  await chain.mine()
  t.match(await contract.findReceipt(prepared.hash), { hash: prepared.hash, succeeded: true, confirmations: 1 })
  await chain.mine(4)
  t.match(await contract.findReceipt(prepared.hash), { confirmations: 5 })
  t.equal(await codeOf(contract.send(prepared.raw)), 'nonce_used', 'it was mined: look for the receipt')
  contract.close()
})

t.test('what the contract would refuse is named before anything is sent', async (t) => {
  const contract = await freshContract()
  await anchor(contract, 0, 5)
  const plan = { key, maxFeeGwei, size: 8, root: root(8), proof: proof(5, 8) }
  const rows: [string, Partial<AnchorPlan>][] = [
    ['reverted:NotAnchorer', { key: owner }],
    ['reverted:SizeOutOfRange', { size: 0 }],
    ['reverted:ZeroRoot', { root: new Uint8Array(32) }],
    ['reverted:RootMismatch', { size: 5 }],
    ['reverted:SizeNotGreater', { size: 4 }],
    ['reverted:MalformedProof', { proof: [] }],
    ['reverted:InconsistentRoot', { root: root(9) }],
    ['no failure', {}],
  ]
  for (const [code, change] of rows) t.equal(await codeOf(contract.prepareAnchor({ ...plan, ...change })), code)
  contract.close()
})

t.test('above the fee ceiling nothing is signed', async (t) => {
  const contract = await freshContract()
  const plan = { key, size: 5, root: root(5), proof: [] }
  await chain.setBaseFee(80)
  t.equal(await codeOf(contract.prepareAnchor({ ...plan, maxFeeGwei })), 'fee_ceiling')
  t.equal(await contract.minedNonce(key.address), await chain.provider.getTransactionCount(key.address, 'pending'))
  const prepared = await contract.prepareAnchor({ ...plan, maxFeeGwei: 100 })
  t.ok(prepared.maxFeePerGas <= 100n * 10n ** 9n, 'and no offer passes the ceiling')
  contract.close()
})

t.test('a replacement outbids every earlier attempt by a tenth, and only one of them is mined', async (t) => {
  const contract = await freshContract()
  await chain.setAutomine(false)
  const plan = { key, size: 5, root: root(5), proof: [], maxFeeGwei }
  const first = await contract.prepareAnchor(plan)
  await contract.send(first.raw)
  const second = await contract.prepareAnchor({ ...plan, attempts: [first] })
  t.equal(second.nonce, first.nonce)
  await contract.send(second.raw)
  const third = await contract.prepareAnchor({ ...plan, attempts: [second, first] })
  await contract.send(third.raw)
  for (const [earlier, later] of [
    [first, second],
    [second, third],
  ] as const) {
    t.ok(later.maxFeePerGas * 10n >= earlier.maxFeePerGas * 11n)
    t.ok(later.maxPriorityFeePerGas * 10n >= earlier.maxPriorityFeePerGas * 11n)
  }
  t.equal(await codeOf(contract.send(first.raw)), 'underpriced', 'an earlier attempt cannot come back')
  const ceiling = Number(third.maxFeePerGas) / 1e9
  const tooDear = contract.prepareAnchor({ ...plan, attempts: [first, second, third], maxFeeGwei: ceiling })
  t.equal(await codeOf(tooDear), 'fee_ceiling', 'outbidding stops at the ceiling too')

  await chain.mine()
  t.equal(await contract.findReceipt(first.hash), undefined)
  t.equal(await contract.findReceipt(second.hash), undefined)
  t.match(await contract.findReceipt(third.hash), { succeeded: true })
  t.equal(await contract.findTransaction(5), third.hash)
  contract.close()
})

t.test('attempts at another nonce are not outbid', async (t) => {
  const contract = await freshContract()
  const dear = { nonce: 10_000, maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 12n }
  const prepared = await contract.prepareAnchor({
    key,
    size: 5,
    root: root(5),
    proof: [],
    maxFeeGwei,
    attempts: [dear],
  })
  t.ok(prepared.maxFeePerGas < 50n * 10n ** 9n)
  contract.close()
})

t.test(
  'after a reorganisation the receipt and the anchor are gone, and the same bytes can be sent again',
  async (t) => {
    const contract = await freshContract()
    await chain.mine(2)
    const prepared = await contract.prepareAnchor({ key, size: 5, root: root(5), proof: [], maxFeeGwei })
    await contract.send(prepared.raw)
    await untilMined(contract, prepared.hash)
    t.equal((await contract.latest())?.size, 5)
    await chain.setAutomine(false)
    await chain.reorganise(1)
    t.equal(await contract.findReceipt(prepared.hash), undefined)
    t.equal(await contract.latest(), undefined)
    await contract.send(prepared.raw)
    await chain.mine()
    t.match(await contract.findReceipt(prepared.hash), { succeeded: true })
    t.equal((await contract.latest())?.size, 5)
    contract.close()
  },
)

t.test(
  'an account without money, a wrong chain, a wrong address and a dead endpoint each have their code',
  async (t) => {
    const contract = await freshContract()
    const poor = await chain.fundedWallet()
    await chain.call('anvil_setBalance', [poor.address, '0x1'])
    const deployment = { rpcUrl: chain.rpcUrl, chainId, key: poor, origin, anchorer: poor.address, maxFeeGwei }
    t.equal(await codeOf(deployContract(deployment)), 'insufficient_funds')

    const other = openAnchorContract({ rpcUrl: chain.rpcUrl, chainId: 1, address: contract.address })
    t.equal(await codeOf(other.checkChain()), 'wrong_chain')
    t.equal(await codeOf(deployContract({ ...deployment, key: owner, chainId: 1 })), 'wrong_chain')

    const empty = openAnchorContract({ rpcUrl: chain.rpcUrl, chainId, address: ZeroAddress })
    t.equal(await codeOf(empty.origin()), 'no_contract')
    t.equal(await codeOf(empty.latest()), 'no_contract')

    const dead = openAnchorContract({ rpcUrl: 'http://127.0.0.1:9', chainId, address: contract.address })
    t.equal(await codeOf(dead.checkChain()), 'unreachable')
    t.equal(await codeOf(dead.latest()), 'unreachable')
    t.equal(await codeOf(dead.send('0x00')), 'unreachable')
    t.equal(await codeOf(dead.findReceipt('0x' + '00'.repeat(32))), 'unreachable')
    for (const one of [contract, other, empty, dead]) one.close()
  },
)

t.test('deploying tells its transaction before it is sent', async (t) => {
  const told: string[] = []
  const deployed = await deployContract({
    rpcUrl: chain.rpcUrl,
    chainId,
    key: owner,
    origin,
    anchorer: key.address,
    maxFeeGwei,
    onPrepared: ({ hash, nonce }) => told.push(hash, getCreateAddress({ from: owner.address, nonce })),
  })
  t.same(told, [deployed.transaction, deployed.address])
})
