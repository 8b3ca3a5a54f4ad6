/** What a dry run is asked with and what it answers. */
import { Type } from 'typebox'
import { Closed, Word } from './common-schemas.ts'

/** Nothing but these two words is taken: whoever writes dryRun=1 must not find out that it was done for good. */
export const DryRunQuery = Closed({
  dryRun: Type.Optional(Word(['true', 'false'], 'true: judge the request and show what it would do, write nothing.')),
})

const Members = Type.Object({}, { additionalProperties: true })

export const DryRunAnswer = Type.Object(
  {
    dryRun: Type.Literal(true),
    checks: Type.Array(
      Type.Object(
        {
          check: Type.String({ description: 'What was looked at: guards, order rules, the second key, the text.' }),
          ok: Type.Boolean(),
          detail: Type.Optional(Type.String({ description: 'What follows, and the way out where it does not hold.' })),
        },
        { additionalProperties: true },
      ),
    ),
    warnings: Type.Array(Members, { description: 'What an editor would ask about the text.' }),
    state: Type.Object(
      {
        size: Type.Integer({ description: 'The size of the log after it.' }),
        streams: Type.Array(Type.Object({ name: Type.String(), count: Type.Integer() })),
        crises: Type.Array(Members, { description: 'Crises as GET /crises/{code} would give them.' }),
      },
      { description: 'What stands after it.' },
    ),
    entries: Type.Array(
      Type.Object({
        type: Type.String(),
        stream: Type.String(),
        seq: Type.Integer(),
        data: Members,
        toSign: Type.Optional(
          Type.String({ description: 'With Entry-Signature: ? the bytes that the signature is made over, base64url.' }),
        ),
      }),
      { description: 'The entries that it would write, the system’s own among them, without salts.' },
    ),
    preview: Type.Optional(
      Type.Object(
        { 'zh-CN': Type.String(), en: Type.String() },
        { description: 'The page as it would be, in both languages: the timeline, the brand’s page, or the entry’s.' },
      ),
    ),
  },
  { description: 'With ?dryRun=true: what the request would do. Nothing was written.' },
)
