import { join, resolve } from 'node:path'
import t from 'tap'
import { isAppError } from '../support/app-error.ts'
import { readConfig } from '../../server/config.ts'
import { readCheckedConfig, readConfigFiles } from '../../server/config-files.ts'
import { WORK_CALENDAR } from '../../server/services/clocks/work-calendar.ts'
import { runProgram } from '../support/run.ts'

const CHAIN = {
  CHAIN_RPC_URL: 'https://rpc.example',
  CHAIN_ID: '10',
  ANCHOR_CONTRACT: `0x${'ab'.repeat(20)}`,
  ANCHOR_KEY_FILE: 'anchor.json',
}

t.test('without any variable everything is embedded and local', async (t) => {
  const config = readConfig({})
  t.match(config, {
    host: '127.0.0.1',
    port: 3000,
    publicUrl: 'http://localhost:3000',
    dataDir: resolve('data'),
    evidenceDir: resolve(join('data', 'evidence')),
    logOrigin: 'localhost:3000/log',
    anchorIntervalSeconds: 10,
    anchorConfirmations: 1,
    backupDays: 30,
    trustProxy: false,
  })
  t.notOk('databaseUrl' in config)
  t.notOk('chain' in config)
})

t.test('a real chain brings the pace and depth of a real chain', async (t) => {
  const config = readConfig({ ...CHAIN, PUBLIC_URL: 'https://id.example.cn/' })
  t.equal(config.anchorIntervalSeconds, 600)
  t.equal(config.anchorConfirmations, 5)
  t.equal(config.publicUrl, 'https://id.example.cn')
  t.equal(config.logOrigin, 'id.example.cn/log')
  t.match(config.chain, { chainId: 10, contract: CHAIN.ANCHOR_CONTRACT })
})

t.test('what is to be replaced is named by its id or its address', (t) => {
  t.same(readConfig({}).logReplaced, {})
  const named = { LOG_KEY_REPLACES: '0123abcd', ANCHOR_CONTRACT_REPLACES: `0x${'AB'.repeat(20)}` }
  t.same(readConfig(named).logReplaced, { key: '0123abcd', contract: '0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB' })
  t.end()
})

t.test('half a chain is refused rather than replaced by the embedded one', async (t) => {
  const error = t.throws(() => readConfig({ CHAIN_RPC_URL: 'https://rpc.example' }))
  t.ok(isAppError(error, 'config_invalid'))
  t.match(String(error), /missing: CHAIN_ID, ANCHOR_CONTRACT, ANCHOR_KEY_FILE/)
})

t.test('every problem is named at once, and no password is repeated', async (t) => {
  const error = t.throws(() =>
    readConfig({
      PORT: 'eighty',
      PUBLIC_URL: 'ftp://x',
      DATABASE_URL: 'mysql://root:hunter2@db/x',
      CHAIN_TEST: 'maybe',
      LOG_LEVEL: 'loud',
      CHAIN_PUBLIC_RPC_URLS: 'https://a.example nonsense',
      LOG_ORIGIN: 'has space',
      ANCHOR_MAX_FEE_GWEI: '0',
      ADMIN_KEY: 'qwertz-shorty',
      TRUST_PROXY: 'sometimes',
      CHAIN_ID: 'mainnet',
      ANCHOR_CONTRACT: '0xabc',
      LOG_KEY_REPLACES: 'the old one',
      ANCHOR_CONTRACT_REPLACES: '0xdef',
    }),
  )
  const message = String(error)
  for (const name of [
    'PORT',
    'PUBLIC_URL',
    'DATABASE_URL',
    'CHAIN_TEST',
    'LOG_LEVEL',
    'CHAIN_PUBLIC_RPC_URLS',
    'LOG_ORIGIN',
    'ANCHOR_MAX_FEE_GWEI',
    'ADMIN_KEY',
    'TRUST_PROXY',
    'CHAIN_ID must be',
    'ANCHOR_CONTRACT is not an address',
    'LOG_KEY_REPLACES must be the id of a key',
    'ANCHOR_CONTRACT_REPLACES is not an address',
    'missing: CHAIN_RPC_URL, ANCHOR_KEY_FILE',
  ])
    t.match(message, name)
  t.match(message, /15 problem/)
  t.notMatch(message, /hunter2|qwertz/)
})

t.test('files that the configuration names are told of with its other problems', async (t) => {
  const folder = t.testdir({ 'lines.json': '{}', 'good.json': '[]' })
  const files = { HELP_LINES_FILE: join(folder, 'lines.json'), WORK_CALENDAR_FILE: join(folder, 'none.json') }
  const both = { code: 'config_invalid', message: /2 problem\(s\):\n- HELP_LINES_FILE .*\n- WORK_CALENDAR_FILE .*$/ }
  await t.rejects(readCheckedConfig(files), both)
  await t.rejects(readConfigFiles(readConfig(files)), both, 'also when the variables were read before')
  await t.rejects(readCheckedConfig({ PORT: 'eighty' }), { message: /1 problem\(s\):\n- PORT/ })
  const ended = await runProgram('server/bin/serve.ts', [], {
    ...files,
    PORT: 'eighty',
    DATA_DIR: join(folder, 'data'),
  })
  t.equal(ended.status, 2)
  t.match(ended.stderr, /3 problem\(s\):\n- PORT .*\n- HELP_LINES_FILE .*\n- WORK_CALENDAR_FILE /)
  const good = await readCheckedConfig({ HELP_LINES_FILE: join(folder, 'good.json') })
  t.same(await readConfigFiles(good), { helpLines: [], calendar: WORK_CALENDAR })
})

t.test('a PostgreSQL URL may name a socket instead of a host', async (t) => {
  t.equal(
    readConfig({ DATABASE_URL: 'postgresql://postgres@/db?host=%2Fsocket' }).databaseUrl,
    'postgresql://postgres@/db?host=%2Fsocket',
  )
})

t.test('a proxy is trusted by its address, its network or a name for it', async (t) => {
  for (const value of ['10.0.0.1', '10.0.0.0/8, fd00::/8', 'loopback', '::1']) {
    t.equal(readConfig({ TRUST_PROXY: value }).trustProxy, value)
  }
  for (const value of ['10.0.0.0/33', '10.0.0', '2', '10.0.0.1/x', 'proxy.example', '1.2.3.4,']) {
    t.throws(() => readConfig({ TRUST_PROXY: value }), { code: 'config_invalid' }, value)
  }
})

t.test('a contract whose checksum is wrong was mistyped', async (t) => {
  const address = '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512'
  for (const right of [address, address.toLowerCase()]) {
    t.match(readConfig({ ...CHAIN, ANCHOR_CONTRACT: right }).chain, { contract: right })
  }
  const mistyped = address.replace('e7f1', 'e7F1')
  t.throws(() => readConfig({ ...CHAIN, ANCHOR_CONTRACT: mistyped }), /checksum/)
})
