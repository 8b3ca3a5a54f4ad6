/** Every write of the admin API, with everything that can be wrong with a request: a problem, and nothing written. */
import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ADMIN_KEY, GTIN, crisisBody, inHours, milestoneBody, openSite } from './site.ts'
import type { Body, Site } from './site.ts'

type Route = {
  path: string
  body: Body | undefined
  /** A role that may not use it. */
  wrongRole: 'staff' | 'auditor'
  /** Whether a key of another brand is refused for its brand, not its role. */
  isOfBrand: boolean
  /** The same request for a thing that does not exist; its code. */
  unknown?: { path?: string; body?: Body; code: string }
  /** What may not be done; its code. */
  illegal?: { path?: string; body?: Body; code: string }
  status?: number
}

const boundary = 'x-boundary-x'
const form = (fields: Record<string, string>, file?: { type: string; content: string }): string => {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  if (file !== undefined) {
    const disposition = 'Content-Disposition: form-data; name="file"; filename="a.txt"'
    parts.push(`--${boundary}\r\n${disposition}\r\nContent-Type: ${file.type}\r\n\r\n${file.content}\r\n`)
  }
  return `${parts.join('')}--${boundary}--\r\n`
}
const FORM_HEADERS = { 'content-type': `multipart/form-data; boundary=${boundary}` }

