/** What pages of many streams are made from: the same as from all bundles, read once, and without what was erased. */
import t from 'tap'
import { crisisStreams, homeView } from '../../../views/model/home-view.ts'
import { asCrisis, readRecord } from '../../../views/model/record.ts'
import type { StreamRecord } from '../../../views/model/record.ts'
import { buildBundle } from '../../../server/services/log/bundle.ts'
import { openProgrammeReads } from '../../../server/services/points/programme-reads.ts'
import type { ProgrammeReads } from '../../../server/services/points/programme-reads.ts'
import { openPublicEntryReads } from '../../../server/services/public-entries.ts'
import type { PublicEntryReads } from '../../../server/services/public-entries.ts'
import { WORDS } from '../../../server/web/pages/language.ts'
import { PublicRecords } from '../../../server/web/pages/public-records.ts'
import { ENGINES } from '../../support/database.ts'
import { inHours, openSite } from '../admin/site.ts'
import type { Site } from '../admin/site.ts'
import { tellLive } from './live-log.ts'
import { tellNote7 } from './sample-log.ts'
import { samplePublicEntries, sampleReads } from './sample-reads.ts'

const MEASURE = { 'zh-CN': '公布检测结果', en: 'Publish the results of the tests' }

/** The views of a brand in both languages. */
function viewsOf([brand, ...crises]: readonly StreamRecord[], now: number): unknown {
  const state = crises.map(asCrisis)
  return (['zh-CN', 'en'] as const).map((lang) =>
    homeView(brand!, state, { words: WORDS[lang].record, now, demo: false }),
  )
}

async function readPublic(records: PublicRecords, brand: string): Promise<StreamRecord[]> {
  const [record] = await records.find([`brand:${brand}`])
  const crises = await records.find(crisisStreams(record!))
  return [record!, ...(await records.withTexts(crises, ({ data }) => data['commitment'] !== undefined))]
}

/** Reads that note how many entries were given. */
function counted(reads: PublicEntryReads): { reads: PublicEntryReads; given: number[] } {
  const given: number[] = []
  const next: PublicEntryReads['next'] = async (streams) => {
    const rows = await reads.next(streams)
    given.push(rows.length)
    return rows
  }
  return { reads: { ...reads, next }, given }
}

async function promise(site: Site, code: string): Promise<number> {
  const text = { 'zh-CN': '将公布检测结果。', en: 'The results will be published.' }
  const commitment = { id: 'c1', due: { at: inHours(24) }, measure: MEASURE }
  return await site.milestone(code, { kind: 'commitment_made', commitment, text, original: 'zh-CN' })
}

t.test('a brand seen in public records is the brand seen in its bundles', async (t) => {
  for (const told of [tellNote7(), tellLive()]) {
    const { log, brand } = told
    const now = Date.parse('2026-11-23T00:00:00.000Z')
    const reads = sampleReads(log, brand)
    const records = new PublicRecords(samplePublicEntries(log), async (indexes) => reads.texts(indexes))
    const bundled = (stream: string): StreamRecord => readRecord(log.bundle(stream))
    const whole = bundled(`brand:${brand}`)
    t.same(
      viewsOf(await readPublic(records, brand), now),
      viewsOf([whole, ...crisisStreams(whole).map(bundled)], now),
      brand,
    )
  }
})

for (const engine of ENGINES) {
  t.test(`on ${engine}`, async (t) => {
    const site = await openSite(t, engine, { withPages: true })
    const { database, log } = site
    const codes = await Promise.all([1, 2, 3].map(async () => site.crisis()))
    const promised = await promise(site, codes[0]!)
    await promise(site, codes[1]!)
    const { reads, given } = counted(openPublicEntryReads(database))
    const programmes = openProgrammeReads(database)
    const texts: ProgrammeReads['texts'] = async (indexes) => programmes.texts(indexes)
    const records = new PublicRecords(reads, texts)
    const source = { database, checkpoints: log.checkpoints, heads: { proof: async () => undefined } }
    const bundled = async (stream: string): Promise<StreamRecord> => readRecord(await buildBundle(source, stream))
    const fromBundles = async (): Promise<StreamRecord[]> => {
      const brand = await bundled('brand:dairy')
      return [brand, ...(await Promise.all(crisisStreams(brand).map(bundled)))]
    }
    const get = async (path: string): Promise<string> =>
      (await site.app.inject({ url: path, headers: { accept: 'text/html', 'accept-language': 'en' } })).body

    await t.test('it shows what the bundles show', async (t) => {
      const now = Date.now()
      const shown = await readPublic(records, 'dairy')
      t.same(viewsOf(shown, now), viewsOf(await fromBundles(), now))
      t.equal(shown.length, 4)
      t.match(JSON.stringify(viewsOf(shown, now)), MEASURE.en)
      t.match(await get('/b/dairy'), MEASURE.en)
    })

    await t.test('every entry is read once, and what is appended is seen at once', async (t) => {
      given.length = 0
      await readPublic(records, 'dairy')
      t.same(given, [0, 0])
      const index = await site.milestone(codes[2]!, {})
      const [, , , crisis] = await readPublic(records, 'dairy')
      t.equal(crisis!.entries.at(-1)?.index, index)
      t.same(given, [0, 0, 0, 1])
    })

    await t.test('readers at once, and a memory that is too small, get every entry once and in order', async (t) => {
      const small = new PublicRecords(reads, texts, 1)
      const expected = (await fromBundles()).map(({ entries }) => entries.map(({ index }) => index))
      const readers = await Promise.all([1, 2, 3, 4].map(async () => readPublic(small, 'dairy')))
      for (const shown of [...readers, await readPublic(small, 'dairy')]) {
        t.same(
          shown.map(({ entries }) => entries.map(({ index }) => index)),
          expected,
        )
      }
      t.same(await small.find(['brand:nobody', 'crisis:CR-22222222']), [])
    })

    await t.test('what is erased is gone from the next page, and stays away', async (t) => {
      await site.write(`/entries/${promised}/redactions`, { reason: 'brand_removal' })
      const now = Date.now()
      const shown = await readPublic(records, 'dairy')
      t.same(viewsOf(shown, now), viewsOf(await fromBundles(), now))
      const [, first, second] = shown
      t.notMatch(JSON.stringify(first), MEASURE.en)
      t.match(JSON.stringify(second), MEASURE.en, 'the other promise is still in words')
      t.match(await get('/b/dairy'), 'erased')
      await site.write(`/entries/${second!.entries.at(-1)!.index}/redactions`, { reason: 'brand_removal' })
      for (const path of ['/b/dairy', '/', '/b/dairy/feed.xml']) t.notMatch(await get(path), MEASURE.en, path)
    })
  })
}
