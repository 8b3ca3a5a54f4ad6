/**
 * A holder's receipt in words: balance, when it expires, each line, redemptions, votes. It reads the entries of the
 * holder with their openings, which nobody else has; whether they hold is for the verifier to say.
 */
import type { Opening, Tranche } from '../../ledger/holder-opening.ts'
import { parseOpening } from '../../ledger/holder-opening.ts'
import { addTranches, removeTranches } from '../../ledger/tranches.ts'
import type { HolderWords } from '../messages/holder-zh-cn.ts'
import type { PointsWords } from '../messages/points-zh-cn.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { fill, formatDayOf, formatNumber, formatTime, wordFor } from './format.ts'
import { localized } from './names.ts'
import { plain } from './plain.ts'
import { readEntries } from './record.ts'
import type { AnchorTime, RecordEntry, StoredItem } from './record.ts'

export type ReceiptLine = {
  index: number
  what: string
  amount: string
  date: string
  proof: string
  isAnchored: boolean
}
export type RedemptionLine = { index: number; title: string; state: string; until: string }
/** The last vote in a ballot; `entries`: of all votes in it. */
export type MyVote = {
  ballot: number
  entry: number
  entries: readonly number[]
  choice: readonly string[]
  opening: string
}

export type ReceiptView = {
  programme: string
  who: string
  name: string
  balance: number
  pending: number
  held: number
  counted: string
  expiry: string[]
  lines: ReceiptLine[]
  redemptions: RedemptionLine[]
  /** Ballots in which the holder may vote, and the last vote in each that has been opened to the holder. */
  entitled: number[]
  /** SHA-256 of the lists of votes that were tallied, in hex. */
  lists: string[]
  votes: MyVote[]
}

export type ReceiptWords = { words: RecordWords; points: PointsWords; holder: HolderWords }

/** The members of a receipt that a page shows. */
export type ReceiptFile = {
  stream: string
  entries: readonly (StoredItem & { openings?: readonly string[] })[]
  anchors: readonly AnchorTime[]
  balance?: { balance: number }
}

type Line = { item: RecordEntry; openings: (Opening & { text: string })[] }

/** @throws LedgerError when an entry or an opening is not what it should be */
export function receiptView(receipt: ReceiptFile, words: ReceiptWords): ReceiptView {
  const all = readEntries(receipt.entries, receipt.anchors)
  const lines = all.flatMap((item, at): Line[] => {
    const texts = receipt.entries[at]?.openings ?? []
    return texts.length === 0 ? [] : [{ item, openings: texts.map((text) => ({ ...parseOpening(text), text })) }]
  })
  const balances = balancesAfter(lines)
  const head = all.find(({ entry }) => entry.type === 'programme.opened')?.data ?? {}
  return {
    programme: receipt.stream.slice('points:'.length),
    who: localized(head['brandName'], words.words),
    name: localized(head['name'], words.words),
    balance: balances.available,
    pending: balances.pending,
    held: balances.held,
    counted: countedOf(receipt, all, balances, words),
    expiry: expiryOf(tranchesAfter(lines), words),
    lines: lines.map((line) => lineOf(line, all, words)).reverse(),
    redemptions: redemptionsOf(lines, all, words).reverse(),
    entitled: lines
      .filter(({ item }) => item.entry.type === 'entitlement.granted')
      .map(({ item }) => Number(item.data['ballot'])),
    lists: all.filter(({ entry }) => entry.type === 'ballot.tallied').map(({ data }) => plain(data['list'])),
    votes: votesOf(lines),
  }
}

type Balances = { available: number; pending: number; held: number }

function balancesAfter(lines: readonly Line[]): Balances {
  const balances: Balances = { available: 0, pending: 0, held: 0 }
  for (const { item, openings } of lines) {
    for (const opening of openings) {
      if (opening.kind !== 'side') continue
      const kind = kindOfSide(item, opening)
      if (kind in balances) balances[kind as keyof Balances] = opening.value.current
    }
  }
  return balances
}

/** Which account a side is of: the posting says it openly. */
function kindOfSide({ data }: RecordEntry, { posting, side }: { posting: number; side: 'from' | 'to' }): string {
  const postings = Array.isArray(data['postings']) ? data['postings'] : []
  const found = postings[posting]
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? plain(found[side]) : ''
}

function tranchesAfter(lines: readonly Line[]): Tranche[] {
  let tranches: Tranche[] = []
  for (const { item, openings } of lines) {
    for (const opening of openings) {
      if (opening.kind !== 'side' || kindOfSide(item, opening) !== 'available') continue
      const parts = opening.value.tranches ?? []
      tranches = opening.side === 'to' ? addTranches(tranches, parts) : (removeTranches(tranches, parts) ?? tranches)
    }
  }
  return tranches
}

