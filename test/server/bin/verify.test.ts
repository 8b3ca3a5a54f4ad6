/** `npm run verify` as a stranger runs it: on files, folders and addresses, against a real contract on a real chain. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { formatBundle } from '../../../ledger/bundle.ts'
import { utf8 } from '../../../ledger/bytes.ts'
import { formatLogId, logId } from '../../../ledger/log-id.ts'
import { checkBundle } from '../../../views/script/check.ts'
import { CRISIS, ORIGIN, START, SampleLog, milestone, openCrisis, openedLog } from '../../ledger/sample-log.ts'
import { startTestChain } from '../../support/chain.ts'
import { openContract } from '../../support/sample-contract.ts'
import { logFiles, serveFiles } from '../../support/log-files.ts'
import type { LogFiles } from '../../support/log-files.ts'
import { runProgram } from '../../support/run.ts'

const chain = await startTestChain(['--timestamp', String(START - 3600)])
const site = await serveFiles()
t.teardown(async () => {
  await chain.stop()
  await site.close()
})

type Outcome = { status: number | null; output: string; error: string }

async function verify(...args: string[]): Promise<Outcome> {
  const { status, stdout, stderr } = await runProgram('server/bin/verify.ts', args)
  return { status, output: stdout, error: stderr }
}

/** A log of 300 entries whose anchors stand in a contract on the chain. */
async function anchoredLog(): Promise<SampleLog> {
  const contract = await openContract(chain, ORIGIN)
  const log = new SampleLog({ chainId: 31337, contract: contract.address })
  openedLog(log)
  openCrisis(log)
  log.anchor()
  while (log.size < 150) milestone(log)
  log.anchor()
  while (log.size < 299) milestone(log)
  log.anchor()
  await contract.accept(log)
  return log
}

const log = await anchoredLog()
const ID = formatLogId(logId({ origin: ORIGIN, chainId: 31337, contract: log.contract }))
const KNOWN = ['--log', ID, '--rpc', chain.rpcUrl, '--allow-test-chain']

function publish(prefix: string, files: LogFiles): string {
  for (const [path, bytes] of files) site.files.set(`${prefix}/${path}`, bytes)
  return `${site.url}${prefix}`
}

const bundle = formatBundle(log.bundle())
const logUrl = publish('/log', logFiles(log.checkpoint(), log.bytes))
site.files.set('/v1/streams/s/bundle', utf8(bundle))

t.test('a bundle, as a file or by its address, is verified: a tick and a sentence for each check', async (t) => {
  const file = join(t.testdir(), 'timeline.json')
  writeFileSync(file, bundle)
  for (const target of [file, `${site.url}/v1/streams/s/bundle`]) {
    const { status, output } = await verify(target, ...KNOWN)
    t.equal(status, 0, output)
    t.equal(output.match(/^[✓~] /gm)?.length, 13)
    t.match(output, /^verdict {2}verified: the record is unaltered\. That does not make it true/m)
    t.match(output, ID)
  }
})

