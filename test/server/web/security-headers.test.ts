/** What every answer forbids a browser to do. */
import t from 'tap'
import { securityHeaders } from '../../../server/web/security-headers.ts'

t.test('a page runs only scripts of ours, and asks only us and the chain endpoints that were named', async (t) => {
  const headers = await securityHeaders(['https://rpc.example/v1/key', 'http://127.0.0.1:8545'])
  const policy = new Map(
    (headers['content-security-policy'] ?? '').split(';').map((directive) => {
      const [name = '', ...sources] = directive.trim().split(' ')
      return [name, sources]
    }),
  )
  t.same(policy.get('default-src'), ["'none'"])
  t.same(policy.get('script-src'), ["'self'"])
  t.same(policy.get('connect-src'), ["'self'", 'https://rpc.example', 'http://127.0.0.1:8545'])
  for (const name of ['base-uri', 'frame-ancestors']) t.same(policy.get(name), ["'none'"], name)
  t.notMatch(headers['content-security-policy'], /unsafe|\*/)
})

t.test('nothing of ours is framed, sniffed, or named to others as where a reader came from', async (t) => {
  t.match(await securityHeaders([]), {
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  })
})
