/** Erasing through the API: what is gone, what it stands on, and what a brand cannot say in a person's name. */
import fastifySwagger from '@fastify/swagger'
import fastify from 'fastify'
import t from 'tap'
import { disclosureDigest } from '../../../ledger/disclosure.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import type { Entry } from '../../../ledger/entry.ts'
import { fileDigest } from '../../../ledger/redaction.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import { withdrawWithCode } from '../../../server/services/redaction/withdraw-with-code.ts'
import { registerErrorHandler } from '../../../server/web/error-handler.ts'
import { withdrawalRoutes } from '../../../server/web/withdrawal-routes.ts'
import { ENGINES } from '../../support/database.ts'
import { milestoneBody, openSite } from './site.ts'
import type { Body, Site } from './site.ts'

async function entryAt(site: Site, index: number): Promise<Entry> {
  return parseEntry((await site.log.reader.entry(index)).bytes)
}

async function heldBy(site: Site, index: number): Promise<number> {
  return (await site.log.reader.entry(index)).disclosures.length
}

/** The code of the refusal of a request that writes nothing. */
async function refused(site: Site, path: string, body: Body, key?: string): Promise<string> {
  const before = await site.size()
  const answer = await site.post(path, body, key === undefined ? {} : { key })
  if ((await site.size()) !== before) throw new Error(`POST ${path} has written`)
  return answer.json<{ code: string }>().code
}

for (const engine of ENGINES) {
  t.test(`ER1: one entry registers each digest, and the value is gone with it, on ${engine}`, async (t) => {
    const site = await openSite(t, engine)
    const code = await site.crisis()
    const index = await site.milestone(code, { text: { en: 'The caller had a fever.', 'zh-CN': '来电者发烧。' } })
    const path = `/entries/${index}/redactions`
    const [english] = (await site.log.reader.entry(index)).disclosures.filter((body) =>
      Buffer.from(body, 'base64url').toString().includes('fever'),
    )
    const answer = await site.write(path, { reason: 'unlawful_content', names: ['/text/en'] })
    const entry = await entryAt(site, answer['index'] as number)
    t.same(entry.data, { index, digest: disclosureDigest(english!), reason: 'unlawful_content' })
    t.equal(entry.stream, `crisis:${code}`)
    t.equal(await heldBy(site, index), 1)
    t.equal(await refused(site, path, { reason: 'safety', names: ['/text/en'] }), 'nothing_to_erase', 'it is gone')
    const rest = await site.write(path, { reason: 'brand_removal' })
    t.equal(rest['also'], undefined, 'only what was left')
    t.equal(await refused(site, path, { reason: 'safety' }), 'nothing_to_erase')
    t.equal(await refused(site, '/entries/0/redactions', { reason: 'safety' }), 'not_of_a_brand')
    t.equal(await refused(site, '/entries/9999/redactions', { reason: 'safety' }), 'not_found')
    t.same((await checkLog(site.database)).problems, [], 'entries, tables and disclosures agree')
    const rows = await site.database.kysely.selectFrom('erasure').selectAll().orderBy('registered_index').execute()
    t.match(rows, [
      { entry_index: index, reason: 'unlawful_content', has_basis: false },
      { entry_index: index, reason: 'brand_removal' },
    ])
  })
}

t.test('a request that is sent again is answered again, and two at once erase once', async (t) => {
  const site = await openSite(t, 'postgres')
  const index = await site.milestone(await site.crisis(), {})
  const path = `/entries/${index}/redactions`
  const options = { idempotencyKey: 'once' }
  const first = await site.write(path, { reason: 'safety', case: 'A 12/2026' }, options)
  t.type(first['caseOpening'], 'string')
  const again = await site.post(path, { reason: 'safety', case: 'A 12/2026' }, options)
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.notOk(again.body.includes('caseOpening'), 'what is shown once is in no stored answer')
  const other = await site.milestone(await site.crisis(), {})
  const both = await Promise.all(
    [1, 2, 3].map(async () => await site.post(`/entries/${other}/redactions`, { reason: 'safety' })),
  )
  t.same(both.map(({ statusCode }) => String(statusCode)).toSorted(), ['201', '409', '409'])
})

