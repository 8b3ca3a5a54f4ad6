/** How numbers of remedies and recalls look in a request: each with its day, its base, and what it revises. */
import { Type } from 'typebox'
import { COHORTS } from '../../../ledger/delivery.ts'
import { RECALL_CLASSES, RECALL_LEVELS, RECALL_MEASURES } from '../../../ledger/recall.ts'
import { Closed, EntryIndex, Line, LooseDate, RecordId, Word } from './common-schemas.ts'

const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

export const Delivery = Closed(
  {
    remedy: RecordId,
    cohort: Word(COHORTS, 'Who is counted: those who spoke up, those who did not, or all.'),
    eligible: Type.Integer({ ...Count, description: 'How many it is for.' }),
    delivered: Type.Integer({ ...Count, description: 'How many have got it; at most as many as are eligible.' }),
    asOf: LooseDate,
    base: Type.Integer({ ...EntryIndex, description: 'The entry that says whom it is for.' }),
    revises: Type.Optional(EntryIndex),
  },
  'How many of a cohort have got a remedy. Cohorts are never summed here.',
)

export const RecallPlan = Closed(
  {
    planned: Type.Integer({ ...Count, description: 'How many goods are to be recalled.' }),
    unit: Line(40),
    class: Type.Optional(Word(RECALL_CLASSES, 'The class that the regulator gives to the recall.')),
    levels: Type.Array(Closed({ level: Word(RECALL_LEVELS), planned: Type.Optional(Count) }), {
      minItems: 1,
      maxItems: 3,
      description: 'How far down the trade it reaches, and how many goods are meant there.',
    }),
  },
  'What a recall undertakes.',
)

export const RecallProgress = Closed(
  {
    measure: Word(RECALL_MEASURES, 'What is counted.'),
    level: Type.Optional(Word(RECALL_LEVELS)),
    count: Count,
    asOf: LooseDate,
    base: Type.Union([EntryIndex, Type.Literal('this')], {
      description: 'The entry of this recall whose plan it is measured against; this for the same entry.',
    }),
    revises: Type.Optional(EntryIndex),
  },
  'A number of a recall. Numbers with different bases are never put together.',
)
