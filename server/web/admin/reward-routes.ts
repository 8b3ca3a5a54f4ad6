/** Rewards of a programme, and what becomes of redemptions. Redeeming itself is the holder's, with the spend code. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Request } from '../../services/keys/key-commands.ts'
import type { Command } from '../../services/log/command.ts'
import { amendReward, closeReward, publishReward } from '../../services/points/publish-reward.ts'
import { confirmRedemption, refundRedemption, releaseRedemption } from '../../services/points/redeem-reward.ts'
import type { RedemptionPlace } from '../../services/points/redeem-reward.ts'
import { READERS, WRITERS } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { notFound } from './brand-routes.ts'
import { limitOf } from './paging.ts'
import { ProgrammeParams } from './points-schemas.ts'
import { ofProgramme, ofSpending } from './programme-routes.ts'
import { answerAppend } from './requests.ts'
import { reads, writes } from './route-schema.ts'
import { IndexParams, NoBody, pageOf } from './schemas.ts'
import {
  AmendBody,
  ReasonBody,
  RedemptionItem,
  RedemptionsQuery,
  RewardBody,
  RewardParams,
} from './spending-schemas.ts'

const ofRedemption = ofSpending('redemption', WRITERS)

export function rewardRoutes(parts: AdminParts): void {
  const { app, appender, questions, requests } = parts
  app.post(
    '/programmes/:id/rewards',
    {
      config: ofProgramme(WRITERS),
      schema: writes('points', 'Publish a reward', { params: ProgrammeParams, body: RewardBody }),
    },
    async (request, reply) =>
      await answerAppend(appender, publishReward(requests.of(request), request.params.id, request.body), reply),
  )

  app.post(
    '/rewards/:id/:reward/amend',
    {
      config: ofProgramme(WRITERS),
      schema: writes('points', 'Make a reward better', { params: RewardParams, body: AmendBody }),
    },
    async (request, reply) => {
      const identity = requests.of(request)
      const { id, reward } = request.params
      const published = (await questions.entryOfReward(id, reward)) ?? notFound('reward')
      return await answerAppend(appender, amendReward(identity, id, { reward, ...request.body }, published), reply)
    },
  )

  app.post(
    '/rewards/:id/:reward/close',
    {
      config: ofProgramme(WRITERS),
      schema: writes('points', 'Close a reward', { params: RewardParams, body: ReasonBody }),
    },
    async (request, reply) => {
      const { id, reward } = request.params
      return await answerAppend(appender, closeReward(requests.of(request), id, reward, request.body?.reason), reply)
    },
  )
  redemptionRoutes(parts)
}

function redemptionRoutes({ app, appender, questions, requests }: AdminParts): void {
  app.get(
    '/programmes/:id/redemptions',
    {
      config: ofProgramme(READERS),
      schema: reads(
        'points',
        'Redemptions of a programme',
        { params: ProgrammeParams, querystring: RedemptionsQuery },
        pageOf('redemptions', RedemptionItem),
      ),
    },
    async ({ params, query }) =>
      await questions.listRedemptions(params.id, query.state, Number(query.after ?? -1), limitOf(query.limit)),
  )

  /** A command on the redemption in the address. */
  const onRedemption = async (
    request: FastifyRequest<{ Params: { index: string } }>,
    reply: FastifyReply,
    commandFor: (identity: Request, place: RedemptionPlace) => Command,
  ) => {
    const identity = requests.of(request)
    const place = (await questions.placeOfRedemption(Number(request.params.index))) ?? notFound('redemption')
    return await answerAppend(appender, commandFor(identity, place), reply)
  }

  app.post(
    '/redemptions/:index/confirm',
    { config: ofRedemption, schema: writes('points', 'Confirm a redemption', { params: IndexParams, body: NoBody }) },
    async (request, reply) => await onRedemption(request, reply, confirmRedemption),
  )
  const withReason = [
    { path: 'release', summary: 'Give a held place and its points back', command: releaseRedemption },
    { path: 'refund', summary: 'Give back what was confirmed', command: refundRedemption },
  ]
  for (const { path, summary, command } of withReason) {
    app.post(
      `/redemptions/:index/${path}`,
      { config: ofRedemption, schema: writes('points', summary, { params: IndexParams, body: ReasonBody }) },
      async (request, reply) =>
        await onRedemption(request, reply, (identity, place) => command(identity, place, request.body?.reason)),
    )
  }
}