t.test('N2: a brand’s own key cannot speak for a person; a code or a case of the operator can', async (t) => {
  const site = await openSite(t, 'postgres')
  const staff = await site.key('staff', 'dairy')
  const code = await site.crisis()
  const voice = await site.milestone(code, {})
  const consent = await site.write(`/crises/${code}/consents`, {
    purpose: 'public_display',
    textVersion: '2026-01',
    of: [voice],
  })
  const path = `/entries/${voice}/redactions`
  for (const body of [{}, { case: 'A 1' }]) {
    t.equal(await refused(site, path, { reason: 'erasure_request', ...body }, staff), 'request_not_shown')
  }
  t.equal(
    await refused(site, path, { reason: 'erasure_request' }),
    'request_not_shown',
    'nor the operator without a case',
  )
  t.equal(await refused(site, path, { reason: 'consent_withdrawn' }, staff), 'consent_not_withdrawn')
  t.equal(await refused(site, path, { reason: 'erasure_request', code: 'A'.repeat(40) }, staff), 'code_unknown')
  const strange = (await site.write(`/crises/${code}/consents`, { purpose: 'contact', textVersion: '1' }))['code']
  t.equal(await refused(site, path, { reason: 'erasure_request', code: strange }, staff), 'code_unknown')
  const answer = await site.write(path, { reason: 'erasure_request', code: consent['code'] }, { key: staff })
  const registered = await entryAt(site, answer['index'] as number)
  const given = await entryAt(site, consent['index'] as number)
  t.same(registered.xd, given.xd, 'it carries the digest that stands for the person')
  const another = await site.milestone(code, {})
  const cited = await site.write(`/entries/${another}/redactions`, { reason: 'erasure_request', case: 'DSR 7' })
  t.same((await entryAt(site, cited['index'] as number)).xd, [disclosureDigest(cited['caseOpening'] as string)])
  await t.rejects(
    site.database.kysely
      .insertInto('erasure')
      .values({
        registered_index: cited['index'] as number,
        entry_index: 1,
        digest: 'A'.repeat(43),
        stream: `crisis:${code}`,
        reason: 'erasure_request',
        has_basis: false,
        recorded_at: new Date(),
      })
      .execute(),
    /check constraint/,
    'and the database refuses it too',
  )
})

t.test('N1, N2: a withdrawn consent erases what it covers in the same request, and nothing else', async (t) => {
  const site = await openSite(t, 'postgres')
  const staff = await site.key('staff', 'dairy')
  const code = await site.crisis()
  const text = { en: 'It tasted sour.' }
  const [covered, other] = [await site.milestone(code, { text }), await site.milestone(code, { text })]
  const consent = await site.write(
    `/crises/${code}/consents`,
    { purpose: 'public_display', textVersion: '2026-01', of: [covered] },
    { key: staff, idempotencyKey: 'consent' },
  )
  const { index } = consent
  const given = await entryAt(site, index as number)
  t.same(given.data, { purpose: 'public_display', textVersion: '2026-01', of: [covered] })
  t.same(given.xd, [disclosureDigest(consent['code'] as string)], 'the person is a digest')
  const path = `/entries/${index as number}/withdrawals`
  t.equal(await refused(site, path, {}, staff), 'request_not_shown')
  t.equal(await refused(site, path, { code: 'A'.repeat(40) }, staff), 'code_unknown')
  const answer = await site.write(path, { code: consent['code'] }, { key: staff })
  t.equal((await entryAt(site, answer['index'] as number)).type, 'consent.withdrawn')
  t.equal((answer['also'] as unknown[]).length, 1)
  t.equal(await heldBy(site, covered), 0)
  t.equal(await heldBy(site, other), 1)
  t.equal(await refused(site, path, { code: consent['code'] }, staff), 'consent_settled')
  t.equal(await refused(site, `/entries/${other}/withdrawals`, {}), 'not_found')
  const state = (await site.get(`/crises/${code}`)).json<{ state: { consents: unknown } }>().state
  t.match(state.consents, [{ withdrawn: answer['index'], covers: [covered] }])
  t.same((await checkLog(site.database)).problems, [])
})

