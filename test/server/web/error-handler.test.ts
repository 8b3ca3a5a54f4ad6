import fastify from 'fastify'
import t from 'tap'
import { AppError } from '../../../server/errors.ts'
import { registerErrorHandler } from '../../../server/web/error-handler.ts'
import { loggedPath } from '../../../server/web/request-log.ts'

const appThatThrows = (error: Error) => {
  const app = fastify({ bodyLimit: 64 })
  registerErrorHandler(app, (_request, problem) => `<p>${problem.code}</p>`)
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
  t.equal(page.body, '<p>busy</p>')
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

t.test('the log keeps neither query nor serial number', async (t) => {
  t.equal(loggedPath('/01/09520123456788/10/A/21/S123?tl=x'), '/01/09520123456788/10/A/21/-')
})
