/** One stream as its entries' views need it: the entries, the state that they fold to, names, words. */
import type { CrisisState } from '../../ledger/crisis.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { partyNames } from './names.ts'
import type { StreamRecord } from './record.ts'

/** What every entry of one stream needs to know of the others. */
export type StreamContext = {
  record: StreamRecord
  state: CrisisState | undefined
  words: RecordWords
  parties: ReadonlyMap<string, string>
}

export function contextOf(record: StreamRecord, state: CrisisState | undefined, words: RecordWords): StreamContext {
  return { record, state, words, parties: partyNames(record, words) }
}

/** The number that a reader sees: the place in the stream, from 1; undefined for entries of other streams. */
export function positionOf(context: StreamContext, index: number): number | undefined {
  return context.record.entries.find((entry) => entry.index === index)?.entry.seq
}
