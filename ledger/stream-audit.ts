/**
 * The streams of a whole log, as its entries come by: L2 (each numbered and linked, of one brand) and L5 (each opened by
 * exactly one earlier entry, where it belongs). Memory grows with the streams, not with the entries.
 */
import { base64url } from './bytes.ts'
import { LEDGER_STREAM, isStreamName } from './entry.ts'
import type { Entry } from './entry.ts'
import type { StreamHead } from './heads.ts'
import { CheckFailure } from './verdict.ts'

type StreamState = { count: number; head: string | null; brand: string | undefined }

/** Follows every stream of a log. Each method throws the first rule that an entry breaks and goes on all the same. */
export class StreamAudit {
  readonly #streams = new Map<string, StreamState>()
  readonly #opened = new Map<string, { index: number; brand: string }>()

  /** How many streams have an entry. */
  get size(): number {
    return this.#streams.size
  }

  /**
   * L2: the entry is the next of its stream. Returns the stream as it stands with it, whatever was wrong.
   *
   * @param refuse is told what is wrong
   */
  follow(index: number, entry: Entry, leafHash: Uint8Array, refuse: (failure: CheckFailure) => void): StreamHead {
    const before = this.#streams.get(entry.stream) ?? { count: 0, head: null, brand: entry.brand }
    const count = before.count + 1
    const { stream, seq } = entry
    if (seq !== count) {
      refuse(new CheckFailure('seq_broken', index, { stream, seq, follows: count }))
    } else if (entry.prev !== before.head) {
      refuse(new CheckFailure('prev_broken', index, { stream }))
    } else if (entry.brand !== before.brand) {
      refuse(new CheckFailure('brand_differs', index, { stream }))
    }
    const head = base64url(leafHash)
    this.#streams.set(stream, { count, head, brand: before.brand })
    return { stream, count, head }
  }

  /**
   * L5, told before `follow`: the entry's stream was opened by an earlier entry, and what it opens itself belongs here and
   * was not opened before.
   *
   * @throws CheckFailure
   */
  open(index: number, entry: Entry): void {
    this.#assertLogOpened(index, entry)
    if (entry.stream !== LEDGER_STREAM && !this.#streams.has(entry.stream)) this.#assertOpened(index, entry)
    if (entry.type === 'stream.opened') this.#register(index, entry)
  }

  #assertLogOpened(index: number, { stream, type }: Entry): void {
    const opens = stream === LEDGER_STREAM && type === 'ledger.opened'
    if (opens !== (index === 0)) throw new CheckFailure('stream_not_opened', index)
  }

  #assertOpened(index: number, { stream, brand }: Entry): void {
    const opened = this.#opened.get(stream)
    if (opened === undefined) throw new CheckFailure('stream_not_opened', index, { stream })
    if (opened.brand !== brand) throw new CheckFailure('brand_differs', index, { stream, opened: opened.index })
  }

  #register(index: number, entry: Entry): void {
    const { opens } = entry.data
    if (!isStreamName(opens) || opens === LEDGER_STREAM) {
      throw new CheckFailure('stream_not_opened', index, { opens: opens ?? null })
    }
    const ofLedger = opens.startsWith('brand:')
    const brand = ofLedger ? opens.slice('brand:'.length) : entry.brand
    // The brand of a stream brand:x is x: the entry parser sees to it.
    if (brand === undefined || entry.stream !== (ofLedger ? LEDGER_STREAM : `brand:${brand}`)) {
      throw new CheckFailure('opened_elsewhere', index, { opens, stream: entry.stream })
    }
    const before = this.#opened.get(opens)
    if (before !== undefined) throw new CheckFailure('stream_opened_twice', index, { opens, before: before.index })
    this.#opened.set(opens, { index, brand })
  }
}
