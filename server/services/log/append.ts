/**
 * One append transaction (S1–S5): lock, read, judge, write, commit. Each is a statement of its own, but only two answers
 * are awaited while the lock is held (S8): that of the read, which is sent with the lock, and that of COMMIT, which is
 * sent with the write. What waits for us under the lock then waits for the database, and not for our event loop. A long
 * batch is judged and written in parts, each a growth of the tree of its own: one is written while the next is judged.
 */
import { equalBytes } from '../../../ledger/bytes.ts'
import { rootHash } from '../../../ledger/tree.ts'
import type { Database } from '../../db/database.ts'
import type { Session } from '../../db/session.ts'
import { AppError } from '../../errors.ts'
import { readState } from './append-read.ts'
import type { ReadState } from './append-read.ts'
import { writeOf } from './append-write.ts'
import { judgeParts } from './batch.ts'
import type { DueMisses, Judged } from './batch.ts'
import type { Command } from './command.ts'
import type { CrisisCache } from './crisis-cache.ts'
import { hasUsedApprovals, readSecondKeys, writeUsedApprovals } from './second-keys.ts'
import type { Mark } from './high-water.ts'
import { growTree, splitHashes } from './tree-growth.ts'
import type { Growth } from './tree-growth.ts'

/** S1: a statement of its own, so that everything after it sees what was committed while it waited. */
export const LOCK_LOG = 'SELECT 1 FROM log_head FOR UPDATE'

const CLOCK_DIFFERENCE_MAX_MS = 5_000
const CLOCK_BEHIND_MAX_MS = 5 * 60_000

export type Appended = {
  judged: Judged[]
  /** Where the log stood when the lock was taken. */
  before: Mark
  /** Where it stands now that the batch is committed. */
  after: Mark
}

export type AppendContext = {
  database: Database
  dueMisses: DueMisses
  crises: CrisisCache
  /** The instance's clock, in milliseconds since 1970. */
  clock: () => number
}

/**
 * Appends a batch in one transaction.
 *
 * @param onSent called when nothing is awaited any more but the write and COMMIT: the next batch may be sent after them
 * @throws AppError clock, and whatever the database throws; refusals of single commands are in the result
 */
export async function appendBatch(
  context: AppendContext,
  commands: readonly Command[],
  onSent: () => void = () => undefined,
): Promise<Appended> {
  return await context.database.transaction({ isolation: 'read committed', first: LOCK_LOG }, async (session) => {
    const appended = await appendUnderLock(context, session, commands)
    onSent()
    return appended
  })
}

async function appendUnderLock(
  context: AppendContext,
  session: Session,
  commands: readonly Command[],
): Promise<Appended> {
  const { state, recordedAt } = await readAt(context, session, commands)
  const { head, snapshot } = state
  const edge = splitHashes(head.edge)
  const before = { size: head.size, root: rootHash(edge) }
  const judged: Judged[] = []
  let tree: Pick<Growth, 'size' | 'edge' | 'root'> = { edge, ...before }
  for (const part of judgeParts(commands, state, recordedAt, context.dueMisses)) {
    judged.push(...part.judged)
    if (part.entries.length === 0) continue
    const grown = growTree(tree, part.entries)
    const { statement, parameters } = writeOf({ ...part, from: tree, to: grown, recordedAt, rows: snapshot.rows })
    session.send(statement, parameters)
    snapshot.written()
    tree = grown
    // A long batch must not keep the statement, nor other requests, from their turn.
    if (judged.length < commands.length) await new Promise(setImmediate)
  }
  if (hasUsedApprovals(snapshot)) await writeUsedApprovals(session, snapshot)
  context.crises.keep(snapshot)
  return { judged, before, after: { size: tree.size, root: tree.root } }
}

/**
 * What commands need, and S3: the time of the batch, by the database's clock read after the lock.
 *
 * @throws AppError clock
 */
export async function readAt(
  context: Pick<AppendContext, 'crises' | 'clock'>,
  session: Session,
  commands: readonly Command[],
): Promise<{ state: ReadState; recordedAt: string }> {
  const asked = context.clock()
  const [state, loadSecondKeys] = await Promise.all([
    readState(session, commands, context.crises),
    readSecondKeys(session, commands),
  ])
  loadSecondKeys(state.snapshot)
  const answered = context.clock()
  const { begunMs, nowMs, head } = state
  const last = head.lastRecordedAt ?? -Infinity
  // It may have waited for the lock between the two.
  if (begunMs < asked - CLOCK_DIFFERENCE_MAX_MS || nowMs > answered + CLOCK_DIFFERENCE_MAX_MS) {
    throw new AppError('clock', "The database's clock and this instance's differ by more than 5 seconds.")
  }
  if (nowMs < last - CLOCK_BEHIND_MAX_MS) {
    throw new AppError('clock', 'The clock is more than 5 minutes behind the last entry of the log.')
  }
  return { state, recordedAt: new Date(Math.max(nowMs, last)).toISOString() }
}

/** Whether two marks are the same size and root. */
export function isSameMark(a: Mark, b: Mark): boolean {
  return a.size === b.size && equalBytes(a.root, b.root)
}
