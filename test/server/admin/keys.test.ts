/** Admin keys: shown once, scoped, revocable, and on record. */
import t from 'tap'
import { KeyRing } from '../../../server/services/keys/key-ring.ts'
import { formatAdminKey, newAdminKey, parseAdminKey } from '../../../server/services/keys/admin-key.ts'
import { ensureFirstKey } from '../../../server/services/keys/first-key.ts'
import { ADMIN_KEY, GTIN, milestoneBody, openSite } from './site.ts'
import type { Body } from './site.ts'

t.test('a key is shown once; its replay says so, and no table and no entry holds it', async (t) => {
  const site = await openSite(t)
  const body = { role: 'staff', brand: 'dairy' }
  const first = await site.write('/keys', body, { idempotencyKey: 'one' })
  t.match(first, { keyShown: true, stream: 'brand:dairy', role: 'staff' })
  const key = first['key'] as string
  const secret = parseAdminKey(key)!.secret
  const again = (await site.post('/keys', body, { idempotencyKey: 'one' })).json<Body>()
  t.match(again, { keyShown: false, id: first['id'], index: first['index'] })
  t.notOk('key' in again)
  for (const table of ['idempotency', 'admin_key', 'admin_secret', 'entry', 'disclosure'] as const) {
    const rows = await site.database.kysely.selectFrom(table).selectAll().execute()
    const text = JSON.stringify(rows, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    )
    t.notOk(text.includes(secret), table)
  }
  t.equal((await site.get('/brands/dairy', key)).statusCode, 200)
})

t.test('a revoked key writes nothing more, at once, and reads nothing more within a second', async (t) => {
  const site = await openSite(t)
  const code = await site.crisis()
  const made = await site.write('/keys', { role: 'staff', brand: 'dairy' })
  const key = made['key'] as string
  const path = `/crises/${code}/milestones`
  t.equal((await site.post(path, milestoneBody(), { key })).statusCode, 201)
  await site.write(`/keys/${made['id'] as string}/revoke`, {})
  const size = await site.size()
  t.match((await site.post(path, milestoneBody(), { key })).json(), { status: 401, code: 'key_revoked' })
  t.equal(await site.size(), size)
  t.match((await site.post(`/keys/${made['id'] as string}/revoke`, {})).json(), { code: 'key_already_revoked' })
  let now = 0
  const ring = new KeyRing(site.database, () => now)
  await t.rejects(
    Promise.resolve().then(async () => await ring.authenticate(`Bearer ${key}`)),
    { code: 'key_revoked' },
  )
  now = 500
  t.throws(() => ring.authenticate(`Bearer ${key}`), { code: 'key_revoked' }, 'kept')
})

t.test('a key is read once a second, and requests at once share the reading', async (t) => {
  const site = await openSite(t)
  let now = 0
  const ring = new KeyRing(site.database, () => now)
  const first = ring.authenticate(`Bearer ${ADMIN_KEY}`)
  const second = ring.authenticate(`bearer ${ADMIN_KEY}`)
  t.ok(first instanceof Promise && second instanceof Promise)
  t.match([await first, await second], [{ keyId: 'root', role: 'operator', brand: null }, { keyId: 'root' }])
  now = 999
  t.match(ring.authenticate(`Bearer ${ADMIN_KEY}`), { keyId: 'root' }, 'at once')
  now = 1000
  t.ok(ring.authenticate(`Bearer ${ADMIN_KEY}`) instanceof Promise)
  for (const header of ['', 'Bearer', 'Basic abc', 'Bearer tl_x_y', `Bearer ${ADMIN_KEY} x`]) {
    t.throws(() => ring.authenticate(header), { code: 'key_invalid' }, header)
  }
  t.throws(() => ring.authenticate(undefined), { code: 'key_missing' })
})

