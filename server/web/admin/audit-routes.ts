/** What auditors say in the stream of a crisis or a brand, and what the brand answers. */
import { answerAudit, recordAudit } from '../../services/crises/audit-entry.ts'
import type { Role } from '../../services/keys/admin-key.ts'
import { WRITERS } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { ofCrisis } from './crisis-routes.ts'
import { indexOf, ofEntry, placeOf } from './entry-place.ts'
import { mustHaveOriginal } from './milestone-body.ts'
import { AuditAnswerBody, AuditBody } from './redaction-schemas.ts'
import { answerAppend } from './requests.ts'
import { writes } from './route-schema.ts'
import { CodeParams, IndexParams, SlugParams } from './schemas.ts'

/** AU1: keys of this role are made by the operator, never by the brand. */
const AUDITORS: readonly Role[] = ['auditor']

export function auditRoutes({ app, appender, directory, requests }: AdminParts): void {
  app.post(
    '/crises/:code/audit',
    {
      config: ofCrisis(AUDITORS),
      schema: writes('audit', 'Object to a crisis record, or state something', { params: CodeParams, body: AuditBody }),
    },
    async (request, reply) => {
      mustHaveOriginal(request.body.text, request.body.original)
      const place = { crisis: request.params.code }
      return await answerAppend(appender, recordAudit(requests.of(request), place, request.body), reply)
    },
  )
  app.post(
    '/brands/:slug/audit',
    {
      config: {
        access: {
          roles: AUDITORS,
          ownerOf: ({ params }, owners) => owners.brandOfBrand((params as { slug: string }).slug),
        },
      },
      schema: writes('audit', 'Object to what a brand records, or state something', {
        params: SlugParams,
        body: AuditBody,
      }),
    },
    async (request, reply) => {
      mustHaveOriginal(request.body.text, request.body.original)
      const place = { brand: request.params.slug }
      return await answerAppend(appender, recordAudit(requests.of(request), place, request.body), reply)
    },
  )
  app.post(
    '/entries/:index/answers',
    {
      config: ofEntry(WRITERS),
      schema: writes('audit', 'Answer what an auditor says', { params: IndexParams, body: AuditAnswerBody }),
    },
    async (request, reply) => {
      mustHaveOriginal(request.body.text, request.body.original)
      const index = indexOf(request.params)
      const identity = requests.of(request)
      const place = await placeOf(directory, index)
      return await answerAppend(appender, answerAudit(identity, index, place, request.body), reply)
    },
  )
}
