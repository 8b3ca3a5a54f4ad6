/**
 * Ballots: drafted, given votes, frozen by staff. Opening, closing and counting are the system's, at the times that were
 * published; an auditor may challenge the tally, and staff say when it is final.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Request } from '../../services/keys/key-commands.ts'
import type { Role } from '../../services/keys/admin-key.ts'
import type { Command } from '../../services/log/command.ts'
import { draftBallot, endBallot, freezeBallot, grantEntitlement } from '../../services/points/ballots.ts'
import type { BallotPlace } from '../../services/points/ballots.ts'
import { WRITERS } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { notFound } from './brand-routes.ts'
import { isDryRun } from './dry-run.ts'
import { GRANTERS } from './grant-routes.ts'
import { ProgrammeParams } from './points-schemas.ts'
import { ofProgramme, ofSpending } from './programme-routes.ts'
import { answerAppend } from './requests.ts'
import { writes } from './route-schema.ts'
import { IndexParams, NoBody } from './schemas.ts'
import { BallotBody, EntitlementBody, NeededReasonBody, ReasonBody } from './spending-schemas.ts'

const AUDITORS: readonly Role[] = ['auditor']

export function ballotRoutes({ app, appender, questions, requests }: AdminParts): void {
  app.post(
    '/programmes/:id/ballots',
    {
      config: ofProgramme(WRITERS),
      schema: writes('points', 'Publish the question of a ballot', { params: ProgrammeParams, body: BallotBody }),
    },
    async (request, reply) =>
      await answerAppend(appender, draftBallot(requests.of(request), request.params.id, request.body), reply),
  )

  /** A command on the ballot in the address. */
  const onBallot = async (
    request: FastifyRequest<{ Params: { index: string } }>,
    reply: FastifyReply,
    commandFor: (identity: Request, place: BallotPlace) => Command | Promise<Command>,
  ) => {
    const identity = requests.of(request)
    const place = (await questions.placeOfBallot(Number(request.params.index))) ?? notFound('ballot')
    return await answerAppend(appender, await commandFor(identity, place), reply)
  }

  app.post(
    '/ballots/:index/entitlements',
    {
      config: ofSpending('ballot', GRANTERS),
      schema: writes('points', 'Give a holder a vote', { params: IndexParams, body: EntitlementBody }),
    },
    async (request, reply) =>
      await onBallot(request, reply, (identity, place) => grantEntitlement(identity, place, request.body)),
  )
  app.post(
    '/ballots/:index/freeze',
    {
      config: ofSpending('ballot', WRITERS),
      schema: writes('points', 'Freeze who may vote', { params: IndexParams, body: NoBody }),
    },
    async (request, reply) =>
      await onBallot(request, reply, async (identity, place) => {
        const eligibility = await questions.eligibilityOf(place, { keep: !isDryRun(request) })
        return freezeBallot(identity, place, eligibility)
      }),
  )
  app.post(
    '/ballots/:index/challenge',
    {
      config: ofSpending('ballot', AUDITORS),
      schema: writes('points', 'Say that a tally is wrong', { params: IndexParams, body: NeededReasonBody }),
    },
    async (request, reply) =>
      await onBallot(request, reply, (identity, place) =>
        endBallot(identity, place, 'challenged', request.body.reason),
      ),
  )
  app.post(
    '/ballots/:index/finalise',
    {
      config: ofSpending('ballot', WRITERS),
      schema: writes('points', 'Say that a tally is final', { params: IndexParams, body: ReasonBody }),
    },
    async (request, reply) =>
      await onBallot(request, reply, (identity, place) =>
        endBallot(identity, place, 'finalised', request.body?.reason),
      ),
  )
}