t.test('the exit status says the verdict', async (t) => {
  const url = `${site.url}/v1/streams/s/bundle`
  t.equal((await verify(url, '--log', ID, '--rpc', chain.rpcUrl)).status, 4, 'a test chain')
  t.equal((await verify(url, '--rpc', chain.rpcUrl, '--allow-test-chain')).status, 4, 'no log id')
  t.equal((await verify(url, '--log', ID, '--allow-test-chain')).status, 3, 'no chain asked')
  const silent = await verify(url, '--log', ID, '--allow-test-chain', '--rpc', `${site.url}/nobody`)
  t.equal(silent.status, 3, 'a chain that does not answer')
  t.match(silent.output, /The chain was not asked \(.*404/)
  site.files.set(
    '/altered/bundle',
    utf8(bundle.replace(/"timestamp":(\d+)/, (_, time) => `"timestamp":${Number(time) + 1}`)),
  )
  const altered = await verify(`${site.url}/altered/bundle`, ...KNOWN)
  t.equal(altered.status, 1)
  t.match(altered.output, /^✗ chain/m)
})

t.test('an anchor that a bundle leaves out is found in the contract', async (t) => {
  const whole = log.bundle()
  const [first, middle, newest] = whole.anchors
  const file = join(t.testdir(), 'without.json')
  writeFileSync(file, formatBundle({ ...whole, anchors: [first!, newest!] }))
  const { status, output } = await verify(file, ...KNOWN)
  t.equal(status, 1)
  t.match(output, new RegExp(`^✗ chain +The contract has an anchor of size ${middle!.size} that lies nearer`, 'm'))
})

t.test('a page finds it as well, where an entry says that it waited for an anchor for hours', async (t) => {
  const whole = log.bundle()
  const [first, middle, newest] = whole.anchors
  const options = { logId: ID, rpcUrls: [chain.rpcUrl], testChain: false }
  const codes = async (bytes: Uint8Array): Promise<string[]> => {
    const { checks } = (await checkBundle(bytes, options)).report
    return checks.filter(({ ok }) => ok === 'failed').map(({ code }) => code)
  }
  t.same(await codes(utf8(bundle)), [])
  const without = utf8(formatBundle({ ...whole, anchors: [first!, newest!] }))
  t.same(await codes(without), ['anchor_left_out'], `the one of size ${middle!.size}`)
})

t.test('a file that is cut off or no bundle at all says where it breaks', async (t) => {
  const dir = t.testdir({ 'cut.json': Buffer.from(bundle).subarray(0, 5000), 'page.json': '<html>', 'empty.json': '' })
  const cut = await verify(join(dir, 'cut.json'), ...KNOWN)
  t.equal(cut.status, 1)
  t.match(cut.output, /^✗ format +Not JSON at byte 5000/m)
  t.match((await verify(join(dir, 'page.json'))).output, /Not JSON at byte 0/)
  t.equal((await verify(join(dir, 'empty.json'))).status, 1)
})

t.test('--json prints the report', async (t) => {
  const { status, output } = await verify(`${site.url}/v1/streams/s/bundle`, ...KNOWN, '--json')
  const report = JSON.parse(output) as Record<string, unknown>
  t.equal(status, 0)
  t.match(report, { kind: 'bundle', verdict: 'verified', stream: CRISIS, asOf: { entries: 293 } })
  t.match((report['checks'] as unknown[])[0], { name: 'format', ok: 'held' })
})

t.test('a whole log is replayed from its tiles, by address and from a folder', async (t) => {
  const { status, output } = await verify(logUrl, ...KNOWN)
  t.equal(status, 0, output)
  t.match(output, /^✓ L4/m)
  t.match(output, /^✓ tiles +All 3 tiles/m)
  t.match(output, /^size +300$/m)
  t.equal((await verify(`${logUrl}/checkpoint`, ...KNOWN)).status, 0, 'by the address of its checkpoint')
  const folder = t.testdir()
  for (const [path, bytes] of logFiles(log.checkpoint(), log.bytes)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  t.equal((await verify(folder, ...KNOWN)).status, 0)
  t.equal((await verify(logUrl, '--log', ID)).status, 4, 'without permission for a test chain')
})

t.test('a mirror anywhere will do, also one that dropped a partial tile or redirects', async (t) => {
  const later = new SampleLog({ chainId: 31337, contract: log.contract })
  for (const bytes of log.bytes) later.addBytes(bytes)
  while (later.size < 512) later.addBytes(utf8(`later ${later.size}`))
  const files = logFiles(log.checkpoint(), later.bytes)
  // Level 1 has no full tile yet that could stand for its partial one.
  files.set('tile/1/000.p/1', logFiles(log.checkpoint(), log.bytes).get('tile/1/000.p/1')!)
  const url = publish('/somewhere/else', files)
  site.redirects.set('/moved/checkpoint', `${url}/checkpoint`)
  for (const path of files.keys()) site.redirects.set(`/moved/${path}`, `/somewhere/else/${path}`)
  const { status, output } = await verify(`${site.url}/moved`, ...KNOWN)
  t.equal(status, 0, output)
})

t.test('an altered, a withheld and a broken log are each a mismatch', async (t) => {
  const altered = logFiles(log.checkpoint(), log.bytes.with(7, log.bytes[8]!))
  const replaced = await verify(publish('/altered', altered), ...KNOWN)
  t.equal(replaced.status, 1)
  t.match(replaced.output, /^✗ root/m)
  t.match(replaced.output, /^✗ L2/m)

  const tiles = logFiles(log.checkpoint(), log.bytes)
  tiles.set('tile/0/000', new Uint8Array(8192))
  const forged = await verify(publish('/tiles', tiles), ...KNOWN)
  t.equal(forged.status, 1)
  t.match(forged.output, /^✗ tiles .*tile\/0\/000/m)

  const missing = logFiles(log.checkpoint(), log.bytes)
  missing.delete('tile/entries/000')
  const withheld = await verify(publish('/withheld', missing), ...KNOWN, '--json')
  t.equal(withheld.status, 1)
  t.match(JSON.parse(withheld.output), { verdict: 'mismatch', error: /tile\/entries\/000.* is not served/ })

  const short = logFiles(log.checkpoint(), log.bytes)
  short.set('tile/entries/000', short.get('tile/entries/001.p/44')!)
  t.match((await verify(publish('/short', short), ...KNOWN)).error, /lacks entries/)

  const broken = logFiles(log.checkpoint(), log.bytes)
  broken.set('tile/entries/000', Uint8Array.of(0, 9, 1))
  t.equal((await verify(publish('/broken', broken), ...KNOWN)).status, 1)

  const hashless = logFiles(log.checkpoint(), log.bytes)
  hashless.delete('tile/1/000.p/1')
  t.match((await verify(publish('/hashless', hashless), ...KNOWN)).output, /^✗ tiles .*or not at all/m)
})

t.test('an endpoint of another chain, or one that answers nonsense, was not asked', async (t) => {
  const url = `${site.url}/v1/streams/s/bundle`
  const other = await startTestChain([], 1337)
  t.teardown(other.stop)
  const wrong = await verify(url, '--log', ID, '--allow-test-chain', '--rpc', other.rpcUrl)
  t.equal(wrong.status, 3)
  t.match(wrong.output, /serves the chain 1337, not 31337/)
  site.files.set('/nonsense', utf8('<html>'))
  t.match((await verify(url, '--log', ID, '--rpc', `${site.url}/nonsense`)).output, /does not answer with JSON/)
  site.files.set('/empty', utf8('{}'))
  t.match((await verify(logUrl, '--log', ID, '--rpc', `${site.url}/empty`)).output, /does not speak JSON-RPC/)
  const fresh = await startTestChain()
  t.teardown(fresh.stop)
  const absent = await verify(url, '--log', ID, '--allow-test-chain', '--rpc', fresh.rpcUrl)
  t.equal(absent.status, 1, 'the right chain by its number, but the contract is not there')
  t.match(absent.output, /no such contract/)
  t.equal((await verify(logUrl, '--log', ID, '--allow-test-chain', '--rpc', fresh.rpcUrl)).status, 1)
})

t.test('what others wrote cannot steer the terminal', async (t) => {
  const answer = { error: { code: -1, message: 'no\u001b[2J\u009b2J\u202Eway' } }
  site.files.set('/hostile', utf8(JSON.stringify(answer)))
  const { output } = await verify(`${site.url}/v1/streams/s/bundle`, '--rpc', `${site.url}/hostile`)
  t.match(output, /way/)
  for (const control of ['\u001b', '\u009b', '\u202e']) t.notOk(output.includes(control))
})

t.test('the address of a site is that of its log, and a page that is no proof is no altered record', async (t) => {
  const { status, output } = await verify(`${site.url}/`, ...KNOWN)
  t.equal(status, 0, output)
  t.match(output, /^verdict {2}verified/m)
  site.files.set('/how', utf8('<!doctype html><title>How</title>'))
  const page = await verify(`${site.url}/how`, ...KNOWN)
  t.equal(page.status, 3)
  t.match(page.error, /^not checked: .*\/how is a web page and no proof\. Give .*\/log/)
})

t.test('what cannot be read is said plainly, with the status for it', async (t) => {
  t.equal((await verify('/no/such/file')).status, 2)
  const gone = await verify(`${site.url}/nothing/bundle`)
  t.equal(gone.status, 3)
  t.match(gone.error, /answers 404/)
  t.equal((await verify('http://127.0.0.1:1/log')).status, 3)
  site.redirects.set('/circle', '/circle')
  t.match((await verify(`${site.url}/circle`)).error, /redirects more than 5 times/)
  site.redirects.set('/file', 'file:///etc/passwd')
  t.match((await verify(`${site.url}/file`)).error, /no web address/)
})

t.test('a command line that cannot be followed shows the usage', async (t) => {
  for (const args of [
    [],
    ['a', 'b'],
    ['a', '--log', 'short'],
    ['a', '--rpc', 'here'],
    ['a', '--nothing'],
    ['http://'],
  ]) {
    const { status, error } = await verify(...args)
    t.equal(status, 2, args.join(' '))
    t.match(error, /usage: npm run verify/)
  }
})
