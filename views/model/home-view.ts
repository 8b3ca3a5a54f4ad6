/** A brand's page: every crisis that its stream opened, its promises kept and missed, its products. */
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { brandName } from './entry-page.ts'
import { fill, formatDue } from './format.ts'
import { localized, productsOf } from './names.ts'
import { promisesView } from './promises-view.ts'
import type { CrisisRecord, StreamRecord } from './record.ts'
import { stateLine } from './timeline-view.ts'
import type { Ribbon } from './timeline-view.ts'
import { plain } from './plain.ts'

export type HomeIncident = {
  title: string
  state: string
  products: string
  next: string | undefined
  promises: string | undefined
  href: string
}
export type HomeProduct = { name: string; gtin: string; href: string }
export type HomeView = {
  documentTitle: string
  ribbons: Ribbon[]
  name: string
  openHeading: string
  open: HomeIncident[]
  endedHeading: string | undefined
  ended: HomeIncident[]
  all: string
  unseen: string
  products: HomeProduct[]
}

export type HomeOptions = { words: RecordWords; now: number; demo: boolean }

const CLOSED: ReadonlySet<string> = new Set(['closed', 'dismissed'])

export function homeView(brand: StreamRecord, crises: readonly CrisisRecord[], options: HomeOptions): HomeView {
  const { words, now, demo } = options
  const name = brandName(brand, words)
  const open = crises.filter(({ state }) => !CLOSED.has(state.state))
  const ended = crises.filter(({ state }) => CLOSED.has(state.state))
  const opened = crisisStreams(brand).length
  return {
    documentTitle: `${name}${words.colon}${fill(words.homeOpen, { n: open.length })}`,
    ribbons: demo ? [{ label: words.ribbonTest, text: words.ribbonTestText }] : [],
    name,
    openHeading: fill(words.homeOpen, { n: open.length }),
    open: open.map((crisis) => incident(crisis, words, now)),
    endedHeading: ended.length === 0 ? undefined : fill(words.homeEnded, { n: ended.length }),
    ended: ended.map((crisis) => incident(crisis, words, now)),
    all: opened === 0 ? words.homeEmpty : fill(words.homeAll, { n: opened }),
    unseen: words.homeUnseen,
    products: productsRegistered(brand, words),
  }
}

/** The crises that a brand's stream opened, in order: the proof that none is left out. */
export function crisisStreams(brand: StreamRecord): string[] {
  return brand.entries
    .filter(({ entry }) => entry.type === 'stream.opened')
    .map(({ data }) => plain(data['opens']))
    .filter((stream) => stream.startsWith('crisis:'))
}

function incident(crisis: CrisisRecord, words: RecordWords, now: number): HomeIncident {
  const { state } = crisis
  const reconstructed = state.mode === 'reconstructed'
  const next = state.nextUpdates[0]
  return {
    title: localized(state.title, words),
    state: `${stateLine(crisis, words, now)}${reconstructed ? ` · ${words.reconstructedTag}` : ''}`,
    products: productsOf(crisis, words)
      .map((product) => product.name)
      .join(words.comma),
    next: next === undefined ? undefined : fill(words.nextUpdate, { time: formatDue(next.due, words) }),
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
