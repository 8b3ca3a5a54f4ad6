/**
 * A points programme as its pages show it, without reading thousands of grants for each visitor: the figures are counted
 * on from where the last visitor's reading stopped, and of the entries only those are kept that pages show. Texts are
 * never kept: they may be erased, and are read again for every page.
 */
import type { Anchor } from '../../../ledger/anchor.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { readEntries } from '../../../views/model/record.ts'
import type { RecordEntry } from '../../../views/model/record.ts'
import { countEntry, noFigures } from '../../../views/model/programme-figures.ts'
import type { ProgrammeFigures } from '../../../views/model/programme-figures.ts'
import { isShown } from '../../../views/model/programme-record.ts'
import { PAGE } from '../../services/points/programme-reads.ts'
import type { ProgrammeReads } from '../../services/points/programme-reads.ts'

export type ProgrammeStory = {
  stream: string
  figures: ProgrammeFigures
  /** Those that pages show. */
  entries: RecordEntry[]
  /** Ascending: those that cover these entries, those before them, and the newest. */
  anchors: Pick<Anchor, 'size' | 'timestamp' | 'chainId'>[]
  newest: Pick<Anchor, 'size' | 'timestamp' | 'chainId'> | undefined
  /** About how many bytes the bundle of the whole stream has. */
  bundleBytes: number
}

type Shown = { index: number; type: string; bytes: Uint8Array }
type Known = { figures: ProgrammeFigures; shown: Shown[]; payloadBytes: number }

/** Programmes whose figures are remembered; those that were asked for longest ago are dropped. */
const PROGRAMMES_KEPT = 200

/** What surrounds an entry's bytes in a bundle: its index, some fifteen hashes, names and quotes. */
const PROOF_BYTES = 800

export class ProgrammeStories {
  readonly #reads: ProgrammeReads
  readonly #known = new Map<string, Promise<Known>>()

  constructor(reads: ProgrammeReads) {
    this.#reads = reads
  }

  /** Undefined when there is no such programme. */
  async find(id: string): Promise<ProgrammeStory | undefined> {
    const stream = `points:${id}`
    const { figures, shown, payloadBytes } = await this.#upToNow(stream)
    if (figures.entries === 0) return undefined
    const indexes = shown.map(({ index }) => index)
    const [texts, anchors] = await Promise.all([this.#reads.texts(indexes), this.#reads.anchors(indexes)])
    const disclosures = new Map<number, string[]>()
    for (const { index, disclosure } of texts) disclosures.set(index, [...(disclosures.get(index) ?? []), disclosure])
    const items = shown.map(({ index, bytes }) => ({ index, bytes, disclosures: disclosures.get(index) ?? [] }))
    return {
      stream,
      figures,
      entries: readEntries(items, anchors),
      anchors,
      newest: anchors.at(-1),
      bundleBytes: bundleBytesOf(payloadBytes, figures.entries),
    }
  }

  /** Readers of one programme take turns, so that no entry is counted twice. */
  async #upToNow(stream: string): Promise<Known> {
    const before = this.#known.get(stream)
    const next = (async () => this.#countOn(stream, await before?.catch(() => undefined)))()
    this.#known.delete(stream)
    this.#known.set(stream, next)
    const [oldest] = this.#known.keys()
    if (this.#known.size > PROGRAMMES_KEPT && oldest !== undefined) this.#known.delete(oldest)
    try {
      const known = await next
      if (known.figures.entries === 0 && this.#known.get(stream) === next) this.#known.delete(stream)
      return known
    } catch (error) {
      if (this.#known.get(stream) === next) this.#known.delete(stream)
      throw error
    }
  }

  async #countOn(stream: string, known: Known | undefined): Promise<Known> {
    const { figures, shown, payloadBytes } = known ?? { figures: noFigures(), shown: [], payloadBytes: 0 }
    const next = { figures: copyOf(figures), shown: [...shown], payloadBytes }
    for (;;) {
      const rows = await this.#reads.next(stream, next.figures.entries)
      for (const { index, bytes } of rows) {
        const entry = parseEntry(bytes)
        countEntry(next.figures, entry)
        next.payloadBytes += bytes.length
        if (isShown(entry.type)) keep(next.shown, { index, type: entry.type, bytes })
      }
      if (rows.length < PAGE) return next
    }
  }
}

/** About how many bytes the bundle of so many entries has. */
export function bundleBytesOf(payloadBytes: number, entries: number): number {
  return Math.ceil((payloadBytes * 4) / 3) + entries * PROOF_BYTES
}

/** Of the proofs of liabilities, of which there is one for each anchor, pages show the newest. */
function keep(shown: Shown[], item: Shown): void {
  const last = shown.findIndex(({ type }) => type === 'points.liabilities')
  if (item.type === 'points.liabilities' && last >= 0) shown.splice(last, 1)
  shown.push(item)
}

/** A page that is being made keeps the figures that it was given. */
function copyOf(figures: ProgrammeFigures): ProgrammeFigures {
  return {
    ...figures,
    balances: { ...figures.balances },
    grants: new Map(figures.grants),
    taken: new Map(figures.taken),
    casts: new Map(figures.casts),
    entitlements: new Map(figures.entitlements),
  }
}
