/**
 * What the OpenAPI document says of answers: words for each status, the refusals that every route shares, and the media
 * types of answers that are no JSON. A route has a schema for what it serialises, and nothing else.
 */

type Answer = { description?: string; content?: object; $ref?: string }
type Operation = { responses?: Record<string, Answer> }

/** The answers that all routes share, for `components.responses`. */
export const SHARED_ANSWERS = {
  Refused: {
    description: 'Refused, and nothing was written: an RFC 9457 problem document with a stable `code`.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  },
  Unavailable: {
    description: 'Not answered. After a 503 the same request may be sent again, when `Retry-After` says.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  },
} as const

/** Answers that their routes write byte by byte. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '/log/checkpoint': 'text/plain',
  '/log/tile/{*}': 'application/octet-stream',
  '/v1/entries/{index}/tlog-proof': 'text/plain',
  '/v1/crises/{code}/bundle': 'application/json',
  '/v1/streams/{stream}/bundle': 'application/json',
  '/v1/ballots/{programme}/{index}/list': 'application/json',
}

/** Completes the answers of every operation, in place. */
export function tellAnswers(paths: Record<string, Record<string, Operation>>): void {
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { responses }] of Object.entries(operations)) {
      if (responses === undefined) continue
      const isTriable = method === 'post' && '201' in responses && '200' in responses
      for (const [status, answer] of Object.entries(responses)) answer.description = describe(status, isTriable)
      const mediaType = MEDIA_TYPES[path]
      if (mediaType !== undefined && responses['200'] !== undefined) responses['200'].content = { [mediaType]: {} }
      responses['4XX'] = { $ref: '#/components/responses/Refused' }
      responses['5XX'] = { $ref: '#/components/responses/Unavailable' }
    }
  }
}

function describe(status: string, isTriable: boolean): string {
  if (status === '201') return 'Written, for good.'
  return isTriable ? 'With `dryRun=true`: tried out, and nothing was written.' : 'The answer.'
}
