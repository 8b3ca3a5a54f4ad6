import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { parseEntry } from '../../../ledger/entry.ts'
import { openAnchorContract, trustAnchor } from '../../../server/chain/anchor-contract.ts'
import { findNewestAnchor, readAnchors } from '../../../server/services/anchoring/anchor-store.ts'
import { anchorRound, startAnchoring } from '../../../server/services/anchoring/anchoring.ts'
import { assertContractMatchesLog } from '../../../server/services/anchoring/chain-check.ts'
import { takeLease } from '../../../server/services/anchoring/lease.ts'
import { findStatus } from '../../../server/services/anchoring/status.ts'
import { untilMined } from '../../support/chain.ts'
import { ENGINES } from '../../support/database.ts'
import { assertAgreement } from './agreement.ts'
import { openSite, roundsUntilConfirmed, settle } from './site.ts'
import type { Site } from './site.ts'

for (const engine of ENGINES) {
  void t.test(`what is written is counted, published, anchored and then left alone, on ${engine}`, async (t) => {
    const site = await openSite(t, engine)
    await site.write(3)
    await settle(site.deps)
    const { size } = await site.log.reader.head()
    t.equal((await site.contract.latest())?.size, size, 'the heads entry ends the anchored log')
    const heads = parseEntry((await site.log.reader.entry(size - 1)).bytes)
    t.match(heads.data, { size: size - 1, streams: 4 }, 'it counts every entry before it')
    t.strictSame(await settle(site.deps), [{ kind: 'idle', reason: 'no anchor is due' }], 'a heads entry is no news')
    await site.write(1)
    await settle(site.deps)
    await roundsUntilConfirmed({ ...site.deps, now: () => Date.now() / 1000 + 25 * 3600 })
    t.equal(await site.contract.anchorCount(), 3, 'a quiet log is anchored once a day')
    await assertAgreement(site)
    t.match(await findStatus(site.database.kysely), { state: 'current' })
  })
}

void t.test('entries that come while the log is counted are anchored and counted by the next anchor', async (t) => {
  const site = await openSite(t, 'postgres')
  const { heads } = site.deps
  const root = heads.root.bind(heads)
  heads.root = async (below) => {
    const counted = await root(below)
    if (below < 5) await site.write(1)
    return counted
  }
  await settle(site.deps)
  const { size } = await site.log.reader.head()
  const last = parseEntry((await site.log.reader.entry(size - 1)).bytes)
  t.match(last, { type: 'ledger.heads', data: { size: size - 1 } })
  await assertAgreement(site)
})

void t.test('a reorganisation before the confirmed depth is waited out', async (t) => {
  const site = await openSite(t, 'postgres')
  const deps = { ...site.deps, confirmations: 3 }
  await site.write(1)
  await anchorRound(deps)
  t.match(await anchorRound(deps), { kind: 'waiting', reason: '1 of 3 confirmations' })
  await site.chain.reorganise(1)
  t.equal(await site.contract.latest(), undefined, 'the anchor is gone')
  await anchorRound(deps)
  await site.chain.mine(3)
  t.match((await roundsUntilConfirmed(deps)).at(-1), /^confirmed/)
  await assertAgreement(site)
})

void t.test('a confirmed anchor that the chain takes back is anchored again', async (t) => {
  const site = await openSite(t, 'postgres')
  for (let i = 0; i < 3; i++) {
    await site.write(1)
    await settle(site.deps)
  }
  const before = await readAnchors(site.database.kysely, { limit: 9 })
  await site.chain.mine(1)
  await site.chain.reorganise(3)
  t.equal(await site.contract.anchorCount(), 1, 'two anchors are gone')
  await settle(site.deps)
  const after = await readAnchors(site.database.kysely, { limit: 9 })
  t.strictSame(
    after.map(({ size }) => size),
    before.map(({ size }) => size),
    'the same sizes are anchored, from the same transactions',
  )
  await assertAgreement(site)
})

void t.test('a chain that lost all anchors, or went back to an older state, gets the newest again', async (t) => {
  const site = await openSite(t, 'postgres')
  const empty = await site.chain.snapshot()
  for (let i = 0; i < 3; i++) {
    await site.write(1)
    await settle(site.deps)
  }
  await site.chain.revert(empty)
  // The account has sent something else meanwhile: the old transactions can never be mined again.
  await site.chain.call('anvil_setNonce', [site.deps.key.address, '0x20'])
  t.equal(await site.contract.anchorCount(), 0)
  await settle(site.deps)
  const latest = await site.contract.latest()
  t.equal(latest?.size, (await site.log.reader.head()).size)
  await assertAgreement(site)
})

