/** The contract's own behaviour: who may do what, in which order it judges, what it remembers and announces. */
import { readFileSync } from 'node:fs'
import { Contract, ContractFactory, ZeroAddress, ZeroHash, hexlify, isError } from 'ethers'
import t from 'tap'
import type { ContractTransactionReceipt, ContractTransactionResponse, InterfaceAbi, Signer, Wallet } from 'ethers'
import { startTestChain } from '../support/chain.ts'
import { consistencyOf, inclusionOf, leafOf, treeOver } from '../support/tree-oracle.ts'

const { abi, bytecode } = JSON.parse(
  readFileSync(new URL('../../contracts/TrustAnchor.json', import.meta.url), 'utf8'),
) as { abi: InterfaceAbi; bytecode: string }

const origin = 'ledger.example/log'
const leaves = Array.from({ length: 64 }, (_, i) => leafOf(Uint8Array.of(i)))
const tree = treeOver(leaves)
const root = (size: number): string => hexlify(tree(0, size))
const proof = (from: number, to: number): string[] => consistencyOf(tree, from, to).map((hash) => hexlify(hash))
const path = (index: number, size: number): string[] => inclusionOf(tree, index, size).map((hash) => hexlify(hash))
const leaf = (index: number): string => hexlify(leaves[index] as Uint8Array)
const junk = '0x' + 'ab'.repeat(32)

const chain = await startTestChain()
t.teardown(async () => await chain.stop())
const owner = await chain.fundedWallet()
const anchorer = await chain.fundedWallet()
const stranger = await chain.fundedWallet()

async function deploy(first: string = anchorer.address): Promise<Contract> {
  const deployed = await new ContractFactory(abi, bytecode, owner).deploy(origin, first)
  await deployed.waitForDeployment()
  return new Contract(await deployed.getAddress(), abi, chain.provider)
}

async function send(
  contract: Contract,
  signer: Signer,
  name: string,
  ...args: unknown[]
): Promise<ContractTransactionReceipt> {
  const bound = contract.connect(signer) as Contract
  const sent: ContractTransactionResponse = await bound.getFunction(name).send(...args)
  const receipt: ContractTransactionReceipt | null = await sent.wait()
  if (receipt === null) throw new Error('not mined')
  return receipt
}

const anchor = async (contract: Contract, size: number, from: number): Promise<ContractTransactionReceipt> =>
  await send(contract, anchorer, 'anchor', size, root(size), from === 0 ? [] : proof(from, size))

const read = async (contract: Contract, name: string, ...args: unknown[]): Promise<unknown> => {
  const answer = (await contract.getFunction(name).staticCall(...args)) as unknown
  return Array.isArray(answer) ? [...(answer as unknown[])] : answer
}

const eventsOf = (contract: Contract, receipt: ContractTransactionReceipt): unknown[] =>
  receipt.logs.map((log) => {
    const event = contract.interface.parseLog(log)
    return [event?.name, ...(event?.args ?? [])]
  })

/** Asks without sending: the name of the error that a call from this signer would meet, or 'accepted'. */
async function refusal(contract: Contract, from: string, name: string, ...args: unknown[]): Promise<string> {
  return await refusalOf(contract.getFunction(name).staticCall(...args, { from }) as Promise<unknown>)
}

async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'accepted'
  } catch (error) {
    if (isError(error, 'CALL_EXCEPTION')) return error.revert?.name ?? 'no reason'
    throw error
  }
}

t.test('a new contract knows its log and its roles, and has no anchor', async (t) => {
  const contract = await deploy()
  t.equal(await read(contract, 'origin'), origin)
  t.equal(await read(contract, 'owner'), owner.address)
  t.equal(await read(contract, 'pendingOwner'), ZeroAddress)
  t.equal(await read(contract, 'anchorer'), anchorer.address)
  t.equal(await read(contract, 'anchorCount'), 0n)
  t.same(await read(contract, 'latest'), [0n, ZeroHash, 0n, 0n])
  t.same(await read(contract, 'anchorAt', 0), [ZeroHash, 0n, 0n])
  t.same(await read(contract, 'anchorAt', 1), [ZeroHash, 0n, 0n])
  t.same(await read(contract, 'anchorByNumber', 0), [0n, ZeroHash, 0n, 0n])
})

