/** The form in which evidence arrives: its fields, and the same with the file, as the documentation shows it. */
import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { EVIDENCE_MEDIA_TYPES } from '../../services/evidence/media-type.ts'
import { EVIDENCE_KINDS } from '../../services/evidence/record-evidence.ts'
import { Closed, CrisisCode, Line, LooseDate, Slug, Word } from './common-schemas.ts'

export const EvidenceFields = Closed({
  crisis: Type.Optional(CrisisCode),
  brand: Type.Optional(Slug),
  name: Type.Optional(Line(200, 'The name of the file as people know it; can be erased.')),
  kind: Type.Optional(Word(EVIDENCE_KINDS)),
  issuer: Type.Optional(Line(200, 'Who issued it; never a person.')),
  issuerRef: Type.Optional(Line(100)),
  sample: Type.Optional(Line(100, 'Which batch or piece was tested; a laboratory report must say it.')),
  capturedAt: Type.Optional(LooseDate),
  acknowledge: Type.Optional(Line(100, 'Codes of warnings that are meant to be, separated by commas.')),
})

/** What a form looks like to whoever fills it in. `binary`: tools offer to choose a file. */
export const EvidenceForm = Type.Object({
  file: Type.String({ format: 'binary', description: `One file: ${EVIDENCE_MEDIA_TYPES.join(', ')}.` }),
  ...Object.fromEntries(Object.entries(EvidenceFields.properties).map(([name, field]) => [name, emptyAtFirst(field)])),
})

/** Nothing is sent that nobody has typed. */
function emptyAtFirst(field: TSchema): TSchema {
  return Type.Optional({ ...field, example: '' })
}
