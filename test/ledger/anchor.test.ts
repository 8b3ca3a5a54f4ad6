/** What can be an anchor. */
import t from 'tap'
import { assertAnchor, isTestChain } from '../../ledger/anchor.ts'
import type { Anchor } from '../../ledger/anchor.ts'

const ANCHOR: Anchor = {
  chainId: 1,
  contract: '0x52908400098527886E0F7030069857D2E4169EE7',
  transaction: `0x${'ab'.repeat(32)}`,
  block: 0,
  timestamp: 0,
  size: 1,
  root: new Uint8Array(32),
}

const FAULTS: [string, Partial<Anchor>][] = [
  ['chain 0', { chainId: 0 }],
  ['a chain that is no integer', { chainId: 1.5 }],
  ['a contract that is none', { contract: '0x0' }],
  ['a transaction in capitals', { transaction: `0x${'AB'.repeat(32)}` }],
  ['a short transaction', { transaction: '0xab' }],
  ['a negative block', { block: -1 }],
  ['a time that is no integer', { timestamp: 0.5 }],
  ['size 0', { size: 0 }],
  ['a size above 2^53-1', { size: 2 ** 53 }],
  ['a short root', { root: new Uint8Array(31) }],
]

t.test('every fault of an anchor is refused', async (t) => {
  assertAnchor(ANCHOR)
  for (const [name, change] of FAULTS) {
    t.throws(() => assertAnchor({ ...ANCHOR, ...change }), { code: 'anchor_malformed' }, name)
  }
})

t.test('the chains that anybody runs at home are test chains', async (t) => {
  t.strictSame([31337, 1337, 1, 56, 100].map(isTestChain), [true, true, false, false, false])
})
