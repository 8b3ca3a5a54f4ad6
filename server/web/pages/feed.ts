/**
 * What a feed (Atom, RFC 4287) says of a crisis or of a brand: which kind of entry was recorded, when, and where it can be
 * read and checked. Feed readers keep what they got, so it is made from public records alone: they have no
 * disclosures, and no text that may be erased can get here.
 */
import { isTestChain } from '../../../ledger/anchor.ts'
import { isDue } from '../../../ledger/instant.ts'
import { clockName } from '../../../views/model/clock-words.ts'
import { missLine } from '../../../views/model/clocks-view.ts'
import { brandName } from '../../../views/model/entry-page.ts'
import { happenedOf, kindOf } from '../../../views/model/entry-view.ts'
import { fill, formatTime, wordFor } from '../../../views/model/format.ts'
import { localized } from '../../../views/model/names.ts'
import { plain } from '../../../views/model/plain.ts'
import type { CrisisRecord, RecordEntry, StreamRecord } from '../../../views/model/record.ts'
import { withQuery } from './page-context.ts'
import type { PageContext } from './page-context.ts'
import { carryQuery } from './render.ts'

export type FeedEntry = {
  id: string
  title: string
  /** RFC 3339, of the record: an entry never changes, so this is `published` and `updated`. */
  recordedAt: string
  href: string
  /** The kind as the log names it, for filters. */
  term: string
  kind: string
  summary: string
}

export type Feed = {
  id: string
  title: string
  subtitle: string
  updated: string
  author: string
  self: string
  page: string
  /** Newest first. */
  entries: FeedEntry[]
}

/** The newest entries; what is older stands on the page. */
const ENTRIES_MAX = 100

/** Production, not news: a brand may register thousands. */
const LEFT_OUT: ReadonlySet<string> = new Set(['batch.registered'])

/** An entry with the name of the incident that it belongs to, where the feed has several. */
type Told = { item: RecordEntry; about: string }

/** Where the feed of a page is; it names its language, since a feed reader has no other. */
export function feedAddress({ carried, lang }: Pick<PageContext, 'carried' | 'lang'>, path: string): string {
  return withQuery(carryQuery(`${path}/feed.xml`, carried), { lang })
}

export function crisisFeed(context: PageContext, crisis: CrisisRecord): Feed {
  const { record: words, site: t } = context.words
  const { state } = crisis
  const told = [wordFor(words.states, state.state), ...(state.mode === 'reconstructed' ? [words.reconstructedTag] : [])]
  return feedOf(context, {
    record: crisis,
    path: `/c/${state.code}`,
    title: `${localized(state.brandName, words)}${words.colon}${localized(state.title, words)}`,
    lead: fill(t.feed.state, { state: told.join(words.comma) }),
    told: crisis.entries.map((item) => ({ item, about: '' })),
  })
}

export function brandFeed(context: PageContext, brand: StreamRecord, crises: readonly CrisisRecord[]): Feed {
  const { record: words, site: t } = context.words
  const name = brandName(brand, words)
  return feedOf(context, {
    record: brand,
    path: `/b/${brand.stream.slice('brand:'.length)}`,
    title: name,
    lead: t.feed.brand,
    told: [
      ...brand.entries.filter(isOfBrand).map((item) => ({ item, about: '' })),
      ...crises.flatMap((crisis) => entriesAbout(crisis, context)),
    ],
  })
}

function entriesAbout(crisis: CrisisRecord, { words }: PageContext): Told[] {
  const about = localized(crisis.state.title, words.record)
  return crisis.entries.map((item) => ({ item, about }))
}

/** That a crisis has a stream of its own is said again by the first entry of that stream. */
function isOfBrand({ entry, data }: RecordEntry): boolean {
  const opens = entry.type === 'stream.opened' ? plain(data['opens']) : ''
  return !LEFT_OUT.has(entry.type) && !opens.startsWith('crisis:')
}

type Source = { record: StreamRecord; path: string; title: string; lead: string; told: Told[] }

function feedOf(context: PageContext, { record, path, title, lead, told }: Source): Feed {
  const { config, lang, words } = context
  const newest = told.toSorted((a, b) => b.item.index - a.item.index).slice(0, ENTRIES_MAX)
  const first = record.entries[0]?.entry.recordedAt ?? ''
  const isDemo = config.testChain || (record.newest !== undefined && isTestChain(record.newest.chainId))
  const demo = isDemo ? [words.record.ribbonTest, words.record.colon, words.record.ribbonTestText].join('') : ''
  const whole = (address: string): string => `${config.publicUrl}${address}`
  return {
    id: tagOf(record.origin, first, `${lang}/${record.stream}`),
    title: written(title),
    subtitle: [demo, lead, words.site.feed.note, words.site.timesNote]
      .filter((part) => part !== '')
      .join(lang === 'en' ? ' ' : ''),
    updated: newest[0]?.item.entry.recordedAt ?? first,
    author: written(config.operatorName === '' ? new URL(config.publicUrl).host : config.operatorName),
    self: whole(feedAddress(context, path)),
    page: whole(addressIn(context, path)),
    entries: newest.map((entry) => feedEntry(context, record.origin, entry)),
  }
}

function feedEntry(context: PageContext, origin: string, { item, about }: Told): FeedEntry {
  const { entry, data, index, leaf } = item
  const words = context.words.record
  const kind = [kindOf(item, words), ...(typeof data['clock'] === 'string' ? [clockName(data['clock'], words)] : [])]
  const { actor, recordedAt } = entry
  const isMiss = actor.kind === 'system' && isDue(data['due'])
  const lines = [
    actor.kind === 'system' ? words.bySystem : undefined,
    isMiss ? missLine(recordedAt, data['due'] as { at: string }, words) : happenedOf(data, words),
    `${words.recorded}${words.colon}${formatTime(Date.parse(recordedAt), words)}`,
    fill(words.entryIndex, { index }),
  ]
  return {
    id: tagOf(origin, recordedAt, `${context.lang}/${leaf}`),
    title: written([...(about === '' ? [] : [about]), ...kind].join(words.colon)),
    recordedAt,
    href: `${context.config.publicUrl}${addressIn(context, `/e/${index}`)}`,
    term: written(entry.type === 'milestone.recorded' ? plain(data['kind']) : entry.type),
    kind: written(kind[0] ?? ''),
    summary: lines.filter((line) => line !== undefined).join(' · '),
  }
}

/** A link to a page, in the feed's language. */
function addressIn({ carried, lang }: PageContext, path: string): string {
  return withQuery(carryQuery(path, carried), { lang })
}

/**
 * A tag URI (RFC 4151), which stays what it is when the site moves: the host of the log's origin, the day of the record, and
 * what was recorded. An origin that begins with no host name gets one that nobody can own (RFC 2606).
 */
function tagOf(origin: string, recordedAt: string, name: string): string {
  const [host = ''] = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?=[:/]|$)/i.exec(origin) ?? ['log.invalid']
  return `tag:${host.toLowerCase()},${recordedAt.slice(0, 10)}:${name}`
}

/** What XML 1.0 cannot hold, however it is escaped, is left out. */
function written(text: string): string {
  return text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
}
