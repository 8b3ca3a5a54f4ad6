/**
 * What the contract costs, in gas of real transactions on anvil. The hard fork is cancun: from Prague on, EIP-7623
 * prices a transaction with much calldata by a floor, which hides what the code itself costs.
 */
import { Contract, ContractFactory, hexlify } from 'ethers'
import { readFileSync } from 'node:fs'
import type { ContractTransactionReceipt, ContractTransactionResponse } from 'ethers'
import { compile, compileTrustAnchor, trustAnchorSource } from '../support/compile-contracts.ts'
import { startTestChain } from '../support/chain.ts'
import type { Figure } from './figure.ts'
import { consistencyOf, leafOf, uniformTree } from '../support/tree-oracle.ts'
import type { TestChain } from '../support/chain.ts'
import type { Compiled } from '../support/compile-contracts.ts'

const hardfork = 'cancun'
const proofLength = 20
const tree = uniformTree(leafOf(new TextEncoder().encode('gas')))
const rootAt = (size: number): string => hexlify(tree(0, size))
const proofBetween = (from: number, to: number): string[] => consistencyOf(tree, from, to).map((hash) => hexlify(hash))

/**
 * Size pairs whose consistency proofs have 20 hashes, from few node hashes (21) to the most there can be (37: the first
 * proof hash is where both paths begin, one stands in the new tree only, each of the other 18 is hashed for both).
 */
const checkedPairs: readonly (readonly [number, number])[] = [
  [10, 524_293],
  [262_143, 262_399],
  [524_287, 524_288],
  [983_038, 1_000_000],
]

/** Three sizes up to a million, each consistent with the one before by 20 hashes of the dearest shape. */
const anchoredSizes = [917_502, 983_038, 1_000_000] as const

/** Gas of a 20-hash consistency check: a transaction with the proof less one of an empty function, same calldata. */
export async function measureCheck20(): Promise<Figure> {
  return await onChain(async (chain) => {
    const contracts = compile({
      ...trustAnchorSource(),
      'test/contracts/GasHarness.sol': readFileSync(new URL('../contracts/GasHarness.sol', import.meta.url), 'utf8'),
    })
    const check = await deployed(chain, contracts['CheckHarness'])
    const empty = await deployed(chain, contracts['EmptyHarness'])
    const measured: { pair: string; gas: number }[] = []
    for (const [from, to] of checkedPairs) {
      const proof = proofBetween(from, to)
      if (proof.length !== proofLength) throw new Error(`the proof ${from}→${to} has ${proof.length} hashes`)
      const args = [from, rootAt(from), to, rootAt(to), proof]
      const gas = (await gasOf(check, 'check', args)) - (await gasOf(empty, 'check', args))
      measured.push({ pair: `${from}→${to}`, gas })
    }
    const worst = measured.reduce((a, b) => (b.gas > a.gas ? b : a))
    const others = measured.filter((one) => one !== worst).map((one) => `${one.pair}: ${one.gas}`)
    return {
      id: 'gas.check20',
      value: worst.gas,
      unit: 'gas',
      goal: 12_000,
      better: 'lower',
      detail: `worst shape ${worst.pair} (${others.join(', ')}); ${compiler()}`,
    }
  })
}

/** Gas of anchoring at a million entries with a 20-hash proof: the mean of two consecutive anchors. */
export async function measureAnchor1m(): Promise<Figure> {
  return await onChain(async (chain) => {
    const wallet = await chain.fundedWallet()
    const artifact = compileTrustAnchor()
    const factory = new ContractFactory(artifact.abi, artifact.bytecode, wallet)
    const contract = new Contract(
      await (await factory.deploy('gas.example/log', wallet.address)).getAddress(),
      artifact.abi,
      wallet,
    )
    const gas: number[] = []
    let from = 0
    for (const size of anchoredSizes) {
      const proof = from === 0 ? [] : proofBetween(from, size)
      const spent = await gasOf(contract, 'anchor', [size, rootAt(size), proof])
      if (from > 0 && proof.length !== proofLength)
        throw new Error(`the proof ${from}→${size} has ${proof.length} hashes`)
      if (from > 0) gas.push(spent)
      from = size
    }
    return {
      id: 'gas.anchor1m',
      value: gas.reduce((a, b) => a + b) / gas.length,
      unit: 'gas',
      goal: 90_000,
      better: 'lower',
      detail: `mean of ${gas.join(' and ')} (none above 100,000) at ${anchoredSizes.slice(1).join(', ')}; ${compiler()}`,
    }
  })
}

function compiler(): string {
  const { version, optimizerRuns, viaIR, evmVersion } = compileTrustAnchor().compiler
  return `solc ${version}, ${optimizerRuns} runs${viaIR ? ', IR' : ''}, EVM ${evmVersion}, anvil --hardfork ${hardfork}`
}

async function onChain<T>(measure: (chain: TestChain) => Promise<T>): Promise<T> {
  const chain = await startTestChain(['--hardfork', hardfork])
  try {
    return await measure(chain)
  } finally {
    await chain.stop()
  }
}

async function deployed(chain: TestChain, compiled: Compiled | undefined): Promise<Contract> {
  if (!compiled) throw new Error('the harness was not compiled')
  const wallet = await chain.fundedWallet()
  const contract = await new ContractFactory(compiled.abi, compiled.bytecode, wallet).deploy()
  return new Contract(await contract.getAddress(), compiled.abi, wallet)
}

async function gasOf(contract: Contract, name: string, args: unknown[]): Promise<number> {
  const sent: ContractTransactionResponse = await contract.getFunction(name).send(...args)
  const receipt: ContractTransactionReceipt | null = await sent.wait()
  if (receipt?.status !== 1) throw new Error(`${name} failed`)
  return Number(receipt.gasUsed)
}