t.test('deploying announces owner and anchorer', async (t) => {
  const deployed = await new ContractFactory(abi, bytecode, owner).deploy(origin, anchorer.address)
  const receipt = await deployed.deploymentTransaction()?.wait()
  t.ok(receipt)
  t.same(receipt && eventsOf(new Contract(ZeroAddress, abi), receipt), [
    ['OwnershipTransferred', ZeroAddress, owner.address],
    ['AnchorerChanged', ZeroAddress, anchorer.address],
  ])
})

t.test('every anchor stays readable by size and by number, with the block and time that took it', async (t) => {
  const contract = await deploy()
  // Odd and even counts, so that both halves of a record slot are written and read.
  const sizes = [1, 2, 3, 7, 8, 20, 21, 33, 64]
  const expected: unknown[][] = []
  let from = 0
  for (const size of sizes) {
    const receipt = await anchor(contract, size, from)
    const block = await chain.provider.getBlock(receipt.blockNumber)
    expected.push([BigInt(size), root(size), BigInt(receipt.blockNumber), BigInt(block?.timestamp ?? 0)])
    t.same(eventsOf(contract, receipt), [['Anchored', BigInt(size), root(size)]])
    t.same(await read(contract, 'latest'), expected.at(-1))
    t.equal(await read(contract, 'anchorCount'), BigInt(expected.length))
    from = size
  }
  for (const [k, anchored] of expected.entries()) {
    t.same(await read(contract, 'anchorByNumber', k), anchored)
    t.same(await read(contract, 'anchorAt', anchored[0]), anchored.slice(1))
  }
  for (const size of [0, 4, 9, 32, 63, 65, 2n ** 53n, 2n ** 64n - 1n]) {
    t.same(await read(contract, 'anchorAt', size), [ZeroHash, 0n, 0n], `${size} was never anchored`)
  }
  for (const k of [sizes.length, 2n ** 63n, 2n ** 64n - 1n]) {
    t.same(await read(contract, 'anchorByNumber', k), [0n, ZeroHash, 0n, 0n])
  }
})

t.test('anchor judges in the specified order: each row breaks its rule and all rules after it', async (t) => {
  const fresh = await deploy()
  const contract = await deploy()
  await anchor(contract, 5, 0)
  await anchor(contract, 8, 5)
  const tooLarge = 2n ** 53n
  const by = anchorer.address
  const rows: [string, Contract, string, unknown[]][] = [
    ['NotAnchorer', contract, stranger.address, [0, ZeroHash, [junk]]],
    ['NotAnchorer', contract, owner.address, [0, ZeroHash, [junk]]],
    ['NotAnchorer', contract, stranger.address, [8, root(8), []]],
    ['SizeOutOfRange', contract, by, [0, ZeroHash, [junk]]],
    ['SizeOutOfRange', contract, by, [tooLarge, ZeroHash, [junk]]],
    ['SizeOutOfRange', contract, by, [2n ** 64n - 1n, ZeroHash, [junk]]],
    ['SizeOutOfRange', fresh, by, [0, ZeroHash, [junk]]],
    ['ZeroRoot', contract, by, [8, ZeroHash, [junk]]],
    ['ZeroRoot', contract, by, [3, ZeroHash, [junk]]],
    ['ZeroRoot', fresh, by, [3, ZeroHash, [junk]]],
    ['RootMismatch', contract, by, [8, junk, [junk]]],
    ['accepted', contract, by, [8, root(8), [junk, junk]]],
    ['accepted', contract, by, [8, root(8), []]],
    ['SizeNotGreater', contract, by, [7, junk, [junk]]],
    ['SizeNotGreater', contract, by, [5, root(5), []]],
    ['MalformedProof', fresh, by, [3, root(3), [junk]]],
    ['accepted', fresh, by, [3, root(3), []]],
    ['accepted', fresh, by, [tooLarge - 1n, junk, []]],
    ['MalformedProof', contract, by, [13, junk, []]],
    ['MalformedProof', contract, by, [13, junk, proof(8, 13).slice(1)]],
    ['MalformedProof', contract, by, [13, root(13), proof(8, 13).slice(0, -1)]],
    ['MalformedProof', contract, by, [13, root(13), [...proof(8, 13), junk]]],
    ['MalformedProof', contract, by, [13, root(13), Array.from({ length: 200 }, () => junk)]],
    ['InconsistentRoot', contract, by, [13, junk, proof(8, 13)]],
    ['InconsistentRoot', contract, by, [13, root(13), proof(8, 13).with(0, junk)]],
    ['InconsistentRoot', contract, by, [13, root(12), proof(8, 13)]],
    ['accepted', contract, by, [13, root(13), proof(8, 13)]],
  ]
  for (const [i, [name, on, from, args]] of rows.entries()) {
    t.equal(await refusal(on, from, 'anchor', ...args), name, `row ${i}`)
  }
})

