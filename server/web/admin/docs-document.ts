/**
 * The OpenAPI document, made readable: parts that many schemas share are named once under `components` and referred to,
 * else fifty kinds of milestones would repeat every selector and figure.
 */
import type { TSchema } from 'typebox'
import {
  Advice,
  Commitment,
  Due,
  EntryIndex,
  Figure,
  Markets,
  Names,
  OccurredAt,
  Party,
  RecordId,
  Selector,
  Source,
  Texts,
} from './common-schemas.ts'
import { Acknowledge, ApprovedBy } from './consideration-schemas.ts'
import { DryRunAnswer } from './dry-run-schemas.ts'
import { SHARED_ANSWERS, tellAnswers } from './docs-answers.ts'
import { withExamples } from './docs-examples.ts'
import { EvidenceForm } from './evidence-schemas.ts'
import { MILESTONE_SCHEMAS } from './milestone-schemas.ts'
import { ProblemAnswer, WriteAnswer } from './schemas.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type JsonMembers = { [name: string]: Json }

/** Inner parts first: a part that holds another one is looked for with the inner one already named. */
const SHARED: readonly (readonly [string, TSchema])[] = [
  ['Due', Due],
  ['OccurredAt', OccurredAt],
  ['Markets', Markets],
  ['RecordId', RecordId],
  ['EntryIndex', EntryIndex],
  ['Names', Names],
  ['Selector', Selector],
  ['Figure', Figure],
  ['Source', Source],
  ['Party', Party],
  ['Commitment', Commitment],
  ['Advice', Advice],
  ['Text', Texts(3000, 'What happened, in one or both languages. Stored so that it can be erased.')],
  ['Problem', ProblemAnswer],
  ['WriteAnswer', WriteAnswer],
  ['DryRunAnswer', DryRunAnswer],
  ['Acknowledge', Acknowledge],
  ['ApprovedBy', ApprovedBy],
  ...[...MILESTONE_SCHEMAS].map(([kind, schema]) => [`milestone.${kind}`, withConsideration(schema)] as const),
]

const GRANT_LINES = {
  'application/x-ndjson': {
    schema: { type: 'string' },
    example: '{"rule":"inspection","source":41,"holder":"H-0123456789ABCDEFGHJK"}',
  },
  'text/csv': { schema: { type: 'string' }, example: 'rule,source,holder\ninspection,41,H-0123456789ABCDEFGHJK' },
}

/** Bodies that arrive as streams have no schema that their route could check; here they are told all the same. */
const STREAMED: readonly (readonly [path: string, content: object])[] = [
  ['/admin/v1/evidence', { 'multipart/form-data': { schema: EvidenceForm } }],
  ['/admin/v1/programmes/{id}/grants/bulk', GRANT_LINES],
]

/**
 * The document with shared parts under `components.schemas`, and with Idempotency-Key demanded where it is taken: the
 * routes themselves leave it optional, so that its absence is refused with a code of its own.
 */
export function shareSchemas(document: object): JsonMembers {
  const names = new Map<string, string>()
  const schemas: JsonMembers = {}
  for (const [name, schema] of SHARED) {
    const shared = replaceShared(asDocumented(JSON.parse(JSON.stringify(schema)) as Json), names)
    schemas[name] = shared
    names.set(JSON.stringify(shared), `#/components/schemas/${name}`)
  }
  const whole = JSON.parse(JSON.stringify(document)) as JsonMembers
  considerBodies(whole)
  tellStreamedBodies(whole)
  const replaced = replaceShared(whole, names) as JsonMembers
  demandIdempotencyKey(replaced)
  tellAnswers(replaced['paths'] as Parameters<typeof tellAnswers>[0])
  return withExamples({
    ...replaced,
    components: { ...(replaced['components'] as JsonMembers), schemas, responses: SHARED_ANSWERS },
  }) as JsonMembers
}

/** Every JSON body may carry what a request says about itself (second-look.ts). */
function considerBodies({ paths }: JsonMembers): void {
  for (const { post } of Object.values(paths as Record<string, { post?: JsonMembers }>)) {
    const body = post?.['requestBody'] as { content: Record<string, { schema: object }> } | undefined
    const json = body?.content['application/json']
    if (json !== undefined) json.schema = withConsideration(json.schema)
  }
}

/** Without a body in the document nobody could choose a file to try the request out with. */
function tellStreamedBodies({ paths }: JsonMembers): void {
  for (const [path, content] of STREAMED) {
    const { post } = (paths as Record<string, { post?: JsonMembers }>)[path] ?? {}
    if (post !== undefined)
      post['requestBody'] = { required: true, content: JSON.parse(JSON.stringify(content)) as Json }
  }
}

/** A schema of an object, or of several, with the members that say something about the request. */
function withConsideration<S extends object>(schema: S): S {
  const { anyOf, properties } = schema as { anyOf?: object[]; properties?: object }
  if (anyOf !== undefined) return { ...schema, anyOf: anyOf.map((item) => withConsideration(item)) }
  if (properties === undefined) return schema
  const added = JSON.parse(JSON.stringify({ acknowledge: Acknowledge, approvedBy: ApprovedBy })) as JsonMembers
  return { ...schema, properties: { ...properties, ...(asDocumented(added) as JsonMembers) } }
}

/** The plugin writes a constant as an enum of one. */
function asDocumented(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(asDocumented)
  if (typeof schema !== 'object' || schema === null) return schema
  const members = Object.entries(schema).map(([name, value]): [string, Json] =>
    name === 'const' && typeof value !== 'object' ? ['enum', [value]] : [name, asDocumented(value)],
  )
  return Object.fromEntries(members)
}

function replaceShared(value: Json, names: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((item) => replaceShared(item, names))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, item]): [string, Json] => [name, replaceShared(item, names)])
  const replaced: JsonMembers = Object.fromEntries(members)
  const $ref = names.get(JSON.stringify(replaced))
  return $ref === undefined ? replaced : { $ref }
}

function demandIdempotencyKey({ paths }: JsonMembers): void {
  for (const route of Object.values(paths as JsonMembers).flatMap((methods) => Object.values(methods as JsonMembers))) {
    for (const parameter of ((route as JsonMembers)['parameters'] ?? []) as JsonMembers[]) {
      if (parameter['name'] === 'idempotency-key') parameter['required'] = true
    }
  }
}
