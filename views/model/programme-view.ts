/** The page of a points programme: its terms, what was granted and is owed, its rules with their anchors, its votes. */
import type { RecordWords } from '../messages/record-zh-cn.ts'
import type { PointsWords } from '../messages/points-zh-cn.ts'
import { isJsonObject } from '../../ledger/json.ts'
import { ballotStateWord } from './ballot-view.ts'
import { fill, formatDayOf, formatNumber, formatTime, wordFor } from './format.ts'
import { localized } from './names.ts'
import { plain } from './plain.ts'
import { programmeHead } from './programme-head.ts'
import type { EntryLink, PointsOptions, ProgrammeHead } from './programme-head.ts'
import { ACCOUNTS, outstanding } from './programme-figures.ts'
import { entriesOf, newestByName, programmeId } from './programme-record.ts'
import type { ProgrammeRecord } from './programme-record.ts'
import type { RecordEntry } from './record.ts'

export type RuleView = {
  anchor: string
  tone: string
  title: string
  activity: string
  earns: string
  usable: string
  text: string
  details: string[]
  used: string
  href: string
  before: EntryLink[]
}

export type ProgrammeView = ProgrammeHead & {
  noCash: string
  terms: {
    version: string
    text: string
    expiry: string
    next: EntryLink | undefined
    href: string
    before: EntryLink[]
  }
  owed: string
  totals: { name: string; amount: string }[]
  holders: string
  liabilities: { text: string; href: string | undefined }
  balances: { name: string; amount: string }[]
  sum: string
  rules: RuleView[]
  noRules: string | undefined
  ballots: { title: string; state: string; href: string }[]
}

export function programmeView(record: ProgrammeRecord, options: PointsOptions): ProgrammeView {
  const { words, points } = options
  const { figures } = record
  const head = programmeHead(record, options)
  const rules = newestByName(entriesOf(record, 'rule.published'), 'rule').map((rule) => ruleView(record, rule, options))
  const sum = ACCOUNTS.reduce((total, account) => total + figures.balances[account], 0)
  return {
    ...head,
    noCash: localized(termsInForce(record, options.now).terms['noCash'], words),
    terms: termsView(record, options),
    owed: fill(points.points, { n: formatNumber(outstanding(figures), words) }),
    totals: totalsOf(record, options),
    holders: fill(points.holders, { n: formatNumber(figures.holders, words) }),
    liabilities: liabilitiesOf(record, options),
    balances: ACCOUNTS.map((account) => ({
      name: points.accounts[account],
      amount: formatAmount(figures.balances[account], words),
    })),
    sum: formatAmount(sum, words),
    rules,
    noRules: rules.length === 0 ? points.rulesNone : undefined,
    ballots: ballotLinks(record, options),
  }
}

type Terms = { item: RecordEntry; terms: RecordEntry['data'] }

/** The terms of every version: the first stand in the programme's opening, later ones in entries of their own. */
function termsVersions(record: ProgrammeRecord): Terms[] {
  return entriesOf(record, 'programme.opened', 'terms.published').map((item) => {
    const first = item.data['terms']
    return { item, terms: isJsonObject(first) ? first : item.data }
  })
}

function termsInForce(record: ProgrammeRecord, now: number): Terms {
  const versions = termsVersions(record)
  const inForce = versions.filter(({ terms, item }) => validFrom(terms, item) <= now)
  return inForce[inForce.length - 1] ?? versions[0] ?? { item: record.entries[0]!, terms: {} }
}

function validFrom(terms: RecordEntry['data'], { entry }: RecordEntry): number {
  return Date.parse(plain(terms['validFrom']) || entry.recordedAt)
}

function termsView(record: ProgrammeRecord, { words, points, now }: PointsOptions): ProgrammeView['terms'] {
  const versions = termsVersions(record)
  const { item, terms } = termsInForce(record, now)
  const at = versions.findIndex((version) => version.item === item)
  const linkTo = (version: Terms, sentence: string): EntryLink => ({
    text: fill(sentence, {
      v: plain(version.terms['version']),
      date: formatDayOf(validFrom(version.terms, version.item), words),
    }),
    href: `/e/${version.item.index}`,
  })
  const next = versions[at + 1]
  return {
    version: linkTo({ item, terms }, points.termsVersion).text,
    text: localized(terms['text'], words),
    expiry: expiryOf(terms['expiry'], points),
    next: next && linkTo(next, points.termsNext),
    href: `/e/${item.index}`,
    before: versions.slice(0, at).map((version) => linkTo(version, points.termsVersionShort)),
  }
}

function expiryOf(expiry: RecordEntry['data'][string] | undefined, points: PointsWords): string {
  const months = isJsonObject(expiry) ? expiry['months'] : undefined
  return typeof months === 'number' ? fill(points.expiryMonths, { n: months }) : points.expiryNever
}

function totalsOf({ figures }: ProgrammeRecord, { words, points }: PointsOptions): ProgrammeView['totals'] {
  const { issued, redeemed, expired, reversed, withdrawn, balances } = figures
  const amounts = { issued, redeemed, expired, reversed, withdrawn, forfeited: -balances.forfeited }
  const always = new Set(['issued', 'redeemed', 'expired', 'reversed'])
  return (Object.keys(amounts) as (keyof typeof amounts)[])
    .filter((name) => always.has(name) || amounts[name] !== 0)
    .map((name) => ({ name: points.totals[name], amount: formatAmount(amounts[name], words) }))
}

