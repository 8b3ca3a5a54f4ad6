/**
 * One schema for each kind of milestone, made from the table of the core: what a kind demands or allows is said there,
 * and here only how each member looks.
 */
import { Type } from 'typebox'
import type { TObject, TProperties, TSchema } from 'typebox'
import { PERSONAL_BASES } from '../../../ledger/consent.ts'
import { CLAIMED_OUTCOMES } from '../../../ledger/commitment.ts'
import {
  COMMON_MEMBERS,
  CONTAINMENT_MEASURES,
  CRISIS_STATES,
  CRISIS_TYPES,
  DISMISSAL_REASONS,
  MILESTONE_KINDS,
  NARROWING_REASONS,
  NO_CAUSE_REASONS,
  PARTIAL_REASONS,
  REMEDY_CLOSING_REASONS,
  REQUIRED_COMMON_MEMBERS,
  SCOPE_BASES,
  SEVERITIES,
  WITHDRAWAL_REASONS,
  ruleOf,
} from '../../../ledger/milestone.ts'
import type { KindMember, MilestoneKind } from '../../../ledger/milestone.ts'
import { CRISIS_ROLES } from '../../../ledger/role.ts'
import {
  Advice,
  Commitment,
  Due,
  EntryIndex,
  Figure,
  LanguageCode,
  Line,
  Markets,
  OccurredAt,
  Party,
  RecordId,
  Selectors,
  Sha256,
  Source,
  Texts,
  Word,
  Zone,
} from './common-schemas.ts'
import { Delivery, RecallPlan, RecallProgress } from './remedy-schemas.ts'

const indexes = (description: string): TSchema =>
  Type.Array(EntryIndex, { minItems: 1, maxItems: 50, uniqueItems: true, description })

/** How each public member looks. */
const MEMBERS: Readonly<Record<Exclude<KindMember, 'promise' | 'madeBy' | 'clock' | 'approvedBy'>, TSchema>> = {
  occurredAt: OccurredAt,
  zone: Zone,
  assertedBy: Type.Array(RecordId, {
    minItems: 1,
    maxItems: 10,
    uniqueItems: true,
    description: 'Who says so: ids of parties.',
  }),
  original: LanguageCode,
  markets: Markets,
  scope: Selectors,
  scopeKnownLater: Type.Boolean({ description: 'The scope is hindsight: it was not known then.' }),
  state: Word(CRISIS_STATES, 'The state that the crisis enters with this milestone.'),
  parties: Type.Array(Party, { minItems: 1, maxItems: 20, description: 'Parties that speak here for the first time.' }),
  advice: Advice,
  statedUnaffected: Type.Array(Selectors.items, {
    minItems: 1,
    maxItems: 200,
    description: 'What is claimed not to be affected.',
  }),
  figures: Type.Array(Figure, { minItems: 1, maxItems: 50 }),
  replaces: indexes('Earlier advice, scope or cause that this one states anew.'),
  withdraws: indexes('The entries of the remedy that is withdrawn.'),
  overtakes: indexes('Earlier statements that no longer hold.'),
  about: indexes('The earlier entries that this is about.'),
  trigger: Type.Integer({ ...EntryIndex, description: 'The entry that led to this one.' }),
  fulfils: Type.String({ ...RecordId, description: 'The commitment that is kept by this.' }),
  outcome: Word(CLAIMED_OUTCOMES, 'What became of the commitment; only in a reconstructed record.'),
  commitment: Commitment,
  evidence: Type.Array(Sha256, { minItems: 1, maxItems: 20, uniqueItems: true }),
  measures: Type.Array(Word(CONTAINMENT_MEASURES), { minItems: 1, maxItems: 6, uniqueItems: true }),
  scopeVersion: Type.Integer({ minimum: 1, maximum: 10_000 }),
  basis: Word(SCOPE_BASES, 'Why this scope: out of precaution, or because the cause is known.'),
  narrowingReason: Word(NARROWING_REASONS, 'Why it covers less than what is in force (R2).'),
  partialReason: Word(PARTIAL_REASONS, 'Why the remedy is not for all in the scope (R1).'),
  dismissReason: Word(DISMISSAL_REASONS, 'Why there is nothing in it.'),
  closingReason: Word(REMEDY_CLOSING_REASONS, 'Why the remedy is over.'),
  openCommitments: Type.Array(RecordId, {
    maxItems: 100,
    uniqueItems: true,
    description: 'The commitments that are still open, all of them; on entering monitoring and closed.',
  }),
  deliveries: Type.Array(Delivery, { minItems: 1, maxItems: 50 }),
  recallPlan: RecallPlan,
  recallProgress: Type.Array(RecallProgress, { minItems: 1, maxItems: 50 }),
  until: Due,
  remedy: RecordId,
  reason: Word(WITHDRAWAL_REASONS),
  noCauseReason: Word(NO_CAUSE_REASONS, 'Why no cause is stated.'),
  recall: RecordId,
  regulatorRef: Line(100),
  causeVersion: Type.Integer({ minimum: 1, maximum: 10_000 }),
  commissionedBy: Type.String({ ...RecordId, description: 'The party that asked for it, or nobody.' }),
  consent: Type.Integer({ ...EntryIndex, description: 'The consent of the person whose words or case this shows.' }),
  personalBasis: Word(PERSONAL_BASES, 'On what else it shows a person, where there is no consent.'),
  laboratories: Type.Array(Line(200), { minItems: 1, maxItems: 10 }),
  of: Type.String({ ...RecordId, description: 'The commitment that this is about.' }),
  due: Due,
  lookBack: Type.Integer({ minimum: 1, maximum: 366, description: 'How many days after closing this looks back.' }),
  type: Word(CRISIS_TYPES),
  severity: Word(SEVERITIES),
  role: Word(CRISIS_ROLES, 'The role is public, the person is not.'),
}

const WORDS = {
  text: Texts(3000, 'What happened, in one or both languages. Stored so that it can be erased.'),
  recorderNote: Type.Optional(Texts(1000, 'What the recorder adds in words of their own.')),
  sources: Type.Optional(Type.Array(Source, { minItems: 1, maxItems: 20 })),
}

/** The kinds that people write, in the order of the table. */
export const SENT_KINDS = (Object.keys(MILESTONE_KINDS) as MilestoneKind[]).filter((kind) => !ruleOf(kind).system)

/** The body of a milestone of one kind. */
export function milestoneSchema(kind: MilestoneKind): TObject {
  const { required, optional } = ruleOf(kind)
  const must = new Set<KindMember>([...REQUIRED_COMMON_MEMBERS, ...required])
  const names = new Set<KindMember>([...COMMON_MEMBERS, ...required, ...optional])
  const properties: TProperties = { kind: Type.Literal(kind) }
  for (const name of names) {
    const schema = MEMBERS[name as keyof typeof MEMBERS]
    properties[name] = must.has(name) ? schema : Type.Optional(schema)
  }
  return Type.Object({ ...properties, ...WORDS }, { additionalProperties: false, title: kind })
}

/** The schema of each kind. */
export const MILESTONE_SCHEMAS: ReadonlyMap<string, TObject> = new Map(
  SENT_KINDS.map((kind) => [kind, milestoneSchema(kind)]),
)

/** Any milestone: for the documentation. Requests are checked against the schema of their kind. */
export const MilestoneBody = Type.Union([...MILESTONE_SCHEMAS.values()], {
  description: 'A milestone of one of the kinds; each kind has its own members.',
})
