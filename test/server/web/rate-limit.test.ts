import fastify from 'fastify'
import t from 'tap'
import { registerErrorHandler } from '../../../server/web/error-handler.ts'
import { registerRateLimit } from '../../../server/web/rate-limit.ts'

t.test('an address that asks too often is told when to come back, and others are not', async (t) => {
  const app = fastify()
  registerErrorHandler(app)
  await registerRateLimit(app, 2)
  app.get('/page', () => 'page')
  app.get('/admin/v1/brands', () => 'brands')
  const statusOf = async (url: string, remoteAddress: string): Promise<number> =>
    (await app.inject({ url, remoteAddress })).statusCode

  for (const expected of [200, 200, 429, 429]) t.equal(await statusOf('/page', '192.0.2.1'), expected)
  t.equal(await statusOf('/page', '192.0.2.2'), 200)
  for (let i = 0; i < 20; i++) t.equal(await statusOf('/admin/v1/brands', '192.0.2.1'), 200)
  const refused = await app.inject({ url: '/admin/v1/brands', remoteAddress: '192.0.2.1' })
  t.equal(refused.statusCode, 429)
  t.match(refused.json(), { code: 'rate_limited', status: 429 })
  t.ok(Number(refused.headers['retry-after']) > 0)
})

t.test('however the address of a holder is spelled, the codes that one can try are counted together', async (t) => {
  const app = fastify()
  registerErrorHandler(app)
  await registerRateLimit(app, 10)
  app.get('/v1/holder/receipt', () => 'receipt')
  app.get('/page', () => 'page')
  const statusOf = async (url: string): Promise<number> => (await app.inject({ url })).statusCode

  for (const expected of [200, 200, 429]) t.equal(await statusOf('/v1/holder/receipt'), expected)
  for (const spelled of ['/v1/%68older/receipt', '/%76%31/holder/receipt?a=1', '/v1/holder/receip%74']) {
    t.equal(await statusOf(spelled), 429, spelled)
  }
  t.equal(await statusOf('/page'), 200, 'pages are counted apart')
})
