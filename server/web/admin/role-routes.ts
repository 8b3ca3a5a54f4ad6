/** Roles in a crisis: assumed and given back in one short request, without a text to write at three in the morning. */
import { Type } from 'typebox'
import { recordMilestone } from '../../services/crises/record-milestone.ts'
import { CRISIS_ROLES } from '../../../ledger/role.ts'
import { WRITERS } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { Closed, OccurredAt, RecordId, Word, Zone } from './common-schemas.ts'
import { ofCrisis } from './crisis-routes.ts'
import { mustHaveTimes } from './milestone-body.ts'
import { answerAppend } from './requests.ts'
import { writes } from './route-schema.ts'
import { CodeParams } from './schemas.ts'

const RoleBody = Closed({
  action: Word(['assume', 'renounce'], 'Assume a role that nobody holds, or give it back.'),
  role: Word(
    CRISIS_ROLES,
    'Public, as the times are; the person behind it is not: only the id of the key is on record.',
  ),
  occurredAt: OccurredAt,
  zone: Type.Optional(Zone),
  assertedBy: Type.Array(RecordId, { minItems: 1, maxItems: 10, uniqueItems: true }),
})

export function roleRoutes({ app, appender, requests }: AdminParts): void {
  app.post(
    '/crises/:code/roles',
    {
      config: ofCrisis(WRITERS),
      schema: writes('crises', 'Assume a role, or give it back', { params: CodeParams, body: RoleBody }),
    },
    async (request, reply) => {
      const { action, ...members } = request.body
      const milestone = { ...members, kind: action === 'assume' ? 'role_assumed' : 'role_renounced' } as const
      mustHaveTimes(milestone)
      return await answerAppend(appender, recordMilestone(requests.of(request), request.params.code, milestone), reply)
    },
  )
}