async function routesOf(site: Site): Promise<Route[]> {
  const code = await site.crisis()
  const entry = await site.milestone(code, {})
  await site.milestone(code, {
    kind: 'commitment_made',
    commitment: { id: 'c1', due: { at: inHours(48) }, measure: { en: 'Results are published.' } },
  })
  const staffKey = await site.write('/keys', { role: 'staff', brand: 'dairy' })
  await site.write('/brands', { slug: 'other', name: { 'zh-CN': '别家', en: 'Other' } })
  const due = { at: inHours(72) }
  const id = staffKey['id'] as string
  const words = milestoneBody()
  const { kind: _kind, ...plain } = words
  const scope = [{ by: 'batch', gtin: GTIN, lot: 'L1' }]
  const missing = { path: '/crises/CR-ZZZZZZZZ', code: 'not_found' }
  const correction = { reason: 'incomplete', original: 'en', text: { en: 'The time was left out.' } }
  const illegalKey = { role: 'staff' }
  const noCommitment = { path: `/crises/${code}/commitments/c9/abandon`, code: 'commitment_unknown' }
  return [
    {
      path: '/brands',
      body: { slug: 'third', name: { 'zh-CN': '三', en: 'Third' } },
      wrongRole: 'staff',
      isOfBrand: false,
      illegal: { body: { slug: 'dairy', name: { 'zh-CN': '三', en: 'Third' } }, code: 'brand_exists' },
    },
    {
      path: '/brands/dairy/products',
      body: { gtin: '09520123456795', name: { 'zh-CN': '酸奶', en: 'Yoghurt' } },
      wrongRole: 'auditor',
      isOfBrand: true,
      unknown: { path: '/brands/nobody/products', code: 'not_found' },
      illegal: { body: { gtin: GTIN, name: { 'zh-CN': '酸奶', en: 'Yoghurt' } }, code: 'product_exists' },
    },
    {
      path: '/brands/dairy/retired-codes',
      body: { gtin: GTIN, lot: 'L11', to: { gtin: GTIN, lot: 'L1' } },
      wrongRole: 'auditor',
      isOfBrand: true,
      unknown: { path: '/brands/nobody/retired-codes', code: 'not_found' },
      illegal: { body: { gtin: GTIN, to: { gtin: GTIN } }, code: 'code_to_itself' },
    },
    {
      path: `/crises/${code}/retired-code`,
      body: { to: await site.crisis() },
      wrongRole: 'auditor',
      isOfBrand: true,
      unknown: { path: '/crises/CR-ZZZZZZZZ/retired-code', code: 'not_found' },
      illegal: { body: { to: 'CR-ZZZZZZZZ' }, code: 'crisis_unknown' },
    },
    {
      path: `/products/${GTIN}/batches`,
      body: { lot: 'L3' },
      wrongRole: 'auditor',
      isOfBrand: true,
      unknown: { path: '/products/09520123456801/batches', code: 'not_found' },
      illegal: { body: { lot: 'L1' }, code: 'batch_exists' },
    },
    {
      path: '/crises',
      body: crisisBody(),
      wrongRole: 'auditor',
      isOfBrand: true,
      unknown: { body: crisisBody({ brand: 'nobody' }), code: 'not_found' },
      illegal: { body: crisisBody({ mode: 'reconstructed' }), code: 'recorder_missing' },
    },
    {
      path: `/crises/${code}/milestones`,
      body: words,
      wrongRole: 'auditor',
      isOfBrand: true,
      unknown: { ...missing, path: `${missing.path}/milestones` },
      illegal: { body: milestoneBody({ state: 'monitoring' }), code: 'illegal_transition' },
    },
    {
      path: `/crises/${code}/commitments`,
      body: { ...plain, commitment: { id: 'c2', due, measure: { en: 'Done.' } } },
      wrongRole: 'auditor',
      isOfBrand: true,
      unknown: { ...missing, path: `${missing.path}/commitments` },
      illegal: {
        body: { ...plain, commitment: { id: 'c1', due, measure: { en: 'Done.' } } },
        code: 'commitment_exists',
      },
    },
    {
      path: `/crises/${code}/scope`,
      body: { ...plain, scope },
      wrongRole: 'auditor',
      isOfBrand: true,
      unknown: { ...missing, path: `${missing.path}/scope` },
      illegal: { body: { ...plain, scope, scopeVersion: 7 }, code: 'scope_version' },
    },
    {
      path: `/crises/${code}/remedies`,
      body: { ...plain, remedy: 'r1', scope },
      wrongRole: 'auditor',
      isOfBrand: true,
      unknown: { ...missing, path: `${missing.path}/remedies` },
      illegal: { body: { ...plain, remedy: 'r1', state: 'remedying' }, code: 'illegal_transition' },
    },
    {
      path: `/crises/${code}/commitments/c1/reschedule`,
      body: { ...plain, due },
      wrongRole: 'auditor',
      isOfBrand: true,
      unknown: { path: `/crises/${code}/commitments/c9/reschedule`, code: 'commitment_unknown' },
      illegal: { body: { ...plain, due: { at: inHours(-2) } }, code: 'due_in_past' },
    },
    {
      path: `/crises/${code}/commitments/c1/abandon`,
      body: plain,
      wrongRole: 'auditor',
      isOfBrand: true,
      unknown: noCommitment,
    },
    {
      path: `/entries/${entry}/corrections`,
      body: correction,
      wrongRole: 'auditor',
      isOfBrand: true,
      unknown: { path: '/entries/999999/corrections', code: 'not_found' },
      illegal: { body: { ...correction, by: 0 }, code: 'relation_unknown_entry' },
    },
    {
      path: '/keys',
      body: { role: 'staff', brand: 'dairy' },
      wrongRole: 'staff',
      isOfBrand: false,
      unknown: { body: { role: 'staff', brand: 'nobody' }, code: 'not_found' },
      illegal: { body: illegalKey, code: 'validation_failed' },
    },
    {
      path: `/keys/${id}/revoke`,
      body: undefined,
      wrongRole: 'staff',
      isOfBrand: false,
      unknown: { path: '/keys/nobody/revoke', code: 'not_found' },
    },
  ]
}