void t.test('an anchor that no row knows is written down and not made again', async (t) => {
  const site = await openSite(t, 'postgres')
  await site.write(1)
  await settle(site.deps)
  const anchor = await findNewestAnchor(site.database.kysely)
  await site.database.kysely.deleteFrom('anchor').execute()
  await site.database.kysely.deleteFrom('anchor_intent').execute()
  await settle(site.deps)
  t.strictSame(await findNewestAnchor(site.database.kysely), anchor)
  t.equal(await site.contract.anchorCount(), 1)
})

void t.test('above the fee ceiling nothing is sent, and everybody can see why', async (t) => {
  const site = await openSite(t, 'postgres', { maxFeeGwei: 5 })
  await site.write(1)
  await site.chain.setBaseFee(100)
  await site.chain.mine(1)
  const loop = startAnchoring(site.deps)
  await until(async () => (await findStatus(site.database.kysely))?.reason === 'fee_ceiling')
  await loop.stop()
  t.equal(await site.contract.anchorCount(), 0)
  t.notOk(site.proxy.calls.includes('eth_sendRawTransaction'))
  await site.chain.setBaseFee(1)
  await site.chain.mine(1)
  await roundsUntilConfirmed(site.deps)
  t.match(await findStatus(site.database.kysely), { state: 'current' })
  await assertAgreement(site)
})

void t.test('a transaction that waits too long is outbid, and whichever is mined is the anchor', async (t) => {
  const site = await openSite(t, 'postgres')
  await site.write(1)
  await site.chain.setAutomine(false)
  await anchorRound(site.deps)
  for (let i = 0; i < 3; i++) await anchorRound({ ...site.deps, dearerAfterMs: 0 })
  const attempts = await site.database.kysely.selectFrom('anchor_intent').selectAll().orderBy('id').execute()
  t.equal(attempts.length, 4)
  t.equal(new Set(attempts.map(({ nonce }) => nonce)).size, 1, 'all have one nonce')
  for (const [i, { max_fee_per_gas: fee }] of attempts.entries()) {
    if (i > 0) t.ok(BigInt(fee) * 10n >= BigInt(attempts[i - 1]!.max_fee_per_gas) * 11n, 'each bids 10 % more')
  }
  await site.chain.mine(1)
  await site.chain.setAutomine(true)
  await settle(site.deps)
  const states = await site.database.kysely.selectFrom('anchor_intent').select('state').orderBy('id').execute()
  t.strictSame(
    states.map(({ state }) => state),
    ['replaced', 'replaced', 'replaced', 'confirmed'],
  )
  await assertAgreement(site)
})

void t.test('when the contract has another anchorer, only anchoring stops', async (t) => {
  const site = await openSite(t, 'postgres')
  const stranger = await site.chain.fundedWallet()
  await setAnchorer(site, stranger.address)
  t.match(await anchorRound(site.deps), { kind: 'idle', reason: /anchorer/ })
  t.match(await findStatus(site.database.kysely), { state: 'late', reason: 'not_anchorer' })
  await site.write(1)
  await setAnchorer(site, site.deps.key.address)
  await settle(site.deps)
  await assertAgreement(site)
})

void t.test('a root on chain that the log does not have stops all signing', async (t) => {
  const site = await openSite(t, 'postgres')
  await site.write(1)
  const stolen = await site.contract.prepareAnchor({
    key: site.deps.key,
    size: 2,
    root: new Uint8Array(32).fill(7),
    proof: [],
    maxFeeGwei: 1_000,
  })
  await site.contract.send(stolen.raw)
  await untilMined(site.contract, stolen.hash)
  await t.rejects(assertContractMatchesLog(site.contract, site.log.reader), { code: 'log_stopped' })
  const loop = startAnchoring(site.deps)
  await until(async () => (await findStatus(site.database.kysely))?.reason === 'log_stopped')
  await loop.stop()
  await t.rejects(site.write(1), { code: 'log_stopped' })
  await t.rejects(site.log.reader.checkpoint(), { code: 'log_stopped' })
})

void t.test('an anchor beyond the end of the log stops all signing: a restored backup', async (t) => {
  const site = await openSite(t, 'postgres')
  const { raw, hash } = await site.contract.prepareAnchor({
    key: site.deps.key,
    size: 1_000,
    root: new Uint8Array(32).fill(7),
    proof: [],
    maxFeeGwei: 1_000,
  })
  await site.contract.send(raw)
  await untilMined(site.contract, hash)
  await t.rejects(anchorRound(site.deps), { code: 'log_stopped' })
})

