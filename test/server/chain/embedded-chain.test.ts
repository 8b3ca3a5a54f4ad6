/** The embedded chain keeps what was dumped, through restarts, kills and damage, and starts anew when nothing is left. */
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, stat, truncate, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { Test } from 'tap'
import { openAnchorContract } from '../../../server/chain/anchor-contract.ts'
import { startEmbeddedChain } from '../../../server/chain/embedded-chain.ts'
import type { AnchorContract, ContractAnchor } from '../../../server/chain/anchor-contract.ts'
import type { EmbeddedChain } from '../../../server/chain/embedded-chain.ts'
import { untilMined } from '../../support/chain.ts'
import { consistencyOf, leafOf, treeOver } from '../../support/tree-oracle.ts'

const origin = 'localhost/log'
const tree = treeOver(Array.from({ length: 32 }, (_, i) => leafOf(Uint8Array.of(i))))

type Running = { chain: EmbeddedChain; contract: AnchorContract; warnings: string[]; end: () => Promise<void> }

/** Starts a chain that ends with the test, also with one that fails half-way: a chain left running ends no file. */
async function start(t: Test, dataDir: string): Promise<Running> {
  const warnings: string[] = []
  const log = { info: () => {}, warn: (message: string) => void warnings.push(message) }
  const chain = await startEmbeddedChain({ dataDir, origin, log })
  const contract = openAnchorContract({ rpcUrl: chain.rpcUrl, chainId: chain.chainId, address: chain.contract })
  const end = async (): Promise<void> => {
    contract.close()
    await chain.stop()
  }
  t.teardown(end)
  return { chain, contract, warnings, end }
}

async function anchor({ chain, contract }: Running, from: number, size: number): Promise<string> {
  const proof = from === 0 ? [] : consistencyOf(tree, from, size)
  const prepared = await contract.prepareAnchor({ key: chain.key, size, root: tree(0, size), proof, maxFeeGwei: 50 })
  await contract.send(prepared.raw)
  await untilMined(contract, prepared.hash)
  return prepared.hash
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits until something is so; the test's own time-out is the limit. */
async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}

const latestOf = async ({ contract }: Running): Promise<ContractAnchor | undefined> =>
  await contract.latest().catch(() => undefined)

t.test(
  'the first start makes a key that only its owner reads, and a contract that the key may anchor in',
  async (t) => {
    const dataDir = t.testdir()
    const running = await start(t, dataDir)
    t.equal((await stat(join(dataDir, 'chain/key'))).mode % 0o1000, 0o600)
    t.equal(await running.contract.origin(), origin)
    t.equal(await running.contract.anchorer(), running.chain.key.address)
    t.same(running.warnings, [])
    await anchor(running, 0, 3)
    const seconds = Math.abs(Date.now() / 1000 - ((await latestOf(running))?.timestamp ?? 0))
    t.ok(seconds < 60, 'its clock is ours')
  },
)

t.test('a restart keeps the contract, its anchors and their transactions, and goes on from there', async (t) => {
  const dataDir = t.testdir()
  const first = await start(t, dataDir)
  await anchor(first, 0, 3)
  const hash = await anchor(first, 3, 8)
  await first.chain.dump()
  const before = await latestOf(first)
  await first.end()
  t.notOk(isAlive(first.chain.pid()))
  await writeFile(join(dataDir, 'chain/state.0.tmp'), 'a write that was killed half-way')

  const second = await start(t, dataDir)
  t.equal(second.chain.contract, first.chain.contract)
  t.same(await latestOf(second), before)
  t.equal(await second.contract.anchorCount(), 2)
  t.equal(await second.contract.findTransaction(8), hash)
  t.same(second.warnings, [])
  await anchor(second, 8, 21)
  t.equal((await latestOf(second))?.size, 21)
  t.ok(((await latestOf(second))?.timestamp ?? 0) >= (before?.timestamp ?? 0))
  t.same(
    (await readdir(join(dataDir, 'chain'))).filter((name) => name.endsWith('.tmp')),
    [],
  )
})

