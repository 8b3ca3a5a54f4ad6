/** Bodies, parameters and answers of the admin API. */
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { CRISIS_TYPES, PARTY_KINDS, SEVERITIES } from '../../../ledger/milestone.ts'
import { CORRECTION_REASONS } from '../../services/crises/correct-entry.ts'
import { ROLES } from '../../services/keys/admin-key.ts'
import {
  Closed,
  CrisisCode,
  EntryIndex,
  Gtin,
  KeyId,
  Label,
  LanguageCode,
  Line,
  Lot,
  Names,
  Party,
  Prose,
  RecordId,
  Sha256,
  Slug,
  Texts,
  Word,
} from './common-schemas.ts'

export const BrandBody = Closed({ slug: Slug, name: Names, legalName: Type.Optional(Line(200)) })
export const ProductBody = Closed({
  gtin: Gtin,
  name: Names,
  category: Type.Optional(Line(100)),
  note: Type.Optional(Line(300)),
})
export const BatchBody = Closed({ lot: Lot, label: Type.Optional(Label), note: Type.Optional(Line(300)) })
const ProductCode = { gtin: Gtin, lot: Type.Optional(Lot) }
export const RetiredCodeBody = Closed({
  ...ProductCode,
  to: Closed(ProductCode, 'The product or batch whose code takes its place.'),
})
export const RetiredCrisisBody = Closed({ to: CrisisCode })
export const CrisisBody = Closed({
  brand: Slug,
  mode: Word(
    ['live', 'reconstructed'],
    'Live: clocks run and misses are written. Reconstructed: a record of the past.',
  ),
  title: Names,
  original: LanguageCode,
  type: Word(CRISIS_TYPES),
  severity: Word(SEVERITIES, 'S1 injury or danger, S2 a batch, S3 limited, S4 a single case.'),
  safety: Type.Boolean({ description: 'Whether people can be hurt.' }),
  ownerRole: Type.Optional(Line(100, 'The role that is responsible; never a person.')),
  classifiedBy: Type.Optional(RecordId),
  products: Type.Array(
    Closed({ gtin: Gtin, batches: Type.Optional(Type.Array(Lot, { maxItems: 200, uniqueItems: true })) }),
    { minItems: 1, maxItems: 50 },
  ),
  parties: Type.Array(Party, { minItems: 1, maxItems: 50 }),
  recorder: Type.Optional(Closed({ id: Type.Optional(RecordId), kind: Word(PARTY_KINDS), name: Names })),
  modeNote: Type.Optional(Closed({ 'zh-CN': Prose(600), en: Prose(600) })),
})
export const CorrectionBody = Closed({
  reason: Word(CORRECTION_REASONS),
  original: LanguageCode,
  by: Type.Optional(EntryIndex),
  text: Texts(2000, 'What was wrong and how it came about.'),
})
export const KeyBody = Closed({
  role: Word(
    ROLES,
    'operator runs the ledger, staff writes for a brand, reviewer agrees as its second person, auditor objects.',
  ),
  brand: Type.Optional(Slug),
  publicKey: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$',
      description: 'Ed25519, base64url: whoever holds the other half may sign entries.',
    }),
  ),
})
export type KeyBodyType = Static<typeof KeyBody>

/** Optional here, because its absence is refused with a code of its own. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ description: 'A new word for every new request; at most 200 characters.' }),
  ),
  'entry-signature': Type.Optional(
    Type.String({
      description: 'The signer’s own Ed25519 signature, base64url; in a dry run ? asks what to sign.',
      example: '',
    }),
  ),
})

export const SlugParams = Closed({ slug: Slug })
export const GtinParams = Closed({ gtin: Gtin })
export const CodeParams = Closed({ code: CrisisCode })
export const KeyParams = Closed({ id: KeyId })
export const IndexParams = Closed({
  index: Type.String({ pattern: '^(?:0|[1-9][0-9]{0,15})$', description: 'An index of the log.' }),
})
export const CommitmentParams = Closed({ code: CrisisCode, id: RecordId })
export const CommitmentIdParams = Closed({ id: RecordId })
export const NoBody = Type.Union([Closed({}), Type.Null()])
export const PageQuery = Closed({
  after: Type.Optional(Line(60, 'The last key of the page before.')),
  limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,2}$', description: 'At most 200; 100 unless given.' })),
})
export const CrisesQuery = Closed({
  brand: Type.Optional(Slug),
  after: Type.Optional(CrisisCode),
  limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,2}$' })),
})

const Written = { index: EntryIndex, leafHash: Type.String(), stream: Type.String(), seq: Type.Integer() }
/** What every write answers. */
export const WriteAnswer = Type.Object({
  ...Written,
  checkpoint: Type.String({ description: 'A signed note of a tree that contains the entries.' }),
  also: Type.Optional(Type.Array(Type.Object(Written), { description: 'Further entries that the request made.' })),
  slug: Type.Optional(Slug),
  gtin: Type.Optional(Type.String()),
  lot: Type.Optional(Type.String()),
  code: Type.Optional(CrisisCode),
  id: Type.Optional(Type.String()),
  role: Type.Optional(Type.String()),
  sha256: Type.Optional(Sha256),
  bytes: Type.Optional(Type.Integer()),
})
export const KeyAnswer = Type.Object({
  ...Written,
  checkpoint: Type.String(),
  id: Type.String(),
  role: Type.String(),
  key: Type.Optional(Type.String({ description: 'The key, shown this once.' })),
  keyShown: Type.Boolean({ description: 'False when this is a replay: the key was shown once and is not stored.' }),
})
/** RFC 9457. */
export const ProblemAnswer = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable; see the table of codes.' }),
    detail: Type.String(),
  },
  { additionalProperties: true },
)

const AnyNames = Type.Object({}, { additionalProperties: true })
export const BrandRead = Type.Object({
  slug: Type.String(),
  name: AnyNames,
  legalName: Type.Union([Type.String(), Type.Null()]),
  openedIndex: Type.Integer(),
})
export const ProductRead = Type.Object({
  gtin: Type.String(),
  brand: Type.String(),
  name: AnyNames,
  category: Type.Union([Type.String(), Type.Null()]),
  index: Type.Integer(),
  batches: Type.Optional(
    Type.Array(Type.Object({ lot: Type.String(), label: Type.Union([AnyNames, Type.Null()]), index: Type.Integer() })),
  ),
})
export const CrisisRead = Type.Object({
  code: Type.String(),
  brand: Type.String(),
  mode: Type.String(),
  openedIndex: Type.Integer(),
  state: Type.Object({}, { additionalProperties: true, description: 'The crisis as its entries leave it.' }),
})
export const KeyRead = Type.Object({
  id: Type.String(),
  role: Type.String(),
  brand: Type.Union([Type.String(), Type.Null()]),
  openedIndex: Type.Integer(),
  revokedIndex: Type.Union([Type.Integer(), Type.Null()]),
})
export const pageOf = <S extends ReturnType<typeof Type.Object>>(name: string, item: S) =>
  Type.Object({ [name]: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) })
