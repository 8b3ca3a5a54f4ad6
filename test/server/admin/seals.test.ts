/** Seals through the API: a digest now, the very same text later. */
import t from 'tap'
import { disclosureDigest, formatDisclosure } from '../../../ledger/disclosure.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { newSalt } from '../../../server/services/log/salt.ts'
import { writeDueMisses } from '../../../server/services/log/due-timer.ts'
import { openSite } from './site.ts'
import type { Body } from './site.ts'

const sealedOf = (value: string | Record<string, string>, name = '/text'): string =>
  formatDisclosure({ salt: newSalt(), name, value })

t.test('SE1–SE3: a seal opens once, with the text that was sealed, and starts a clock', async (t) => {
  const site = await openSite(t, 'postgres')
  const code = await site.crisis({ severity: 'S1' })
  const disclosure = sealedOf({ en: 'We knew of three cases.', 'zh-CN': '我们已知三起。' })
  const digest = disclosureDigest(disclosure)
  const sealed = await site.write(`/crises/${code}/seals`, { digest, of: 'cause_identified' })
  const index = sealed['index'] as number
  const entry = parseEntry((await site.log.reader.entry(index)).bytes)
  t.match(entry.data, { digest, of: 'cause_identified', dues: [{ clock: 'seal' }] })
  const refuses = async (path: string, body: Body): Promise<string> => {
    const before = await site.size()
    const answer = await site.post(path, body)
    t.equal(await site.size(), before, 'nothing is written')
    return answer.json<{ code: string }>().code
  }
  t.equal(await refuses(`/crises/${code}/seals`, { digest }), 'seal_exists')
  const path = `/entries/${index}/open`
  const others = [sealedOf({ en: 'We knew of three cases.' }), sealedOf('We knew nothing.')]
  for (const other of others) t.equal(await refuses(path, { disclosure: other }), 'seal_differs')
  for (const malformed of [
    sealedOf('x', '/data'),
    sealedOf({}),
    sealedOf({ fr: 'x' }),
    sealedOf(' '),
    'A'.repeat(30),
  ]) {
    t.equal(await refuses(path, { disclosure: malformed }), 'seal_malformed')
  }
  t.equal(await refuses(`/entries/${await site.milestone(code, {})}/open`, { disclosure }), 'not_found')
  const opened = await site.write(path, { disclosure })
  const stored = await site.log.reader.entry(opened['index'] as number)
  t.same(parseEntry(stored.bytes).sd, [digest], 'the very digest that was sealed')
  t.same(stored.disclosures, [disclosure])
  t.equal(await refuses(path, { disclosure }), 'seal_open')
  const reconstructed = await site.crisis({
    mode: 'reconstructed',
    recorder: { kind: 'third_party', name: { 'zh-CN': '记', en: 'Rec' } },
  })
  t.equal(await refuses(`/crises/${reconstructed}/seals`, { digest }), 'seal_needs_live')
})

t.test('an opened seal with what looks like personal data waits until it is said to be meant', async (t) => {
  const site = await openSite(t)
  const code = await site.crisis()
  const disclosure = sealedOf({ en: 'Dr Jones reported it.', 'zh-CN': '已有反映。' })
  const { index } = await site.write(`/crises/${code}/seals`, { digest: disclosureDigest(disclosure) })
  const path = `/entries/${index as number}/open`
  const refused = await site.post(path, { disclosure })
  t.match(refused.json(), {
    status: 409,
    code: 'warnings_unacknowledged',
    warnings: [{ code: 'personal_data', at: '/disclosure/en' }],
  })
  t.notMatch(refused.body, 'Jones', 'the refusal repeats no text')
  t.equal((await site.post(path, { disclosure, acknowledge: ['personal_data'] })).statusCode, 201)
})

t.test(
  'SE3: a seal past its time is overdue on the timeline without anyone acting, and its age is public',
  async (t) => {
    const site = await openSite(t, 'postgres', { withPages: true })
    const code = await site.crisis({ severity: 'S1' })
    const stream = `crisis:${code}`
    const due = new Date(Date.now() + 300).toISOString()
    // Written below the API, whose shortest limit is an hour.
    await site.log.sequencer.append({
      needs: { crises: [code] },
      judge: () => [
        {
          type: 'seal.recorded',
          stream,
          brand: 'dairy',
          actor: { kind: 'staff', id: 'k_staff' },
          data: { digest: disclosureDigest(sealedOf('We knew.')), dues: [{ clock: 'seal', due: { at: due } }] },
        },
      ],
    })
    const page = async (lang: string): Promise<string> => (await site.app.inject(`/c/${code}?lang=${lang}`)).body
    t.match(await page('en'), /1 sealed and not opened, the oldest for less than a minute/)
    t.match(await page('zh-CN'), /1 条封存未打开/)
    while ((await writeDueMisses(site.database.kysely, site.log.sequencer)) === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const last = (await site.log.reader.streamEntries(stream, {})).at(-1)!
    t.match(parseEntry(last.bytes), {
      actor: { kind: 'system' },
      data: { kind: 'clock_missed', clock: 'seal', due: { at: due } },
    })
    t.match(await page('en'), /Open the sealed entry/)
    t.match(await page('zh-CN'), /公开封存内容/)
  },
)
