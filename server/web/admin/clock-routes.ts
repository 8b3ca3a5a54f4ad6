/** The clocks of a brand: how long it may take for what, by severity (ledger/README.md, part 23). */
import { Type } from 'typebox'
import type { JsonValue } from '../../../ledger/json.ts'
import { SEVERITIES } from '../../../ledger/milestone.ts'
import { TIMED_CLOCKS } from '../../../ledger/clock-preset.ts'
import { publishClocks } from '../../services/clocks/publish-clocks.ts'
import { READERS, WRITERS } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { notFound, ofBrand } from './brand-routes.ts'
import { answerAppend } from './requests.ts'
import { reads, writes } from './route-schema.ts'
import { SlugParams } from './schemas.ts'

const whole = (maximum: number) => Type.Integer({ minimum: 1, maximum })
const DAYS_MAX = 366

const Duration = Type.Union(
  [
    Type.Object({ hours: whole(DAYS_MAX * 24) }, { additionalProperties: false }),
    Type.Object({ days: whole(DAYS_MAX) }, { additionalProperties: false }),
    Type.Object({ workingDays: whole(DAYS_MAX) }, { additionalProperties: false }),
  ],
  { description: 'hours, days of 24 hours, or working days of mainland China' },
)

const SeverityClocks = Type.Object(
  {
    ...Object.fromEntries(TIMED_CLOCKS.map((clock) => [clock, Type.Optional(Duration)])),
    lookBacks: Type.Optional(
      Type.Array(whole(DAYS_MAX), { maxItems: 12, uniqueItems: true, description: 'days after closing, ascending' }),
    ),
  },
  { additionalProperties: false, description: 'What is absent is not timed.' },
)

const Severities = Type.Object(Object.fromEntries(SEVERITIES.map((severity) => [severity, SeverityClocks])), {
  additionalProperties: false,
})

const ClocksBody = Type.Object({ severities: Severities }, { additionalProperties: false })
const ClocksRead = Type.Object({
  version: Type.Integer({ description: '0: the preset of the program' }),
  index: Type.Union([Type.Integer(), Type.Null()], { description: 'the entry that published it' }),
  severities: Type.Object({}, { additionalProperties: true, description: 'as they are sent' }),
  calendar: Type.Object({}, { additionalProperties: true, description: 'working days: holidays and make-up days' }),
})

export function clockRoutes({ app, appender, questions, requests }: AdminParts): void {
  app.post(
    '/brands/:slug/clocks',
    {
      config: ofBrand(WRITERS),
      schema: writes('brands', 'Publish the clocks of a brand', { params: SlugParams, body: ClocksBody }),
    },
    async (request, reply) => {
      const severities = request.body.severities as JsonValue
      return await answerAppend(appender, publishClocks(requests.of(request), request.params.slug, severities), reply)
    },
  )

  app.get(
    '/brands/:slug/clocks',
    {
      config: ofBrand(READERS),
      schema: reads('brands', 'The clocks of the next live crisis', { params: SlugParams }, ClocksRead),
    },
    async ({ params }) => (await questions.findClocks(params.slug)) ?? notFound('brand'),
  )
}
