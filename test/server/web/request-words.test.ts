/** Nobody who calls us reads a regular expression: every pattern of every route has a sentence of its own. */
import fastify from 'fastify'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import t from 'tap'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import {
  CrisisCode,
  Due,
  Figure,
  Gtin,
  Instant,
  Line,
  Lot,
  Markets,
  OccurredAt,
  Party,
  Prose,
  RecordId,
  Selectors,
  Sha256,
  Slug,
  Source,
  Zone,
} from '../../../server/web/admin/common-schemas.ts'
import { adminRoutes } from '../../../server/web/admin/admin-routes.ts'
import { ApprovedBy } from '../../../server/web/admin/consideration-schemas.ts'
import { EXAMPLES } from '../../../server/web/admin/docs-examples.ts'
import { MILESTONE_SCHEMAS } from '../../../server/web/admin/milestone-schemas.ts'
import { validatorCompiler } from '../../../server/web/admin/validation.ts'
import { ballotRoutes } from '../../../server/web/ballot-routes.ts'
import { registerErrorHandler } from '../../../server/web/error-handler.ts'
import { holderRoutes } from '../../../server/web/holder-routes.ts'
import { openPages } from '../../../server/web/pages/pages-routes.ts'
import { programmeRoutes } from '../../../server/web/programme-routes.ts'
import { registerRoutes } from '../../../server/web/register-routes.ts'
import { FORMS, tellingFaults, wordsOf } from '../../../server/web/request-words.ts'
import { thanksRoutes } from '../../../server/web/thanks-routes.ts'
import { v1Routes } from '../../../server/web/v1-routes.ts'
import { withdrawalRoutes } from '../../../server/web/withdrawal-routes.ts'
import { AppError } from '../../../server/errors.ts'

/** Every route of the service. What stands behind them is never asked. */
async function allRoutes(note: (schema: unknown) => void): Promise<FastifyInstance> {
  const nothing = {} as never
  const app = fastify()
  app.addHook('onRoute', ({ schema }) => note(schema))
  registerErrorHandler(app)
  await adminRoutes(app, { evidence: { bytesMax: 1 } } as never)
  const pages = await openPages({
    readRegister: () => nothing,
    recordVerifierFiles: () => nothing,
    config: () => ({ helpLines: [] }),
  } as never)
  const plugins = [
    v1Routes,
    registerRoutes,
    withdrawalRoutes,
    programmeRoutes,
    thanksRoutes,
    holderRoutes,
    ballotRoutes,
  ] as readonly unknown[] as readonly FastifyPluginAsync[]
  for (const plugin of plugins) await app.register(plugin, nothing)
  await app.register(pages.routes)
  await app.ready()
  return app
}

/** All patterns in a schema, however deep. */
function patternsIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([name, value]) =>
    name === 'pattern' && typeof value === 'string' ? [value] : patternsIn(value),
  )
}

t.test('every pattern that a request can fail has a sentence, and no sentence is for nothing', async (t) => {
  const schemas: unknown[] = [...MILESTONE_SCHEMAS.values(), ApprovedBy]
  await allRoutes((schema) => schemas.push(schema))
  const patterns = new Set(schemas.flatMap(patternsIn))
  t.same([...patterns].filter((pattern) => FORMS[pattern] === undefined).toSorted(), [], 'without words')
  t.same(
    Object.keys(FORMS).filter((pattern) => !patterns.has(pattern)),
    [],
    'without a schema',
  )
  t.same(Object.keys(EXAMPLES).toSorted(), Object.keys(FORMS).toSorted(), 'each has an example for /docs')
  for (const [pattern, example] of Object.entries(EXAMPLES)) t.match(example, new RegExp(pattern, 'u'), pattern)
})

