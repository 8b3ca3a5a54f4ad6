/**
 * Recomputes the stored log from the bytes of its entries: leaf hash by leaf hash, tile by tile, head, anchored
 * checkpoints, and every projection. Used after writes in tests; fsck builds on it.
 *
 * Memory is bounded by streams, crises and open tiles, not by entries.
 */
import { equalBytes, hex } from '../../../ledger/bytes.ts'
import { openCheckpoint } from '../../../ledger/checkpoint.ts'
import { disclosureDigest } from '../../../ledger/disclosure.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import type { Entry } from '../../../ledger/entry.ts'
import { parseVerifierKey } from '../../../ledger/note.ts'
import { TILE_WIDTH } from '../../../ledger/tile.ts'
import { RightEdge } from '../../../ledger/tree.ts'
import type { Database } from '../../db/database.ts'
import { PointsCheck } from './check-points.ts'
import { compareProjections, emptyRows } from './check-projections.ts'
import type { MemoryRows } from './check-projections.ts'
import { project } from './projections.ts'
import { sha256 } from './sha256.ts'
import { splitHashes } from './tree-growth.ts'

export type LogProblem = { where: string; what: string }

export type LogCheck = { size: number; root: Uint8Array; problems: LogProblem[] }

const PAGE = 500
const LEAF_PREFIX = Uint8Array.of(0)
/** Beyond this many problems the log is plainly broken, and the list no longer helps. */
const PROBLEMS_MAX = 100

/**
 * Checks everything up to the size that the head states when the check begins. Nothing else may write meanwhile if
 * projections are to be compared; entries and tiles never change.
 *
 * @param onProgress called after each page with the number of entries checked
 */
export async function checkLog(
  database: Database,
  onProgress: (checked: number, size: number) => void = () => undefined,
): Promise<LogCheck> {
  const head = await database.kysely.selectFrom('log_head').selectAll().executeTakeFirstOrThrow()
  const check = new Check(database, head.size)
  await check.readEntries(onProgress)
  check.compareHead(head)
  await check.readTiles()
  await check.readCheckpoints()
  await check.readDisclosures()
  await check.points.compareTotals()
  check.problems.push(...(await compareProjections(database.kysely, check.rows)))
  return { size: head.size, root: check.tree.root(), problems: check.problems.slice(0, PROBLEMS_MAX) }
}

class Check {
  readonly tree = new RightEdge()
  readonly rows: MemoryRows = emptyRows()
  readonly problems: LogProblem[] = []
  readonly points: PointsCheck
  readonly #database: Database
  readonly #size: number
  /** Hashes of full tiles and their roots, as hashes over them: `level index` → SHA-256 of the tile, and the root. */
  readonly #tiles = new Map<string, { digest: Uint8Array; root: Uint8Array }>()
  /** For each level the hashes of the tile that is being filled. */
  readonly #open: Uint8Array[][] = []
  readonly #roots = new Map<number, Uint8Array>()
  readonly #anchoredSizes = new Set<number>()
  #lastRecordedAt = ''

