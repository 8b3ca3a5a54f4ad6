/** `npm run deploy` from no key to a contract that the service can use. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { formatLogId, logId } from '../../../ledger/log-id.ts'
import { openAnchorContract } from '../../../server/chain/anchor-contract.ts'
import { startTestChain } from '../../support/chain.ts'

const chain = await startTestChain()
t.teardown(async () => await chain.stop())

const program = new URL('../../../server/bin/deploy.ts', import.meta.url).pathname

type Outcome = { code: number; output: string }

/** Runs the program with these variables only. */
async function deploy(env: Record<string, string>, ...args: string[]): Promise<Outcome> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], { env })
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, output: stdout + stderr }
  }
}

/** What the output says after a name. */
const said = ({ output }: Outcome, name: string): string =>
  new RegExp(`^${name} +(\\S.*)$`, 'm').exec(output)?.[1] ?? `nothing about ${name} in: ${output}`

t.test('a key is made, funded, and deploys a contract whose log id is printed', async (t) => {
  const env = {
    CHAIN_RPC_URL: chain.rpcUrl,
    CHAIN_ID: '31337',
    ANCHOR_KEY_FILE: join(t.testdir(), 'anchor.json'),
    ANCHOR_KEY_PASSWORD: 'correct horse',
    PUBLIC_URL: 'https://ledger.example',
  }
  const { ANCHOR_KEY_FILE, ANCHOR_KEY_PASSWORD } = env
  const made = await deploy({ ANCHOR_KEY_FILE, ANCHOR_KEY_PASSWORD }, '--new-key')
  t.equal(made.code, 0, made.output)
  const address = said(made, 'address')

  const poor = await deploy(env)
  t.equal(poor.code, 1)
  t.match(poor.output, /insufficient_funds/)

  await chain.fund(address)
  const done = await deploy(env)
  t.equal(done.code, 0, done.output)
  const contract = said(done, 'contract')
  t.equal(said(done, 'chain'), '31337')
  t.equal(said(done, 'log id'), formatLogId(logId({ origin: 'ledger.example/log', chainId: 31337, contract })))

  const deployed = openAnchorContract({ rpcUrl: chain.rpcUrl, chainId: 31337, address: contract })
  t.equal(await deployed.origin(), 'ledger.example/log')
  t.equal(await deployed.anchorer(), address)
  deployed.close()

  t.equal((await deploy(env, '--new-key')).code, 1, 'a key is never overwritten')
  t.equal((await deploy({ ...env, ANCHOR_KEY_PASSWORD: 'wrong' })).code, 1)
  t.equal((await deploy({ ...env, CHAIN_ID: '1' })).code, 1)
})

t.test('what is missing or wrong is named, and nothing is sent', async (t) => {
  const env = { CHAIN_RPC_URL: chain.rpcUrl, CHAIN_ID: '31337', ANCHOR_KEY_FILE: join(t.testdir(), 'anchor.json') }
  const before = await chain.provider.getBlockNumber()
  const rows: [RegExp, Outcome][] = [
    [/CHAIN_RPC_URL/, await deploy({ LOG_ORIGIN: 'ledger.example/log' })],
    [/LOG_ORIGIN or PUBLIC_URL/, await deploy(env)],
    [/ANCHOR_KEY_PASSWORD/, await deploy({ ...env, LOG_ORIGIN: 'ledger.example/log' }, '--new-key')],
    [/--anchorer/, await deploy(env, '--anchorer', '0x12')],
    [/--what/, await deploy(env, '--what')],
  ]
  for (const [named, { code, output }] of rows) {
    t.equal(code, 2, output)
    t.match(output, named)
  }
  t.equal(await chain.provider.getBlockNumber(), before)
})