t.test('a refused anchor changes nothing; the latest one sent again changes nothing and is no error', async (t) => {
  const contract = await deploy()
  await anchor(contract, 5, 0)
  const before = await read(contract, 'latest')
  const again = await send(contract, anchorer, 'anchor', 5, root(5), [junk])
  t.equal(again.status, 1)
  t.same(again.logs, [])
  await t.rejects(send(contract, anchorer, 'anchor', 9, root(9), [], { gasLimit: 300_000 }))
  t.same(await read(contract, 'latest'), before)
  t.equal(await read(contract, 'anchorCount'), 1n)
  t.same(await read(contract, 'anchorAt', 9), [ZeroHash, 0n, 0n])
})

t.test('an anchorer is replaced or paused by the owner only', async (t) => {
  const contract = await deploy()
  t.equal(await refusal(contract, anchorer.address, 'setAnchorer', stranger.address), 'NotOwner')
  const replaced = await send(contract, owner, 'setAnchorer', stranger.address)
  t.same(eventsOf(contract, replaced), [['AnchorerChanged', anchorer.address, stranger.address]])
  t.equal(await read(contract, 'anchorer'), stranger.address)
  t.equal(await refusal(contract, anchorer.address, 'anchor', 1, root(1), []), 'NotAnchorer')
  await send(contract, stranger, 'anchor', 1, root(1), [])

  await send(contract, owner, 'setAnchorer', ZeroAddress)
  for (const from of [anchorer.address, stranger.address, owner.address, ZeroAddress]) {
    t.equal(await refusal(contract, from, 'anchor', 2, root(2), proof(1, 2)), 'NotAnchorer')
  }
  t.same(((await read(contract, 'latest')) as unknown[])[0], 1n, 'the anchors survive a pause')
  await send(contract, owner, 'setAnchorer', anchorer.address)
  await anchor(contract, 2, 1)
  t.equal(await read(contract, 'anchorCount'), 2n)
})

