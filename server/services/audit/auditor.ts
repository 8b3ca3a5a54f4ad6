/** What auditors ask beside the log itself: which log this is, its anchors, a crisis at a glance, and batch answers. */
import type { Anchor } from '../../../ledger/anchor.ts'
import { checksumAddress } from '../../../ledger/address.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { formatLogId, logId } from '../../../ledger/log-id.ts'
import type { Database } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import { findNewestAnchor, readAnchors } from '../anchoring/anchor-store.ts'
import type { LogReader } from '../log/reader.ts'
import { clocksAt } from './crisis-clocks.ts'
import type { CrisisClocks } from './crisis-clocks.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import { unanswered } from '../../../ledger/audit.ts'
import { answerProduct } from './product-answer.ts'
import type { ProductAnswer, ProductQuestion } from './product-answer.ts'

/** `logId` in groups of four; `contract` in EIP-55. */
export type LogIdentity = {
  origin: string
  vkey: string
  logId: string
  chainId: number
  contract: string
  size: number
  root: Uint8Array
}

/** `state`: as ledger/crisis.ts folds it; without redactable text. `anchored`: the newest anchor of the log. */
export type CrisisSummary = {
  code: string
  brand: string
  mode: string
  stream: string
  openedIndex: number
  count: number
  lastIndex: number | null
  anchored: { size: number; timestamp: number } | null
  state: Record<string, unknown>
  /** Seals that nobody has opened, and since when the oldest. */
  unopenedSeals: { count: number; oldest: string | null }
  unansweredObjections: number
  /** What is owed, against the clock of this instance. */
  clocks: CrisisClocks
}

/** Read-only questions; all throw AppError not_found for what is not on record. */
export interface Auditor {
  identity(): Promise<LogIdentity>
  crisis(code: string): Promise<CrisisSummary>
  /** Anchors of sizes below `before`, the newest first. */
  anchors(page: { before?: number; limit: number }): Promise<Anchor[]>
  answer(question: ProductQuestion): Promise<ProductAnswer>
}

export function openAuditor(deps: { database: Database; reader: LogReader; now?: () => number }): Auditor {
  const { kysely } = deps.database
  const { now = Date.now } = deps
  return {
    identity: async () => await readIdentity(deps.reader),
    crisis: async (code) => await readCrisis(deps, code, now()),
    anchors: async (page) => await readAnchors(kysely, page),
    answer: async (question) => await answerProduct(deps, question),
  }
}

async function readIdentity(reader: LogReader): Promise<LogIdentity> {
  const { origin, size, root } = await reader.head()
  const { chainId, contract } = await reader.contract()
  const address = checksumAddress(contract)
  const id = formatLogId(logId({ origin, chainId, contract: address }))
  return { origin, vkey: reader.vkey(), logId: id, chainId, contract: address, size, root }
}

async function readCrisis(
  { database: { kysely }, reader }: { database: Database; reader: LogReader },
  code: string,
  now: number,
): Promise<CrisisSummary> {
  const stream = `crisis:${code}`
  const row = await kysely
    .selectFrom('crisis')
    .innerJoin('stream', (join) => join.on('stream.name', '=', stream))
    .select(['crisis.brand', 'crisis.mode', 'crisis.opened_index', 'crisis.state', 'stream.count', 'stream.last_index'])
    .where('crisis.code', '=', code)
    .executeTakeFirst()
  if (row === undefined) throw new AppError('not_found', `There is no crisis ${code} on record.`)
  const anchor = await findNewestAnchor(kysely)
  const entries = (await reader.streamEntries(stream)).map(({ index, bytes }) => ({ index, entry: parseEntry(bytes) }))
  return {
    code,
    brand: row.brand,
    mode: row.mode,
    stream,
    openedIndex: row.opened_index,
    count: row.count,
    lastIndex: row.last_index,
    anchored: anchor === undefined ? null : { size: anchor.size, timestamp: anchor.timestamp },
    state: row.state,
    ...openMatters(row.state),
    clocks: clocksAt(entries, new Date(now).toISOString()),
  }
}

/** What waits for the brand in public: its seals, and objections that it has not answered. */
function openMatters(state: Record<string, unknown>): Pick<CrisisSummary, 'unopenedSeals' | 'unansweredObjections'> {
  const { seals, audits } = state as Pick<CrisisState, 'seals' | 'audits'>
  const closed = (seals ?? []).filter(({ opened }) => opened === undefined)
  return {
    unopenedSeals: { count: closed.length, oldest: closed[0]?.recordedAt ?? null },
    unansweredObjections: unanswered(audits).length,
  }
}
