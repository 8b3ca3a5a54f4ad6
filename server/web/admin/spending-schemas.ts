/** Bodies, parameters and answers about rewards, proposals and ballots. */
import { Type } from 'typebox'
import { POINTS_MAX, PROPOSAL_MOVES } from '../../../ledger/points-data.ts'
import { Closed, EntryIndex, Instant, LanguageCode, Line, Names, Prose, Slug, Texts, Word } from './common-schemas.ts'
import { HolderId, ProgrammeId } from './points-schemas.ts'

const PublicText = Closed({ 'zh-CN': Prose(4000), en: Prose(4000) }, 'In both languages; public, cannot be erased.')

const reward = {
  title: Names,
  text: PublicText,
  conditions: Closed({ 'zh-CN': Prose(4000), en: Prose(4000) }, 'Who may redeem it, and how; never changed later.'),
  cost: Type.Integer({ minimum: 1, maximum: POINTS_MAX }),
  capacity: Type.Integer({ minimum: 1, maximum: POINTS_MAX, description: 'How many places there are.' }),
  from: Instant,
  until: Instant,
  eventOn: Type.Optional(Line(60, 'The day of what one gets.')),
  valueClass: Line(60, 'What it is worth, roughly; the law wants it published.'),
}
export const RewardBody = Closed({ reward: Slug, ...reward })
export const AmendBody = Closed(reward, 'All of the reward as it is to be: never worse than it was (RW2).')
export const ReasonBody = Type.Union([Closed({ reason: Type.Optional(Line(300)) }), Type.Null()])
export const NeededReasonBody = Closed({ reason: Line(300) })

export const ProposalBody = Closed({
  original: LanguageCode,
  title: Texts(120, 'In a line; can be erased.'),
  text: Texts(2000, 'What, and why; can be erased.'),
  author: Type.Optional(Line(60, 'The name to be shown with it; none unless given.')),
  answerDue: Type.Optional(Instant),
})
export const MoveBody = Closed({
  to: Word(PROPOSAL_MOVES),
  into: Type.Optional(EntryIndex),
  improvement: Type.Optional(EntryIndex),
  reason: Type.Optional(Texts(2000, 'Why; needed to decline or merge; can be erased.')),
})

export const BallotBody = Closed({
  question: Names,
  options: Type.Array(Closed({ id: Slug, title: Names }), { minItems: 2, maxItems: 50 }),
  choice: Word(['single', 'approval'], 'One option, or any number of them.'),
  opensAt: Instant,
  closesAt: Instant,
  splitMin: Type.Optional(
    Type.Integer({
      minimum: 20,
      maximum: 1_000_000,
      description: 'With fewer votes no split is shown; 20 unless given.',
    }),
  ),
})
export const EntitlementBody = Closed({
  rule: Slug,
  version: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  source: EntryIndex,
  holder: HolderId,
})

export const RewardParams = Closed({ id: ProgrammeId, reward: Slug })
export const RedemptionsQuery = Closed({
  state: Type.Optional(Word(['held', 'confirmed', 'released', 'refunded'])),
  after: Type.Optional(Type.String({ pattern: '^[0-9]{1,16}$' })),
  limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,2}$' })),
})
export const RedemptionItem = Type.Object({
  index: Type.Integer(),
  reward: Type.String(),
  holder: Type.String(),
  amount: Type.Integer(),
  state: Type.String(),
  holdUntil: Type.String(),
})