const refusals: [what: string, schema: TSchema, value: unknown, at: string, words: RegExp][] = [
  ['a slug', Slug, 'Example Dairy', '', /lower-case letters, digits or hyphens, such as example-dairy$/],
  ['an id', RecordId, '-x', '', /no hyphen at either end$/],
  ['a code', CrisisCode, 'cr-7k2m9qpd', '', /such as CR-7K2M9QPD$/],
  ['a product number', Gtin, '0952', '', /8, 12, 13 or 14 digits, such as 09520123456788$/],
  ['a lot', Lot, 'L 0611', '', /no spaces, such as L0611$/],
  ['a fingerprint', Sha256, 'ABC', '', /64 digits of lower-case hex/],
  ['a line', Line(9), 'a\nb', '', /one line/],
  ['an empty line', Line(9), '', '', /one line|not be empty/],
  ['a long line', Line(9), '0123456789', '', /at most 9 characters/],
  ['a text', Prose(9), '  ', '', /say something/],
  ['an instant', Instant, '2026-06-14T10:20:00Z', '', /such as 2026-06-14T10:20:00\.000Z$/],
  ['a day that does not exist', Instant, '2026-02-29T10:20:00.000Z', '', /^must be a day and a time that exist/],
  ['a claim', OccurredAt, '14 June', '', /a day, a minute or an instant/],
  ['a zone', Zone, 'CST', '', /such as \+08:00$/],
  ['a market', Markets, ['China'], '/0', /such as CN, or -CN/],
  ['a day', Due, { date: '2026-6-1' }, '/date', /a day, such as 2026-06-14/],
  ['a link', Source, { title: 'x', url: 'javascript:alert(1)' }, '/url', /begins with https:/],
  ['a word', Party, { id: 'a', kind: 'king', name: { 'zh-CN': '王', en: 'King' } }, '/kind', /must be one of brand, /],
  ['a number', Figure, { series: 'S' }, '', /required/],
  [
    'one of several forms',
    Selectors,
    [{ by: 'batch', gtin: '09520123456788', lot: 'L 1' }],
    '/0/lot',
    /such as L0611$/,
  ],
  ['another of them', Selectors, [{ by: 'all', gtin: '1' }], '/0/gtin', /such as 09520123456788$/],
  ['none of them', Selectors, [{ by: 'bach', gtin: '09520123456788' }], '/0/by', /none of the words/],
]

t.test('what is wrong is told by the field, in words, with an example', async (t) => {
  for (const [what, schema, value, at, words] of refusals) {
    const validate = validatorCompiler({ schema, method: 'POST', url: '/', httpPart: 'body' })
    const { error } = validate(value) as { error?: Error }
    if (!(error instanceof AppError)) {
      t.fail(`${what} is not refused`)
      continue
    }
    const [first] = error.detail['errors'] as { at: string; message: string }[]
    t.equal(first?.at, at, what)
    t.match(first?.message, words, what)
    t.match(error.message, at === '' ? 'not as described:' : `not as described at ${at}:`)
    t.notMatch(error.message, /[\^$\\]|\[[a-z0-9]-/i, `${what}: no regular expression`)
  }
})

t.test('the public addresses refuse in the same words', async (t) => {
  const app = await allRoutes(() => {})
  const asked: [url: string, words: RegExp][] = [
    ['/v1/crises/cr-1', /at \/code: must be the code of an incident.*CR-7K2M9QPD$/],
    ['/v1/products/x/answer', /at \/gtin: must be a product number/],
    ['/v1/products/09520123456788/answer?market=China', /at \/market: must be a country in two capital letters/],
    ['/v1/streams/crisis:/bundle', /at \/stream: must be the name of a stream/],
    ['/v1/programmes/A', /at \/id: must be 1 to 40 lower-case letters/],
  ]
  for (const [url, words] of asked) {
    const problem = (await app.inject(url)).json<{ status: number; code: string; detail: string; errors: object[] }>()
    t.match(problem, { status: 400, code: 'validation_failed', detail: words }, url)
    t.notMatch(problem.detail, /[\^$\\]/)
    t.equal(problem.errors.length, 1)
  }
})

t.test('a fault that nobody thought of is still no regular expression', async (t) => {
  const fault = { instancePath: '/x', message: 'must match pattern "^x$"' }
  t.notMatch(wordsOf({ ...fault, keyword: 'pattern', params: { pattern: '^x$' } }), /\^/)
  t.equal(
    wordsOf({ instancePath: '', keyword: 'multipleOf', message: 'must be a multiple of 2' }),
    'must be a multiple of 2',
  )
  const found = [...Compile(Due).Errors('tomorrow')]
  t.equal(tellingFaults(found).length, found.length, 'a union without a telling member keeps its faults')
})
