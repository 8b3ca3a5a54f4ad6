/** The request schemas against the core's table of kinds, and the documentation that is made of them. */
import t from 'tap'
import { Compile } from 'typebox/compile'
import { COMMON_MEMBERS, MILESTONE_KINDS, REQUIRED_COMMON_MEMBERS, ruleOf } from '../../../ledger/milestone.ts'
import type { MilestoneKind } from '../../../ledger/milestone.ts'
import { ORDER_RULES } from '../../../ledger/crisis-rules.ts'
import { MILESTONE_SCHEMAS } from '../../../server/web/admin/milestone-schemas.ts'
import { ADMIN_STATUS_OF_CODE } from '../../../server/web/admin/refusals.ts'
import { milestoneBody, openSite } from './site.ts'
import type { Body } from './site.ts'

t.test('every kind that people write has a schema with exactly the members of the table', async (t) => {
  const kinds = Object.keys(MILESTONE_KINDS) as MilestoneKind[]
  t.same(
    [...MILESTONE_SCHEMAS.keys()],
    kinds.filter((kind) => ruleOf(kind).system !== true),
  )
  for (const [kind, schema] of MILESTONE_SCHEMAS) {
    const { required, optional } = ruleOf(kind as MilestoneKind)
    const words = ['kind', 'text', 'recorderNote', 'sources']
    const members = new Set([...COMMON_MEMBERS, ...required, ...optional, ...words])
    t.same(Object.keys(schema.properties).toSorted(), [...members].toSorted(), kind)
    const must = new Set([...REQUIRED_COMMON_MEMBERS, ...required, 'kind', 'text'])
    t.same([...(schema.required ?? [])].toSorted(), [...must].toSorted(), kind)
    t.equal((schema as { additionalProperties?: boolean }).additionalProperties, false, kind)
  }
})

t.test('a member that is too long, too many or of another kind is refused', async (t) => {
  const check = Compile(MILESTONE_SCHEMAS.get('statement')!)
  t.ok(check.Check(milestoneBody({ kind: 'statement' })))
  const wrong: Body[] = [
    { text: { en: 'x'.repeat(3001) } },
    { text: {} },
    { text: { fr: 'non' } },
    { assertedBy: [] },
    { assertedBy: ['Brand'] },
    { occurredAt: '2026-06-14 08:00' },
    { markets: ['us'] },
    { scope: Array.from({ length: 201 }, () => ({ by: 'all', gtin: '09520123456788' })) },
    { scope: [{ by: 'all', gtin: '09520123456788', lot: 'L1' }] },
    { sources: [{ title: 'x', url: 'javascript:alert(1)' }] },
    { remedy: 'r1' },
    { replaces: [-1] },
    { replaces: [1, 1] },
    { figures: [{ series: 's', value: 1.5, qualifier: 'exact', unit: 'x', asOf: '2026', assertedBy: 'brand' }] },
    { state: 'happy' },
    { __proto__: null, constructor: 1 },
  ]
  for (const members of wrong) {
    t.notOk(check.Check({ ...milestoneBody({ kind: 'statement' }), ...members }), JSON.stringify(members).slice(0, 80))
  }
})

t.test('every order rule has a status', async (t) => {
  for (const rule of ORDER_RULES) t.equal((ADMIN_STATUS_OF_CODE as Record<string, number>)[rule], 409, rule)
})

/** What a POST may do without an entry of its own: erase what never was in the log, and answer a file line by line. */
const WITHOUT_ENTRY = new Set(['/admin/v1/holders/{id}/contact/erase', '/admin/v1/programmes/{id}/grants/bulk'])

t.test('the documentation is OpenAPI 3.1 of every route, and its page needs no inline script', async (t) => {
  const { app } = await openSite(t)
  const document = (await app.inject('/docs/json')).json<{
    openapi: string
    paths: Record<
      string,
      Record<string, { security: unknown; responses: Record<string, object>; requestBody?: unknown }>
    >
    components: { responses: Record<string, { content: object }> }
  }>()
  t.equal(document.openapi, '3.1.0')
  const paths = Object.keys(document.paths)
  for (const path of ['/brands', '/crises/{code}/milestones', '/evidence', '/entries/{index}/corrections', '/keys']) {
    t.ok(paths.includes(`/admin/v1${path}`), path)
  }
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, route] of Object.entries(methods)) {
      t.same(route.security, [{ adminKey: [] }], `${method} ${path}`)
      const isWrite = method === 'post' && !WITHOUT_ENTRY.has(path)
      t.ok(Object.keys(route.responses).includes(isWrite ? '201' : '200'), `${method} ${path}`)
      t.same(route.responses['4XX'], { $ref: '#/components/responses/Refused' }, `${method} ${path} may refuse`)
    }
  }
  for (const answer of Object.values(document.components.responses)) {
    t.same(Object.keys(answer.content), ['application/problem+json'])
  }
  t.notMatch(JSON.stringify(document), 'Default Response', 'every status is described')
  const formOf = (path: string): unknown => document.paths[`/admin/v1${path}`]?.['post']?.requestBody
  t.match(formOf('/evidence'), {
    required: true,
    content: {
      'multipart/form-data': {
        schema: {
          required: ['file'],
          properties: {
            file: { type: 'string', format: 'binary', description: /application\/pdf/ },
            crisis: {},
            kind: {},
          },
        },
      },
    },
  })
  t.match(formOf('/programmes/{id}/grants/bulk'), { content: { 'application/x-ndjson': {}, 'text/csv': {} } })
  const text = JSON.stringify(document)
  t.ok(text.length < 450_000, `${text.length} characters`)
  const refs = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1])
  for (const name of ['Selector', 'Figure', 'Problem', 'WriteAnswer', 'milestone.statement']) {
    t.ok(refs.includes(name), `${name} is referred to`)
  }
  const { schemas } = (document as unknown as { components: { schemas: object } }).components
  for (const name of refs) t.ok(name !== undefined && name in schemas, `${name} is there`)
  const page = await app.inject('/docs/')
  t.equal(page.statusCode, 200)
  t.notMatch(page.body, /<script(?![^>]*\bsrc=)[^>]*>/, 'no inline script')
  t.notMatch(page.body, /https?:\/\/(?!localhost)/, 'nothing from elsewhere')
})
