/**
 * core.ratio: what the tree adds to the hashing that it cannot avoid. Appending a leaf whose hash is known takes one
 * node hash on average (n leaves: n minus the one bits of n), so the same number of bare SHA-256 calls over the same
 * 65 bytes is the fastest that any tree of this kind could be.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { hash } from 'node:crypto'
import { leafHash } from '../../ledger/hash.ts'
import { RightEdge } from '../../ledger/tree.ts'
import type { Figure } from './figure.ts'
import { median } from './figure.ts'

/** @param leaves how many leaves each round appends; a power of two, so that n leaves take n - 1 node hashes */
export function measureCore(leaves = 65_536, rounds = 11): Figure {
  const hashes = Array.from({ length: 1024 }, (_, i) => leafHash(new TextEncoder().encode(`leaf ${i}`)))
  const node = new Uint8Array(65)
  node[0] = 1

  const append = (): number =>
    milliseconds(() => {
      const edge = new RightEdge()
      for (let i = 0; i < leaves; i++) edge.append(hashes[i % hashes.length]!)
    })
  const hashOnly = (digest: (bytes: Uint8Array) => unknown): number =>
    milliseconds(() => {
      for (let i = 0; i < leaves; i++) {
        node.set(hashes[i % hashes.length]!, 1)
        digest(node)
      }
    })

  append()
  hashOnly(sha256)
  hashOnly(native)
  const nativeRatios: number[] = []
  const ratios: number[] = []
  let perSecond = 0
  for (let round = 0; round < rounds; round++) {
    const hashing = hashOnly(sha256)
    const appending = append()
    ratios.push(hashing / appending)
    nativeRatios.push(hashOnly(native) / appending)
    perSecond = Math.max(perSecond, (leaves / appending) * 1000)
  }
  return {
    id: 'core.ratio',
    value: median(ratios),
    unit: 'ratio',
    goal: 0.5,
    better: 'higher',
    detail:
      `median of ${rounds} rounds of ${leaves} leaves, against SHA-256 of @noble/hashes; against node:crypto ` +
      `${median(nativeRatios).toFixed(2)}; best round ${Math.round(perSecond).toLocaleString('en')} leaves a second`,
  }
}

const native = (bytes: Uint8Array): unknown => hash('sha256', bytes, 'buffer')

function milliseconds(work: () => void): number {
  const from = performance.now()
  work()
  return performance.now() - from
}
