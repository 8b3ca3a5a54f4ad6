/**
 * The same milestones under addresses of their own, for clients that think in commitments, scopes and remedies: the
 * address says the kind, and where it names a commitment, which one. A commitment may be named without its crisis
 * (`/commitments/{id}/…`) while only one crisis that the key may touch has one of this id.
 */
import { Type } from 'typebox'
import type { TObject } from 'typebox'
import type { MilestoneKind } from '../../../ledger/milestone.ts'
import { AppError } from '../../errors.ts'
import type { Role } from '../../services/keys/admin-key.ts'
import type { AdminQuestions } from '../../services/admin-questions.ts'
import { recordMilestone } from '../../services/crises/record-milestone.ts'
import { WRITERS } from './access.ts'
import type { Access } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { notFound } from './brand-routes.ts'
import { ofCrisis } from './crisis-routes.ts'
import { readMilestone } from './milestone-body.ts'
import { milestoneSchema } from './milestone-schemas.ts'
import { answerAppend } from './requests.ts'
import { writes } from './route-schema.ts'
import { CodeParams, CommitmentIdParams, CommitmentParams } from './schemas.ts'

const BY_KIND: readonly { path: string; kind: MilestoneKind; summary: string }[] = [
  { path: 'commitments', kind: 'commitment_made', summary: 'Make a commitment' },
  { path: 'scope', kind: 'scope_published', summary: 'Publish the scope' },
  { path: 'remedies', kind: 'remedy_announced', summary: 'Announce a remedy' },
]

/** What others may say: that a commitment was not kept, or that it was. Nothing about the crisis beside it. */
const VOICES: readonly Role[] = [...WRITERS, 'auditor']
const NOT_OF_VOICES = [
  ...['state', 'scope', 'scopeKnownLater', 'replaces', 'overtakes', 'fulfils', 'outcome', 'commitment', 'figures'],
  ...['narrowingReason', 'partialReason', 'openCommitments'],
]

/** `member`: the member of the milestone that names the commitment. */
const BY_COMMITMENT: readonly {
  path: string
  kind: MilestoneKind
  member: 'fulfils' | 'of'
  summary: string
  roles?: readonly Role[]
  without?: readonly string[]
}[] = [
  { path: 'fulfil', kind: 'commitment_fulfilled', member: 'fulfils', summary: 'Record that a commitment is kept' },
  { path: 'reschedule', kind: 'commitment_rescheduled', member: 'of', summary: 'Move a commitment' },
  { path: 'abandon', kind: 'commitment_abandoned', member: 'of', summary: 'Give a commitment up' },
  { path: 'explain', kind: 'commitment_explained', member: 'of', summary: 'Say why a commitment was missed' },
  {
    ...{ path: 'dispute', kind: 'dispute', member: 'of', roles: VOICES, without: NOT_OF_VOICES },
    summary: 'Record that somebody says a commitment was not kept',
  },
  {
    ...{ path: 'confirm', kind: 'confirmation', member: 'of', roles: VOICES, without: NOT_OF_VOICES },
    summary: 'Record that somebody confirms that a commitment was kept',
  },
]

export function commitmentRoutes({ app, appender, questions, requests }: AdminParts): void {
  for (const { path, kind, summary } of BY_KIND) {
    app.post(
      `/crises/:code/${path}`,
      {
        config: ofCrisis(WRITERS),
        schema: writes('crises', summary, { params: CodeParams, body: bodyWithout(kind, ['kind']) }),
      },
      async (request, reply) => {
        const milestone = readMilestone({ ...(request.body as object), kind })
        return await answerAppend(
          appender,
          recordMilestone(requests.of(request), request.params.code, milestone),
          reply,
        )
      },
    )
  }
  for (const { path, kind, member, summary, roles = WRITERS, without = [] } of BY_COMMITMENT) {
    const body = bodyWithout(kind, ['kind', member, ...without])
    app.post(
      `/crises/:code/commitments/:id/${path}`,
      { config: ofCrisis(roles), schema: writes('crises', summary, { params: CommitmentParams, body }) },
      async (request, reply) => {
        const { code, id } = request.params
        const milestone = readMilestone({ ...(request.body as object), kind, [member]: id })
        return await answerAppend(appender, recordMilestone(requests.of(request), code, milestone), reply)
      },
    )
    app.post(
      `/commitments/:id/${path}`,
      {
        config: ofCommitment(questions, roles),
        schema: writes('crises', summary, { params: CommitmentIdParams, body }),
      },
      async (request, reply) => {
        const { id } = request.params
        const identity = requests.of(request)
        const milestone = readMilestone({ ...(request.body as object), kind, [member]: id })
        const code = onlyCrisis(id, await questions.crisesOfCommitment(id, request.admin.brand))
        return await answerAppend(appender, recordMilestone(identity, code, milestone), reply)
      },
    )
  }
}

const ofCommitment = (questions: AdminQuestions, roles: readonly Role[]): { access: Access } => ({
  access: {
    roles,
    // Asked of keys of a brand only, about crises of that brand only.
    ownerOf: async ({ admin, params }) => {
      const codes = await questions.crisesOfCommitment((params as { id: string }).id, admin.brand)
      return codes.length > 0 ? admin.brand : undefined
    },
  },
})

/** @throws AppError not_found, commitment_ambiguous */
function onlyCrisis(id: string, codes: readonly string[]): string {
  const [code, ...others] = codes
  if (code === undefined) return notFound('commitment')
  if (others.length === 0) return code
  const message = `Several crises have a commitment ${id}: use /crises/{code}/commitments/${id}.`
  throw new AppError('commitment_ambiguous', message, { crises: codes })
}

function bodyWithout(kind: MilestoneKind, names: string[]): TObject {
  return Type.Omit(milestoneSchema(kind), names, { additionalProperties: false, title: kind })
}