t.test('a brand cannot remove an auditor’s word, nor advice that is in force', async (t) => {
  const site = await openSite(t, 'postgres')
  const [staff, auditor] = [await site.key('staff', 'dairy'), await site.key('auditor')]
  const code = await site.crisis({ safety: true })
  const word = { kind: 'objection', original: 'en', text: { en: 'The scope is too small.' } }
  const said = await site.write(`/crises/${code}/audit`, word, { key: auditor })
  const removal = { reason: 'brand_removal' }
  const word1 = said['index'] as number
  for (const reason of ['brand_removal', 'safety', 'unlawful_content', 'court_or_regulator']) {
    t.equal(await refused(site, `/entries/${word1}/redactions`, { reason }, staff), 'not_removable', reason)
  }
  const disguised = { purpose: 'public_display', textVersion: '1', of: [word1] }
  t.equal(await refused(site, `/crises/${code}/consents`, disguised, staff), 'not_removable', 'nor by a consent')
  const scope = [{ by: 'batch', gtin: '09520123456788', lot: 'L1' }]
  const advice = { kind: 'safety_instruction', advice: { level: 'stop_use', scope } }
  const first = await site.milestone(code, advice)
  t.equal(await refused(site, `/entries/${first}/redactions`, removal, staff), 'advice_in_force')
  t.equal(await refused(site, `/entries/${first}/redactions`, { reason: 'safety' }, staff), 'advice_in_force')
  t.equal(
    await refused(site, `/crises/${code}/consents`, { ...disguised, of: [first] }, staff),
    'advice_in_force',
    'nor by a consent',
  )
  await site.milestone(code, { ...advice, replaces: [first] })
  await site.write(`/entries/${first}/redactions`, removal, { key: staff })
  await site.write(`/entries/${word1}/redactions`, { reason: 'court_or_regulator' })
  t.equal(await heldBy(site, word1), 0, 'the operator obeys a court')
})

t.test('N2: a file that a consent covers is erased with it', async (t) => {
  const site = await openSite(t, 'postgres')
  const code = await site.crisis()
  const payload = [
    '--B',
    'Content-Disposition: form-data; name="crisis"',
    '',
    code,
    '--B',
    'Content-Disposition: form-data; name="kind"',
    '',
    'photo',
    '--B',
    'Content-Disposition: form-data; name="file"; filename="face.txt"',
    'Content-Type: text/plain',
    '',
    'a face',
    '--B--',
    '',
  ].join('\r\n')
  const headers = { 'content-type': 'multipart/form-data; boundary=B' }
  const file = await site.write('/evidence', payload, { headers })
  const consent = await site.write(`/crises/${code}/consents`, {
    purpose: 'case_sharing',
    textVersion: '1',
    of: [file['index']],
  })
  await site.write(`/entries/${consent['index'] as number}/withdrawals`, { code: consent['code'] })
  const rows = await site.database.kysely.selectFrom('erasure').selectAll().execute()
  const erased = rows.filter((row) => row.entry_index === file['index']).map(({ digest }) => digest)
  t.ok(erased.includes(fileDigest(file['sha256'] as string)), 'the file is registered as erased')
  t.equal(await heldBy(site, file['index'] as number), 0)
  t.same((await checkLog(site.database)).problems, [])
})

t.test('AU1: auditors write, the brand answers, and neither can take the other’s part', async (t) => {
  const site = await openSite(t, 'postgres')
  const [staff, auditor] = [await site.key('staff', 'dairy'), await site.key('auditor')]
  const code = await site.crisis()
  const word = { kind: 'objection', original: 'en', text: { en: 'Not measured.' }, finding: 'not_confirmed' }
  t.equal(await refused(site, `/crises/${code}/audit`, word, staff), 'forbidden')
  t.equal(await refused(site, `/crises/${code}/milestones`, milestoneBody(), auditor), 'forbidden')
  t.equal(await refused(site, `/crises/${code}/audit`, { ...word, about: [0] }, auditor), 'relation_unknown_entry')
  t.equal(
    await refused(site, `/crises/${code}/audit`, { ...word, original: 'zh-CN' }, auditor),
    'text_original_missing',
  )
  const objection = (await site.write(`/crises/${code}/audit`, word, { key: auditor }))['index'] as number
  const ofBrand = await site.write('/brands/dairy/audit', { ...word, kind: 'statement' }, { key: auditor })
  t.match(await entryAt(site, objection), { type: 'audit.objection', actor: { kind: 'auditor' } })
  t.match(await entryAt(site, ofBrand['index'] as number), { type: 'audit.statement', stream: 'brand:dairy' })
  const answer = { original: 'en', text: { en: 'It will be.' } }
  t.equal(await refused(site, `/entries/${objection}/answers`, answer, auditor), 'forbidden')
  const milestone = await site.milestone(code, {})
  t.equal(await refused(site, `/entries/${milestone}/answers`, answer, staff), 'relation_unfitting')
  const answered = await site.write(`/entries/${objection}/answers`, answer, { key: staff })
  t.match(await entryAt(site, answered['index'] as number), { type: 'audit.answered', data: { of: objection } })
  const state = (await site.get(`/crises/${code}`)).json<{ state: { audits: unknown } }>().state
  t.same(state.audits, [{ index: objection, kind: 'objection', answered: answered['index'] }])
})

