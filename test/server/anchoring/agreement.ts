/** What must hold after whatever happened: rows, log and chain agree. */
import { equalBytes } from '../../../ledger/bytes.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { parseHeads } from '../../../ledger/heads.ts'
import { openCheckpoint } from '../../../ledger/checkpoint.ts'
import { parseVerifierKey } from '../../../ledger/note.ts'
import { readAnchors, readOpenIntents } from '../../../server/services/anchoring/anchor-store.ts'
import type { Site } from './site.ts'

/** @throws Error naming the first disagreement */
export async function assertAgreement({ contract, database, log }: Site, lastAnchors = 1_000): Promise<void> {
  const count = await contract.anchorCount()
  const rows = await readAnchors(database.kysely, { limit: lastAnchors })
  const latest = await contract.latest()
  agree(rows[0]?.size === latest?.size, `the newest row is of ${rows[0]?.size}, the newest anchor of ${latest?.size}`)
  agree((await readOpenIntents(database.kysely)).length === 0, 'an intent is still open')
  for (let k = Math.max(0, count - lastAnchors); k < count; k++) {
    const anchor = await contract.anchorByNumber(k)
    if (anchor === undefined) throw new Error(`no anchor ${k}`)
    const { size, root } = anchor
    agree(equalBytes(root, await log.reader.root(size)), `anchor ${k} has another root than the log`)
    const last = parseEntry((await log.reader.entry(size - 1)).bytes)
    agree(last.type === 'ledger.heads', `anchor ${k} does not end with a heads entry`)
    parseHeads(last.data, size - 1)
    const stored = await database.kysely
      .selectFrom('checkpoint')
      .select('note')
      .where('size', '=', size)
      .executeTakeFirst()
    const checkpoint = openCheckpoint(stored?.note ?? '', parseVerifierKey(log.reader.vkey()))
    agree(checkpoint.size === size && equalBytes(checkpoint.root, root), `anchor ${k} has no stored checkpoint`)
  }
  for (const row of rows) {
    const anchor = await contract.anchorAt(row.size)
    agree(
      row.block === anchor?.block && row.timestamp === anchor.timestamp,
      `the row of ${row.size} is of another block`,
    )
    agree(
      row.transaction === (await contract.findTransaction(row.size)),
      `the row of ${row.size} names another transaction`,
    )
  }
}

function agree(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}
