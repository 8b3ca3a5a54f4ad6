/**
 * Proof of liabilities in the anchoring loop: before the log is counted for an anchor, each programme whose balances
 * changed states under a fresh root what it owes to whom (ledger/README.md, "Liabilities"). The leaves are kept first and
 * the entry is written after, so that there is no root in the log whose holders could not be given their proofs.
 */
import { InvariantError } from '../../../ledger/errors.ts'
import type { Database } from '../../db/database.ts'
import { findNewestAnchor } from '../anchoring/anchor-store.ts'
import type { Appender, Command } from '../log/command.ts'
import { pointsStream } from '../log/points-rows.ts'
import type { LiabilitiesTrees } from './liabilities-tree.ts'
import { PAGE_ROWS } from './liabilities-tree.ts'
import {
  deleteLiabilities,
  deleteOldLiabilities,
  endWish,
  insertLiabilities,
  readBalances,
  readChangedProgrammes,
  readRoots,
} from './liability-store.ts'
import type { Balances, ChangedProgramme } from './liability-store.ts'
import type { OwedBalance } from './liabilities-messages.ts'

/** Receipts are of the newest root that is anchored: while an anchor is on its way, the one before the newest. */
const ROOTS_KEPT = 2

export type LiabilitiesDeps = { database: Database; appender: Appender; trees: LiabilitiesTrees }

/**
 * Writes a new root for every programme that needs one.
 *
 * @returns how many were written
 * @throws InvariantError when a programme's balances are not what its transfers leave outstanding
 */
export async function publishLiabilities(deps: LiabilitiesDeps): Promise<number> {
  let written = 0
  for (const programme of await readChangedProgrammes(deps.database)) {
    if (await publishProgramme(deps, programme)) written++
  }
  return written
}

async function publishProgramme(deps: LiabilitiesDeps, { id, brand }: ChangedProgramme): Promise<boolean> {
  const { kysely } = deps.database
  const balances = await readBalances(deps.database, id)
  // Another instance may have stated it since it was found changed.
  if (!balances.isChanged || balances.rows.length === 0) return false
  const { leaves, root, sum, pages } = await deps.trees.draw(id, pagesOf(balances.rows))
  if (sum !== balances.outstanding) {
    throw new InvariantError(`P1: ${id} owes ${balances.outstanding}, but its holders have ${sum}`)
  }
  let position = 0
  for await (const rows of pages()) {
    await insertLiabilities(kysely, { programme: id, root }, position, rows)
    position += rows.length
  }
  const command = rootCommand({ id, brand }, { size: balances.size, leaves, root, sum }, balances.newest)
  const { written } = await deps.appender.append(command)
  if (written.length === 0) {
    await deleteLiabilities(kysely, id, root)
    return false
  }
  if (balances.wanted !== null) await endWish(kysely, id, balances.wanted)
  await clearOldRoots(deps.database, id)
  return true
}

async function* pagesOf(rows: Balances['rows']): AsyncIterable<OwedBalance[]> {
  for (let from = 0; from < rows.length; from += PAGE_ROWS) yield rows.slice(from, from + PAGE_ROWS)
}

/** Two instances at once must not write two roots over one state: whoever finds a newer root writes nothing. */
function rootCommand(
  { id, brand }: ChangedProgramme,
  facts: { size: number; leaves: number; root: string; sum: number },
  newest: number | null,
): Command {
  return {
    needs: { points: { programmes: [id] } },
    judge(snapshot) {
      if ((snapshot.points.programme(id)?.liabilities?.index ?? null) !== newest) return []
      const data = { programme: id, ...facts }
      return [{ type: 'points.liabilities', stream: pointsStream(id), brand, actor: { kind: 'system' }, data }]
    },
  }
}

/** Leaves of older roots go once a newer one than the newest is anchored: until then receipts may need them. */
async function clearOldRoots(database: Database, programme: string): Promise<void> {
  const roots = await readRoots(database.kysely, programme, ROOTS_KEPT)
  const oldest = roots.at(-1)
  if (roots.length < ROOTS_KEPT || oldest === undefined) return
  const anchor = await findNewestAnchor(database.kysely)
  if (anchor === undefined || anchor.size <= oldest.entryIndex) return
  await deleteOldLiabilities(database.kysely, programme, oldest.entryIndex)
}
