/**
 * The first half of an anchor: the entry `ledger.heads` that counts every stream (ledger/README.md, part 12), and the
 * signed checkpoint that ends with it, readable by everybody before anything is sent to the chain. Otherwise the chain
 * would show a root that nobody can check.
 */
import { equalBytes } from '../../../ledger/bytes.ts'
import { openCheckpoint } from '../../../ledger/checkpoint.ts'
import { InvariantError } from '../../../ledger/errors.ts'
import { formatHeads } from '../../../ledger/heads.ts'
import { parseVerifierKey } from '../../../ledger/note.ts'
import { TILE_WIDTH, nodeFromTile, tileOfNode, tileWidth } from '../../../ledger/tile.ts'
import type { TileId } from '../../../ledger/tile.ts'
import { rootHash, rootNodes } from '../../../ledger/tree.ts'
import type { Database } from '../../db/database.ts'
import type { Appender, Command } from '../log/command.ts'
import { writeDueMisses } from '../log/due-timer.ts'
import type { LogReader } from '../log/reader.ts'
import type { LiabilitiesTrees } from '../points/liabilities-tree.ts'
import { writeDuePoints } from '../points/points-timer.ts'
import { publishLiabilities } from '../points/publish-liabilities.ts'
import { writeDueSpending } from '../points/spending-timer.ts'
import type { HeadsRoot, HeadsTrees } from './heads-tree.ts'

/** How many entries are looked at in one query. */
const PAGE_ENTRIES = 200

/** A heads entry of this log: its index, and from its data how many entries it covers. */
export type HeadsEntry = { index: number; covers: number }

/** What an anchor publishes: the checkpoint of exactly this size, whose last entry is a heads entry. */
export type AnchorTarget = { size: number; root: Uint8Array }

export type HeadsDeps = {
  database: Database
  reader: LogReader
  appender: Appender
  heads: HeadsTrees
  liabilities: LiabilitiesTrees
}

/** The newest heads entry below a size; undefined when there is none. */
export async function findHeadsEntry(database: Database, below: number): Promise<HeadsEntry | undefined> {
  for (let before = below; before > 0;) {
    const rows = await database.kysely
      .selectFrom('entry')
      .select(['index', 'bytes'])
      .where('stream', '=', 'ledger')
      .where('index', '<', before)
      .orderBy('seq', 'desc')
      .limit(PAGE_ENTRIES)
      .execute()
    for (const { index, bytes } of rows) {
      const covers = headsCover(bytes)
      if (covers !== undefined) return { index, covers }
    }
    if (rows.length < PAGE_ENTRIES) return undefined
    before = rows.at(-1)!.index
  }
  return undefined
}

/** Whether an entry other than `ledger.heads` lies at or above an index. */
export async function hasNews(database: Database, from: number): Promise<boolean> {
  for (let next = from; ;) {
    const rows = await database.kysely
      .selectFrom('entry')
      .select(['index', 'stream', 'bytes'])
      .where('index', '>=', next)
      .orderBy('index')
      .limit(PAGE_ENTRIES)
      .execute()
    if (rows.some(({ stream, bytes }) => stream !== 'ledger' || headsCover(bytes) === undefined)) return true
    if (rows.length < PAGE_ENTRIES) return false
    next = rows.at(-1)!.index + 1
  }
}

/** The `size` in the data of a heads entry; undefined for another type. */
function headsCover(bytes: Uint8Array): number | undefined {
  const entry = JSON.parse(Buffer.from(bytes).toString()) as { type: string; data: { size?: number } }
  return entry.type === 'ledger.heads' ? entry.data.size : undefined
}

/**
 * Appends a heads entry over the whole log as it is now, and gives the size that ends with it. Undefined when stream
 * `ledger` grew meanwhile: then the next round counts again.
 *
 * What is due is written before: after hours of downtime the first anchor would otherwise count a log in which every
 * reader misses the misses (L7). Then every programme whose balances changed states what it owes.
 */
export async function appendHeads(deps: HeadsDeps): Promise<number | undefined> {
  const { database, reader, appender, heads, liabilities } = deps
  // What cannot be written now does not keep the rest of the log from its anchor; the timer says what went wrong.
  await writeDueMisses(database.kysely, appender).catch(() => 0)
  await writeDuePoints(database.kysely, appender).catch(() => 0)
  await writeDueSpending(database, appender).catch(() => 0)
  // A programme whose books do not agree is not anchored: better late than a wrong sum for ever.
  await publishLiabilities({ database, appender, trees: liabilities })
  const { size } = await reader.head()
  const before = await findHeadsEntry(database, size)
  if (before !== undefined && before.covers >= size) return undefined
  const [last] = await database.kysely.selectFrom('stream').select('last_index').where('name', '=', 'ledger').execute()
  const counted = await heads.root(size)
  const { written } = await appender.append(headsCommand(size, counted, last?.last_index ?? null))
  return written[0] && written[0].index + 1
}

/**
 * Two senders at once (a lease that was lost unnoticed) must not write two heads entries over one size: whoever finds
 * stream `ledger` longer than it was when counting began writes nothing.
 */
function headsCommand(size: number, { streams, root }: HeadsRoot, ledgerLast: number | null): Command {
  return {
    needs: { streams: ['ledger'] },
    judge(snapshot) {
      if ((snapshot.stream('ledger')?.lastIndex ?? null) !== ledgerLast) return []
      const data = formatHeads({ size, streams, root })
      return [{ type: 'ledger.heads', stream: 'ledger', actor: { kind: 'system' }, data }]
    },
  }
}

/** Keeps the checkpoint of exactly this size and gives what is to be anchored. */
export async function publishCheckpoint(
  { database, reader }: Pick<HeadsDeps, 'database' | 'reader'>,
  size: number,
): Promise<AnchorTarget> {
  const root = await reader.root(size)
  const note = await reader.checkpointAt(size)
  await database.kysely
    .insertInto('checkpoint')
    .values({ size, root, note })
    .onConflict((conflict) => conflict.column('size').doNothing())
    .execute()
  return { size, root }
}

/**
 * Whether everybody can read what is about to be anchored: a checkpoint of at least this size verifies under our key,
 * the last entry is in its bundle, and the tiles as they are served lead to this very root.
 */
export async function isReadable(reader: LogReader, { size, root }: AnchorTarget): Promise<boolean> {
  const checkpoint = openCheckpoint(await reader.checkpoint(), parseVerifierKey(reader.vkey()))
  if (checkpoint.size < size) return false
  const { tile: last } = tileOfNode({ level: 0, index: size - 1 })
  if ((await readTile(reader, { ...last, level: 'entries' }, size)) === undefined) return false
  const edge: Uint8Array[] = []
  for (const node of rootNodes(size)) {
    const bytes = await readTile(reader, tileOfNode(node).tile, size)
    if (bytes === undefined) return false
    edge.push(nodeFromTile(node, bytes))
  }
  if (!equalBytes(rootHash(edge), root)) throw new InvariantError(`the tiles at size ${size} lead to another root`)
  return true
}

/** A tile as a client that trusts the checkpoint of this size would ask for it; the full one when it has filled since. */
async function readTile(reader: LogReader, tile: TileId, size: number): Promise<Uint8Array | undefined> {
  const width = tileWidth(tile.level, tile.index, size)
  return (await reader.tile({ ...tile, width })) ?? (await reader.tile({ ...tile, width: TILE_WIDTH }))
}
