/**
 * The log as an auditor replays it: the rules L1–L10 with every heads entry recounted, and what the chain says. The rules
 * are those of ledger/replay.ts; here the entries come from the database, and every anchor from the contract.
 */
import type { AnchorRecord } from '../../../ledger/anchor.ts'
import { equalBytes } from '../../../ledger/bytes.ts'
import { reasonOf, withReasons } from '../../../ledger/reason.ts'
import { Replay } from '../../../ledger/replay.ts'
import type { AnchorHistory, ReplayCheckName, ReplayReport } from '../../../ledger/replay-report.ts'
import type { AnchorContract } from '../../chain/anchor-contract.ts'
import { ChainError } from '../../chain/chain-error.ts'
import type { Database } from '../../db/database.ts'
import { readAnchors } from '../anchoring/anchor-store.ts'
import { failed, held, skipped } from './finding.ts'
import type { Finding } from './finding.ts'

const PAGE_ENTRIES = 500
const PAGE_ANCHORS = 200

/** Which rules of the replay stand behind a check of ours. */
const RULES: Readonly<
  Record<'streams' | 'heads' | 'promises' | 'seals' | 'programmes' | 'actors', readonly ReplayCheckName[]>
> = {
  streams: ['L1', 'L2', 'L3', 'L5'],
  heads: ['L4'],
  promises: ['L7'],
  seals: ['L8'],
  programmes: ['L9'],
  actors: ['L10'],
}

/** Replays the whole log and compares it with the contract. @param contract undefined when no chain can be asked */
export async function checkHistory(database: Database, contract: AnchorContract | undefined): Promise<Finding[]> {
  // The chain first: what is anchored while we read is then of a log that we read further than that.
  const chain = await readChain(contract)
  const replay = await replayEntries(database)
  const history = typeof chain === 'string' ? undefined : chain
  // The signature is checked with the stored checkpoints, and whom to recognise is not our question: no note is needed.
  const report = replay.finish('', { history, allowTestChain: true })
  const rules = Object.entries(RULES).map(([check, names]) => findingOf(check, names, report))
  if (contract === undefined) return [...rules, skipped('chain', 'No chain can be asked.')]
  if (typeof chain === 'string') return [...rules, failed('chain', [chain])]
  return [...rules, await compareWithChain(database, contract, chain?.anchors ?? [], report)]
}

async function replayEntries({ kysely }: Database): Promise<Replay> {
  const replay = new Replay()
  for (;;) {
    const page = await kysely
      .selectFrom('entry')
      .select('bytes')
      .where('index', '>=', replay.size)
      .orderBy('index')
      .limit(PAGE_ENTRIES)
      .execute()
    for (const { bytes } of page) replay.add(bytes)
    if (page.length < PAGE_ENTRIES) return replay
  }
}

/** All that the contract holds, or why it could not be read. */
async function readChain(contract: AnchorContract | undefined): Promise<AnchorHistory | string | undefined> {
  if (contract === undefined) return undefined
  try {
    await contract.checkChain()
    const origin = await contract.origin()
    return { chainId: contract.chainId, contract: contract.address, origin, anchors: await readContract(contract) }
  } catch (error) {
    if (error instanceof ChainError) return error.message
    throw error
  }
}

async function readContract(contract: AnchorContract): Promise<AnchorRecord[]> {
  const anchors: AnchorRecord[] = []
  const count = await contract.anchorCount()
  for (let k = 0; k < count; k++) {
    const anchor = await contract.anchorByNumber(k)
    if (anchor !== undefined) anchors.push(anchor)
  }
  return anchors
}

function findingOf(check: string, names: readonly ReplayCheckName[], { checks }: ReplayReport): Finding {
  const ours = withReasons(checks.filter(({ name }) => names.includes(name)))
  const broken = ours.filter(({ ok }) => ok === 'failed').map(({ name, reason }) => `${name}: ${reason}`)
  return broken.length > 0 ? failed(check, broken) : held(check, ours.map(({ reason }) => reason).join(' '))
}

/** L6, the times, and that the table of anchors is what the contract says. */
async function compareWithChain(
  database: Database,
  contract: AnchorContract,
  anchors: readonly AnchorRecord[],
  { checks, size }: ReplayReport,
): Promise<Finding> {
  const broken = checks
    .filter(({ name, ok }) => ['L6', 'chain', 'times'].includes(name) && ok === 'failed')
    .map((check) => `${check.name}: ${reasonOf(check)}`)
  const beyond = anchors.filter((anchor) => anchor.size > size)
  for (const anchor of beyond) broken.push(`the chain has an anchor of size ${anchor.size}, the log ${size} entries`)
  broken.push(...(await compareRows(database, contract, anchors)))
  if (broken.length > 0) return failed('chain', broken)
  const newest = anchors.at(-1)?.size ?? 0
  return held(
    'chain',
    `The contract has ${anchors.length} anchors, all of this log; the newest covers ${newest} entries.`,
  )
}

async function compareRows(
  { kysely }: Database,
  contract: AnchorContract,
  anchors: readonly AnchorRecord[],
): Promise<string[]> {
  const problems: string[] = []
  const bySize = new Map(anchors.map((anchor) => [anchor.size, anchor]))
  for (let before = Number.MAX_SAFE_INTEGER; ;) {
    const page = await readAnchors(kysely, { before, limit: PAGE_ANCHORS })
    for (const row of page) {
      before = row.size
      if (row.chainId !== contract.chainId || row.contract !== contract.address) continue
      // An anchor may have been confirmed since the contract was read.
      const anchor = bySize.get(row.size) ?? (await contract.anchorAt(row.size))
      const isSame = anchor !== undefined && anchor.block === row.block && anchor.timestamp === row.timestamp
      if (!isSame || !equalBytes(anchor.root, row.root))
        problems.push(`anchor ${row.size}: the chain does not have it so`)
    }
    if (page.length < PAGE_ANCHORS) return problems
  }
}
