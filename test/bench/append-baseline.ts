/**
 * What the append figures are measured against: the plainest service that keeps a milestone. Fastify with the same body
 * schema and no plugin, a pool of 16 connections, one prepared autocommit INSERT into a table with one index. It keeps
 * no tree, signs nothing, knows no keys and no idempotency.
 *
 * It keeps grants of points and redemptions in the same way, for their figures.
 *
 * Arguments: the database URL, and the kind of milestone whose schema the bodies have. Writes `{"port":N}` once it
 * listens.
 */
import Fastify from 'fastify'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { GrantBody } from '../../server/web/admin/points-schemas.ts'
import type { GrantBodyType } from '../../server/web/admin/points-schemas.ts'
import { MILESTONE_SCHEMAS } from '../../server/web/admin/milestone-schemas.ts'

type Body = { kind: string; occurredAt: string }

const [databaseUrl, kind] = process.argv.slice(2)
const bodySchema = MILESTONE_SCHEMAS.get(kind ?? '')
if (databaseUrl === undefined || bodySchema === undefined) throw new Error('usage: append-baseline DATABASE_URL KIND')

const pool = new pg.Pool({ connectionString: databaseUrl, max: 16 })
await pool.query(`
  CREATE TABLE milestone (
    id bigserial PRIMARY KEY,
    crisis text NOT NULL,
    kind text NOT NULL,
    occurred_at text NOT NULL,
    body jsonb NOT NULL
  );
  CREATE INDEX milestone_of_crisis ON milestone (crisis, id);
  CREATE TABLE grant_of_points (
    id bigserial PRIMARY KEY,
    programme text NOT NULL,
    rule text NOT NULL,
    source bigint NOT NULL,
    holder text NOT NULL,
    body jsonb NOT NULL
  );
  CREATE INDEX grant_of_holder ON grant_of_points (holder, id);
  CREATE TABLE redemption (
    id bigserial PRIMARY KEY,
    reward text NOT NULL,
    holder text NOT NULL,
    body jsonb NOT NULL
  );
  CREATE INDEX redemption_of_holder ON redemption (holder, id)`)

// By default Fastify's validator takes out members while it tries the branches of a union, and then misses them.
const ajv = { customOptions: { removeAdditional: false, coerceTypes: false } } as const
const app = Fastify({ logger: false, ajv })
app.post<{ Params: { code: string }; Body: Body }>(
  '/admin/v1/crises/:code/milestones',
  {
    schema: {
      body: bodySchema,
      response: { 201: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] } },
    },
  },
  async (request, reply) => {
    const { kind, occurredAt } = request.body
    const { rows } = await pool.query<{ id: string }>({
      name: 'insert-milestone',
      text: 'INSERT INTO milestone (crisis, kind, occurred_at, body) VALUES ($1, $2, $3, $4) RETURNING id',
      values: [request.params.code, kind, occurredAt, JSON.stringify(request.body)],
    })
    return await reply.code(201).send({ id: rows[0]!.id })
  },
)
app.post<{ Params: { id: string }; Body: GrantBodyType }>(
  '/admin/v1/programmes/:id/grants',
  {
    schema: {
      body: GrantBody,
      response: { 201: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] } },
    },
  },
  async (request, reply) => {
    const { rule, source, holder } = request.body
    const { rows } = await pool.query<{ id: string }>({
      name: 'insert-grant',
      text: 'INSERT INTO grant_of_points (programme, rule, source, holder, body) VALUES ($1, $2, $3, $4, $5) RETURNING id',
      values: [request.params.id, rule, source, holder, JSON.stringify(request.body)],
    })
    return await reply.code(201).send({ id: rows[0]!.id })
  },
)
app.post<{ Body: { reward: string } }>(
  '/v1/holder/redemptions',
  {
    schema: {
      body: {
        type: 'object',
        properties: { reward: { type: 'string', pattern: '^[a-z0-9-]{1,40}$' } },
        required: ['reward'],
        additionalProperties: false,
      },
      response: { 201: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] } },
    },
  },
  async (request, reply) => {
    const { rows } = await pool.query<{ id: string }>({
      name: 'insert-redemption',
      text: 'INSERT INTO redemption (reward, holder, body) VALUES ($1, $2, $3) RETURNING id',
      values: [request.body.reward, request.headers.authorization ?? '', JSON.stringify(request.body)],
    })
    return await reply.code(201).send({ id: rows[0]!.id })
  },
)
await app.listen({ host: '127.0.0.1', port: 0 })
console.log(JSON.stringify({ port: (app.server.address() as AddressInfo).port }))

// The parent ends this process by closing its input, also when it is killed itself.
process.stdin.resume()
process.stdin.on('end', () => {
  void app.close().then(async () => {
    await pool.end()
    process.exit(0)
  })
})
