import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import fastify from 'fastify'
import t from 'tap'
import { AppError } from '../../../server/errors.ts'
import { problemOf, registerErrorHandler } from '../../../server/web/error-handler.ts'
import { loggedPath } from '../../../server/web/request-log.ts'
import type { ErrorPage } from '../../../server/web/error-handler.ts'
import { watchMethods } from '../../../server/web/known-methods.ts'
import { refusalOf, refuseAddress, refuseConnection } from '../../../server/web/unroutable.ts'

const errorPage: ErrorPage = ({ query }, problem) => `<p>${problem.code} ${JSON.stringify(query)}</p>`

const appThatThrows = (error: Error) => {
  const app = fastify({
    bodyLimit: 64,
    frameworkErrors: (refused, request, reply) =>
      refuseAddress(refused, request, reply, { 'x-content-type-options': 'nosniff' }, errorPage),
    clientErrorHandler: refuseConnection,
  })
  registerErrorHandler(app, errorPage)
  app.get<{ Params: { id: string } }>('/things/:id', ({ params }) => params.id)
  app.get('/page', () => Promise.reject(error))
  app.get('/v1/page', () => Promise.reject(error))
  app.post('/body', { schema: { body: { type: 'object', required: ['name'] } } }, () => 'ok')
  return app
}

t.test('a known error is told with its code, its status and its details', async (t) => {
  const app = appThatThrows(new AppError('conflict', 'Scope first.', { wayOut: 'record a scope' }))
  const answer = await app.inject('/page')
  t.equal(answer.statusCode, 409)
  t.match(answer.headers['content-type'], /^application\/problem\+json/)
  t.match(answer.json(), { code: 'conflict', status: 409, detail: 'Scope first.', wayOut: 'record a scope' })
})

t.test('an unknown error tells nothing of its text', async (t) => {
  const answer = await appThatThrows(new Error('password is hunter2')).inject('/page')
  t.equal(answer.statusCode, 500)
  t.match(answer.json(), { code: 'internal', detail: 'Internal error.' })
  t.notMatch(answer.body, /hunter2/)
})

t.test('a browser gets a page, a program gets the document', async (t) => {
  const app = appThatThrows(new AppError('busy', 'Too many writes wait.'))
  const headers = { accept: 'text/html,application/xhtml+xml' }
  const page = await app.inject({ url: '/page', headers })
  t.equal(page.statusCode, 503)
  t.equal(page.body, '<p>busy {}</p>')
  t.equal(page.headers['retry-after'], '2')
  const machine = await app.inject({ url: '/v1/page', headers })
  t.match(machine.headers['content-type'], /problem\+json/)
})

t.test('the framework refuses in our words', async (t) => {
  const app = appThatThrows(new Error('unused'))
  const post = (payload: string, type = 'application/json') =>
    app.inject({ method: 'POST', url: '/body', payload, headers: { 'content-type': type } })
  t.match((await post('{}')).json(), { code: 'validation_failed', status: 400 })
  t.match((await post('{')).json(), { code: 'validation_failed', status: 400 })
  t.match((await post('x', 'text/csv')).json(), { code: 'media_type_unsupported', status: 415 })
  t.match((await post(JSON.stringify({ name: 'x'.repeat(100) }))).json(), { code: 'payload_too_large', status: 413 })
  t.match((await app.inject('/nowhere')).json(), { code: 'not_found', status: 404 })
})

t.test('what the framework alone refuses is the mistake of the request, not of its Idempotency-Key', async (t) => {
  const error = Object.assign(new Error('a field may not have this name'), { statusCode: 400, code: 'FST_UNHEARD_OF' })
  t.match(problemOf(error), { status: 400, code: 'validation_failed' })
  t.match(problemOf(Object.assign(error, { statusCode: 418 })), { status: 418, code: 'validation_failed' })
})

t.test('an address that cannot be decoded is a problem like others, told without repeating it', async (t) => {
  const app = appThatThrows(new Error('unused'))
  const cases: [string, number, string][] = [
    ['/%', 400, 'url_malformed'],
    ['/things/%ff?token=secret', 400, 'url_malformed'],
    [`/things/${'a'.repeat(200)}`, 414, 'url_too_long'],
  ]
  for (const [url, status, code] of cases) {
    const answer = await app.inject(url)
    t.match(answer.headers, { 'content-type': /^application\/problem\+json/, 'x-content-type-options': 'nosniff' })
    t.match(answer.json(), { status, code, type: 'about:blank' })
    t.equal(answer.statusCode, status)
    t.notMatch(answer.body, /secret|%ff|aaa/)
    const page = await app.inject({ url, headers: { accept: 'text/html' } })
    t.equal(page.body, `<p>${code} {}</p>`)
  }
})

t.test('an address with U+0000 is refused before anything is looked up with it', (t) => {
  for (const url of ['/c/%00', '/c/CR-2%00?x=1', '/admin/v1/keys?after=a%00']) {
    t.match(refusalOf(url), { code: 'url_malformed' }, url)
  }
  for (const url of ['/', '/c/%0', '/p/1?batch=%2500', '/c/00']) t.equal(refusalOf(url), undefined, url)
  t.end()
})

t.test('who must show a key or code is told how: RFC 9110 demands the scheme', async (t) => {
  for (const [code, scheme] of [
    ['key_missing', 'Bearer'],
    ['holder_code_invalid', 'Bearer'],
    ['forbidden', undefined],
  ] as const) {
    const answer = await appThatThrows(new AppError(code, 'No.')).inject('/v1/page')
    t.equal(answer.headers['www-authenticate'], scheme, code)
  }
})

