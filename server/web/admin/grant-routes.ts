/** Grants one by one: made, posted, voided, taken back. Who may decide is what the rule says. */
import { grantPoints } from '../../services/points/grant-points.ts'
import { postGrant, reverseGrant, voidGrant } from '../../services/points/resolve-grant.ts'
import type { GrantPlace } from '../../services/points/resolve-grant.ts'
import type { Request } from '../../services/keys/key-commands.ts'
import type { Command } from '../../services/log/command.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Role } from '../../services/keys/admin-key.ts'
import type { Access } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { notFound } from './brand-routes.ts'
import { GrantBody, ProgrammeParams, ReverseBody, VoidBody } from './points-schemas.ts'
import { ofProgramme } from './programme-routes.ts'
import { answerAppend } from './requests.ts'
import { writes } from './route-schema.ts'
import { IndexParams, NoBody } from './schemas.ts'

/** Staff and reviewers: which of them, the rule says. */
export const GRANTERS: readonly Role[] = ['operator', 'staff', 'reviewer']

const ofGrant: { access: Access } = {
  access: {
    roles: GRANTERS,
    ownerOf: ({ params }, directory) => directory.brandOfGrant(Number((params as { index: string }).index)),
  },
}

export function grantRoutes(parts: AdminParts): void {
  const { app, appender, requests, questions } = parts
  app.post(
    '/programmes/:id/grants',
    {
      config: ofProgramme(GRANTERS),
      schema: writes('points', 'Grant points', { params: ProgrammeParams, body: GrantBody }),
    },
    async (request, reply) => {
      const command = grantPoints(requests.of(request), request.params.id, request.body)
      return await answerAppend(appender, command, reply)
    },
  )

  /** A command on the grant in the address. */
  const onGrant = async (
    request: FastifyRequest<{ Params: { index: string } }>,
    reply: FastifyReply,
    commandFor: (identity: Request, place: GrantPlace) => Command,
  ) => {
    const identity = requests.of(request)
    const place = (await questions.placeOfGrant(Number(request.params.index))) ?? notFound('grant')
    return await answerAppend(appender, commandFor(identity, place), reply)
  }

  app.post(
    '/grants/:index/post',
    { config: ofGrant, schema: writes('points', 'Post a pending grant', { params: IndexParams, body: NoBody }) },
    async (request, reply) => await onGrant(request, reply, postGrant),
  )

  app.post(
    '/grants/:index/void',
    { config: ofGrant, schema: writes('points', 'Void a pending grant', { params: IndexParams, body: VoidBody }) },
    async (request, reply) =>
      await onGrant(request, reply, (identity, place) => voidGrant(identity, place, request.body?.reason)),
  )

  app.post(
    '/grants/:index/reverse',
    {
      config: ofGrant,
      schema: writes('points', 'Take a posted grant back, wholly or in part', {
        params: IndexParams,
        body: ReverseBody,
      }),
    },
    async (request, reply) =>
      await onGrant(request, reply, (identity, place) =>
        reverseGrant(identity, place, request.body.reason, request.body.amount),
      ),
  )
}
