/** The reward catalogue: what points are good for, how many places are left, until when, on what conditions. */
import { fill, formatDay, formatDayOf, formatNumber, wordFor } from './format.ts'
import { localized } from './names.ts'
import { plain } from './plain.ts'
import { programmeHead } from './programme-head.ts'
import type { PointsOptions, ProgrammeHead } from './programme-head.ts'
import { entriesOf, newestByName } from './programme-record.ts'
import type { ProgrammeRecord } from './programme-record.ts'
import type { RecordEntry } from './record.ts'

export type RewardView = {
  anchor: string
  /** `open`, `full`, `ended`, `closed` or `later`. */
  tone: string
  state: string
  title: string
  cost: string
  left: string
  text: string
  conditions: string
  details: string[]
  href: string
}

export type RewardsView = ProgrammeHead & { rewards: RewardView[]; empty: string | undefined }

type RewardState = 'open' | 'full' | 'ended' | 'closed' | 'later'

const ORDER: readonly RewardState[] = ['open', 'later', 'full', 'closed', 'ended']

export function rewardsView(record: ProgrammeRecord, options: PointsOptions): RewardsView {
  const { points } = options
  const published = entriesOf(record, 'reward.published', 'reward.amended')
  const rewards = newestByName(published, 'reward').map(({ name, item, before }) => {
    const state = stateOf(record, name, item, options.now)
    return { state, view: rewardView(record, { name, item, before, state }, options) }
  })
  rewards.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
  const head = programmeHead(record, options)
  return {
    ...head,
    documentTitle: `${head.name}${options.words.colon}${points.rewardsTitle}`,
    rewards: rewards.map(({ view }) => view),
    empty: rewards.length === 0 ? points.rewardsNone : undefined,
  }
}

/** Whether somebody can redeem it now; an ended one is ended, however many places are left. */
export function stateOf(record: ProgrammeRecord, name: string, { data }: RecordEntry, now: number): RewardState {
  const closed = entriesOf(record, 'reward.closed').some((entry) => plain(entry.data['reward']) === name)
  if (closed) return 'closed'
  if (now >= Date.parse(plain(data['until']))) return 'ended'
  if (now < Date.parse(plain(data['from']))) return 'later'
  return placesLeft(record, name, data) > 0 ? 'open' : 'full'
}

function placesLeft({ figures }: ProgrammeRecord, name: string, data: RecordEntry['data']): number {
  return Math.max(0, Number(plain(data['capacity'])) - (figures.taken.get(name) ?? 0))
}

type Reward = { name: string; item: RecordEntry; before: readonly RecordEntry[]; state: RewardState }

function rewardView(
  record: ProgrammeRecord,
  { name, item, before, state }: Reward,
  { words, points }: PointsOptions,
): RewardView {
  const { data, index } = item
  const number = (value: unknown): string => formatNumber(String(value), words)
  const left = fill(points.rewardLeft, {
    left: number(placesLeft(record, name, data)),
    capacity: number(plain(data['capacity'])),
  })
  const taken = fill(points.rewardTaken, { taken: number(record.figures.taken.get(name) ?? 0) })
  return {
    anchor: `reward-${name}`,
    tone: state,
    state: fill(points.rewardState[state], { date: dayOf(data['from'], words) }),
    title: localized(data['title'], words),
    cost: fill(points.rewardCost, { n: number(plain(data['cost'])) }),
    left: `${left}${words.partComma}${taken}`,
    text: localized(data['text'], words),
    conditions: localized(data['conditions'], words),
    details: [
      data['eventOn'] === undefined ? '' : fill(points.rewardEvent, { date: dayOf(data['eventOn'], words) }),
      fill(points.rewardDates, { from: dayOf(data['from'], words), until: dayOf(data['until'], words) }),
      [wordFor(points.valueClasses, plain(data['valueClass'])), points.rewardFirstCome]
        .filter((part) => part !== '')
        .join(' · '),
      before.length === 0 ? '' : fill(points.rewardAmended, { n: before.length, v: plain(data['version']) }),
    ].filter((detail) => detail !== ''),
    href: `/e/${index}`,
  }
}

/** The day in Beijing of an instant; what is no instant, as it is written. */
function dayOf(value: RecordEntry['data'][string] | undefined, words: PointsOptions['words']): string {
  const text = plain(value)
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return formatDay(text, words)
  const at = Date.parse(text)
  return Number.isNaN(at) ? text : formatDayOf(at, words)
}
