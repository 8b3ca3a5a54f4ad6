/**
 * A page from the records of its streams: the one function that the server calls before it renders and that the page
 * script calls again after the check. Same bytes and same request, same words; whatever differs was not in the bytes.
 */
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { answerView } from './answer-view.ts'
import type { AnswerView } from './answer-view.ts'
import { entryPageView } from './entry-page.ts'
import type { EntryPageView } from './entry-page.ts'
import { homeView } from './home-view.ts'
import type { HomeView } from './home-view.ts'
import { asCrisis } from './record.ts'
import type { CrisisRecord, StreamRecord } from './record.ts'
import { timelineView } from './timeline-view.ts'
import type { TimelineView } from './timeline-view.ts'

/** What was asked for. It stands in the page, so that the script can ask the same. */
export type PageRequest = {
  kind: 'timeline' | 'answer' | 'entry' | 'home'
  lang: string
  /** Milliseconds since 1970 at which the page was made. */
  now: number
  demo: boolean
  publicUrl: string
  /** The streams that the page is made from; the brand's comes first where there is one. */
  streams: string[]
  oldestFirst?: boolean
  gtin?: string
  lot?: string
  market?: string
  asOf?: string
  index?: number
}

export type PageView = TimelineView | AnswerView | EntryPageView | HomeView

/**
 * @param records the page's streams, in the order of `request.streams`
 * @returns undefined when the record does not hold what was asked for
 */
export function pageView(
  request: PageRequest,
  records: readonly StreamRecord[],
  words: RecordWords,
): PageView | undefined {
  const { kind, now, demo, publicUrl } = request
  const [first, ...others] = records
  if (first === undefined) return undefined
  switch (kind) {
    case 'timeline':
      return timelineView(asCrisis(first), { words, now, demo, oldestFirst: request.oldestFirst === true })
    case 'answer': {
      const { gtin = '', lot, market, asOf } = request
      return answerView(first, crisesOf(others), { gtin, lot, market, asOf }, { words, now, demo })
    }
    case 'entry': {
      const record = first.stream.startsWith('crisis:') ? asCrisis(first) : first
      return entryPageView(record, { words, index: request.index ?? -1, publicUrl, demo })
    }
    case 'home':
      return homeView(first, crisesOf(others), { words, now, demo })
  }
}

function crisesOf(records: readonly StreamRecord[]): CrisisRecord[] {
  return records.filter(({ stream }) => stream.startsWith('crisis:')).map(asCrisis)
}