t.test('the ownership passes in two steps', async (t) => {
  const contract = await deploy()
  const offer = async (to: Wallet | string): Promise<ContractTransactionReceipt> =>
    await send(contract, owner, 'transferOwnership', to)
  t.equal(await refusal(contract, stranger.address, 'transferOwnership', stranger.address), 'NotOwner')
  t.equal(await refusal(contract, stranger.address, 'acceptOwnership'), 'NotPendingOwner')

  const offered = await offer(stranger.address)
  t.same(eventsOf(contract, offered), [['OwnershipTransferStarted', owner.address, stranger.address]])
  t.equal(await read(contract, 'owner'), owner.address, 'an offer changes nothing yet')
  t.equal(await read(contract, 'pendingOwner'), stranger.address)
  t.equal(await refusal(contract, owner.address, 'acceptOwnership'), 'NotPendingOwner')
  t.equal(await refusal(contract, stranger.address, 'setAnchorer', stranger.address), 'NotOwner')

  await offer(ZeroAddress)
  t.equal(await refusal(contract, stranger.address, 'acceptOwnership'), 'NotPendingOwner', 'an offer can be withdrawn')
  await offer(stranger.address)
  const accepted = await send(contract, stranger, 'acceptOwnership')
  t.same(eventsOf(contract, accepted), [['OwnershipTransferred', owner.address, stranger.address]])
  t.equal(await read(contract, 'owner'), stranger.address)
  t.equal(await read(contract, 'pendingOwner'), ZeroAddress)
  t.equal(await refusal(contract, owner.address, 'setAnchorer', owner.address), 'NotOwner')
})

t.test('verifyInclusion answers false, and never reverts, for whatever it is given', async (t) => {
  const contract = await deploy()
  await anchor(contract, 5, 0)
  await anchor(contract, 13, 5)
  const max = 2n ** 64n - 1n
  const rows: [boolean, string, unknown[]][] = [
    [true, 'an older anchored size', [leaf(4), 4, 5, path(4, 5)]],
    [true, 'the latest size', [leaf(4), 4, 13, path(4, 13)]],
    [false, 'a size that was never anchored', [leaf(4), 4, 8, path(4, 8)]],
    [false, 'the zero hash as the root that was never anchored', [ZeroHash, 0, 1, []]],
    [false, 'the proof of another size', [leaf(4), 4, 13, path(4, 5)]],
    [false, 'another index', [leaf(4), 3, 13, path(4, 13)]],
    [false, 'an index beyond the tree', [leaf(4), 13, 13, path(4, 13)]],
    [false, 'the largest index', [leaf(4), max, 13, path(4, 13)]],
    [false, 'size zero', [leaf(0), 0, 0, []]],
    [false, 'the largest size', [leaf(0), 0, max, []]],
    [false, 'no proof', [leaf(4), 4, 13, []]],
    [false, 'a hash left over', [leaf(4), 4, 13, [...path(4, 13), junk]]],
    [false, 'the root as its own leaf', [root(13), 0, 13, []]],
    [false, 'a very long proof', [leaf(4), 4, 13, Array.from({ length: 3000 }, () => junk)]],
  ]
  for (const [answer, name, args] of rows) t.equal(await read(contract, 'verifyInclusion', ...args), answer, name)
})

t.test('short of gas, a proof is not judged at all: never false for a true one, never a refusal by name', async (t) => {
  const contract = await deploy()
  await anchor(contract, 5, 0)
  const inclusion = [hexlify(leaves[2] as Uint8Array), 2, 5, inclusionOf(tree, 2, 5).map((hash) => hexlify(hash))]
  // Asked all at once, so that a thousand calls share a few requests.
  const limits = Array.from({ length: 300 }, (_, i) => 22_000 + 53 * i)
  const answers = await Promise.all(
    limits.map(async (gasLimit) => {
      const answer = contract.getFunction('verifyInclusion').staticCall(...inclusion, { gasLimit }) as Promise<unknown>
      return await answer.catch(() => 'no answer')
    }),
  )
  t.same(new Set(answers), new Set(['no answer', true]))
  const refusals = await Promise.all(
    limits.map(async (gasLimit) => {
      const options = { from: anchorer.address, gasLimit: gasLimit + 3_000 }
      const call = contract.getFunction('anchor').staticCall(13, root(13), proof(5, 13), options) as Promise<unknown>
      return await refusalOf(call)
    }),
  )
  t.notOk(refusals.includes('InconsistentRoot') || refusals.includes('MalformedProof'))
})
