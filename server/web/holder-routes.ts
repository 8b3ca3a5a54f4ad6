/**
 * What a holder does with the two codes. A code stands in the header `Authorization` and nowhere else; nothing here is
 * cached, by anybody. The view code reads, the spend code spends; a code that nobody has is answered with 401 and no word
 * more.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { requestHash } from '../services/log/command.ts'
import type { AppendResult, Idempotency } from '../services/log/command.ts'
import type { HolderDesk, IdempotencyOf } from '../services/points/holder-desk.ts'
import { LanguageCode, Line, Slug, Texts } from './admin/common-schemas.ts'
import { idempotencyKeyOf } from './admin/requests.ts'
import type { BodyHmac } from './admin/requests.ts'
import { ProblemAnswer, WriteAnswer } from './admin/schemas.ts'
import { holderCode } from './holder-access.ts'

export type HolderRoutesDeps = {
  desk: HolderDesk
  bodyHmac: BodyHmac
  /** What addresses that we hand out begin with. */
  publicUrl: string
}

const Closed = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })

const RedemptionBody = Closed({ reward: Slug })
const ProposalBody = Closed({
  original: LanguageCode,
  title: Texts(120, 'In a line; can be erased.'),
  text: Texts(2000, 'What, and why; can be erased.'),
  author: Type.Optional(Line(60, 'The name to be shown with it; none unless given.')),
})
const VoteBody = Closed({
  ballot: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  choice: Type.Array(Slug, { minItems: 1, maxItems: 50, uniqueItems: true }),
})
const RenewedAnswer = Type.Object({
  viewCode: Type.String({ description: 'Shown this once; the old one is dead.' }),
  viewUrl: Type.String(),
})

const SECURITY = [{ holderCode: [] }]
const described = (summary: string) => ({ summary, tags: ['holder'], security: SECURITY })
const IDEMPOTENCY = 'With a header Idempotency-Key the same request is answered again without being done twice.'

export async function holderRoutes(instance: FastifyInstance, deps: HolderRoutesDeps): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { desk, publicUrl } = deps
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })
  app.get(
    '/v1/holder/receipt',
    { schema: described('The receipt of a holder, which proves each line (view code)') },
    async (request, reply) => {
      const receipt = await desk.receipt(holderCode(request))
      // The phone makes codes for store screens by our clock.
      reply.header('x-server-time', String(Date.now()))
      return await reply.type('application/json; charset=utf-8').send(receipt)
    },
  )
  app.post(
    '/v1/holder/view-code',
    {
      schema: {
        ...described('Take a new view code; the old one is dead at once (spend code)'),
        response: { 200: RenewedAnswer, '4xx': ProblemAnswer },
      },
    },
    async (request, reply) => {
      const { viewCode } = await desk.renew(holderCode(request))
      return await reply.send({ viewCode, viewUrl: `${publicUrl}/me#v=${viewCode}` })
    },
  )
  holderWrites(instance, deps)
}

function holderWrites(instance: FastifyInstance, { desk, bodyHmac }: HolderRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  const response = { 201: WriteAnswer, '4xx': ProblemAnswer }
  const writes = (summary: string) => ({ ...described(summary), description: IDEMPOTENCY, response })
  const identity =
    (request: FastifyRequest): IdempotencyOf =>
    (holder) =>
      idempotencyOf(request, holder, bodyHmac)

  app.post(
    '/v1/holder/redemptions',
    { schema: { ...writes('Redeem a reward: points and a place are held (spend code)'), body: RedemptionBody } },
    async (request, reply) =>
      answer(await desk.redeem(holderCode(request), request.body.reward, identity(request)), reply),
  )
  app.post(
    '/v1/holder/proposals',
    { schema: { ...writes('Suggest something (spend code)'), body: ProposalBody } },
    async (request, reply) => answer(await desk.propose(holderCode(request), request.body, identity(request)), reply),
  )
  app.post(
    '/v1/holder/votes',
    { schema: { ...writes('Vote, or vote again: the last vote counts (spend code)'), body: VoteBody } },
    async (request, reply) => {
      const { ballot, choice } = request.body
      return answer(await desk.vote(holderCode(request), ballot, choice, identity(request)), reply)
    },
  )
}

/** Undefined where the header is missing: then the same request twice is two requests. */
function idempotencyOf(request: FastifyRequest, holder: string, bodyHmac: BodyHmac): Idempotency | undefined {
  if (request.headers['idempotency-key'] === undefined) return undefined
  const hash = requestHash(holder, request.method, request.url, idempotencyKeyOf(request))
  return { request: hash, bodyHmac: bodyHmac(Buffer.from(JSON.stringify(request.body))) }
}

function answer({ status, body, replayed }: AppendResult, reply: FastifyReply): never {
  if (replayed) reply.header('Idempotency-Replayed', 'true')
  // The serializer that Fastify makes of a schema spells a checkpoint letter by letter.
  reply.code(status).type('application/json; charset=utf-8').serializer(JSON.stringify)
  return body as never
}
