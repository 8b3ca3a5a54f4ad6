/**
 * The public part of streams, for pages that show very many at once: feeds, a brand's page with all its incidents, the
 * list of brands. Entries never change, so each is read and parsed once; what was appended since is read for every page.
 * Texts that can be erased are never kept: where a page shows some, they are read again for every page.
 */
import { base64url, text } from '../../../ledger/bytes.ts'
import { foldCrisis } from '../../../ledger/crisis.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import { applyDisclosures, parseDisclosure } from '../../../ledger/disclosure.ts'
import type { Disclosure } from '../../../ledger/disclosure.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { leafHash } from '../../../ledger/hash.ts'
import type { RecordEntry, StreamRecord } from '../../../views/model/record.ts'
import { PAGE } from '../../services/public-entries.ts'
import type { PublicEntry, PublicEntryReads } from '../../services/public-entries.ts'
import type { ProgrammeReads } from '../../services/points/programme-reads.ts'

/**
 * A stream without texts. What anchors, erasures and withheld texts say of an entry is not told here.
 * `state`: of a crisis.
 */
export type PublicRecord = StreamRecord & { state?: CrisisState }

type Known = { entries: RecordEntry[]; state?: CrisisState }

/** Entries that are remembered, some 3 KB each; the streams that were asked for longest ago are dropped. */
const ENTRIES_KEPT = 20_000

export class PublicRecords {
  readonly #reads: PublicEntryReads
  readonly #texts: ProgrammeReads['texts']
  readonly #entriesKept: number
  readonly #known = new Map<string, Known>()

  constructor(reads: PublicEntryReads, texts: ProgrammeReads['texts'], entriesKept = ENTRIES_KEPT) {
    this.#reads = reads
    this.#texts = texts
    this.#entriesKept = entriesKept
  }

  /** The streams that have entries, in the order in which they were named. */
  async find(streams: readonly string[]): Promise<PublicRecord[]> {
    const asked = streams.map((stream) => ({ stream, known: this.#of(stream) }))
    await this.#upToNow(asked)
    const place = await this.#reads.place()
    // Copies: while a page is made another reader may find more.
    const found = asked.map(({ stream, known }) => ({ stream, ...place, ...known, entries: [...known.entries] }))
    this.#forget(asked)
    return found.filter(({ entries }) => entries.length > 0)
  }

  /**
   * The same records with the texts of some entries as they are held now.
   *
   * @param hasText whether a page shows a text of this entry
   */
  async withTexts(records: readonly PublicRecord[], hasText: (item: RecordEntry) => boolean): Promise<PublicRecord[]> {
    const indexes = records.flatMap(({ entries }) => entries.filter(hasText).map(({ index }) => index))
    if (indexes.length === 0) return [...records]
    const texts = new Map<number, Disclosure[]>()
    for (const { index, disclosure } of await this.#texts(indexes)) {
      texts.set(index, [...(texts.get(index) ?? []), parseDisclosure(disclosure)])
    }
    const withText = (item: RecordEntry): RecordEntry => {
      const held = texts.get(item.index)
      return held === undefined ? item : { ...item, data: applyDisclosures(item.data, held) }
    }
    return records.map((record) => ({ ...record, entries: record.entries.map(withText) }))
  }

  #of(stream: string): Known {
    const known = this.#known.get(stream) ?? { entries: [] }
    this.#known.delete(stream)
    this.#known.set(stream, known)
    return known
  }

  async #upToNow(asked: readonly { stream: string; known: Known }[]): Promise<void> {
    const byName = new Map(asked.map(({ stream, known }) => [stream, known]))
    for (;;) {
      const rows = await this.#reads.next(
        [...byName].map(([stream, known]) => ({ stream, known: known.entries.length })),
      )
      for (const row of rows) {
        const known = byName.get(row.stream)
        // Another reader may have taken it meanwhile.
        if (known !== undefined && row.seq === known.entries.length + 1) take(known, row)
      }
      if (rows.length < PAGE) return
    }
  }

  /** Drops what was asked for and is not there, and then the oldest until little enough is left. */
  #forget(asked: readonly { stream: string; known: Known }[]): void {
    for (const { stream, known } of asked) {
      if (known.entries.length === 0 && this.#known.get(stream) === known) this.#known.delete(stream)
    }
    let kept = 0
    for (const { entries } of this.#known.values()) kept += entries.length
    for (const [stream, { entries }] of this.#known) {
      if (kept <= this.#entriesKept) return
      this.#known.delete(stream)
      kept -= entries.length
    }
  }
}

function take(known: Known, { stream, index, bytes }: PublicEntry): void {
  const entry = parseEntry(bytes)
  if (stream.startsWith('crisis:')) known.state = foldCrisis(known.state, entry, index)
  const leaf = base64url(leafHash(bytes))
  known.entries.push({ index, entry, data: entry.data, raw: text(bytes), leaf, erased: [], withheld: 0 })
}
