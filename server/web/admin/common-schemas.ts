/**
 * Parts of the admin API's schemas. Every text and list has a limit: what arrives here is hashed and kept for ever, and
 * an entry has at most 65,535 bytes.
 */
import { Type } from 'typebox'
import type { TObject, TProperties } from 'typebox'
import { FIGURE_QUALIFIERS } from '../../../ledger/figures.ts'
import { CLAIMED_OUTCOMES, EVIDENCE_RULES } from '../../../ledger/commitment.ts'
import { ADVICE_LEVELS, LANGUAGES, PARTY_KINDS } from '../../../ledger/milestone.ts'

/** An object without further members. */
export const Closed = <P extends TProperties>(properties: P, description?: string): TObject<P> =>
  Type.Object(properties, { additionalProperties: false, ...(description === undefined ? {} : { description }) })

/** One of a closed list of words. */
export const Word = <const W extends readonly string[]>(words: W, description?: string) =>
  Type.Unsafe<W[number]>({ type: 'string', enum: [...words], ...(description === undefined ? {} : { description }) })

export const Slug = Type.String({
  pattern: '^[a-z0-9-]{1,40}$',
  description: 'The short name of a brand in addresses.',
})
export const CrisisCode = Type.String({
  pattern: '^CR-[2-9A-HJKMNP-TV-Z]{8}$',
  description: 'The code of a crisis, such as CR-7K2M9QPD.',
})
export const KeyId = Type.String({
  pattern: '^(?:k_)?[A-Za-z0-9-]{1,40}$',
  description: 'The public id of an admin key.',
})
export const RecordId = Type.String({
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$',
  description: 'An id that the record gives to a party, commitment, remedy or recall.',
})
export const Gtin = Type.String({
  pattern: '^(?:[0-9]{8}|[0-9]{12,14})$',
  description: 'A GTIN of 8, 12, 13 or 14 digits with the right check digit; recorded with 14.',
})
export const Lot = Type.String({
  pattern: '^[!%-?A-Z_a-z\\x22&]{1,20}$',
  description: 'A batch or lot number: 1 to 20 characters of GS1 set 82.',
})
export const EntryIndex = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'An index of the log.',
})
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of a file, in lower-case hex.' })

/** One line of text that says something. */
export const Line = (maxLength: number, description?: string) =>
  Type.String({
    pattern: '^(?!\\s*$)[^\\n]*$',
    minLength: 1,
    maxLength,
    ...(description === undefined ? {} : { description }),
  })

/** Text of any number of lines that says something. */
export const Prose = (maxLength: number) => Type.String({ pattern: '\\S', minLength: 1, maxLength })

export const LanguageCode = Word(
  LANGUAGES,
  'The language in which the text was written first; the other is a translation.',
)
export const Names = Closed(
  { 'zh-CN': Line(200), en: Line(200) },
  'A name in both languages; public, cannot be erased.',
)
export const Label = Type.Object(
  { 'zh-CN': Type.Optional(Line(300)), en: Type.Optional(Line(300)) },
  {
    additionalProperties: false,
    minProperties: 1,
    description: 'Words on or about a batch, in one or both languages.',
  },
)
/** Free text; in the log only as a salted digest, so that it can be erased. */
export const Texts = (maxLength: number, description: string) =>
  Type.Object(
    { 'zh-CN': Type.Optional(Prose(maxLength)), en: Type.Optional(Prose(maxLength)) },
    { additionalProperties: false, minProperties: 1, description },
  )

const DAY = '[0-9]{4}-[0-9]{2}-[0-9]{2}'
/** The format has the calendar's days; the pattern leaves out the leap second and the year 0, which no database knows. */
export const Instant = Type.String({
  pattern: `^(?!0000)${DAY}T[0-9]{2}:[0-9]{2}:[0-5][0-9]\\.[0-9]{3}Z$`,
  format: 'date-time',
  description: 'An instant in UTC, always 24 characters: 2026-06-14T10:20:00.000Z.',
})
export const OccurredAt = Type.String({
  pattern: `^${DAY}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}\\.[0-9]{3})?Z)?$`,
  description: 'When it happened, as precisely as it is known: a day (with zone), a minute, or milliseconds in UTC.',
})
export const Zone = Type.String({
  pattern: '^[+-][0-9]{2}:[0-9]{2}$',
  description: 'The zone of a day, such as +08:00.',
})
export const Due = Type.Union(
  [
    Closed(
      { date: Type.String({ pattern: `^${DAY}$` }), zone: Type.Optional(Zone) },
      'A day, which ends at 24:00 in its zone.',
    ),
    Closed({ at: Instant }, 'An instant.'),
  ],
  { description: 'When a promise is due: a day (zone +08:00 unless given) or an instant.' },
)
export const LooseDate = Type.String({
  pattern: '^[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?$',
  description: 'A year, a month or a day.',
})