t.test('every write refuses with a stable code and writes nothing', async (t) => {
  const site = await openSite(t, 'postgres')
  const routes = await routesOf(site)
  const keys = {
    staff: await site.key('staff', 'dairy'),
    auditor: await site.key('auditor', 'dairy'),
    other: await site.key('staff', 'other'),
    spare: await site.key('staff', 'dairy'),
  }
  for (const route of routes) {
    await t.test(`POST ${route.path}`, async (t) => {
      const refused = async (what: string, status: number, code: string, sent: Promise<Answer>): Promise<void> => {
        const before = await site.size()
        const answer = await sent
        t.match(answer.json(), { status, code }, `${what}: ${answer.body}`)
        t.equal(answer.statusCode, status, what)
        t.match(answer.headers['content-type'], /^application\/problem\+json/)
        t.equal(await site.size(), before, `${what}: nothing is written`)
      }
      const { path, body, unknown, illegal } = route
      await refused('no key', 401, 'key_missing', site.post(path, body, { key: null }))
      await refused('no such key', 401, 'key_invalid', site.post(path, body, { key: 'tl_nobody_0123456789abcdef0123' }))
      await refused('wrong secret', 401, 'key_invalid', site.post(path, body, { key: 'tl_root_0123456789abcdef0123' }))
      await refused('wrong role', 403, 'forbidden', site.post(path, body, { key: keys[route.wrongRole] }))
      await refused('other brand', 403, 'forbidden', site.post(path, body, { key: keys.other }))
      if (body !== undefined) {
        await refused(
          'wrong type',
          400,
          'validation_failed',
          site.post(path, { ...body, text: 7, slug: 7, surplus: 1 }),
        )
        await refused('not JSON', 400, 'validation_failed', site.post(path, '{', { headers: JSON_HEADERS }))
        const oversize = JSON.stringify({ ...body, note: 'x'.repeat(2_000_000) })
        await refused('oversize', 413, 'payload_too_large', site.post(path, oversize, { headers: JSON_HEADERS }))
        await refused('another form', 415, 'media_type_unsupported', site.post(path, '<a/>', { headers: XML_HEADERS }))
        const plain = site.post(path, JSON.stringify(body), { headers: { 'content-type': 'text/plain' } })
        await refused('not called JSON', 415, 'media_type_unsupported', plain)
      }
      await refused(
        'no Idempotency-Key',
        400,
        'idempotency_key_missing',
        site.post(path, body, { idempotencyKey: null }),
      )
      const spaced = { idempotencyKey: 'two words' }
      await refused('malformed one', 400, 'idempotency_key_malformed', site.post(path, body, spaced))
      if (unknown !== undefined) {
        const status = unknown.code === 'not_found' ? 404 : 409
        await refused('unknown id', status, unknown.code, site.post(unknown.path ?? path, unknown.body ?? body))
        if (route.isOfBrand && unknown.code === 'not_found' && unknown.path !== undefined) {
          await refused('unknown id, brand key', 403, 'forbidden', site.post(unknown.path, body, { key: keys.staff }))
        }
      }
      if (illegal !== undefined) {
        const status = ['validation_failed', 'recorder_missing'].includes(illegal.code) ? 400 : 409
        await refused('illegal', status, illegal.code, site.post(illegal.path ?? path, illegal.body ?? body))
      }
      const idempotencyKey = randomUUID()
      const first = await site.post(path, body, { idempotencyKey })
      t.equal(first.statusCode, 201, first.body)
      t.equal(first.headers['idempotency-replayed'], undefined)
      const size = await site.size()
      const again = await site.post(path, body, { idempotencyKey })
      t.equal(again.statusCode, 201)
      t.equal(again.headers['idempotency-replayed'], 'true')
      t.match(again.json(), { index: first.json<Body>()['index'], leafHash: first.json<Body>()['leafHash'] })
      t.equal(await site.size(), size, 'the replay writes nothing')
      if (body !== undefined) {
        const spaced = `${JSON.stringify(body)} `
        const changed = site.post(path, spaced, { idempotencyKey, headers: JSON_HEADERS })
        await refused('the same key with other bytes', 422, 'idempotency_conflict', changed)
      }
    })
  }
})

type Answer = Awaited<ReturnType<Site['post']>>
const JSON_HEADERS = { 'content-type': 'application/json' }
const XML_HEADERS = { 'content-type': 'application/xml' }

