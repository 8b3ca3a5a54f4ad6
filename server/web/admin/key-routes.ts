/** Admin keys: made and revoked by the operator, listed for whoever they concern. */
import type { Static } from 'typebox'
import { AppError } from '../../errors.ts'
import { openKey, revokeKey } from '../../services/keys/key-commands.ts'
import type { NewKey } from '../../services/keys/key-commands.ts'
import { OPERATORS, READERS } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { notFound } from './brand-routes.ts'
import type { DryRunAnswer } from './dry-run-schemas.ts'
import { limitOf } from './paging.ts'
import { answerAppend } from './requests.ts'
import { reads, writes } from './route-schema.ts'
import { KeyAnswer, KeyBody, KeyParams, KeyRead, PageQuery, pageOf } from './schemas.ts'
import type { KeyBodyType } from './schemas.ts'

export function keyRoutes({ app, appender, questions, directory, keys, requests }: AdminParts): void {
  app.post(
    '/keys',
    {
      config: { access: { roles: OPERATORS } },
      schema: writes('keys', 'Make an admin key; it is shown once', { body: KeyBody }, KeyAnswer),
    },
    async (request, reply) => {
      const { command, key } = openKey(requests.of(request), newKey(request.body))
      const { status, body, replayed, dryRun } = await appender.append(command)
      reply.code(status)
      // The key of a dry run opens nothing, so it is not shown.
      if (dryRun !== undefined) return body as Static<typeof DryRunAnswer>
      const answer = body as Omit<Static<typeof KeyAnswer>, 'key' | 'keyShown'>
      if (!replayed) return { ...answer, key, keyShown: true }
      reply.header('Idempotency-Replayed', 'true')
      return { ...answer, keyShown: false }
    },
  )

  app.post(
    '/keys/:id/revoke',
    {
      config: { access: { roles: OPERATORS } },
      schema: writes('keys', 'Revoke an admin key', { params: KeyParams }),
    },
    async (request, reply) => {
      const { id } = request.params
      const identity = requests.of(request)
      const brand = await directory.brandOfKey(id)
      if (brand === undefined) return notFound('key')
      const answer = await answerAppend(appender, revokeKey(identity, id, brand), reply)
      keys.forget(id)
      return answer
    },
  )

  app.get(
    '/keys',
    {
      config: { access: { roles: READERS } },
      schema: reads('keys', 'Admin keys that this key may see', { querystring: PageQuery }, pageOf('keys', KeyRead)),
    },
    async ({ admin, query }) => await questions.listKeys(admin, query.after, limitOf(query.limit)),
  )
}

/** Operators belong to no brand, staff and reviewers to one; an auditor may be either. */
function newKey({ role, brand, publicKey }: KeyBodyType): NewKey {
  const needsBrand = role === 'staff' || role === 'reviewer'
  if ((role === 'operator' && brand !== undefined) || (needsBrand && brand === undefined)) {
    const message = needsBrand ? `a key of the role ${role} needs a brand` : 'a key of the operator has no brand'
    throw new AppError('validation_failed', `The request is not as described at /brand: ${message}`, {
      errors: [{ at: '/brand', message }],
    })
  }
  return { role, ...(brand === undefined ? {} : { brand }), ...(publicKey === undefined ? {} : { publicKey }) }
}
