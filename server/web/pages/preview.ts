/**
 * The page as it would be after a write that has not happened: the bundle as it is, with the entries that a dry run
 * would add, through the same templates. Crises are shown by their timeline, what a brand registers by the brand's page,
 * everything else by the page of its entry. No proof is made of what is not in the log; pages need none to be drawn.
 */
import type { Bundle } from '../../../ledger/bundle.ts'
import { disclosureDigest } from '../../../ledger/disclosure.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { crisisStreams } from '../../../views/model/home-view.ts'
import { readRecord } from '../../../views/model/record.ts'
import type { StreamRecord } from '../../../views/model/record.ts'
import type { DryRun, WouldBeEntry } from '../../services/log/dry-run.ts'
import { brandOf } from './brand-page.ts'
import { pageContext } from './page-context.ts'
import type { Asked, Site } from './page-context.ts'
import { renderPointsEntry } from './points-pages.ts'
import { entryOf, renderRecordPage, timelineOf } from './record-pages.ts'
import { keysFor } from './signed-entry.ts'

/** A page in both languages. */
export type Preview = { readonly 'zh-CN': string; readonly en: string }

/** Renders the page that shows what a dry run would write; undefined when it would write nothing. */
export type RenderPreview = (dryRun: DryRun) => Promise<Preview | undefined>

/** The page that shows what a dry run would write. */
export async function renderPreview(site: Site, dryRun: DryRun): Promise<Preview | undefined> {
  const entry = mainEntry(dryRun)
  if (entry === undefined) return undefined
  const records = await recordsOf(site, dryRun, entry)
  const keys = records[0] === undefined ? undefined : await keysFor(site, records[0], entry.index)
  const shown = { entry, records, keys, programmes: await programmesOf(site, entry) }
  return { 'zh-CN': renderIn(site, 'zh-CN', shown), en: renderIn(site, 'en', shown) }
}

type Shown = {
  entry: WouldBeEntry
  records: readonly StreamRecord[]
  /** What the entry's signature is judged by, if it bears one. */
  keys: StreamRecord | undefined
  programmes: readonly string[]
}

/** The page of a crisis leads to the points programmes of its brand. */
async function programmesOf(site: Site, { stream, bytes }: WouldBeEntry): Promise<readonly string[]> {
  return stream.startsWith('crisis:') ? await site.deps.programmes.ofBrand(parseEntry(bytes).brand ?? '') : []
}

/** Of several entries the one whose page tells most: of a crisis, else of a brand, else the last. */
function mainEntry({ entries }: DryRun): WouldBeEntry | undefined {
  const last = (prefix: string): WouldBeEntry | undefined => entries.findLast(({ stream }) => stream.startsWith(prefix))
  return last('crisis:') ?? last('brand:') ?? entries.at(-1)
}

async function recordsOf(site: Site, dryRun: DryRun, { stream }: WouldBeEntry): Promise<StreamRecord[]> {
  const record = await wouldBeRecord(site, dryRun, stream)
  if (!stream.startsWith('brand:')) return [record]
  const crises = crisisStreams(record).map(async (name) => await wouldBeRecord(site, dryRun, name))
  return [record, ...(await Promise.all(crises))]
}

function renderIn(site: Site, lang: 'zh-CN' | 'en', { entry, records, keys, programmes }: Shown): string {
  const { stream, index } = entry
  const [record, ...crises] = records
  if (record === undefined) throw new Error(`there is no record of ${stream}`)
  const [kind, name] = stream.split(':')
  const at = (path: string): Asked => ({ query: { lang }, headers: {}, url: `${path}?lang=${lang}` })
  if (kind === 'crisis') {
    const asked = at(`/c/${name}`)
    const context = pageContext(site, asked)
    return renderRecordPage(site, context, timelineOf(context, record, asked, programmes))
  }
  const context = pageContext(site, at(kind === 'brand' ? `/b/${name}` : `/e/${index}`))
  if (kind === 'brand') return renderRecordPage(site, context, brandOf(context, record, crises))
  if (kind === 'points') return renderPointsEntry(site, context, { record, index, keys })
  return renderRecordPage(site, context, entryOf(context, record, index, keys))
}

/** The record of a stream with the entries that it would get, and without the texts that would be erased. */
async function wouldBeRecord(site: Site, dryRun: DryRun, stream: string): Promise<StreamRecord> {
  const { size, entries, erased } = dryRun
  const added = entries.filter((entry) => entry.stream === stream)
  const bundle = (await site.deps.bundles.timeline(stream)) ?? (await unopened(site, stream, entries))
  const gone = new Set(erased.map(({ entryIndex, digest }) => `${entryIndex} ${digest}`))
  // What was appended or anchored after the dry run was judged is left out: the page must show one moment.
  const before = bundle.entries
    .filter(({ index }) => index < size)
    .map((entry) => ({
      ...entry,
      disclosures: entry.disclosures.filter((body) => !gone.has(`${entry.index} ${disclosureDigest(body)}`)),
    }))
  const after = added.map(({ index, bytes, disclosures }) => ({ index, bytes, disclosures, proof: [] }))
  return readRecord({
    ...bundle,
    stream,
    entries: [...before, ...after],
    anchors: bundle.anchors.filter((anchor) => anchor.size <= size),
    checkpoint: `${bundle.origin}\n${size + entries.length}\n`,
  })
}

/** A stream that does not exist yet has the anchors of the log: those of another stream of the same write, or its own. */
async function unopened(site: Site, stream: string, entries: readonly WouldBeEntry[]): Promise<Bundle> {
  const others = [...new Set(entries.map((entry) => entry.stream)), 'ledger']
  for (const other of others.filter((name) => name !== stream)) {
    const bundle = await site.deps.bundles.timeline(other)
    if (bundle !== undefined) return { ...bundle, entries: [] }
  }
  throw new Error(`the log has no stream beside ${stream}`)
}