t.test('evidence is refused the same way, and its files are taken away', async (t) => {
  const site = await openSite(t, 'postgres')
  const code = await site.crisis()
  await site.write('/brands', { slug: 'other', name: { 'zh-CN': '别家', en: 'Other' } })
  const auditor = await site.key('auditor', 'dairy')
  const other = await site.key('staff', 'other')
  const text = { type: 'text/plain', content: 'report' }
  const good = form({ crisis: code, name: 'report.txt' }, text)
  const before = await site.size()
  const upload = async (payload: string, more: object = {}): Promise<Answer> =>
    await site.post('/evidence', payload, { headers: FORM_HEADERS, ...more })
  const cases: [string, number, string, Promise<Answer>][] = [
    ['no key', 401, 'key_missing', upload(good, { key: null })],
    ['wrong role', 403, 'forbidden', upload(good, { key: auditor })],
    ['other brand', 403, 'forbidden', upload(good, { key: other })],
    ['unknown crisis, brand key', 403, 'forbidden', upload(form({ crisis: 'CR-ZZZZZZZZ' }, text), { key: other })],
    ['unknown crisis', 404, 'not_found', upload(form({ crisis: 'CR-ZZZZZZZZ' }, text))],
    ['unknown brand', 404, 'not_found', upload(form({ brand: 'nobody' }, text))],
    ['no place', 400, 'validation_failed', upload(form({ name: 'a' }, text))],
    ['two places', 400, 'validation_failed', upload(form({ crisis: code, brand: 'dairy' }, text))],
    ['a field twice', 400, 'validation_failed', upload(form({ brand: 'other' }).slice(0, -18) + good)],
    [
      'a field with a name of objects',
      400,
      'validation_failed',
      upload(form({ crisis: code, ['__proto__']: 'x' }, text)),
    ],
    ['unknown field', 400, 'validation_failed', upload(form({ crisis: code, colour: 'red' }, text))],
    ['no file', 400, 'file_missing', upload(form({ crisis: code }))],
    ['empty file', 400, 'file_empty', upload(form({ crisis: code }, { ...text, content: '' }))],
    ['type not allowed', 415, 'media_type_unsupported', upload(form({ crisis: code }, { ...text, type: 'text/html' }))],
    ['type not true', 415, 'media_type_mismatch', upload(form({ crisis: code }, { ...text, type: 'image/png' }))],
    ['oversize', 413, 'payload_too_large', upload(form({ crisis: code }, { ...text, content: 'x'.repeat(30_000) }))],
    ['cut short', 400, 'validation_failed', upload(good.slice(0, -30))],
    ['cut in the head', 400, 'validation_failed', upload(good.slice(0, 120))],
    ['not a form', 400, 'validation_failed', upload('hello')],
    [
      'two files',
      413,
      'payload_too_large',
      upload(form({ crisis: code }, text).replace(/--x-boundary-x--\r\n$/, '') + form({}, text)),
    ],
    ['JSON', 415, 'media_type_unsupported', site.post('/evidence', { crisis: code })],
    ['no Idempotency-Key', 400, 'idempotency_key_missing', upload(good, { idempotencyKey: null })],
    ['no sample', 400, 'sample_missing', upload(form({ crisis: code, kind: 'laboratory_report', issuer: 'A' }, text))],
    ['no issuer', 400, 'issuer_missing', upload(form({ crisis: code, kind: 'laboratory_report' }, text))],
  ]
  for (const [what, status, problem, sent] of cases) {
    const answer = await sent
    t.match(answer.json(), { status, code: problem }, `${what}: ${answer.body}`)
    t.match(answer.headers['content-type'], /^application\/problem\+json/)
  }
  t.equal(await site.size(), before, 'nothing is written')
  t.same(await readdir(join(site.dataDir, 'evidence')), ['incoming'])
  t.same(await readdir(join(site.dataDir, 'evidence', 'incoming')), [], 'no file stays')
  const idempotencyKey = randomUUID()
  const first = await upload(good, { idempotencyKey })
  t.match(first.json(), { bytes: 6, seq: 2 }, first.body)
  const again = await upload(good, { idempotencyKey })
  t.equal(again.headers['idempotency-replayed'], 'true')
  const conflict = await upload(form({ crisis: code, name: 'other.txt' }, text), { idempotencyKey })
  t.match(conflict.json(), { status: 422, code: 'idempotency_conflict' })
  t.equal(await site.size(), before + 1)
})

t.test('a text that is not text is refused: broken UTF-8, half a character, control characters, nothing', async (t) => {
  const site = await openSite(t)
  const body = (name: string): Buffer => Buffer.from(`{"slug":"blank","name":{"zh-CN":"${name}","en":"x"}}`, 'latin1')
  const size = await site.size()
  for (const name of [
    '\xff\xfe',
    '\xed\xa0\x80',
    '\\ud800',
    '\\u0000',
    '\\u0007',
    '\\u007f',
    '  ',
    '\\u3000',
    'a\\nb',
    '',
  ]) {
    const answer = await site.app.inject({
      method: 'POST',
      url: '/admin/v1/brands',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'idempotency-key': 'k', ...JSON_HEADERS },
      payload: body(name),
    })
    t.equal(answer.statusCode, 400, `${JSON.stringify(name)}: ${answer.body}`)
    t.match(answer.json(), { code: /^(?:validation_failed|entry_refused)$/ })
  }
  t.equal(await site.size(), size)
})
