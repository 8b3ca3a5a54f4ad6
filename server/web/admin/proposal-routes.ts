/** Proposals: put on record by staff on behalf of who told them, and answered by somebody else than their author. */
import { moveProposal, submitProposal } from '../../services/points/proposals.ts'
import { WRITERS } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { notFound } from './brand-routes.ts'
import { GRANTERS } from './grant-routes.ts'
import { ProgrammeParams } from './points-schemas.ts'
import { ofProgramme, ofSpending } from './programme-routes.ts'
import { answerAppend } from './requests.ts'
import { writes } from './route-schema.ts'
import { IndexParams } from './schemas.ts'
import { MoveBody, ProposalBody } from './spending-schemas.ts'

const ofProposal = ofSpending('proposal', GRANTERS)

export function proposalRoutes({ app, appender, questions, requests }: AdminParts): void {
  app.post(
    '/programmes/:id/proposals',
    {
      config: ofProgramme(WRITERS),
      schema: writes('points', 'Put a proposal on record', { params: ProgrammeParams, body: ProposalBody }),
    },
    async (request, reply) => {
      const { answerDue, ...proposal } = request.body
      const command = submitProposal(requests.of(request), request.params.id, proposal, answerDue)
      return await answerAppend(appender, command, reply)
    },
  )

  app.post(
    '/proposals/:index/move',
    { config: ofProposal, schema: writes('points', 'Answer a proposal', { params: IndexParams, body: MoveBody }) },
    async (request, reply) => {
      const identity = requests.of(request)
      const place = (await questions.placeOfProposal(Number(request.params.index))) ?? notFound('proposal')
      return await answerAppend(appender, moveProposal(identity, place, request.body), reply)
    },
  )
}
