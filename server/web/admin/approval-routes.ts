/**
 * Approvals by a second person. The reviewer is shown what is asked (a reviewer may try out any request of the brand
 * with ?dryRun=true) and approves either the address and body themselves or their digest.
 */
import { Type } from 'typebox'
import { AppError } from '../../errors.ts'
import { approvalDigest } from '../../services/crises/second-key.ts'
import { commandOf } from '../../services/keys/key-commands.ts'
import type { AdminParts } from './admin-routes.ts'
import { Closed } from './common-schemas.ts'
import type { DryRunAnswer } from './dry-run-schemas.ts'
import type { Static } from 'typebox'
import { writes } from './route-schema.ts'

const ApprovalBody = Type.Union(
  [
    Closed(
      {
        path: Type.String({
          pattern: '^/[!-~]{1,200}$',
          description: 'The address, /crises/…/milestones for instance.',
        }),
        body: Type.Object({}, { additionalProperties: true, description: 'The body as it will be sent.' }),
      },
      'The request itself.',
    ),
    Closed(
      {
        digest: Type.String({
          pattern: '^[0-9a-f]{64}$',
          description: 'SHA-256 as the refusal of the request told it.',
        }),
      },
      'Its digest.',
    ),
  ],
  { description: 'Which request is approved.' },
)

const ApprovalAnswer = Type.Object({
  id: Type.String({ description: 'What the request names in approvedBy.' }),
  digest: Type.String({ description: 'SHA-256 of the canonical JSON of {body, path}, without approvedBy.' }),
  expiresAt: Type.String(),
})

const PREFIX = '/admin/v1'

export function approvalRoutes({ app, appender, approvals, requests }: AdminParts): void {
  app.post(
    '/approvals',
    {
      config: { access: { roles: ['reviewer'] } },
      schema: writes('approvals', 'Approve a request of another key', { body: ApprovalBody }, ApprovalAnswer),
    },
    async (request, reply) => {
      const { body } = request
      const { keyId, brand } = request.admin
      if (brand === null) throw new AppError('forbidden', 'This key belongs to no brand.')
      const identity = requests.of(request)
      if (identity.idempotency === undefined) {
        const { status, body: tried } = await appender.append(commandOf(identity, { needs: {}, judge: () => [] }))
        reply.code(status)
        return tried as Static<typeof DryRunAnswer>
      }
      const digest = 'digest' in body ? body.digest : digestOf(body.path, body.body)
      const id = `ap_${identity.idempotency.request.slice(0, 24)}`
      const tag = requests.approvalTag(digest)
      const { expiresAt, isNew } = await approvals.insert({ id, tag, keyId, brand })
      if (!isNew) reply.header('Idempotency-Replayed', 'true')
      reply.code(201)
      return { id, digest, expiresAt }
    },
  )
}

/** The digest of the request as it will be: what a request says of itself beside, `approvedBy`, is not part of it. */
function digestOf(path: string, body: object): string {
  const { approvedBy: _approvedBy, ...rest } = body as Record<string, unknown>
  return approvalDigest(path.startsWith(PREFIX) ? path : `${PREFIX}${path}`, rest)
}