  constructor(database: Database, size: number) {
    this.#database = database
    this.#size = size
    this.points = new PointsCheck(database, this.rows, (where, what) => this.#report(where, what))
  }

  async readEntries(onProgress: (checked: number, size: number) => void): Promise<void> {
    const { kysely } = this.#database
    for (const { size } of await kysely.selectFrom('checkpoint').select('size').execute()) this.#anchoredSizes.add(size)
    for (let from = 0; from < this.#size; from += PAGE) {
      const page = await kysely
        .selectFrom('entry')
        .selectAll()
        .where('index', '>=', from)
        .where('index', '<', Math.min(from + PAGE, this.#size))
        .orderBy('index')
        .execute()
      await this.points.readOpenings(from, from + PAGE)
      for (const row of page) this.#readEntry(row)
      await this.points.compareTransfers(from, Math.min(from + PAGE, this.#size))
      onProgress(Math.min(from + PAGE, this.#size), this.#size)
    }
    if (this.tree.size !== this.#size)
      this.#report('log_head', `it says ${this.#size} entries, there are ${this.tree.size}`)
    const beyond = await kysely
      .selectFrom('entry')
      .select('index')
      .where('index', '>=', this.#size)
      .limit(1)
      .executeTakeFirst()
    // Entries and head are written together: whoever sees an entry beyond the head it read sees a newer head too.
    if (beyond !== undefined) {
      const now = await kysely.selectFrom('log_head').select('size').executeTakeFirstOrThrow()
      if (beyond.index >= now.size) this.#report(`entry ${beyond.index}`, 'it lies beyond the head')
    }
  }

  #readEntry(row: { index: number; stream: string; seq: number; bytes: Uint8Array; leaf_hash: Uint8Array }): void {
    const where = `entry ${row.index}`
    if (row.index !== this.tree.size) return this.#report(where, `index ${this.tree.size} is missing before it`)
    const leafHash = sha256(LEAF_PREFIX, row.bytes)
    if (!equalBytes(leafHash, row.leaf_hash)) this.#report(where, 'its stored leaf hash is not that of its bytes')
    this.#grow(leafHash)
    try {
      const entry = parseEntry(row.bytes)
      this.#checkPlace(where, row, entry)
      const openings = this.points.openingsOf(row.index, entry)
      project(this.rows, { index: row.index, entry, leafHash, openings })
    } catch (error) {
      this.#report(where, error instanceof Error ? error.message : String(error))
    }
  }

  #checkPlace(where: string, row: { stream: string; seq: number }, entry: Entry): void {
    if (entry.stream !== row.stream || entry.seq !== row.seq) this.#report(where, 'its row names another stream or seq')
    const before = this.rows.stream.get(entry.stream)?.head ?? null
    const prev = before === null ? null : Buffer.from(before).toString('base64url')
    if (entry.prev !== prev) this.#report(where, 'L2: prev is not the leaf hash of the entry before in its stream')
    if (entry.recordedAt < this.#lastRecordedAt) this.#report(where, 'L3: time runs backward')
    this.#lastRecordedAt = entry.recordedAt
  }

  #grow(leafHash: Uint8Array): void {
    for (const { level, hash } of this.tree.appendAndList(leafHash)) {
      if (level % 8 === 0) this.#addToTile(level / 8, hash)
    }
    if (this.#anchoredSizes.has(this.tree.size)) this.#roots.set(this.tree.size, this.tree.root())
  }

  /** The root of a tile that was filled is the next hash of the level above, and comes right after its last hash. */
  #addToTile(level: number, hash: Uint8Array): void {
    const below = level > 0 ? this.#tiles.get(`${level - 1} ${this.#filled(level - 1) - 1}`) : undefined
    if (below !== undefined) below.root = hash
    const open = (this.#open[level] ??= [])
    open.push(hash)
    if (open.length % TILE_WIDTH !== 0) return
    const digest = sha256(...open.slice(-TILE_WIDTH))
    this.#tiles.set(`${level} ${this.#filled(level)}`, { digest, root: hash })
    this.#filledTiles.set(level, this.#filled(level) + 1)
    this.#open[level] = []
  }

  readonly #filledTiles = new Map<number, number>()

  #filled(level: number): number {
    return this.#filledTiles.get(level) ?? 0
  }

  compareHead(head: { edge: Uint8Array; last_recorded_at: Date | null }): void {
    const edge = this.tree.hashes()
    const stored = splitHashes(head.edge)
    if (stored.length !== edge.length || stored.some((hash, i) => !equalBytes(hash, edge[i]!))) {
      this.#report('log_head', 'the right edge is not that of the entries')
    }
    const last = head.last_recorded_at?.toISOString() ?? ''
    if (last !== this.#lastRecordedAt) this.#report('log_head', 'it names another time of the last entry')
  }

  async readTiles(): Promise<void> {
    for (let seen: { level: number; index: number } | undefined; ;) {
      let select = this.#database.kysely.selectFrom('tile').selectAll().orderBy('level').orderBy('index').limit(PAGE)
      if (seen !== undefined) {
        const { level, index } = seen
        select = select.where((is) =>
          is.or([is('level', '>', level), is.and([is('level', '=', level), is('index', '>', index)])]),
        )
      }
      const page = await select.execute()
      for (const row of page) this.#compareTile(row)
      if (page.length < PAGE) break
      seen = page.at(-1)
    }
    for (const key of this.#tiles.keys()) this.#report(`tile ${key}`, 'it is missing')
  }

  #compareTile({
    level,
    index,
    hashes,
    root,
  }: {
    level: number
    index: number
    hashes: Uint8Array
    root: Uint8Array
  }): void {
    const key = `${level} ${index}`
    const tile = this.#tiles.get(key)
    this.#tiles.delete(key)
    // A tile that was filled after the check began is none of its business.
    if (tile === undefined) {
      if ((index + 1) * TILE_WIDTH ** (level + 1) <= this.#size) this.#report(`tile ${key}`, 'it should not be there')
    } else if (!equalBytes(tile.digest, sha256(hashes)) || !equalBytes(tile.root, root)) {
      this.#report(`tile ${key}`, 'its hashes are not those of the entries')
    }
  }

  async readCheckpoints(): Promise<void> {
    const rows = await this.#database.kysely.selectFrom('checkpoint').selectAll().orderBy('size').execute()
    const verifiers = [...this.rows.logKey.values()].map(({ vkey }) => parseVerifierKey(vkey))
    for (const { size, root, note } of rows) {
      const where = `checkpoint ${size}`
      const expected = this.#roots.get(size)
      if (expected === undefined) this.#report(where, 'the log never had this size')
      else if (!equalBytes(root, expected)) this.#report(where, `its root ${hex(root)} is not that of the entries`)
      const opened = verifiers.some((verifier) => {
        try {
          const checkpoint = openCheckpoint(note, verifier)
          return checkpoint.size === size && equalBytes(checkpoint.root, root)
        } catch {
          return false
        }
      })
      if (!opened) this.#report(where, 'its note is not a signature of the log over this size and root')
    }
  }

  /** Every digest of an entry has its disclosure or a registered erasure; no other disclosure is kept. */
  async readDisclosures(): Promise<void> {
    for (let from = 0; from < this.#size; from += PAGE) {
      const to = Math.min(from + PAGE, this.#size)
      const { kysely } = this.#database
      const entries = await kysely
        .selectFrom('entry')
        .select(['index', 'bytes'])
        .where('index', '>=', from)
        .where('index', '<', to)
        .execute()
      const disclosures = await kysely
        .selectFrom('disclosure')
        .selectAll()
        .where('entry_index', '>=', from)
        .where('entry_index', '<', to)
        .execute()
      this.#compareDisclosures(entries, disclosures)
    }
  }

  #compareDisclosures(
    entries: readonly { index: number; bytes: Uint8Array }[],
    disclosures: readonly { entry_index: number; digest: string; body: string }[],
  ): void {
    const kept = new Set(disclosures.map(({ entry_index: index, digest }) => `${index} ${digest}`))
    for (const { entry_index: index, digest, body } of disclosures) {
      if (disclosureDigest(body) !== digest) this.#report(`disclosure of entry ${index}`, 'it does not fit its digest')
    }
    for (const { index, bytes } of entries) {
      for (const digest of digestsOf(bytes)) {
        const isKept = kept.delete(`${index} ${digest}`)
        const isErased = this.rows.erased.get(`${index} ${digest}`) !== undefined
        if (!isKept && !isErased) this.#report(`entry ${index}`, 'a text is withheld without a registered erasure')
        if (isKept && isErased) this.#report(`entry ${index}`, 'a text was registered as erased and is still kept')
      }
    }
    for (const key of kept) this.#report(`disclosure ${key}`, 'no entry has its digest')
  }

  #report(where: string, what: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push({ where, what })
  }
}

/** The digests of an entry's texts; none of bytes that are no entry, which is reported where they are read first. */
function digestsOf(bytes: Uint8Array): readonly string[] {
  try {
    return parseEntry(bytes).sd ?? []
  } catch {
    return []
  }
}
