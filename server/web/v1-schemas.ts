/** The shapes of the auditors' JSON API. Hashes and bytes are base64url without padding. */
import { Type } from 'typebox'

const Hash = Type.String({ description: '32 bytes in base64url', minLength: 43, maxLength: 43 })
const Size = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'number of entries' })
const Index = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER - 1 })
const Proof = Type.Array(Hash, { description: 'RFC 9162, in the order of the proof' })

/** How long a page of a list is unless the query says so. */
export const LIMIT_DEFAULT = 50
export const Limit = Type.Integer({ minimum: 1, maximum: 200, default: LIMIT_DEFAULT })

/** Paths hold text: digits without leading zeros. */
export const IndexParams = Type.Object({ index: Index })
export const SizeQuery = Type.Object({ size: Type.Optional(Size) }, { additionalProperties: false })
export const ConsistencyQuery = Type.Object({ from: Size, to: Type.Optional(Size) }, { additionalProperties: false })
export const AnchorsQuery = Type.Object(
  { before: Type.Optional(Size), limit: Type.Optional(Limit) },
  { additionalProperties: false },
)
export const CodeParams = Type.Object({ code: Type.String({ pattern: '^CR-[23456789A-HJKMNP-TV-Z]{8}$' }) })
export const StreamParams = Type.Object({
  stream: Type.String({ pattern: '^(ledger|(brand|crisis|points):[A-Za-z0-9-]{1,64})$' }),
})
export const ProductParams = Type.Object({ gtin: Type.String({ pattern: '^[0-9]{8,14}$' }) })
export const AnswerQuery = Type.Object(
  {
    batch: Type.Optional(Type.String({ minLength: 1, maxLength: 20 })),
    market: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' })),
    asOf: Type.Optional(
      Type.String({ minLength: 1, maxLength: 24, description: 'a size of the log, a day, or an instant' }),
    ),
  },
  { additionalProperties: false },
)

export const LogAnswer = Type.Object({
  origin: Type.String(),
  vkey: Type.String(),
  logId: Type.String({ description: 'in groups of four' }),
  chainId: Type.Integer(),
  contract: Type.String({ description: 'EIP-55' }),
  size: Size,
  root: Hash,
})

export const EntryAnswer = Type.Object({
  index: Index,
  leafHash: Hash,
  bytes: Type.String({ description: 'the canonical entry' }),
  disclosures: Type.Array(Type.String()),
})

export const InclusionAnswer = Type.Object({ index: Index, size: Size, leafHash: Hash, proof: Proof })
export const ConsistencyAnswer = Type.Object({ from: Size, to: Size, proof: Proof })

const Anchor = Type.Object({
  chainId: Type.Integer(),
  contract: Type.String(),
  transaction: Type.String(),
  block: Type.Integer(),
  timestamp: Type.Integer({ description: 'seconds since 1970: the time of the block' }),
  size: Size,
  root: Hash,
})

export const AnchorsAnswer = Type.Object({
  anchors: Type.Array(Anchor, { description: 'newest first' }),
  next: Type.Union([Size, Type.Null()], { description: '`before` of the next page' }),
})

const Owed = Type.Object({
  promise: Type.String({ description: 'the id of a commitment, next_update_<seq>, or <clock>_<seq>' }),
  due: Type.String(),
  madeBy: Index,
  clock: Type.Optional(Type.String()),
  missed: Type.Optional(Type.Integer({ description: "the system's entry" })),
})

const Clocks = Type.Object({
  now: Type.String({ description: 'the time at which this was judged' }),
  next: Type.Union([Owed, Type.Null()], { description: 'what falls due next' }),
  overdue: Type.Array(Owed, { description: 'what is due and not done, the longest overdue first' }),
  misses: Type.Integer({ minimum: 0, description: 'due times that the system recorded as missed' }),
  timeToAcknowledge: Type.Union(
    [
      Type.Object({ minutes: Type.Integer({ minimum: 0 }), trigger: Index, acknowledged: Index }),
      Type.Object({ reason: Type.String({ description: 'why no figure is given' }), acknowledged: Index }),
      Type.Null(),
    ],
    { description: 'null: not acknowledged' },
  ),
})

export const CrisisAnswer = Type.Object({
  code: Type.String(),
  brand: Type.String(),
  mode: Type.String(),
  stream: Type.String(),
  openedIndex: Index,
  count: Type.Integer({ minimum: 0, description: 'entries of the stream' }),
  lastIndex: Type.Union([Index, Type.Null()]),
  anchored: Type.Union([Type.Object({ size: Size, timestamp: Type.Integer() }), Type.Null()], {
    description: 'the newest anchor of the log',
  }),
  state: Type.Object({}, { additionalProperties: true, description: 'folded from the public members of its entries' }),
  unopenedSeals: Type.Object({
    count: Type.Integer(),
    oldest: Type.Union([Type.String(), Type.Null()], { description: 'when the oldest of them was recorded' }),
  }),
  unansweredObjections: Type.Integer({ description: 'objections of auditors that the brand has not answered' }),
  clocks: Clocks,
})

const AnswerParts = {
  answer: Type.String(),
  by: Type.Union([Index, Type.Null()]),
  crisis: Type.Union([Type.String(), Type.Null()]),
  assertedBy: Type.Array(Type.String()),
  occurredAt: Type.Union([Type.String(), Type.Null()]),
  scopeVersion: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  history: Type.Array(Index),
}

export const ProductAnswer = Type.Object({
  gtin: Type.String(),
  size: Size,
  ...AnswerParts,
  perCrisis: Type.Array(Type.Object(AnswerParts)),
})
