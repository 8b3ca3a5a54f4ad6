/** That the README speaks of this project as it is: its examples run; its commands, variables and exit codes exist. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { formatBallotList } from '../../ledger/ballot.ts'
import { formatBundle } from '../../ledger/bundle.ts'
import { utf8 } from '../../ledger/bytes.ts'
import { formatLogId, logId } from '../../ledger/log-id.ts'
import { formatReceipt } from '../../ledger/receipt.ts'
import { PointsLog, pointsLog } from '../ledger/points-log.ts'
import { POINTS } from '../ledger/programme-stream.ts'
import { publishedBallot } from '../ledger/published-ballot.ts'
import type { Vote } from '../ledger/recounted.ts'
import { ORIGIN, START, SampleLog, milestone, openCrisis, openedLog } from '../ledger/sample-log.ts'
import { startTestChain } from '../support/chain.ts'
import { logFiles, serveFiles } from '../support/log-files.ts'
import { runProgram } from '../support/run.ts'
import { openContract } from '../support/sample-contract.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const readme = read('README.md')
const commands = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) => block!.trim().split('\n'))
/** A chain that is not one of those that everybody runs at home, and so needs no permission. */
const CHAIN_ID = 4242
const VIEW_CODE = `V-${'7K2M9QPD'.repeat(4).slice(0, 26)}`
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

t.test('every npm script that the README names exists, and names a file that exists', async (t) => {
  const named = new Set(
    [...readme.matchAll(/npm (?:run )?((?:test|start|dev)\b(?::\w+)?|(?<=run )[\w:]+)/g)].map(([, name]) => name!),
  )
  for (const name of ['demo', 'test', 'verify', 'fsck', 'migrate', 'keys', 'deploy', 'start'])
    t.ok(named.has(name), name)
  for (const name of named) {
    t.ok(scripts[name], `package.json has ${name}`)
    const file = /^node (?:--\S+ )*(\S+)/.exec(scripts[name] ?? '')?.[1]
    if (file !== undefined) t.ok(existsSync(join(ROOT, file)), file)
  }
})

t.test('the commands to try it are the ones that are promised', async (t) => {
  for (const script of ['demo', 'test']) {
    const tail = script === 'test' ? 'npm test' : `npm run ${script}`
    t.ok(commands.includes(`npx -y -p node@24 -c 'npm ci && ${tail}'`), script)
  }
})

t.test('every example of checking a record is what checks one, and comes out verified', async (t) => {
  const examples = commands.filter((command) => /^npm run (?:verify|recount) /.test(command))
  t.ok(examples.length >= 5)
  const { url, names, folder } = await examplePlace(t)
  for (const example of examples) {
    let typed = example.replace('https://id.example.cn', url)
    for (const [name, real] of names) typed = typed.replace(name, real)
    const [, , program = '', , ...args] = typed.split(' ')
    const file = scripts[program]!.slice('node '.length)
    const { status, stdout, stderr } = await runProgram(file, args, { INIT_CWD: folder })
    t.equal(status, 0, `${example}\n${stdout}${stderr}`)
  }
})

/**
 * What the examples speak of, under the names that they use: a crisis, a programme and a ballot on a site that serves files,
 * a timeline, a receipt and a view code in a folder. Of the names only those that nobody can choose are other ones.
 */
async function examplePlace(t: Test): Promise<{ url: string; names: Map<string, string>; folder: string }> {
  const chain = await startTestChain(['--timestamp', String(START - 3600)], CHAIN_ID)
  const site = await serveFiles()
  t.teardown(async () => await Promise.all([chain.stop(), site.close()]))
  const contract = await openContract(chain, ORIGIN)
  const points = pointsLog(
    new PointsLog({}, openedLog(new SampleLog({ chainId: CHAIN_ID, contract: contract.address }))),
  )
  const { log } = points
  openCrisis(log)
  milestone(log)
  points.holders.get('H-A')!.viewCode = VIEW_CODE
  points.anchor()
  await contract.accept(log)

  const timeline = formatBundle(log.bundle())
  site.files.set('/v1/crises/CR-7K2M9QPD/bundle', utf8(timeline))
  for (const [path, bytes] of logFiles(log.checkpoint(), log.bytes)) site.files.set(`/log/${path}`, bytes)
  const votes = Array.from({ length: 20 }, (_, i): Vote => [`voter ${i}`, 'lid'])
  const { list, bundle, ballot } = publishedBallot(votes)
  site.files.set(`/v1/ballots/family/${ballot}/list`, formatBallotList(list))
  site.files.set(`/v1/streams/${POINTS}/bundle`, bundle)
  const receipt = formatReceipt(points.receipt('H-A'))
  const names = new Map([
    ['7k2m-9qpd-…', formatLogId(logId({ origin: ORIGIN, chainId: CHAIN_ID, contract: contract.address }))],
    ['https://your.own.endpoint', chain.rpcUrl],
    ['ballots/57', `ballots/${ballot}`],
  ])
  const folder = t.testdir({ 'timeline.json': timeline, 'receipt.json': receipt, 'code.txt': VIEW_CODE })
  return { url: site.url, names, folder }
}

t.test('the verifier exits as the README says', async (t) => {
  const usage = await runProgram('server/bin/verify.ts', [])
  t.equal(usage.status, 2, 'without a target')
  for (const word of ['0 verified', '1 mismatch', '2 usage', '3 pending or not checked', '4 unrecognised']) {
    t.match(usage.stderr, word)
    t.match(readme.replace(/\s+/g, ' '), word)
  }
})

t.test('the table of variables and the configuration name the same ones', async (t) => {
  const config = read('server/config.ts')
  const migrate = read('server/bin/migrate.ts')
  const rows = readme.split('\n').filter((line) => /^\| `[A-Z]/.test(line))
  const listed = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name!))
  t.ok(listed.length > 20, `${listed.length} variables`)
  for (const name of listed) t.ok(config.includes(`'${name}'`) || migrate.includes(name), `${name} is read`)
  for (const [, name] of config.matchAll(/read\.\w+\('([A-Z_]+)'/g))
    t.ok(listed.includes(name!), `${name} is in the table`)
})

t.test('every link into the project leads somewhere', async (t) => {
  const links = [...readme.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!)
  for (const link of links.filter((link) => !/^[a-z]+:/.test(link))) t.ok(existsSync(join(ROOT, link)), link)
})

t.test('the specification names every file of the core, and no file that there is not', async (t) => {
  const specification = read('ledger/README.md')
  const files = readdirSync(join(ROOT, 'ledger')).filter((file) => /(?<!\.d)\.ts$/.test(file))
  const named = [...new Set([...specification.matchAll(/`([\w./*-]+\.ts)`/g)].map(([, name]) => name!))]
  const patterns = named.map((name) => new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`))
  for (const file of files)
    t.ok(
      patterns.some((pattern) => pattern.test(file)),
      file,
    )
  for (const name of named.filter((name) => !name.includes('*'))) {
    const places = ['ledger', 'server/services', '.'].map((folder) => join(ROOT, folder, name))
    t.ok(places.some(existsSync), name)
  }
})
