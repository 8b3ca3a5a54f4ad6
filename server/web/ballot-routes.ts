/** A ballot as data, and the list of its votes that anybody can count again. */
import type { FastifyInstance } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { JsonObject } from '../../ledger/json.ts'
import { AppError } from '../errors.ts'

export type BallotRoutesDeps = {
  findBallot(programme: string, index: number): Promise<JsonObject | undefined>
  /** @throws AppError not_found while there is no tally */
  readList(programme: string, index: number): Promise<Uint8Array>
}

const NOW = 'public, max-age=5'
const IMMUTABLE = 'public, max-age=31536000, immutable'

const Params = Type.Object({
  programme: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }),
  index: Type.String({ pattern: '^(?:0|[1-9][0-9]{0,15})$', description: 'The index of ballot.drafted.' }),
})
const BallotAnswer = Type.Object(
  {
    programme: Type.String(),
    index: Type.Integer(),
    state: Type.String(),
    stream: Type.String(),
    list: Type.Union([Type.String(), Type.Null()], { description: 'Where the list is, once it is counted.' }),
  },
  { additionalProperties: true },
)

export async function ballotRoutes(instance: FastifyInstance, deps: BallotRoutesDeps): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('access-control-allow-origin', '*').header('cross-origin-resource-policy', 'cross-origin')
  })
  app.get(
    '/v1/ballots/:programme/:index',
    {
      schema: {
        summary: 'A ballot: what is asked, who may vote, and the tally',
        tags: ['auditor'],
        params: Params,
        response: { 200: BallotAnswer },
      },
    },
    async (request, reply) => {
      const { programme, index } = request.params
      const ballot = await deps.findBallot(programme, Number(index))
      if (ballot === undefined) throw new AppError('not_found', 'There is no such ballot.')
      const list = ballot['tally'] === undefined ? null : `/v1/ballots/${programme}/${index}/list`
      reply.header('cache-control', NOW)
      return { ...ballot, stream: `points:${programme}`, list } as never
    },
  )
  app.get(
    '/v1/ballots/:programme/:index/list',
    {
      schema: {
        summary: 'Who was entitled and what was voted, without names: count it again with npm run recount',
        tags: ['auditor'],
        params: Params,
      },
    },
    async (request, reply) => {
      const { programme, index } = request.params
      const list = await deps.readList(programme, Number(index))
      return await reply
        .header('cache-control', IMMUTABLE)
        .type('application/json; charset=utf-8')
        .send(Buffer.from(list))
    },
  )
}
