/** Bodies and answers of erasures, consents, seals and what auditors say. */
import { Type } from 'typebox'
import { CONSENT_PURPOSES } from '../../../ledger/consent.ts'
import { MILESTONE_KINDS, ruleOf } from '../../../ledger/milestone.ts'
import type { MilestoneKind } from '../../../ledger/milestone.ts'
import { REDACTION_REASONS } from '../../../ledger/redaction.ts'
import { AUDIT_FINDINGS, AUDIT_KINDS } from '../../services/crises/audit-entry.ts'
import { Closed, EntryIndex, LanguageCode, Line, Texts, Word } from './common-schemas.ts'
import { WriteAnswer } from './schemas.ts'

const Code = Type.String({
  pattern: '^[A-Za-z0-9_-]{20,400}$',
  description: 'The code that was shown once when the consent was recorded; the person has it.',
})

export const RedactionBody = Closed({
  reason: Word(
    REDACTION_REASONS,
    'Public for ever. brand_removal when the brand wants it gone; erasure_request only when the person does.',
  ),
  names: Type.Optional(
    Type.Array(Type.String({ pattern: '^/', maxLength: 300 }), {
      minItems: 1,
      maxItems: 200,
      uniqueItems: true,
      description: 'Which texts, by their names such as /text/en; all unless given.',
    }),
  ),
  file: Type.Optional(Type.Literal(true, { description: 'The file that the entry put on record.' })),
  code: Type.Optional(Code),
  case: Type.Optional(Line(200, 'The reference of the case; recorded as a digest only, its opening is shown once.')),
})
const Answer = { ...WriteAnswer.properties }
export const RedactionAnswer = Type.Object({
  ...Answer,
  caseOpening: Type.Optional(
    Type.String({ description: 'Opens the digest of the case. Shown this once; keep it with the case.' }),
  ),
})

export const ConsentBody = Closed({
  purpose: Word(CONSENT_PURPOSES, 'One purpose; showing something in public is never part of another.'),
  textVersion: Line(60, 'The version of the text that the person agreed to.'),
  of: Type.Optional(Type.Array(EntryIndex, { minItems: 1, maxItems: 100, uniqueItems: true })),
})
export const ConsentAnswer = Type.Object({
  ...Answer,
  code: Type.Optional(
    Type.String({ description: 'With it the person withdraws. Shown this once, kept nowhere: hand it over.' }),
  ),
  withdrawAt: Type.Optional(
    Type.String({ description: 'The page on which the person withdraws; hand it over with the code.' }),
  ),
})
export const WithdrawalBody = Closed({ code: Type.Optional(Code) })

const KINDS = (Object.keys(MILESTONE_KINDS) as MilestoneKind[]).filter((kind) => ruleOf(kind).system !== true)
export const SealBody = Closed({
  digest: Type.String({
    pattern: '^[A-Za-z0-9_-]{43}$',
    description:
      'base64url of SHA-256 over the disclosure: base64url of ["<salt>","/text",{"en":"…"}] as canonical JSON, the salt base64url of 16 random bytes. Keep the disclosure: without it the seal can never be opened.',
  }),
  of: Type.Optional(Word(KINDS, 'What kind of milestone the text is about.')),
})
export const OpenBody = Closed({
  disclosure: Type.String({ pattern: '^[A-Za-z0-9_-]{20,16384}$', description: 'What was sealed, byte for byte.' }),
})

export const AuditBody = Closed({
  kind: Word(AUDIT_KINDS, 'An objection waits for an answer of the brand; a statement does not.'),
  original: LanguageCode,
  text: Texts(6000, 'What the auditor says.'),
  about: Type.Optional(Type.Array(EntryIndex, { minItems: 1, maxItems: 50, uniqueItems: true })),
  finding: Type.Optional(Word(AUDIT_FINDINGS)),
})
export const AuditAnswerBody = Closed({ original: LanguageCode, text: Texts(6000, 'What the brand answers.') })
