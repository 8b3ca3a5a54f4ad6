/** Points programmes of a brand: opening, terms, rules, and what staff look up. */
import type { Directory } from '../../services/directory.ts'
import { openProgramme, publishTerms } from '../../services/points/open-programme.ts'
import { publishRule, withdrawRule } from '../../services/points/rules.ts'
import { READERS, WRITERS } from './access.ts'
import type { Access } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { notFound, ofBrand } from './brand-routes.ts'
import { limitOf } from './paging.ts'
import {
  GrantItem,
  GrantsQuery,
  HolderItem,
  ProgrammeBody,
  ProgrammeItem,
  ProgrammeParams,
  ProgrammeRead,
  RuleBody,
  RuleParams,
  TermsBody,
  WithdrawBody,
} from './points-schemas.ts'
import { answerAppend } from './requests.ts'
import { reads, writes } from './route-schema.ts'
import { PageQuery, SlugParams, pageOf } from './schemas.ts'

/** Access to what belongs to the programme in the address. */
export const ofProgramme = (roles: Access['roles']): { access: Access } => ({
  access: { roles, ownerOf: ({ params }, directory) => directory.brandOfProgramme((params as { id: string }).id) },
})

/** Access to a ballot, proposal or redemption by its index in the address. */
export const ofSpending = (
  kind: Parameters<Directory['brandOfSpending']>[0],
  roles: Access['roles'],
): { access: Access } => ({
  access: {
    roles,
    ownerOf: ({ params }, directory) => directory.brandOfSpending(kind, Number((params as { index: string }).index)),
  },
})

export function programmeRoutes(parts: AdminParts): void {
  const { app, appender, requests } = parts
  app.post(
    '/brands/:slug/programmes',
    {
      config: ofBrand(WRITERS),
      schema: writes('points', 'Open a points programme', { params: SlugParams, body: ProgrammeBody }),
    },
    async (request, reply) => {
      const command = openProgramme(requests.of(request), request.params.slug, request.body)
      return await answerAppend(appender, command, reply)
    },
  )

  app.post(
    '/programmes/:id/terms',
    {
      config: ofProgramme(WRITERS),
      schema: writes('points', 'Publish new terms', { params: ProgrammeParams, body: TermsBody }),
    },
    async (request, reply) => {
      const { validFrom, ...terms } = request.body
      const command = publishTerms(requests.of(request), request.params.id, terms, validFrom)
      return await answerAppend(appender, command, reply)
    },
  )

  app.post(
    '/programmes/:id/rules',
    {
      config: ofProgramme(WRITERS),
      schema: writes('points', 'Publish a rule, or its next version', { params: ProgrammeParams, body: RuleBody }),
    },
    async (request, reply) => {
      const command = publishRule(requests.of(request), request.params.id, request.body)
      return await answerAppend(appender, command, reply)
    },
  )

  app.post(
    '/programmes/:id/rules/:rule/withdraw',
    {
      config: ofProgramme(WRITERS),
      schema: writes('points', 'Withdraw a version of a rule', { params: RuleParams, body: WithdrawBody }),
    },
    async (request, reply) => {
      const { id, rule } = request.params
      const command = withdrawRule(requests.of(request), id, rule, request.body?.version)
      return await answerAppend(appender, command, reply)
    },
  )
  programmeReads(parts)
}

function programmeReads({ app, questions }: AdminParts): void {
  app.get(
    '/brands/:slug/programmes',
    {
      config: ofBrand(READERS),
      schema: reads(
        'points',
        'Programmes of a brand',
        { params: SlugParams, querystring: PageQuery },
        pageOf('programmes', ProgrammeItem),
      ),
    },
    async ({ params, query }) => await questions.listProgrammes(params.slug, query.after, limitOf(query.limit)),
  )

  app.get(
    '/programmes/:id',
    {
      config: ofProgramme(READERS),
      schema: reads('points', 'A programme with its trial balance', { params: ProgrammeParams }, ProgrammeRead),
    },
    async ({ params }, reply) => {
      const programme = (await questions.findProgramme(params.id)) ?? notFound('programme')
      return await reply
        .serializer(JSON.stringify)
        .type('application/json; charset=utf-8')
        .send(programme as never)
    },
  )

  app.get(
    '/programmes/:id/holders',
    {
      config: ofProgramme(READERS),
      schema: reads(
        'points',
        'Holders of a programme with their balances',
        { params: ProgrammeParams, querystring: PageQuery },
        pageOf('holders', HolderItem),
      ),
    },
    async ({ params, query }) => await questions.listHolders(params.id, query.after, limitOf(query.limit)),
  )

  app.get(
    '/programmes/:id/grants',
    {
      config: ofProgramme(READERS),
      schema: reads(
        'points',
        'Grants of a programme',
        { params: ProgrammeParams, querystring: GrantsQuery },
        pageOf('grants', GrantItem),
      ),
    },
    async ({ params, query }) =>
      await questions.listGrants(params.id, query.state, Number(query.after ?? -1), limitOf(query.limit)),
  )
}
