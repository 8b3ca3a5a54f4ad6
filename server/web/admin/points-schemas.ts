/** Bodies, parameters and answers about points programmes. A rule has no place for what somebody says of the brand (ER2). */
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { ACTIVITIES, POINTS_MAX, REVIEWER_ROLES } from '../../../ledger/points-data.ts'
import { Closed, EntryIndex, Instant, KeyId, LanguageCode, Line, Names, Prose, Slug, Word } from './common-schemas.ts'
import { WriteAnswer } from './schemas.ts'

export const ProgrammeId = Type.String({
  pattern: '^[a-z0-9-]{1,40}$',
  description: 'The id of a programme: unique in the log.',
})
export const HolderId = Type.String({
  pattern: '^H-[0-9A-HJKMNP-TV-Z]{20}$',
  description: 'The random id of a holder.',
})
const Points = Type.Integer({ minimum: 1, maximum: POINTS_MAX })
const Months = Type.Integer({ minimum: 1, maximum: 1200 })
const Version = Type.Integer({ minimum: 1, maximum: 1_000_000 })
const PublicText = Closed({ 'zh-CN': Prose(4000), en: Prose(4000) }, 'In both languages; public, cannot be erased.')
const Expiry = Type.Union([Closed({ months: Months }), Closed({ never: Type.Literal(true) })], {
  description: 'When points expire that a rule gives no months of its own: at the end of a day in +08:00.',
})

const terms = { text: PublicText, noCash: PublicText, expiry: Expiry }
export const ProgrammeBody = Closed({ id: ProgrammeId, name: Names, original: LanguageCode, terms: Closed(terms) })
export const TermsBody = Closed({ ...terms, validFrom: Type.Optional(Instant) })
export const RuleBody = Closed({
  rule: Slug,
  activity: Word(ACTIVITIES, 'What points are given for: what people do.'),
  title: Names,
  text: PublicText,
  earns: Type.Union([
    Closed({ points: Points }),
    Closed({ pointsMax: Points }, 'Up to so many; each grant says how many.'),
    Closed({ vote: Type.Literal(true) }, 'An entitlement to vote instead of points.'),
  ]),
  perHolderMax: Type.Optional(Points),
  reviewerRole: Word(REVIEWER_ROLES, 'Who judges what it was earned by.'),
  pendingDays: Type.Integer({
    minimum: 0,
    maximum: 366,
    description: 'Days until a grant that is not posted lapses; 0: posted at once.',
  }),
  validFrom: Type.Optional(Instant),
  validUntil: Type.Optional(Instant),
  expiryMonths: Type.Optional(Months),
})
export const WithdrawBody = Type.Union([Closed({ version: Type.Optional(Version) }), Type.Null()])
export const HoldersBody = Type.Union([
  Closed({
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    staffKey: Type.Optional(KeyId),
    contact: Type.Optional(Type.String({ minLength: 1, maxLength: 1000, pattern: '\\S' })),
  }),
  Type.Null(),
])
export const GrantBody = Closed({
  rule: Slug,
  version: Type.Optional(Version),
  source: EntryIndex,
  holder: HolderId,
  amount: Type.Optional(Points),
})
export type GrantBodyType = Static<typeof GrantBody>
export const VoidBody = Type.Union([Closed({ reason: Type.Optional(Line(300)) }), Type.Null()])
export const ReverseBody = Closed({ reason: Line(300), amount: Type.Optional(Points) })

export const ProgrammeParams = Closed({ id: ProgrammeId })
export const RuleParams = Closed({ id: ProgrammeId, rule: Slug })
export const HolderParams = Closed({ id: HolderId })
export const GrantsQuery = Closed({
  state: Type.Optional(Word(['pending', 'posted', 'voided', 'lapsed'])),
  after: Type.Optional(Type.String({ pattern: '^[0-9]{1,16}$' })),
  limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,2}$' })),
})

/** A holder as he is shown once; the codes are stored nowhere. */
const OpenedHolder = Type.Object({
  id: Type.String(),
  viewCode: Type.Optional(Type.String({ description: 'Reads only. Shown this once.' })),
  spendCode: Type.Optional(Type.String({ description: 'Spends and votes. Shown this once.' })),
  viewUrl: Type.Optional(Type.String()),
  spendUrl: Type.Optional(Type.String()),
})
export const HoldersAnswer = Type.Object({
  ...WriteAnswer.properties,
  holders: Type.Optional(Type.Array(OpenedHolder)),
  codesShown: Type.Boolean({
    description: 'False when this is a replay: the codes were shown once and are not stored.',
  }),
})

const Anything = Type.Object({}, { additionalProperties: true })
export const ProgrammeRead = Type.Object({
  id: Type.String(),
  brand: Type.String(),
  openedIndex: Type.Integer(),
  anchored: Type.Integer({ description: 'A rule can be used when its index is below.' }),
  state: Type.Object({}, { additionalProperties: true, description: 'The programme as its entries leave it.' }),
  totals: Type.Object({}, { additionalProperties: true, description: 'The trial balance: its sum is zero (P1).' }),
})
export const ProgrammeItem = Type.Object({ id: Type.String(), openedIndex: Type.Integer() })
export const HolderItem = Type.Object({
  id: Type.String(),
  openedIndex: Type.Integer(),
  available: Type.Integer(),
  pending: Type.Integer(),
  held: Type.Integer(),
})
export const GrantItem = Anything
