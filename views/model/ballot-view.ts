/** A ballot: its state, its options with their votes once counted, who may vote, and how to recount. */
import type { PointsWords } from '../messages/points-zh-cn.ts'
import { fill, formatNumber, formatTime } from './format.ts'
import { localized, objectsIn } from './names.ts'
import { plain } from './plain.ts'
import { programmeHead } from './programme-head.ts'
import type { PointsOptions, ProgrammeHead } from './programme-head.ts'
import { programmeId } from './programme-record.ts'
import type { ProgrammeRecord } from './programme-record.ts'
import type { RecordEntry } from './record.ts'

export type BallotState = keyof PointsWords['ballotState']

export type OptionLine = { title: string; votes: string; share: string; percent: number | undefined }

export type BallotView = ProgrammeHead & {
  question: string
  state: string
  tone: string
  choice: string
  when: string
  options: OptionLine[]
  eligible: string
  frozen: string
  root: string
  turnout: string
  secret: string
  tally: string
  withheld: string
  list: { hash: string; href: string } | undefined
  recount: string
  listLater: string
  history: { text: string; href: string }[]
}

const STEPS: readonly BallotState[] = ['drafted', 'frozen', 'opened', 'closed', 'tallied', 'challenged', 'finalised']

/** The last step of a ballot that is on record. */
export function ballotState(record: ProgrammeRecord, ballot: number): BallotState {
  const steps = stepsOf(record, ballot).map(stepName)
  return steps[steps.length - 1] ?? 'drafted'
}

/** The state in words. A ballot whose time is over and that never opened will not open any more (BL1). */
export function ballotStateWord(
  record: ProgrammeRecord,
  { index, data }: RecordEntry,
  { points, now }: PointsOptions,
): string {
  const state = ballotState(record, index)
  const isOver = Date.parse(plain(data['closesAt'])) <= now
  return isOver && (state === 'drafted' || state === 'frozen') ? points.ballotNotHeld : points.ballotState[state]
}

/** Undefined when the programme has no ballot that begins with this entry. */
export function ballotView(
  record: ProgrammeRecord,
  ballot: number,
  options: PointsOptions & { publicUrl: string },
): BallotView | undefined {
  const { words, points, publicUrl } = options
  const drafted = record.entries.find(({ index, entry }) => index === ballot && entry.type === 'ballot.drafted')
  if (drafted === undefined) return undefined
  const { data } = drafted
  const head = programmeHead(record, options)
  const question = localized(data['question'], words)
  const steps = stepsOf(record, ballot)
  const state = ballotState(record, ballot)
  const stateWord = ballotStateWord(record, drafted, options)
  const find = (name: BallotState): RecordEntry | undefined => steps.find((item) => stepName(item) === name)
  const frozen = find('frozen')
  const tallied = find('tallied')
  const path = `/v1/ballots/${programmeId(record)}/${ballot}`
  return {
    ...head,
    documentTitle: `${question}${words.colon}${stateWord}`,
    question,
    state: stateWord,
    tone: state,
    choice: data['choice'] === 'approval' ? points.ballotChoice.approval : points.ballotChoice.single,
    when: fill(points.ballotWhen, { from: timeOf(data['opensAt'], options), until: timeOf(data['closesAt'], options) }),
    options: optionLines(drafted, tallied, options),
    eligible: eligibleOf(record, ballot, { frozen, opened: find('opened') }, options),
    frozen: frozen === undefined ? '' : frozenOf(frozen, options),
    root: plain(frozen?.data['root']),
    turnout: find('opened') === undefined || tallied !== undefined ? '' : turnoutOf(record, ballot, options),
    secret: tallied === undefined ? points.ballotSecret : points.ballotOwn,
    tally: tallied === undefined ? '' : tallyOf(tallied, options),
    withheld: isWithheld(tallied) ? fill(points.ballotWithheld, { n: plain(data['splitMin']) || '20' }) : '',
    list: tallied === undefined ? undefined : { hash: plain(tallied.data['list']), href: `${path}/list` },
    recount: tallied === undefined ? '' : `npm run recount -- ${publicUrl}${path}`,
    listLater: tallied === undefined ? points.ballotListLater : '',
    history: [drafted, ...steps].map((item) => ({
      text: fill(points.ballotMoved, {
        time: formatTime(Date.parse(item.entry.recordedAt), words),
        state: points.ballotState[stepName(item)],
      }),
      href: `/e/${item.index}`,
    })),
  }
}

/** The entries that moved a ballot on. */
function stepsOf(record: ProgrammeRecord, ballot: number): RecordEntry[] {
  return record.entries.filter(
    (item) => item.entry.type.startsWith('ballot.') && item.data['ballot'] === ballot && STEPS.includes(stepName(item)),
  )
}

function stepName({ entry }: RecordEntry): BallotState {
  return entry.type.slice('ballot.'.length) as BallotState
}

function optionLines(
  drafted: RecordEntry,
  tallied: RecordEntry | undefined,
  { words, points }: PointsOptions,
): OptionLine[] {
  const counts = new Map(
    objectsIn(tallied?.data['counts']).map(({ option, votes }) => [plain(option), Number(plain(votes))]),
  )
  const counted = Number(plain(tallied?.data['counted']))
  return objectsIn(drafted.data['options']).map((option) => {
    const votes = counts.get(plain(option['id']))
    const percent = votes === undefined || counted === 0 ? undefined : Math.round((100 * votes) / counted)
    return {
      title: localized(option['title'], words),
      votes: votes === undefined ? '' : fill(points.ballotVotes, { n: formatNumber(votes, words) }),
      share: percent === undefined ? '' : fill(points.ballotShare, { p: percent }),
      percent,
    }
  })
}

function eligibleOf(
  record: ProgrammeRecord,
  ballot: number,
  { frozen, opened }: { frozen: RecordEntry | undefined; opened: RecordEntry | undefined },
  { words, points }: PointsOptions,
): string {
  if (frozen !== undefined) {
    return fill(opened === undefined ? points.ballotEligibleFrozen : points.ballotEligible, {
      n: formatNumber(plain(frozen.data['eligible']), words),
    })
  }
  return fill(points.ballotEligibleOpen, { n: formatNumber(record.figures.entitlements.get(ballot) ?? 0, words) })
}

/** BL1: voting may open only after an anchor covers the frozen list. */
function frozenOf({ entry, anchoredAt }: RecordEntry, { words, points }: PointsOptions): string {
  const frozen = fill(points.ballotFrozen, { time: formatTime(Date.parse(entry.recordedAt), words) })
  const anchored =
    anchoredAt === undefined
      ? points.ballotFrozenWaiting
      : `${words.anchored}${words.colon}${formatTime(anchoredAt * 1000, words)}`
  return `${frozen}${words.gapBetween}${anchored}`
}

function turnoutOf({ figures }: ProgrammeRecord, ballot: number, { words, points }: PointsOptions): string {
  return fill(points.ballotTurnout, { casts: formatNumber(figures.casts.get(ballot) ?? 0, words) })
}

function tallyOf({ data }: RecordEntry, { words, points }: PointsOptions): string {
  return fill(points.ballotTally, {
    counted: formatNumber(plain(data['counted']), words),
    eligible: formatNumber(plain(data['eligible']), words),
  })
}

function isWithheld(tallied: RecordEntry | undefined): boolean {
  return tallied?.data['belowMinimum'] === true
}

function timeOf(value: RecordEntry['data'][string] | undefined, { words }: PointsOptions): string {
  return formatTime(Date.parse(plain(value)), words)
}
