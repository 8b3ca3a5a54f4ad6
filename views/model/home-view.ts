/** A brand's page: every crisis that its stream opened, its promises kept and missed, its products, its register. */
import { SEVERITIES } from '../../ledger/milestone.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { looserItems } from './clock-words.ts'
import { brandName } from './entry-page.ts'
import { fill, formatDayOf, wordFor } from './format.ts'
import { localized, productsOf } from './names.ts'
import { auditLines } from './keeping-view.ts'
import type { AuditLine } from './keeping-view.ts'
import { plain } from './plain.ts'
import { promiseRecord, promisesView } from './promises-view.ts'
import type { PromiseRecord } from './promises-view.ts'
import type { CrisisRecord, StreamRecord } from './record.ts'
import { nextUpdateOf } from './silence-view.ts'
import type { NextUpdate } from './silence-view.ts'
import { demoRibbon, stateLine } from './timeline-view.ts'
import type { Ribbon } from './timeline-view.ts'

export type HomeIncident = {
  title: string
  state: string
  products: string
  next: NextUpdate | undefined
  promises: string | undefined
  href: string
}
export type HomeProduct = { name: string; gtin: string; href: string }
export type RegisterLine = { text: string; href: string }
/** Incidents under one heading. */
export type HomeGroup = { heading: string; incidents: HomeIncident[] }
export type HomeView = {
  documentTitle: string
  ribbon: Ribbon | undefined
  name: string
  /** Open, ended in the last three years, ended before; the first is there even when it is empty. */
  groups: HomeGroup[]
  promises: PromiseRecord | undefined
  /** The time limits that the brand has published; undefined while the common ones hold. */
  limits: { heading: string; text: string; looser: string[]; href: string } | undefined
  all: string
  unseen: string
  products: HomeProduct[]
  /** What auditors say of the brand itself, newest first; of its incidents, the incidents' pages tell. */
  audits: AuditLine[]
  /** Corrections and erasures, newest first. */
  register: RegisterLine[]
  registerEmpty: string | undefined
}

export type HomeOptions = { words: RecordWords; now: number; demo: boolean }

const CLOSED: ReadonlySet<string> = new Set(['closed', 'dismissed'])
const THREE_YEARS_MS = 3 * 365.2425 * 86_400_000

export function homeView(brand: StreamRecord, crises: readonly CrisisRecord[], options: HomeOptions): HomeView {
  const { words, now, demo } = options
  const name = brandName(brand, words)
  const open = crises.filter(({ state }) => !CLOSED.has(state.state))
  const ended = crises.filter(({ state }) => CLOSED.has(state.state))
  const lately = ended.filter((crisis) => now - endedAt(crisis) <= THREE_YEARS_MS)
  const before = ended.filter((crisis) => !lately.includes(crisis))
  const opened = crisisStreams(brand).length
  const group = (heading: string, items: readonly CrisisRecord[]): HomeGroup => ({
    heading: fill(heading, { n: items.length }),
    incidents: items.map((crisis) => incident(crisis, words, now)),
  })
  const register = [brand, ...crises].flatMap((record) => registerOf(record, words))
  return {
    documentTitle: `${name} · ${fill(words.homeOpen, { n: open.length })}`,
    ribbon: demo ? demoRibbon(words) : undefined,
    name,
    groups: [
      group(words.homeOpen, open),
      ...(opened === 0 ? [] : [group(words.homeEnded, lately)]),
      ...(before.length === 0 ? [] : [group(words.homeEndedBefore, before)]),
    ],
    promises: promiseRecord(crises, words),
    limits: limitsOf(brand, words),
    all: opened === 0 ? words.homeEmpty : fill(opened === 1 ? words.homeAllOne : words.homeAll, { n: opened }),
    unseen: words.homeUnseen,
    products: productsRegistered(brand, words),
    audits: auditLines(brand, words),
    register: register.map(({ text, href }) => ({ text, href })),
    registerEmpty: register.length === 0 ? words.registerEmpty : undefined,
  }
}

/** The newest preset of the brand, which its next incident will stand under. */
function limitsOf({ entries }: StreamRecord, words: RecordWords): HomeView['limits'] {
  const published = [...entries].reverse().find(({ entry }) => entry.type === 'clocks.published')
  if (published === undefined) return undefined
  const { data, index } = published
  const looser = looserItems(data['severities'], SEVERITIES, words)
  return {
    heading: fill(words.brandClocks, { v: Number(data['version']) }),
    text: looser.length === 0 ? words.brandClocksSame : words.brandClocksLooser,
    looser,
    href: `/e/${index}`,
  }
}

/** The crises that a brand's stream opened, in order: the proof that none is left out. */
export function crisisStreams(brand: StreamRecord): string[] {
  return brand.entries
    .filter(({ entry }) => entry.type === 'stream.opened')
    .map(({ data }) => plain(data['opens']))
    .filter((stream) => stream.startsWith('crisis:'))
}

/** The ids of the points programmes that a brand's stream opened. */
export function programmesOf(brand: StreamRecord): string[] {
  return brand.entries
    .filter(({ entry }) => entry.type === 'stream.opened')
    .map(({ data }) => plain(data['opens']))
    .filter((stream) => stream.startsWith('points:'))
    .map((stream) => stream.slice('points:'.length))
}

/** When the entry that ended a crisis was recorded. */
function endedAt({ entries }: CrisisRecord): number {
  const last = [...entries].reverse().find(({ data }) => CLOSED.has(plain(data['kind'])))
  return Date.parse(last?.entry.recordedAt ?? '')
}

function incident(crisis: CrisisRecord, words: RecordWords, now: number): HomeIncident {
  const { state } = crisis
  const reconstructed = state.mode === 'reconstructed'
  return {
    title: localized(state.title, words),
    state: `${stateLine(crisis, words, now)}${reconstructed ? ` · ${words.reconstructedTag}` : ''}`,
    products: productsOf(crisis, words)
      .map((product) => product.name)
      .join(words.comma),
    next: nextUpdateOf(crisis, words, now),
    promises: promisesView(crisis, words)?.summary,
    href: `/c/${state.code}`,
  }
}

function productsRegistered(brand: StreamRecord, words: RecordWords): HomeProduct[] {
  return brand.entries
    .filter(({ entry }) => entry.type === 'product.registered')
    .map(({ data }) => {
      const gtin = plain(data['gtin'])
      return { name: localized(data['name'], words), gtin, href: `/p/${gtin}` }
    })
}

/** What was corrected or erased in a stream, and why; passages of one entry that went together are one line. */
function registerOf(record: StreamRecord & Partial<CrisisRecord>, words: RecordWords): RegisterLine[] {
  return record.entries
    .flatMap(({ entry, data, index }) => {
      const isCorrection = entry.type === 'correction.recorded'
      if (!isCorrection && entry.type !== 'redaction.registered') return []
      const target = data[isCorrection ? 'corrects' : 'index']
      const seq = record.entries.find((item) => item.index === target)?.entry.seq
      const reasons = isCorrection ? words.correctionReasons : words.erasureReasons
      const text = fill(isCorrection ? words.registerCorrection : words.registerErasure, {
        date: formatDayOf(Date.parse(entry.recordedAt), words),
        title: record.state === undefined ? brandName(record, words) : localized(record.state.title, words),
        i: seq ?? plain(target),
        reason: wordFor(reasons, plain(data['reason'])),
      })
      return [{ text, href: `/e/${index}` }]
    })
    .filter(({ text }, at, lines) => lines.findIndex((line) => line.text === text) === at)
    .reverse()
}
