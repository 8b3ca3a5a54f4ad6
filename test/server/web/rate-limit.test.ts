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