void t.test(
  'another chain, an address without a contract, and a dead endpoint are refused, and nothing is signed',
  async (t) => {
    const site = await openSite(t, 'postgres')
    const { rpcUrl } = site.chain
    const { address } = site.contract
    const wrong = openAnchorContract({ rpcUrl, chainId: 1, address })
    const nobody = openAnchorContract({ rpcUrl, chainId: 31337, address: site.deps.key.address })
    const dead = openAnchorContract({ rpcUrl: 'http://127.0.0.1:9', chainId: 31337, address })
    t.teardown(() => [wrong, nobody, dead].forEach((contract) => contract.close()))
    await t.rejects(anchorRound({ ...site.deps, contract: wrong }), { code: 'wrong_chain' })
    await t.rejects(anchorRound({ ...site.deps, contract: nobody }), { code: 'no_contract' })
    await t.rejects(anchorRound({ ...site.deps, contract: dead }), { code: 'unreachable' })
    t.equal((await site.log.reader.head()).size, 1, 'no heads entry either')
  },
)

void t.test('one of many instances sends; when it is gone another takes over', async (t) => {
  const site = await openSite(t, 'postgres')
  const first = { ...site.deps, lease: { ...site.deps.lease, holder: 'first', seconds: 60 } }
  const second = { ...site.deps, lease: { ...site.deps.lease, holder: 'second', seconds: 60 } }
  await site.write(1)
  await anchorRound(first)
  t.match(await anchorRound(second), { kind: 'standby' })
  await site.database.kysely.updateTable('lease').set({ expires_at: '2020-01-01T00:00:00Z' }).execute()
  await roundsUntilConfirmed(second)
  t.match(await anchorRound(first), { kind: 'standby' }, 'the first does not come back while the second renews')
  t.equal(await site.contract.anchorCount(), 1)
  await assertAgreement(site)
})

void t.test('whoever loses the lease between signing and writing sends nothing', async (t) => {
  const site = await openSite(t, 'postgres')
  await site.write(1)
  const thief = { ...site.deps.lease, holder: 'thief', seconds: 60 }
  const { contract } = site.deps
  const robbed = {
    ...site.deps,
    contract: {
      ...contract,
      prepareAnchor: async (...plan: Parameters<typeof contract.prepareAnchor>) => {
        const prepared = await contract.prepareAnchor(...plan)
        await site.database.kysely.updateTable('lease').set({ expires_at: '2020-01-01T00:00:00Z' }).execute()
        await takeLease(site.database.kysely, thief)
        return prepared
      },
    },
  }
  t.match(await anchorRound(robbed), { kind: 'waiting', reason: 'another instance holds the lease' })
  t.notOk(site.proxy.calls.includes('eth_sendRawTransaction'))
  t.strictSame(await site.database.kysely.selectFrom('anchor_intent').selectAll().execute(), [])
})

void t.test('the loop anchors by itself while two instances run it, and stops when asked', async (t) => {
  const site = await openSite(t, 'postgres')
  const loops = ['one', 'two', 'three'].map((holder) =>
    startAnchoring({ ...site.deps, lease: { ...site.deps.lease, holder, seconds: 2 } }),
  )
  for (let i = 0; i < 4; i++) {
    await site.write(2)
    const { size } = await site.log.reader.head()
    await until(async () => ((await findNewestAnchor(site.database.kysely))?.size ?? 0) >= size)
    if (i === 1) await loops.shift()?.stop()
  }
  await Promise.all(loops.map(async (loop) => await loop.stop()))
  await settle({ ...site.deps, lease: { ...site.deps.lease, holder: 'last' } })
  await assertAgreement(site)
})

async function setAnchorer({ chain, deps, contract }: Site, anchorer: string): Promise<void> {
  const { address } = deps.key
  await chain.call('anvil_impersonateAccount', [address])
  const data = trustAnchor.abi.encodeFunctionData('setAnchorer', [anchorer])
  const sent = await chain.call('eth_sendTransaction', [{ from: address, to: contract.address, data }])
  await untilMined(contract, String(sent))
  await chain.call('anvil_stopImpersonatingAccount', [address])
}

/** Asks until the answer is yes; the time-out of the test is the limit. */
async function until(question: () => Promise<boolean>): Promise<void> {
  while (!(await question())) await sleep(10)
}