t.test('N1, N3: a person’s words stand on a live consent for showing them, or say on what else', async (t) => {
  const site = await openSite(t, 'postgres')
  const code = await site.crisis()
  const path = `/crises/${code}/milestones`
  const voice = { kind: 'voice_recorded' }
  const consentFor = async (purpose: string): Promise<Body> =>
    await site.write(`/crises/${code}/consents`, { purpose, textVersion: '1' })
  const shown = await consentFor('public_display')
  const contact = await consentFor('contact')
  t.equal(await refused(site, path, milestoneBody(voice)), 'consent_missing')
  for (const consent of [contact['index'], 1]) {
    t.equal(await refused(site, path, milestoneBody({ ...voice, consent })), 'consent_missing')
  }
  const said = await site.milestone(code, { ...voice, consent: shown['index'] })
  await site.milestone(code, { kind: 'case_shared', personalBasis: 'public_source' })
  const before = { occurredAt: '2026-01-02', zone: '+08:00' }
  t.equal(
    await refused(site, path, milestoneBody({ ...voice, ...before })),
    'consent_missing',
    'it is shown from now on, however long ago it was said',
  )
  await site.milestone(code, { ...voice, ...before, personalBasis: 'nobody_identifiable' })
  await site.write(`/entries/${shown['index'] as number}/withdrawals`, { code: shown['code'] })
  t.equal(await heldBy(site, said), 0, 'an entry that names the consent is covered by it')
  t.equal(await refused(site, path, milestoneBody({ ...voice, consent: shown['index'] })), 'consent_missing')
  t.equal(
    await refused(site, `/entries/${said}/redactions`, { reason: 'consent_withdrawn' }),
    'nothing_to_erase',
    'all of it is gone',
  )
})

t.test('N2: a person takes a consent back alone, with the code and without any key', async (t) => {
  const site = await openSite(t, 'postgres')
  const withdraw = async (consent: number, code: string) =>
    await withdrawWithCode(site.database, site.log.sequencer, consent, code)
  const app = fastify()
  registerErrorHandler(app)
  await app.register(fastifySwagger, { openapi: {} })
  await app.register(withdrawalRoutes, { withdraw })
  const send = async (payload: Body) => await app.inject({ method: 'POST', url: '/v1/withdrawals', payload })
  const code = await site.crisis()
  const said = await site.milestone(code, { text: { en: 'It was sour.' } })
  const consent = await site.write(`/crises/${code}/consents`, {
    purpose: 'public_display',
    textVersion: '1',
    of: [said],
  })
  const { index } = consent
  await app.ready()
  t.match(app.swagger(), { paths: { '/v1/withdrawals': { post: { summary: /code/ } } } }, 'and anybody can read how')
  t.match((await send({ consent: index, code: 'A'.repeat(40) })).json(), { status: 403, code: 'code_unknown' })
  t.match((await send({ consent: said, code: consent['code'] })).json(), { status: 404 })
  t.match((await send({ consent: 0, code: consent['code'] })).json(), { status: 404 })
  t.match((await send({ consent: index })).json(), { status: 400 })
  const done = await send({ consent: index, code: consent['code'] })
  t.equal(done.statusCode, 201, done.body)
  t.match(done.json(), { erased: 1 })
  const entry = await entryAt(site, done.json<{ index: number }>().index)
  t.match(entry, { type: 'consent.withdrawn', actor: { kind: 'subject' }, data: { consent: index } })
  t.equal(await heldBy(site, said), 0)
  t.match((await send({ consent: index, code: consent['code'] })).json(), { status: 409, code: 'consent_settled' })
  t.same((await checkLog(site.database)).problems, [])
})
