/** An entry of a programme on its own page: as everywhere, with its postings, rule, options and votes in words. */
import { isJsonObject } from '../../ledger/json.ts'
import type { JsonValue } from '../../ledger/json.ts'
import type { PointsWords } from '../messages/points-zh-cn.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { entryPageView } from './entry-page.ts'
import type { EntryPageOptions, EntryPageView } from './entry-page.ts'
import { fill, formatNumber, formatTime, wordFor } from './format.ts'
import { localized, objectsIn } from './names.ts'
import { plain } from './plain.ts'
import type { RecordEntry, StreamRecord } from './record.ts'

/** Undefined when the stream has no such entry. */
export function pointsEntryView(
  record: StreamRecord,
  options: EntryPageOptions,
  points: PointsWords,
): EntryPageView | undefined {
  const { words, index } = options
  const view = entryPageView(record, options)
  const item = record.entries.find((entry) => entry.index === index)
  if (view === undefined || item === undefined) return undefined
  const entry = {
    ...view.entry,
    text: textOf(item, words) || undefined,
    facts: factsOf(item, record, { words, points }),
  }
  return { ...view, entry }
}

/** What a person reads first: a title, a question, what it says. */
function textOf({ data }: RecordEntry, words: RecordWords): string {
  const terms = isJsonObject(data['terms']) ? data['terms'] : data
  return [
    data['name'],
    data['title'],
    data['question'],
    terms['text'],
    terms['noCash'],
    data['conditions'],
    data['reason'],
  ]
    .map((value) => localized(value, words))
    .filter((text) => text !== '')
    .join('\n')
}

type Words = { words: RecordWords; points: PointsWords }

/** Members that stand elsewhere on the page, or that only machines read. */
const NOT_FACTS: ReadonlySet<string> = new Set([
  'postings',
  'id',
  'original',
  'options',
  'counts',
  'rule',
  'version',
  'ruleIndex',
])

function factsOf(item: RecordEntry, record: StreamRecord, words: Words): string[] {
  const { data } = item
  return [
    ...postingLines(data, words),
    ...ruleLine(data, record, words),
    ...optionLines(data, record, words),
    ...Object.entries(data).flatMap(([name, value]) => {
      const shown = plain(value)
      // What is posted says how much already.
      if (shown === '' || NOT_FACTS.has(name) || (name === 'amount' && data['postings'] !== undefined)) return []
      const table = valueWords(words.points)[name] ?? {}
      return [
        `${wordFor(words.points.members, name)}${words.words.colon}${rewardTitle(name, value, record, words) ?? wordFor(table, scalar(value, words.words))}`,
      ]
    }),
  ]
}

/** A reward is known to readers by its title. */
function rewardTitle(
  name: string,
  value: JsonValue | undefined,
  { entries }: StreamRecord,
  { words }: Words,
): string | undefined {
  if (name !== 'reward') return undefined
  const published = entries.find(({ entry, data }) => entry.type === 'reward.published' && data['reward'] === value)
  return localized(published?.data['title'], words) || undefined
}

/** Members whose values are codes. */
function valueWords(points: PointsWords): Record<string, Readonly<Record<string, string>>> {
  const { activities, reviewers, ballotChoice, proposalState, valueClasses } = points
  return {
    activity: activities,
    reviewerRole: reviewers,
    choice: ballotChoice,
    to: proposalState,
    valueClass: valueClasses,
  }
}

function scalar(value: RecordEntry['data'][string] | undefined, words: RecordWords): string {
  const text = plain(value)
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return formatTime(Date.parse(text), words)
  return typeof value === 'number' ? formatNumber(value, words) : text
}

function postingLines(data: RecordEntry['data'], { words, points }: Words): string[] {
  return objectsIn(data['postings']).map(({ from, to, amount }) =>
    fill(points.posting, {
      from: wordFor(points.accounts, plain(from)),
      to: wordFor(points.accounts, plain(to)),
      n: formatNumber(plain(amount), words),
    }),
  )
}

function ruleLine(data: RecordEntry['data'], { entries }: StreamRecord, { words, points }: Words): string[] {
  const { rule, version } = data
  if (rule === undefined) return []
  const published = entries.find(
    (other) =>
      other.entry.type === 'rule.published' && other.data['rule'] === rule && other.data['version'] === version,
  )
  const title = localized(published?.data['title'], words)
  return [fill(points.underRule, { title: title === '' ? plain(rule) : title, v: plain(version) })]
}

/** The options of a ballot, with their votes once they are counted. */
function optionLines(data: RecordEntry['data'], { entries }: StreamRecord, { words, points }: Words): string[] {
  const drafted = entries.find(({ index }) => index === data['ballot'])?.data ?? data
  const votes = new Map(objectsIn(data['counts']).map(({ option, votes: n }) => [plain(option), plain(n)]))
  if (data['options'] === undefined && votes.size === 0) return []
  return objectsIn(drafted['options']).map((option) => {
    const title = localized(option['title'], words)
    const n = votes.get(plain(option['id']))
    return n === undefined ? title : `${title}${words.colon}${fill(points.ballotVotes, { n: formatNumber(n, words) })}`
  })
}