t.test('keys see what is theirs', async (t) => {
  const site = await openSite(t)
  await site.write('/brands', { slug: 'other', name: { 'zh-CN': '别家', en: 'Other' } })
  const code = await site.crisis()
  const auditor = await site.key('auditor', 'other')
  const everything = await site.key('auditor')
  const slugs = async (key: string): Promise<string[]> =>
    (await site.get('/brands', key)).json<{ brands: { slug: string }[] }>().brands.map(({ slug }) => slug)
  t.same(await slugs(everything), ['dairy', 'other'])
  t.same(await slugs(auditor), ['other'])
  for (const path of ['/brands', '/keys', `/crises/${code}`]) {
    t.equal((await site.get(path, everything)).headers['cache-control'], 'no-store', `${path} is for one key alone`)
  }
  for (const path of ['/brands/dairy', `/products/${GTIN}`, `/crises/${code}`, '/brands/none', '/crises/CR-ZZZZZZZZ']) {
    t.match((await site.get(path, auditor)).json(), { status: 403, code: 'forbidden' }, path)
  }
  t.match((await site.get('/crises?brand=dairy', auditor)).json(), { status: 403 })
  t.match((await site.get('/crises', auditor)).json(), { crises: [], next: null })
  t.match((await site.get('/crises?limit=1', everything)).json(), { crises: [{ code }], next: null })
  t.match((await site.get('/brands?limit=1', everything)).json(), { brands: [{ slug: 'dairy' }], next: 'dairy' })
  t.match((await site.get('/brands?limit=1&after=dairy', everything)).json(), { brands: [{ slug: 'other' }] })
  t.match((await site.get(`/products/${GTIN}`, everything)).json(), { batches: [{ lot: 'L1' }, { lot: 'L2' }] })
  t.match((await site.get('/brands/dairy/products', everything)).json(), { products: [{ gtin: GTIN }] })
  t.match((await site.get('/products/9520123456788')).json(), { gtin: GTIN }, '13 digits name the same product')
  t.match((await site.get('/products/09520123456789')).json(), { status: 400, code: 'validation_failed' })
  t.match((await site.get('/products/09520123456795')).json(), { status: 404, code: 'not_found' })
  t.match((await site.get('/crises?limit=0')).json(), { status: 400, code: 'validation_failed' })
  const keys = (await site.get('/keys', auditor)).json<{ keys: { brand: string }[] }>().keys
  t.same(
    keys.map(({ brand }) => brand),
    ['other'],
  )
  t.ok((await site.get('/keys')).json<{ keys: object[] }>().keys.length >= 3)
  t.notMatch((await site.get('/keys')).body, /secret|hash/i)
})

t.test('the first key is made once, or taken from the configuration', async (t) => {
  const site = await openSite(t)
  const { sequencer } = site.log
  t.equal(await ensureFirstKey(site.database, sequencer, undefined), undefined, 'there is one already')
  await ensureFirstKey(site.database, sequencer, ADMIN_KEY)
  const size = await site.size()
  t.equal(await site.size(), size, 'opened once')
  for (const wrong of [
    'short',
    'fifteen-letters',
    'sixteen  letters',
    'tl_root_anothersecret0123456789',
    'x'.repeat(201),
  ]) {
    await t.rejects(ensureFirstKey(site.database, sequencer, wrong), { code: 'config_invalid' }, wrong)
  }
  const chosen = '"sixteen$letters'
  await ensureFirstKey(site.database, sequencer, chosen)
  t.equal((await site.get('/keys', chosen)).statusCode, 200)
  for (const text of ['0123456789abcdef', 'tl_0123456789abcdef', 'x'.repeat(200)]) t.ok(parseAdminKey(text), text)
})

t.test('the form of keys round-trips', async (t) => {
  for (let i = 0; i < 50; i++) {
    const key = newAdminKey()
    t.same(parseAdminKey(formatAdminKey(key)), key)
    t.match(key.id, /^k_[2-9a-hjkmnp-z]{12}$/)
  }
})