function liabilitiesOf(record: ProgrammeRecord, { words, points }: PointsOptions): ProgrammeView['liabilities'] {
  const newest = entriesOf(record, 'points.liabilities').pop()
  if (newest === undefined) return { text: points.liabilitiesNone, href: undefined }
  const { entry, data, index } = newest
  const text = fill(points.liabilities, {
    time: formatTime(Date.parse(entry.recordedAt), words),
    leaves: formatNumber(plain(data['leaves']), words),
    sum: formatNumber(plain(data['sum']), words),
  })
  return { text, href: `/e/${index}` }
}

function ruleView(
  record: ProgrammeRecord,
  { name, item, before }: { name: string; item: RecordEntry; before: RecordEntry[] },
  { words, points, now }: PointsOptions,
): RuleView {
  const { data, index } = item
  const version = plain(data['version'])
  const withdrawn = entriesOf(record, 'rule.withdrawn').find(
    (entry) => plain(entry.data['rule']) === name && plain(entry.data['version']) === version,
  )
  const used = before
    .concat(item)
    .reduce((n, old) => n + (record.figures.grants.get(`${name} ${plain(old.data['version'])}`) ?? 0), 0)
  const isWaiting = item.anchoredAt === undefined || Date.parse(plain(data['validFrom'])) > now
  return {
    anchor: `rule-${name}`,
    tone: withdrawn === undefined ? 'plain' : 'ended',
    title: `${localized(data['title'], words)}${words.open}${fill(points.ruleVersion, { v: version })}${words.close}`,
    activity: wordFor(points.activities, plain(data['activity'])),
    earns: earnsOf(item, { words, points }),
    usable: usableOf(item, withdrawn, { words, points }),
    text: localized(data['text'], words),
    details: detailsOf(item, { words, points, now }),
    used: used === 0 ? points.ruleUnused : fill(points.ruleUsed, { n: formatNumber(used, words) }),
    href: `/e/${index}`,
    before: before.map((old, at) => ({
      text: fill(isWaiting && at === before.length - 1 ? points.ruleStill : points.ruleVersion, {
        v: plain(old.data['version']),
      }),
      href: `/e/${old.index}`,
    })),
  }
}

type Words = Pick<PointsOptions, 'words' | 'points'>

function earnsOf({ data }: RecordEntry, { words, points }: Words): string {
  const earns = isJsonObject(data['earns']) ? data['earns'] : {}
  if (earns['vote'] === true) return points.earnsVote
  const most = earns['pointsMax']
  if (most !== undefined) return fill(points.earnsUpTo, { n: formatNumber(plain(most), words) })
  return fill(points.earnsPoints, { n: formatNumber(plain(earns['points']), words) })
}

/** ER1: a rule may be used from the first anchor on that covers it. */
function usableOf(item: RecordEntry, withdrawn: RecordEntry | undefined, { words, points }: Words): string {
  if (withdrawn !== undefined) {
    return fill(points.ruleWithdrawn, { date: formatDayOf(Date.parse(withdrawn.entry.recordedAt), words) })
  }
  if (item.anchoredAt === undefined) return points.ruleWaiting
  return fill(points.ruleUsable, { time: formatTime(item.anchoredAt * 1000, words) })
}

function detailsOf({ data, entry }: RecordEntry, { words, points, now }: Omit<PointsOptions, 'demo'>): string[] {
  const day = (value: unknown): string => formatDayOf(Date.parse(String(value)), words)
  const pendingDays = Number(data['pendingDays'] ?? 0)
  const from = Date.parse(plain(data['validFrom']) || entry.recordedAt)
  const who = wordFor(points.reviewers, plain(data['reviewerRole']))
  return [
    fill(points.ruleReviewer, { who }),
    pendingDays > 0 ? fill(points.rulePending, { n: pendingDays }) : points.ruleAtOnce,
    limitOf(data, { words, points }),
    data['expiryMonths'] === undefined ? '' : fill(points.ruleExpiry, { n: plain(data['expiryMonths']) }),
    from > now ? fill(points.ruleFrom, { date: day(new Date(from).toISOString()) }) : '',
    data['validUntil'] === undefined ? '' : fill(points.ruleUntil, { date: day(data['validUntil']) }),
  ].filter((detail) => detail !== '')
}

function limitOf({ perHolderMax, earns }: RecordEntry['data'], { words, points }: Words): string {
  if (perHolderMax === undefined) return ''
  const isVote = isJsonObject(earns) && earns['vote'] === true
  return fill(isVote ? points.ruleVotes : points.ruleLimit, { n: formatNumber(plain(perHolderMax), words) })
}

function ballotLinks(record: ProgrammeRecord, options: PointsOptions): ProgrammeView['ballots'] {
  return entriesOf(record, 'ballot.drafted')
    .map((item) => ({
      title: localized(item.data['question'], options.words),
      state: ballotStateWord(record, item, options),
      href: `/points/${programmeId(record)}/ballots/${item.index}`,
    }))
    .reverse()
}

/** Negative amounts with a minus sign that is as wide as a digit. */
function formatAmount(amount: number, words: RecordWords): string {
  return amount < 0 ? `−${formatNumber(-amount, words)}` : formatNumber(amount, words)
}