function expiryOf(tranches: readonly Tranche[], { words, holder }: ReceiptWords): string[] {
  const byDay = new Map<string, number>()
  for (const { amount, expiresAt = '' } of tranches) byDay.set(expiresAt, (byDay.get(expiresAt) ?? 0) + amount)
  return [...byDay].map(([expiresAt, amount]) =>
    fill(expiresAt === '' ? holder.expiryNever : holder.expiryLine, {
      n: formatNumber(amount, words),
      // The last moment is the end of a day: a millisecond later it is the next.
      date: expiresAt === '' ? '' : formatDayOf(Date.parse(expiresAt) - 1, words),
    }),
  )
}

function countedOf(
  { balance }: ReceiptFile,
  all: readonly RecordEntry[],
  { available, pending, held }: Balances,
  { words, holder }: ReceiptWords,
): string {
  const proof = all.filter(({ entry }) => entry.type === 'points.liabilities').pop()
  if (balance === undefined || proof === undefined) return holder.notCounted
  const counted = fill(holder.countedIn, {
    time: formatTime(Date.parse(proof.entry.recordedAt), words),
    leaves: formatNumber(plain(proof.data['leaves']), words),
    sum: formatNumber(plain(proof.data['sum']), words),
  })
  if (balance.balance === available + pending + held) return counted
  return `${counted}${words.lang === 'en' ? ' ' : ''}${fill(holder.countedOther, { n: formatNumber(balance.balance, words) })}`
}

function lineOf({ item, openings }: Line, all: readonly RecordEntry[], words: ReceiptWords): ReceiptLine {
  const { entry, index, anchoredAt } = item
  return {
    index,
    what: whatOf(item, all, words),
    amount: amountOf(item, openings, words),
    date: formatDayOf(Date.parse(entry.recordedAt), words.words),
    proof:
      anchoredAt === undefined
        ? words.holder.notAnchored
        : fill(words.holder.proved, { time: formatTime(anchoredAt * 1000, words.words) }),
    isAnchored: anchoredAt !== undefined,
  }
}

function whatOf(item: RecordEntry, all: readonly RecordEntry[], { words, points, holder }: ReceiptWords): string {
  const what = wordFor(points.types, item.entry.type)
  const title = titleOf(item, all, words)
  return title === '' ? what : fill(holder.forRule, { what, title })
}

/** The title of the rule or reward that a line is about; of a grant's or redemption's outcome, that of the first line. */
function titleOf({ data }: RecordEntry, all: readonly RecordEntry[], words: RecordWords): string {
  const first = all.find(({ index }) => index === data['grant'])
  const { rule, version, reward } = first?.data ?? data
  const cited = all.filter((other) =>
    rule !== undefined
      ? other.entry.type === 'rule.published' && other.data['rule'] === rule && other.data['version'] === version
      : reward !== undefined && other.entry.type.startsWith('reward.') && other.data['reward'] === reward,
  )
  return localized(cited[cited.length - 1]?.data['title'] ?? data['title'], words)
}

/** What it did to the points that can be used; of points that wait, how many. */
function amountOf(item: RecordEntry, openings: Line['openings'], { words, holder }: ReceiptWords): string {
  let available = 0
  let pending = 0
  for (const opening of openings) {
    if (opening.kind !== 'side') continue
    const change = opening.value.current - opening.value.previous
    const kind = kindOfSide(item, opening)
    if (kind === 'available') available += change
    if (kind === 'pending') pending += change
  }
  if (available !== 0) return signed(available, words)
  if (item.entry.type === 'grant.reversed') return holder.amountBorne
  return pending === 0 ? '' : fill(holder.amountPending, { n: signed(pending, words) })
}

function signed(n: number, words: RecordWords): string {
  return n < 0 ? `−${formatNumber(-n, words)}` : `+${formatNumber(n, words)}`
}

const OUTCOMES = { confirmed: 'confirmed', released: 'released', refunded: 'refunded' } as const

function redemptionsOf(
  lines: readonly Line[],
  all: readonly RecordEntry[],
  { words, holder }: ReceiptWords,
): RedemptionLine[] {
  return lines
    .filter(({ item }) => item.entry.type === 'redemption.held')
    .map(({ item }) => {
      const outcomes = lines.filter((line) => line.item.data['redemption'] === item.index)
      const last = outcomes[outcomes.length - 1]?.item.entry.type.slice('redemption.'.length) ?? 'held'
      const state = last in OUTCOMES ? (last as keyof typeof OUTCOMES) : 'held'
      const until = formatTime(Date.parse(plain(item.data['holdUntil'])), words)
      return {
        index: item.index,
        title: titleOf(item, all, words),
        state: holder.redemptionState[state],
        until: state === 'held' ? fill(holder.holdUntil, { time: until }) : '',
      }
    })
}

/** The last vote in each ballot counts. */
function votesOf(lines: readonly Line[]): MyVote[] {
  const votes = new Map<number, MyVote>()
  for (const { item, openings } of lines) {
    for (const opening of openings) {
      if (opening.kind !== 'choice') continue
      const ballot = Number(item.data['ballot'])
      const { index: entry } = item
      const entries = [...(votes.get(ballot)?.entries ?? []), entry]
      votes.set(ballot, { ballot, entry, entries, choice: opening.value.choice, opening: opening.text })
    }
  }
  return [...votes.values()]
}
