/** What any JSON body may say about the request itself; for the documentation, since it is taken out before the check. */
import { Type } from 'typebox'
import { WARNING_CODES } from '../../services/crises/editorial-lint.ts'
import { Word } from './common-schemas.ts'

export const Acknowledge = Type.Optional(
  Type.Array(Word(WARNING_CODES), {
    maxItems: 10,
    description: 'Warnings that the sender has seen and means so; see ?dryRun=true. Not recorded.',
  }),
)

export const ApprovedBy = Type.Optional(
  Type.String({
    pattern: '^ap_[0-9a-zA-Z_-]{8,60}$',
    description: 'The id of an approval by a second person. The key of that person is recorded, not the id.',
  }),
)
