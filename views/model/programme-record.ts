/**
 * What the pages of a points programme are made from: its figures, and the entries that pages show (terms, rules,
 * rewards, suggestions, ballots, proofs of liabilities). The thousands of single grants are in the figures only. The page
 * script makes it from the checked bundle, the server from rows that it reads once; both feed the same two functions.
 */
import type { RecordEntry, StreamRecord } from './record.ts'
import { countEntry, noFigures } from './programme-figures.ts'
import type { ProgrammeFigures } from './programme-figures.ts'
import { plain } from './plain.ts'

export type ProgrammeRecord = Pick<StreamRecord, 'stream' | 'entries'> & { figures: ProgrammeFigures }

/** Types whose entries are many and of one holder each: counted, not shown. */
const COUNTED_ONLY = /^(holder\.|grant\.|redemption\.|entitlement\.|ballot\.cast$|points\.(expired|expiring)$)/

/** Whether a page of the programme shows entries of this type. */
export function isShown(type: string): boolean {
  return !COUNTED_ONLY.test(type)
}

/** Takes a whole stream apart. */
export function asProgramme({ stream, entries }: StreamRecord): ProgrammeRecord {
  const figures = noFigures()
  for (const { entry } of entries) countEntry(figures, entry)
  return {
    stream,
    figures,
    entries: entries.filter(({ entry }) => isShown(entry.type)),
  }
}

/** The entries of one type, in order. */
export function entriesOf(record: ProgrammeRecord, ...types: readonly string[]): RecordEntry[] {
  return record.entries.filter(({ entry }) => types.includes(entry.type))
}

/** The newest entry of each name that a member of the data gives, with those that it replaced, oldest first. */
export function newestByName(
  entries: readonly RecordEntry[],
  member: string,
): { name: string; item: RecordEntry; before: RecordEntry[] }[] {
  const byName = new Map<string, RecordEntry[]>()
  for (const item of entries) {
    const name = plain(item.data[member])
    byName.set(name, [...(byName.get(name) ?? []), item])
  }
  return [...byName].map(([name, items]) => ({ name, item: items[items.length - 1]!, before: items.slice(0, -1) }))
}

/** The programme's id, which follows the colon of its stream's name. */
export function programmeId({ stream }: Pick<ProgrammeRecord, 'stream'>): string {
  return stream.slice('points:'.length)
}
