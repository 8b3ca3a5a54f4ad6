/**
 * `npm run fsck`: recomputes and compares everything that this deployment stores. A tick and a sentence for each check,
 * progress on stderr. Exit status: 0 all is sound, 1 something is not, or it could not be checked at all, 2 usage.
 *
 * With PostgreSQL it may run beside the service. An embedded database has one owner at a time: while the service runs,
 * fsck refuses and names its process.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checksumAddress } from '../../ledger/address.ts'
import { openAnchorContract } from '../chain/anchor-contract.ts'
import type { AnchorContract } from '../chain/anchor-contract.ts'
import { startEmbeddedChain } from '../chain/embedded-chain.ts'
import { readConfig } from '../config.ts'
import type { Config } from '../config.ts'
import { findDataDirHolder, lockDataDir } from '../db/data-dir-lock.ts'
import { openDatabase } from '../db/database.ts'
import { LONG_PATIENCE } from '../db/silent-peer.ts'
import { AppError } from '../errors.ts'
import { EvidenceStore } from '../services/evidence/evidence-store.ts'
import type { Finding } from '../services/fsck/finding.ts'
import { fsck } from '../services/fsck/fsck.ts'
import { HighWater } from '../services/log/high-water.ts'
import { endedByArguments } from './usage.ts'

const USAGE = `usage: npm run fsck

Recomputes and compares everything that this deployment stores; with an embedded database the service must be stopped.
It takes no arguments and reads the variables of the service.

exit status: 0 all is sound, 1 something is not or could not be checked, 2 usage`

const MARKS: Record<Finding['outcome'], string> = { held: '✓', failed: '✗', skipped: '-' }

/** What must be undone at the end, the last first. */
const closers: (() => Promise<unknown>)[] = []

try {
  process.exitCode = endedByArguments(process.argv.slice(2), USAGE) ?? (await run(readConfig(process.env)))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  for (const close of closers.toReversed()) await close()
}

async function run(config: Config): Promise<number> {
  const { dataDir, databaseUrl, evidenceDir } = config
  if (databaseUrl === undefined) {
    if (!(await exists(join(dataDir, 'db')))) throw new AppError('not_found', `There is no database in ${dataDir}.`)
    const lock = await lockDataDir(dataDir)
    closers.push(async () => await lock.release())
  }
  const database = await openDatabase({ url: databaseUrl, dataDir, patience: LONG_PATIENCE })
  closers.push(async () => await database.close())
  const { mark } = await HighWater.open(join(dataDir, 'high-water'), () => undefined)
  const chain = await openChain(config)
  const findings = await fsck({
    database,
    evidence: new EvidenceStore(evidenceDir),
    mark,
    ...chain,
    onProgress: showProgress,
    onFinding: print,
  })
  return findings.some(({ outcome }) => outcome === 'failed') ? 1 : 0
}

/** The configured chain; or the embedded one, if nobody else runs it. */
async function openChain(config: Config): Promise<{ contract?: AnchorContract; chainProblem?: string }> {
  if (config.chain !== undefined) {
    const { rpcUrl, chainId, contract: address } = config.chain
    return { contract: opened({ rpcUrl, chainId, address: checksumAddress(address) }) }
  }
  const { dataDir, databaseUrl, logOrigin: origin } = config
  if (!(await exists(join(dataDir, 'chain', 'state')))) return { chainProblem: `There is no chain in ${dataDir}.` }
  if (databaseUrl !== undefined) {
    const pid = await findDataDirHolder(dataDir)
    if (pid !== undefined) return { chainProblem: `The embedded chain belongs to the running process ${pid}.` }
    const lock = await lockDataDir(dataDir)
    closers.push(async () => await lock.release())
  }
  const chain = await startEmbeddedChain({ dataDir, origin, log: { info: () => undefined, warn: console.error } })
  closers.push(async () => await chain.stop())
  return { contract: opened({ rpcUrl: chain.rpcUrl, chainId: chain.chainId, address: chain.contract }) }
}

function opened(where: { rpcUrl: string; chainId: number; address: string }): AnchorContract {
  const contract = openAnchorContract(where)
  closers.push(async () => contract.close())
  return contract
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

function showProgress(checked: number, size: number): void {
  const percent = size === 0 ? 100 : Math.floor((checked / size) * 100)
  if (process.stderr.isTTY)
    process.stderr.write(`\rentries ${checked} of ${size} (${percent} %)${checked === size ? '\n' : ''}`)
  else if (checked === size) process.stderr.write(`entries ${checked} of ${size}\n`)
}

function print({ check, outcome, sentence, problems }: Finding): void {
  console.log(`${MARKS[outcome]} ${check}: ${sentence}`)
  for (const problem of problems) console.log(`    ${problem}`)
}
