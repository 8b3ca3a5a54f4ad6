/** Crises, their milestones, and corrections of entries. */
import { AppError } from '../../errors.ts'
import { correctEntry } from '../../services/crises/correct-entry.ts'
import { openCrisis } from '../../services/crises/open-crisis.ts'
import { retireCrisisCode } from '../../services/products/retire-code.ts'
import { recordMilestone } from '../../services/crises/record-milestone.ts'
import { READERS, WRITERS, mustBeOwnBrand } from './access.ts'
import type { Access } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { notFound } from './brand-routes.ts'
import { indexOf, ofEntry } from './entry-place.ts'
import { mustHaveOriginal, readGtin, readMilestone } from './milestone-body.ts'
import { MilestoneBody } from './milestone-schemas.ts'
import { limitOf } from './paging.ts'
import { answerAppend } from './requests.ts'
import { reads, writes } from './route-schema.ts'
import {
  CodeParams,
  CorrectionBody,
  CrisesQuery,
  CrisisBody,
  CrisisRead,
  IndexParams,
  RetiredCrisisBody,
  pageOf,
} from './schemas.ts'
import { milestoneValidatorCompiler } from './validation.ts'

export const ofCrisis = (roles: Access['roles']): { access: Access } => ({
  access: { roles, ownerOf: ({ params }, directory) => directory.brandOfCrisis((params as { code: string }).code) },
})

export function crisisRoutes(parts: AdminParts): void {
  const { app, appender, questions, directory, requests } = parts
  app.post(
    '/crises',
    { config: { access: { roles: WRITERS } }, schema: writes('crises', 'Open a crisis', { body: CrisisBody }) },
    async (request, reply) => {
      const { body } = request
      mustBeOwnBrand(request.admin, body.brand)
      const products = body.products.map(({ gtin, ...rest }, position) => ({
        ...rest,
        gtin: readGtin(gtin, `/products/${position}/gtin`),
      }))
      return await answerAppend(appender, openCrisis(requests.of(request), { ...body, products }), reply)
    },
  )

  app.get(
    '/crises',
    {
      config: { access: { roles: READERS } },
      schema: reads(
        'crises',
        'Crises that this key may see',
        { querystring: CrisesQuery },
        pageOf('crises', CrisisRead),
      ),
    },
    async ({ admin, query }) => {
      if (query.brand !== undefined) mustBeOwnBrand(admin, query.brand)
      return await questions.listCrises(admin.brand ?? query.brand, query.after, limitOf(query.limit))
    },
  )

  app.get(
    '/crises/:code',
    { config: ofCrisis(READERS), schema: reads('crises', 'A crisis', { params: CodeParams }, CrisisRead) },
    async ({ params }) => (await questions.findCrisis(params.code)) ?? notFound('crisis'),
  )

  app.post(
    '/crises/:code/retired-code',
    {
      config: ofCrisis(WRITERS),
      schema: writes('crises', 'Point the code of a crisis to another', {
        params: CodeParams,
        body: RetiredCrisisBody,
      }),
    },
    async (request, reply) => {
      const command = retireCrisisCode(requests.of(request), request.params.code, request.body.to)
      return await answerAppend(appender, command, reply)
    },
  )

  app.post(
    '/crises/:code/milestones',
    {
      config: ofCrisis(WRITERS),
      schema: writes('crises', 'Record a milestone', { params: CodeParams, body: MilestoneBody }),
      validatorCompiler: milestoneValidatorCompiler,
    },
    async (request, reply) => {
      const command = recordMilestone(requests.of(request), request.params.code, readMilestone(request.body))
      return await answerAppend(appender, command, reply)
    },
  )

  app.post(
    '/entries/:index/corrections',
    {
      config: ofEntry(WRITERS),
      schema: writes('entries', 'Correct an entry', { params: IndexParams, body: CorrectionBody }),
    },
    async (request, reply) => {
      const { body } = request
      mustHaveOriginal(body.text, body.original)
      const identity = requests.of(request)
      const index = indexOf(request.params)
      const place = (await directory.placeOfEntry(index)) ?? notFound('entry')
      const { stream, brand } = place
      if (brand === null) throw new AppError('not_correctable', 'Entries of the ledger itself are not corrected.')
      return await answerAppend(appender, correctEntry(identity, index, { stream, brand }, body), reply)
    },
  )
}