export const Party = Closed(
  { id: RecordId, kind: Word(PARTY_KINDS.filter((kind) => kind !== 'system')), name: Names },
  'Somebody who asserts facts in this record.',
)

const MarketCode = '[A-Z]{2}'
export const Markets = Type.Array(Type.String({ pattern: `^(?:\\*|-?${MarketCode})$` }), {
  minItems: 1,
  maxItems: 100,
  description: 'Where it applies: * for everywhere, US for a country, -CN for all but this one.',
})

export const Selector = Type.Union(
  [
    Closed({ by: Type.Literal('all'), gtin: Gtin }, 'All of a product.'),
    Closed({ by: Type.Literal('batch'), gtin: Gtin, lot: Lot, label: Type.Optional(Label) }, 'A registered batch.'),
    Closed({ by: Type.Literal('version'), gtin: Gtin, from: Type.Optional(Line(60)), to: Type.Optional(Line(60)) }),
    Closed({ by: Type.Literal('serial'), gtin: Gtin, from: Line(20), to: Line(20) }),
    Closed({
      by: Type.Literal('market'),
      market: Type.String({ pattern: `^${MarketCode}$` }),
      gtin: Type.Optional(Gtin),
    }),
    Closed({
      by: Type.Literal('service'),
      what: Line(200),
      who: Type.Optional(Line(200)),
      where: Type.Optional(Line(200)),
      from: Type.Optional(OccurredAt),
      to: Type.Optional(OccurredAt),
    }),
  ],
  { description: 'Which goods or services are meant.' },
)
export const Selectors = Type.Array(Selector, { minItems: 1, maxItems: 200 })
export const Advice = Closed(
  { level: Word(ADVICE_LEVELS, 'What people should do with what they have.'), scope: Selectors },
  'What people should do, and which goods it is about.',
)

const Decimal = Type.Union([
  Type.Integer({ minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
  Type.String({ pattern: '^-?(?:0|[1-9][0-9]*)\\.[0-9]+$', maxLength: 40 }),
])
export const Figure = Closed(
  {
    series: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$', description: 'The series it continues: us.burns.' }),
    value: Decimal,
    qualifier: Word(FIGURE_QUALIFIERS),
    unit: Line(40),
    market: Type.Optional(Type.String({ pattern: `^(?:\\*|${MarketCode}(?:,${MarketCode}){0,30})$` })),
    asOf: LooseDate,
    assertedBy: RecordId,
    base: Type.Optional(
      Type.Union([EntryIndex, Type.Literal('this')], {
        description: 'The entry that says of what it is a share; this for the same entry.',
      }),
    ),
    newSince: Type.Optional(
      Closed({ entry: EntryIndex, value: Decimal }, 'How many of them are new since an earlier entry.'),
    ),
    revises: Type.Optional(EntryIndex),
    revisionReason: Type.Optional(
      Type.Union([Line(300), Type.Null()], { description: 'Why; null when the source gives no reason.' }),
    ),
  },
  'A published number. Nothing is ever summed here.',
)

export const Source = Closed(
  {
    title: Line(300),
    publisher: Type.Optional(Line(200)),
    date: Type.Optional(LooseDate),
    url: Type.Optional(Type.String({ pattern: '^https?://[^\\s<>"]+$', maxLength: 1000 })),
    evidence: Type.Optional(Sha256),
  },
  'Where it can be read. Without a file it is shown as a citation.',
)

export const Commitment = Closed(
  {
    id: RecordId,
    due: Due,
    measure: Texts(1000, 'What can be checked when it is due.'),
    outcome: Type.Optional(Word(CLAIMED_OUTCOMES, 'What became of it; only in a reconstructed record.')),
    ownerRole: Type.Optional(Line(100, 'The role that answers for it; not a name.')),
    evidenceRule: Type.Optional(Word(EVIDENCE_RULES, 'What will show that it was kept.')),
  },
  'A promise with a due time (W1).',
)
