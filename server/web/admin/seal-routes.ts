/** Sealing a text by its digest, and opening the seal with the text. */
import { openSeal, sealEntry } from '../../services/crises/seal-entry.ts'
import { WRITERS } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { ofCrisis } from './crisis-routes.ts'
import { crisisOf, indexOf, ofEntry } from './entry-place.ts'
import { OpenBody, SealBody } from './redaction-schemas.ts'
import { answerAppend } from './requests.ts'
import { writes } from './route-schema.ts'
import { CodeParams, IndexParams } from './schemas.ts'

export function sealRoutes({ app, appender, directory, requests }: AdminParts): void {
  app.post(
    '/crises/:code/seals',
    {
      config: ofCrisis(WRITERS),
      schema: writes('crises', 'Seal a text by its digest', { params: CodeParams, body: SealBody }),
    },
    async (request, reply) => {
      const command = sealEntry(requests.of(request), request.params.code, request.body)
      return await answerAppend(appender, command, reply)
    },
  )
  app.post(
    '/entries/:index/open',
    {
      config: ofEntry(WRITERS),
      schema: writes('entries', 'Open a seal with the text that was sealed', { params: IndexParams, body: OpenBody }),
    },
    async (request, reply) => {
      const index = indexOf(request.params)
      const identity = requests.of(request)
      const code = await crisisOf(directory, index)
      return await answerAppend(appender, openSeal(identity, code, index, request.body.disclosure), reply)
    },
  )
}
