/** What every page of a points programme needs and begins with. */
import type { PointsWords } from '../messages/points-zh-cn.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { fill } from './format.ts'
import { localized } from './names.ts'
import type { ProgrammeRecord } from './programme-record.ts'
import { demoRibbon } from './timeline-view.ts'
import type { Ribbon } from './timeline-view.ts'

export type PointsOptions = { words: RecordWords; points: PointsWords; now: number; demo: boolean }

/** A line that leads to an entry. */
export type EntryLink = { text: string; href: string }

/** What every page of a programme begins with. */
export type ProgrammeHead = { documentTitle: string; ribbon: Ribbon | undefined; who: string; name: string }

export function programmeHead(record: ProgrammeRecord, { words, points, demo }: PointsOptions): ProgrammeHead {
  const data = record.entries[0]?.data ?? {}
  const name = localized(data['name'], words)
  return {
    documentTitle: fill(points.programmeTitle, { name }),
    ribbon: demo ? demoRibbon(words) : undefined,
    who: localized(data['brandName'], words),
    name,
  }
}
