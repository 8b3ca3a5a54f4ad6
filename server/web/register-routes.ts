/** The register of corrections and erasures for programs: `GET /v1/redactions`. The page is pages/register-pages.ts. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Register, RegisterQuestion } from '../services/redaction/register.ts'
import { LIMIT_DEFAULT, Limit } from './v1-schemas.ts'

export type RegisterDeps = { readRegister: (question: RegisterQuestion) => Promise<Register> }

const Index = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const Time = Type.String({ description: 'an instant in UTC' })
const Kind = Type.Union([Type.Literal('erasure'), Type.Literal('correction')])

const Item = Type.Object({
  kind: Kind,
  index: Type.Integer({ description: 'the entry that registers it' }),
  entry: Type.Integer({ description: 'the entry that it is about' }),
  seq: Type.Integer({ description: 'the number of that entry in its stream' }),
  stream: Type.String(),
  brand: Type.String(),
  reason: Type.String({ description: 'brand_removal is the will of the brand, never a request of a person' }),
  recordedAt: Time,
  file: Type.Boolean({ description: 'whether a file was erased; its fingerprint is kept' }),
  windows: Type.Union(
    [
      Type.Object({
        rowsAt: Time,
        filesAt: Type.Union([Time, Type.Null()], { description: 'null while that is owed' }),
        cachesBy: Time,
        backupsBy: Time,
      }),
      Type.Null(),
    ],
    { description: 'erasures: until when it may still be somewhere, as this service says' },
  ),
})

const RegisterAnswer = Type.Object({
  counts: Type.Array(Type.Object({ kind: Kind, reason: Type.String(), count: Type.Integer() })),
  items: Type.Array(Item, { description: 'newest first' }),
  next: Type.Union([Index, Type.Null()], { description: '`before` of the next page' }),
})

const RegisterQuery = Type.Object(
  {
    brand: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,40}$' })),
    before: Type.Optional(Index),
    limit: Type.Optional(Limit),
  },
  { additionalProperties: false },
)

/** Registers `GET /v1/redactions`. */
export async function registerRoutes(instance: FastifyInstance, deps: RegisterDeps): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  app.get(
    '/v1/redactions',
    {
      schema: {
        summary: 'Corrections and erasures, with reasons and with the times until which copies may exist',
        tags: ['auditor'],
        querystring: RegisterQuery,
        response: { 200: RegisterAnswer },
      },
    },
    async (request, reply) => {
      // Like all of /v1 it depends on nobody's session, so any page may ask.
      reply.header('access-control-allow-origin', '*').header('cross-origin-resource-policy', 'cross-origin')
      reply.header('cache-control', 'public, max-age=5')
      const { limit = LIMIT_DEFAULT, ...question } = request.query
      return await deps.readRegister({ ...question, limit })
    },
  )
}
