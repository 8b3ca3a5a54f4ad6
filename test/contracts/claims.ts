/**
 * Claims about two trees, or about a leaf and a tree, put to the contract and to ledger/ alike, and what each answers.
 * Used by the exhaustive and by the random comparison.
 */
import { Contract, ContractFactory, Interface, hexlify } from 'ethers'
import { readFileSync } from 'node:fs'
import { LedgerError } from '../../ledger/errors.ts'
import { verifyConsistency, verifyInclusion } from '../../ledger/proof.ts'
import type { ConsistencyClaim, InclusionClaim } from '../../ledger/proof.ts'
import type { TestChain } from '../support/chain.ts'
import { compile, trustAnchorSource } from '../support/compile-contracts.ts'

/** Room for thousands of claims in one call. */
export const roomyChain = ['--gas-limit', '100000000000']

const claimsPerCall = 400

const errorOfCode: Readonly<Record<string, string>> = {
  proof_malformed: 'MalformedProof',
  root_mismatch: 'InconsistentRoot',
  size_out_of_range: 'SizeOutOfRange',
}

/** 'accepted', or the name of the contract's error for the code with which the core refuses. */
export function coreOnConsistency(claim: ConsistencyClaim): string {
  try {
    verifyConsistency(claim)
    return 'accepted'
  } catch (error) {
    if (error instanceof LedgerError) return errorOfCode[error.code] ?? error.code
    throw error
  }
}

/** Whether the core accepts. */
export function coreOnInclusion(claim: InclusionClaim): boolean {
  try {
    verifyInclusion(claim)
    return true
  } catch (error) {
    if (error instanceof LedgerError) return false
    throw error
  }
}

/** The contract's side: every claim is judged by the real `anchor` or `verifyInclusion`. */
export interface Judge {
  onConsistency: (claims: readonly ConsistencyClaim[]) => Promise<string[]>
  onInclusion: (claims: readonly InclusionClaim[]) => Promise<boolean[]>
}

/** Deploys the harness that asks the contract about many claims in one call. */
export async function deployJudge(chain: TestChain): Promise<Judge> {
  const { JudgeHarness } = compile({
    ...trustAnchorSource(),
    'test/contracts/JudgeHarness.sol': readFileSync(new URL('JudgeHarness.sol', import.meta.url), 'utf8'),
  })
  if (!JudgeHarness) throw new Error('the harness was not compiled')
  const wallet = await chain.fundedWallet()
  const deployed = await new ContractFactory(JudgeHarness.abi, JudgeHarness.bytecode, wallet).deploy()
  const harness = new Contract(await deployed.getAddress(), JudgeHarness.abi, chain.provider)
  const errors = new Interface(JudgeHarness.abi)

  const ask = async <T>(name: string, claims: readonly unknown[]): Promise<T[]> => {
    const answers: T[] = []
    for (let i = 0; i < claims.length; i += claimsPerCall) {
      const call = harness.getFunction(name)
      answers.push(...((await call.staticCall(claims.slice(i, i + claimsPerCall))) as T[]))
    }
    return answers
  }
  return {
    async onConsistency(claims) {
      const answers = await ask<string>('judgeConsistency', claims.map(encodeConsistency))
      return answers.map((bytes) => (bytes === '0x00000000' ? 'accepted' : (errors.getError(bytes)?.name ?? bytes)))
    },
    async onInclusion(claims) {
      return await ask<boolean>('judgeInclusion', claims.map(encodeInclusion))
    },
  }
}

const encodeConsistency = ({ from, fromRoot, to, toRoot, proof }: ConsistencyClaim): unknown => [
  BigInt(from),
  hexlify(fromRoot),
  BigInt(to),
  hexlify(toRoot),
  proof.map((hash) => hexlify(hash)),
]

const encodeInclusion = ({ leafHash, index, size, root, proof }: InclusionClaim): unknown => [
  hexlify(leafHash),
  BigInt(index),
  BigInt(size),
  hexlify(root),
  proof.map((hash) => hexlify(hash)),
]

/** A proof damaged in every way that one step can damage it: each hash altered, lost or doubled, or one put at an end. */
export function damaged(proof: readonly Uint8Array[], stranger: Uint8Array): Uint8Array[][] {
  const each = proof.flatMap((hash, i) => [
    proof.with(i, altered(hash)),
    proof.filter((_, j) => j !== i),
    [...proof.slice(0, i), hash, ...proof.slice(i)],
  ])
  return [...each, [...proof, stranger], [stranger, ...proof], proof.toReversed()]
}

/** The hash with one bit turned over. */
export function altered(hash: Uint8Array, bit = 0): Uint8Array {
  const at = Math.floor(bit / 8) % 32
  return hash.with(at, (hash[at] as number) ^ (1 << (bit % 8)))
}
