/** The real record, every event of it, through the admin API as a reconstructed crisis. */
import t from 'tap'
import { parseEntry } from '../../../ledger/entry.ts'
import { answerFor } from '../../../ledger/answer.ts'
import { parseDisclosure } from '../../../ledger/disclosure.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import { isRecordedLate } from '../../../ledger/lateness.ts'
import type { IndexedEntry } from '../../../ledger/milestone.ts'
import { missingMisses } from '../../../ledger/promises.ts'
import { milestoneBody, readNote7Record } from '../../../server/demo/record.ts'
import { openSite } from './site.ts'
import type { Body, Site } from './site.ts'

async function play(site: Site): Promise<{ code: string; indexes: Map<string, number> }> {
  const record = readNote7Record()
  const { brand, product, batches, crisis, events } = record
  // The site has a product with the same example number; the story gets its own.
  const gtin = '09520123456795'
  await site.write('/brands', brand)
  await site.write(`/brands/${brand.slug}/products`, { ...product, gtin })
  for (const batch of batches) await site.write(`/products/${gtin}/batches`, batch)
  const products = [{ gtin, batches: batches.map(({ lot }) => lot) }]
  const opened = await site.write('/crises', { ...crisis, brand: brand.slug, products })
  const code = opened['code'] as string
  const indexes = new Map<string, number>()
  for (const event of events) {
    const body = milestoneBody({ ...record, product: { ...product, gtin } }, event, indexes)
    indexes.set(event.id, (await site.write(`/crises/${code}/milestones`, body))['index'] as number)
  }
  return { code, indexes }
}

async function entriesOf(site: Site, code: string): Promise<IndexedEntry[]> {
  const stored = await site.log.reader.streamEntries(`crisis:${code}`, {})
  return stored.map(({ index, bytes }) => ({ index, entry: parseEntry(bytes) }))
}

t.test('the real record is expressible, and answers as the public record says', async (t) => {
  const site = await openSite(t, 'postgres')
  const record = readNote7Record()
  const { code, indexes } = await play(site)
  const entries = await entriesOf(site, code)
  const idAt = new Map([...indexes].map(([id, index]) => [index, id]))

  t.equal(entries.length, record.events.length + 1)
  t.equal(entries.filter(({ entry }) => entry.actor.kind === 'system').length, record.expect.systemEntries)
  t.same(missingMisses(entries, '9999-12-31T23:59:59.999Z'), [], 'a reconstructed record runs no clocks')
  t.ok(
    entries.slice(1).every(({ entry }) => isRecordedLate(entry)),
    'every milestone is recorded late',
  )
  for (const { asOf, lot, answer, by, mustShow = [] } of record.expect.answers) {
    const given = answerFor({ crises: [{ entries }], gtin: '09520123456795', lot, asOf })
    t.match([given.answer, given.by === null ? undefined : idAt.get(given.by)], [answer, by], `${lot} as of ${asOf}`)
    for (const id of mustShow) t.ok(given.history.includes(indexes.get(id) ?? -1), `${lot} as of ${asOf} shows ${id}`)
  }

  const { state } = (await site.get(`/crises/${code}`)).json<{ state: CrisisState }>()
  t.equal(state.state, 'remedying')
  t.same(
    state.commitments.map(({ id, outcome }) => ({ id, outcome })),
    record.expect.commitments,
  )
  t.match(
    state.remedies.find(({ id }) => id === 'r1'),
    { state: 'withdrawn', withdrawn: indexes.get('n21') },
  )
  t.match(state.marks, [{ index: indexes.get('n05'), rule: 'no_safety_instruction_before' }])
  const endedBy = (id: string): (string | undefined)[] =>
    state.ended.filter(({ index }) => index === indexes.get(id)).map(({ by }) => idAt.get(by))
  for (const [id, by] of [
    ['n04', 'n23'],
    ['n12', 'n23'],
    ['n15', 'n23'],
    ['n16', 'n23'],
    ['n06', 'n20'],
    ['n05', 'n21'],
    ['n13', 'n21'],
    ['n02', 'n30'],
  ] as const) {
    t.ok(endedBy(id).includes(by), `${id} no longer holds after ${by}`)
  }
})

t.test('notes that people write are texts that can be erased, and in no entry', async (t) => {
  const site = await openSite(t)
  const { code } = await play(site)
  const noted = [
    ...(await site.log.reader.streamEntries(`crisis:${code}`, {})).slice(0, 1),
    ...(await site.log.reader.streamEntries(`brand:${readNote7Record().brand.slug}`, {})),
  ]
  const names = []
  for (const { index, bytes } of noted) {
    const { data, type } = parseEntry(bytes)
    t.notOk('modeNote' in data || 'note' in data, type)
    const { disclosures } = await site.log.reader.entry(index)
    for (const disclosure of disclosures) names.push(`${type} ${parseDisclosure(disclosure).name}`)
  }
  t.same([...new Set(names)].toSorted(), [
    'batch.registered /note',
    'crisis.opened /modeNote/en',
    'crisis.opened /modeNote/zh-CN',
    'product.registered /note',
  ])
})

t.test('what is younger than 90 days cannot escape the clocks into a reconstructed record', async (t) => {
  const site = await openSite(t, 'postgres')
  const recorder = { kind: 'brand', name: { 'zh-CN': '品牌', en: 'The brand' } }
  const code = await site.crisis({ mode: 'reconstructed', recorder })
  const body: Body = {
    kind: 'statement',
    occurredAt: new Date(Date.now() - 80 * 86_400_000).toISOString(),
    assertedBy: ['brand'],
    original: 'en',
    text: { en: 'Not long ago.' },
  }
  const refused = await site.post(`/crises/${code}/milestones`, body)
  t.match(refused.json(), { status: 409, code: 'event_too_recent' })
  const older = { ...body, occurredAt: new Date(Date.now() - 91 * 86_400_000).toISOString() }
  t.equal((await site.post(`/crises/${code}/milestones`, older)).statusCode, 201)
})