t.test('a killed anvil comes back by itself at the same address with what was dumped, and only that', async (t) => {
  const running = await start(t, t.testdir())
  await anchor(running, 0, 3)
  await running.chain.dump()
  await anchor(running, 3, 8)
  const pid = running.chain.pid()
  process.kill(pid, 'SIGKILL')
  await until(() => running.chain.pid() !== pid)
  t.equal((await latestOf(running))?.size, 3, 'the anchor that was never dumped is lost')
  t.equal(running.warnings.length, 1)
  await anchor(running, 3, 9)
  t.equal((await latestOf(running))?.size, 9, 'and the log is anchored again')
})

for (const [damage, inflict] of [
  ['cut in half', async (file: string) => await truncate(file, Math.floor((await stat(file)).size / 2))],
  ['empty', async (file: string) => await truncate(file, 0)],
  ['not a state at all', async (file: string) => await writeFile(file, 'once upon a time')],
  ['missing', async (file: string) => await unlink(file)],
] as const) {
  t.test(`a state that is ${damage} leads to a fresh chain with the contract at the same address`, async (t) => {
    const dataDir = t.testdir()
    const file = join(dataDir, 'chain/state')
    const first = await start(t, dataDir)
    await anchor(first, 0, 3)
    await first.end()
    await inflict(file)

    const second = await start(t, dataDir)
    t.equal(second.chain.contract, first.chain.contract)
    t.equal(await latestOf(second), undefined)
    t.equal(second.warnings.length, damage === 'missing' ? 0 : 1)
    t.equal(existsSync(`${file}.unreadable`), damage !== 'missing', 'what could not be read is kept aside')
    await anchor(second, 0, 3)
    t.equal((await latestOf(second))?.size, 3)
  })
}

t.test('dumps asked for at once wait for each other, and the last state is whole', async (t) => {
  const dataDir = t.testdir()
  const running = await start(t, dataDir)
  await anchor(running, 0, 3)
  await Promise.all(Array.from({ length: 10 }, async () => await running.chain.dump()))
  await running.end()
  const again = await start(t, dataDir)
  t.equal((await latestOf(again))?.size, 3)
  t.same(again.warnings, [])
})

t.test('a broken key file stops the start: another key would mean another contract', async (t) => {
  const dataDir = t.testdir()
  await mkdir(join(dataDir, 'chain'))
  await writeFile(join(dataDir, 'chain/key'), '0x12')
  await t.rejects(start(t, dataDir), { code: 'key_unreadable' })
  t.equal(await readFile(join(dataDir, 'chain/key'), 'utf8'), '0x12')
})

const program = `
import { startEmbeddedChain } from '${new URL('../../../server/chain/embedded-chain.ts', import.meta.url).href}'
const log = { info: () => {}, warn: () => {} }
const chain = await startEmbeddedChain({ dataDir: process.argv[1], origin: '${origin}', log })
console.log(chain.pid())
setInterval(() => {}, 1000)
`

t.test('a service that is killed leaves no anvil behind, and the next start works', async (t) => {
  const dataDir = t.testdir()
  const service = spawn(process.execPath, ['--input-type=module', '-e', program, dataDir], { stdio: 'pipe' })
  const pid = Number(await new Promise((resolve) => service.stdout.once('data', resolve)))
  t.ok(isAlive(pid))
  service.kill('SIGKILL')
  await until(() => !isAlive(pid))
  const running = await start(t, dataDir)
  t.equal(await running.contract.origin(), origin)
})

t.test('a first start that is killed at any moment does not spoil the next', async (t) => {
  const dataDir = t.testdir()
  for (const afterMs of [250, 450, 600, 750]) {
    const started = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, dataDir], {
      timeout: afterMs,
      killSignal: 'SIGKILL',
    })
    await t.rejects(started, 'killed')
  }
  const running = await start(t, dataDir)
  t.equal(await running.contract.origin(), origin)
  await anchor(running, 0, 3)
  t.equal((await latestOf(running))?.size, 3)
})
