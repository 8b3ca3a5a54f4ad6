/**
 * A page of a points programme from its stream: the one function that the server calls before it renders and that the
 * page script calls again after the check. The entry page of such a stream is the same as everywhere, with the names of
 * these types.
 */
import type { PointsWords } from '../messages/points-zh-cn.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { ballotView } from './ballot-view.ts'
import type { BallotView } from './ballot-view.ts'
import type { EntryPageView } from './entry-page.ts'
import { pointsEntryView } from './points-entry.ts'
import { asProgramme } from './programme-record.ts'
import type { ProgrammeRecord } from './programme-record.ts'
import { programmeView } from './programme-view.ts'
import type { ProgrammeView } from './programme-view.ts'
import { proposalsView } from './proposals-view.ts'
import type { ProposalsView } from './proposals-view.ts'
import type { StreamRecord } from './record.ts'
import { rewardsView } from './rewards-view.ts'
import type { RewardsView } from './rewards-view.ts'

/** What was asked for. It stands in the page, so that the script can ask the same. */
export type PointsRequest = {
  kind: 'programme' | 'rewards' | 'proposals' | 'ballot' | 'entry'
  lang: string
  /** Milliseconds since 1970 at which the page was made. */
  now: number
  demo: boolean
  publicUrl: string
  streams: string[]
  /** The entry that a ballot began with. */
  ballot?: number
  index?: number
}

export type PointsPageView = ProgrammeView | RewardsView | ProposalsView | BallotView | EntryPageView

type Words = { words: RecordWords; points: PointsWords }

/**
 * A page from the whole stream.
 *
 * @returns undefined when the programme does not hold what was asked for
 */
export function pointsPageView(request: PointsRequest, record: StreamRecord, words: Words): PointsPageView | undefined {
  const { kind, index = -1, publicUrl, demo } = request
  if (kind !== 'entry') return programmePageView(request, asProgramme(record), words)
  return pointsEntryView(record, { words: words.words, index, publicUrl, demo }, words.points)
}

/** A page from the part of the stream that pages show, and its figures. */
export function programmePageView(
  request: PointsRequest,
  record: ProgrammeRecord,
  words: Words,
): ProgrammeView | RewardsView | ProposalsView | BallotView | undefined {
  const { now, demo, publicUrl } = request
  const options = { ...words, now, demo }
  switch (request.kind) {
    case 'programme':
      return programmeView(record, options)
    case 'rewards':
      return rewardsView(record, options)
    case 'proposals':
      return proposalsView(record, options)
    case 'ballot':
      return ballotView(record, request.ballot ?? -1, { ...options, publicUrl })
    case 'entry':
      return undefined
  }
}
