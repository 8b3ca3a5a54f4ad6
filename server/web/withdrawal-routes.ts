/**
 * `POST /v1/withdrawals`: a person takes a consent back, with the code that was handed over when it was given. No key, no
 * account and nobody to ask: it is as easy as giving it was (N2). The code comes in the body, never in an address.
 */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'

export type WithdrawalDeps = {
  /**
   * Withdraws a consent and erases what stands on it.
   *
   * @param consent index of the entry that recorded it
   * @returns the index of the entry that withdraws it, and how many texts were erased
   * @throws AppError not_found, code_unknown, consent_settled
   */
  withdraw: (consent: number, code: string) => Promise<{ index: number; erased: number }>
}

const WithdrawalBody = Type.Object(
  {
    consent: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'the entry of the consent' }),
    code: Type.String({ pattern: '^[A-Za-z0-9_-]{20,400}$' }),
  },
  { additionalProperties: false },
)

/** Registers the route. */
export async function withdrawalRoutes(instance: FastifyInstance, { withdraw }: WithdrawalDeps): Promise<void> {
  instance.withTypeProvider<TypeBoxTypeProvider>().post(
    '/v1/withdrawals',
    {
      schema: {
        tags: ['holder'],
        summary: 'Take a consent back with its code',
        description:
          'Without any key: the code that was handed over with the consent is all it takes. Texts and files that stand on the consent are erased with it. Taking it back twice is refused with consent_settled.',
        body: WithdrawalBody,
        response: { 201: Type.Object({ index: Type.Integer(), erased: Type.Integer() }) },
      },
    },
    async (request, reply) => {
      const { consent, code } = request.body
      const done = await withdraw(consent, code)
      return await reply.code(201).header('cache-control', 'no-store').send(done)
    },
  )
}
