/** The proposal board: every suggestion with its state, the reasons given, its answer's due date and what was missed. */
import { fill, formatDayOf, formatTime, wordFor } from './format.ts'
import { localized } from './names.ts'
import { plain } from './plain.ts'
import { programmeHead } from './programme-head.ts'
import type { EntryLink, PointsOptions, ProgrammeHead } from './programme-head.ts'
import { entriesOf } from './programme-record.ts'
import type { ProgrammeRecord } from './programme-record.ts'
import type { RecordEntry } from './record.ts'

export type ProposalView = {
  anchor: string
  tone: string
  title: string
  state: string
  by: string
  text: string
  due: { text: string; tone: 'plain' | 'missed' } | undefined
  steps: EntryLink[]
  reasons: string[]
  improvement: string
  improvementAt: { href: string } | undefined
  erased: string[]
  href: string
}

export type ProposalsView = ProgrammeHead & {
  summary: string
  proposals: ProposalView[]
  more: string
  empty: string | undefined
}

/** A board of thousands helps nobody on a phone; the older ones are in the proof file. */
const SHOWN = 200

const STATES = ['submitted', 'under_review', 'accepted', 'in_progress', 'shipped', 'merged', 'declined'] as const

export function proposalsView(record: ProgrammeRecord, options: PointsOptions): ProposalsView {
  const { words, points } = options
  const items = entriesOf(record, 'proposal.submitted').reverse()
  const moves = entriesOf(record, 'proposal.moved', 'proposal.answer_missed')
  const counts = new Map<string, number>()
  for (const item of items) {
    const state = stateOf(movesOf(moves, item))
    counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  const list = STATES.filter((state) => counts.has(state)).map(
    (state) => `${points.proposalState[state]} ${counts.get(state)}`,
  )
  const head = programmeHead(record, options)
  return {
    ...head,
    documentTitle: `${head.name}${words.colon}${points.proposalsTitle}`,
    summary: items.length === 0 ? '' : fill(points.proposalsSummary, { n: items.length, list: list.join(' · ') }),
    proposals: items.slice(0, SHOWN).map((item) => proposalView(item, movesOf(moves, item), options)),
    more: items.length > SHOWN ? fill(points.proposalsMore, { n: items.length - SHOWN }) : '',
    empty: items.length === 0 ? points.proposalsNone : undefined,
  }
}

function movesOf(moves: readonly RecordEntry[], { index }: RecordEntry): RecordEntry[] {
  return moves.filter(({ data }) => data['proposal'] === index)
}

function stateOf(moves: readonly RecordEntry[]): string {
  const moved = moves.filter(({ entry }) => entry.type === 'proposal.moved').pop()
  return moved === undefined ? 'submitted' : plain(moved.data['to'])
}

function proposalView(item: RecordEntry, moves: readonly RecordEntry[], options: PointsOptions): ProposalView {
  const { words, points } = options
  const { data, entry, index } = item
  const state = stateOf(moves)
  const title = localized(data['title'], words)
  const improvement = moves
    .map((move) => move.data['improvement'])
    .filter((at) => typeof at === 'number')
    .pop()
  const missed = moves.some((move) => move.entry.type === 'proposal.answer_missed')
  return {
    anchor: `proposal-${index}`,
    tone: state,
    title: title === '' ? points.proposalUntitled : title,
    state: wordFor(points.proposalState, state),
    by: byOf(item, options),
    text: localized(data['text'], words),
    due: dueOf(item, state, missed, options),
    steps: stepsOf(entry.recordedAt, index, moves, options),
    reasons: moves
      .map((move) => localized(move.data['reason'], words))
      .filter((reason) => reason !== '')
      .map((text) => fill(points.proposalReason, { text })),
    improvement: improvement === undefined ? '' : points.proposalImprovement,
    improvementAt: improvement === undefined ? undefined : { href: `/e/${improvement}` },
    erased: item.erased.map(({ reason, recordedAt }) =>
      fill(words.erased, {
        reason: wordFor(words.erasureReasons, reason),
        date: formatDayOf(Date.parse(recordedAt), words),
      }),
    ),
    href: `/e/${index}`,
  }
}

function byOf({ data, entry }: RecordEntry, { words, points }: PointsOptions): string {
  const author = localized(data['author'], words) || plain(data['author'])
  const kind = entry.actor.kind === 'holder' ? points.proposalByHolder : points.proposalByStaff
  return fill(points.proposalBy, { who: author === '' ? kind : author })
}

/** PR3: an answer is any move but "under review". */
function dueOf(
  { data }: RecordEntry,
  state: string,
  missed: boolean,
  { words, points, now }: PointsOptions,
): ProposalView['due'] {
  const at = Date.parse(plain(data['answerDue']))
  const waits = state === 'submitted' || state === 'under_review'
  if (Number.isNaN(at)) return undefined
  const time = formatTime(at, words)
  if (missed) return { text: fill(points.proposalMissed, { time }), tone: 'missed' }
  if (!waits) return undefined
  return now > at
    ? { text: fill(points.proposalOverdue, { time }), tone: 'missed' }
    : { text: fill(points.proposalDue, { time }), tone: 'plain' }
}

function stepsOf(
  submittedAt: string,
  index: number,
  moves: readonly RecordEntry[],
  { words, points }: PointsOptions,
): EntryLink[] {
  const line = (recordedAt: string, state: string, at: number): EntryLink => ({
    text: fill(points.proposalMoved, { date: formatDayOf(Date.parse(recordedAt), words), state }),
    href: `/e/${at}`,
  })
  const moved = moves.map(({ entry, data, index: at }) => {
    if (entry.type === 'proposal.answer_missed') return line(entry.recordedAt, points.proposalStepMissed, at)
    return line(entry.recordedAt, wordFor(points.proposalState, plain(data['to'])), at)
  })
  return [line(submittedAt, points.proposalStepSubmitted, index), ...moved]
}
