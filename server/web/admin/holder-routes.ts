/** Holders: opened by staff, who hand over the two codes and keep neither of them. */
import type { Static } from 'typebox'
import { commandOf } from '../../services/keys/key-commands.ts'
import { openHolders } from '../../services/points/open-holders.ts'
import type { OpenedHolder } from '../../services/points/open-holders.ts'
import { Type } from 'typebox'
import { WRITERS } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { DryRunAnswer } from './dry-run-schemas.ts'
import { isDryRun } from './dry-run.ts'
import { HolderParams, HoldersAnswer, HoldersBody, ProgrammeParams } from './points-schemas.ts'
import { ofProgramme } from './programme-routes.ts'
import { idempotencyKeyOf } from './requests.ts'
import { writes } from './route-schema.ts'
import { NoBody } from './schemas.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

export function holderRoutes({ app, appender, directory, questions, requests, publicUrl }: AdminParts): void {
  app.post(
    '/programmes/:id/holders',
    {
      config: ofProgramme(WRITERS),
      schema: writes(
        'points',
        'Open holders; their codes are shown once',
        { params: ProgrammeParams, body: HoldersBody },
        HoldersAnswer,
      ),
    },
    async (request, reply) => {
      const { command, holders } = openHolders(requests.of(request), request.params.id, request.body ?? {})
      const { status, body, replayed } = await appender.append(command)
      reply.code(status).header('cache-control', 'no-store')
      const answer = body as unknown as Omit<Static<typeof HoldersAnswer>, 'holders' | 'codesShown'>
      if (isDryRun(request)) return answer as never
      if (!replayed) return { ...answer, holders: holders.map((holder) => shown(holder, publicUrl)), codesShown: true }
      reply.header('Idempotency-Replayed', 'true')
      return { ...answer, codesShown: false }
    },
  )

  app.post(
    '/holders/:id/contact/erase',
    {
      config: {
        access: {
          roles: WRITERS,
          ownerOf: ({ params }) => directory.brandOfHolder((params as { id: string }).id),
        },
      },
      schema: {
        ...writes('points', 'Erase what a holder told us of himself', { params: HolderParams, body: NoBody }),
        description: 'The contact never was in the log. Erasing twice is no error.',
        response: { 200: Type.Union([Type.Object({ erased: Type.Boolean() }), DryRunAnswer]) },
      },
    },
    async (request, reply) => {
      if (isDryRun(request)) {
        const nothing = commandOf(requests.of(request), { needs: {}, judge: () => [] })
        const { body } = await appender.append(nothing)
        return await reply
          .code(200)
          .serializer(JSON.stringify)
          .type(JSON_TYPE)
          .send(body as never)
      }
      idempotencyKeyOf(request)
      const erased = await questions.eraseContact(request.params.id)
      return await reply.code(200).send({ erased })
    },
  )
}

/** Secrets stand only behind `#`: no server, no log and no history of addresses sees them. */
function shown({ id, viewCode, spendCode }: OpenedHolder, publicUrl: string) {
  return {
    id,
    viewCode,
    spendCode,
    viewUrl: `${publicUrl}/me#v=${viewCode}`,
    spendUrl: `${publicUrl}/me#s=${spendCode}`,
  }
}