t.test('what is not HTTP is answered with a problem, and the connection ends', async (t) => {
  const app = appThatThrows(new Error('unused'))
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(async () => await app.close())
  const { port } = app.server.address() as AddressInfo
  const cases: [string, number, string][] = [
    ['FETCH /page HTTP/1.1\r\n\r\n', 400, 'request_malformed'],
    [`GET /page HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ]
  for (const [request, status, code] of cases) {
    const socket = connect(port, '127.0.0.1')
    socket.write(request)
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
    t.match(head, `HTTP/1.1 ${status} `)
    t.match(head, 'application/problem+json')
    t.match(JSON.parse(body), { status, code })
  }
})

t.test('the log keeps neither query nor serial number', async (t) => {
  t.equal(loggedPath('/01/09520123456788/10/A/21/S123?tl=x'), '/01/09520123456788/10/A/21/-')
  t.equal(loggedPath('/01/09520123456788/%32%31/S123'), '/01/09520123456788/21/-')
})

t.test('an address that is known refuses other methods with 405 and names its own', async (t) => {
  const app = fastify()
  registerErrorHandler(app, errorPage, watchMethods(app))
  app.get('/', () => 'front')
  app.get('/log/tile/*', (_request, reply) => reply.callNotFound())
  await app.register(
    async (scope) => {
      scope.get('/things/:id', () => 'a thing')
      scope.post('/things/:id/mend', () => 'mended')
      scope.route({ method: ['GET', 'POST'], url: '/things', handler: () => 'things' })
      scope.get('/files/:name.svg', () => 'a file')
    },
    { prefix: '/admin/v1' },
  )
  const known: [method: 'POST' | 'GET' | 'DELETE' | 'PUT' | 'OPTIONS', url: string, allow: string][] = [
    ['POST', '/', 'GET, HEAD'],
    ['POST', '/?lang=en', 'GET, HEAD'],
    ['DELETE', '/admin/v1/things', 'GET, HEAD, POST'],
    ['OPTIONS', '/admin/v1/things', 'GET, HEAD, POST'],
    ['PUT', '/admin/v1/things/7', 'GET, HEAD'],
    ['GET', '/admin/v1/things/7/mend', 'POST'],
    ['POST', '/admin/v1/files/a%20b.svg', 'GET, HEAD'],
    ['POST', '/log/tile/0/x001/002', 'GET, HEAD'],
  ]
  for (const [method, url, allow] of known) {
    const answer = await app.inject({ method, url })
    t.equal(answer.statusCode, 405, `${method} ${url}`)
    t.equal(answer.headers.allow, allow)
    t.match(answer.headers['content-type'], /^application\/problem\+json/)
    t.match(answer.json(), { code: 'method_not_allowed', status: 405, allowed: allow.split(', ') })
  }
  const type = await app.inject({ method: 'PUT', url: '/', payload: 'a,b', headers: { 'content-type': 'text/csv' } })
  t.equal(type.statusCode, 405, 'whatever the body is')
  const unknown = ['/nowhere', '/admin/v1/things/', '/admin/v1/things/7/mend/now', '/admin/v1/files/7xsvg']
  for (const url of unknown) {
    const answer = await app.inject({ method: 'POST', url })
    t.match(answer.json(), { code: 'not_found', status: 404 }, url)
    t.notOk('allow' in answer.headers)
  }
  t.equal((await app.inject('/log/tile/0/999')).statusCode, 404, 'a route that has nothing')
  const page = await app.inject({ method: 'POST', url: '/', headers: { accept: 'text/html' } })
  t.equal(page.body, '<p>method_not_allowed {}</p>')
})

t.test('a lost database is 503 with Retry-After, for a browser and for a program, and is told', async (t) => {
  const lost = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1'), { code: 'ECONNREFUSED', syscall: 'connect' })
  const app = fastify()
  const told: unknown[] = []
  registerErrorHandler(app, errorPage, undefined, (error) => told.push(error))
  app.get('/page', () => Promise.reject(lost))
  const program = await app.inject('/page')
  t.match(program.json(), { status: 503, code: 'unavailable' })
  t.notMatch(program.body, /10\.0\.0\.1/)
  const browser = await app.inject({ url: '/page', headers: { accept: 'text/html' } })
  t.equal(browser.statusCode, 503)
  t.equal(browser.body, '<p>unavailable {}</p>')
  for (const { headers } of [program, browser]) t.equal(headers['retry-after'], '2')
  t.same(told, [lost, lost])
})

t.test('whoever sends too much is told so, however long it takes to send', async (t) => {
  const app = appThatThrows(new Error('unused'))
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  const length = 8_000_000
  socket.write(`POST /body HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`)
  // The last bytes are sent only when all others have left: an answer before that would come with a closed connection.
  await new Promise((sent) => socket.write('x'.repeat(length - 1), sent))
  socket.write('x')
  t.match(await text(socket), /^HTTP\/1\.1 413 [\s\S]*payload_too_large/)
})

t.test('a body that never ends is not waited for', async (t) => {
  const app = appThatThrows(new Error('unused'))
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('POST /body HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 8000000\r\n\r\nx')
  t.match(await text(socket), /^HTTP\/1\.1 413 /)
})
