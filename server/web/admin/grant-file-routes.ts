/**
 * Grants in bulk. The file is read, judged and answered piece by piece, so that it may be of any length and a cut
 * connection loses nothing: what was granted stands, and the same file sent again says so line by line.
 */
import { PassThrough } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { AppError } from '../../errors.ts'
import type { Request } from '../../services/keys/key-commands.ts'
import type { Appender } from '../../services/log/command.ts'
import { CHUNK_LINES, grantLines } from '../../services/points/grant-lines.ts'
import type { ChunkResult, GrantLine, LineResult } from '../../services/points/grant-lines.ts'
import type { AdminParts } from './admin-routes.ts'
import { isDryRun } from './dry-run.ts'
import { GRANT_FILES, readGrantFile } from './grant-file.ts'
import type { GrantFile } from './grant-file.ts'
import { GRANTERS } from './grant-routes.ts'
import { oneAhead } from './one-ahead.ts'
import { ProgrammeParams } from './points-schemas.ts'
import { ofProgramme } from './programme-routes.ts'
import { idempotencyKeyOf } from './requests.ts'
import { writes } from './route-schema.ts'

const NOTE =
  'Body: application/x-ndjson with { rule, version?, source, holder, amount? } on each line, or text/csv with a header ' +
  'of these names. Answer: application/x-ndjson with { line, result, index?, code?, message? } for each line, result ' +
  'being granted, exists or refused; the last line is { done, granted, exists, refused, checkpoint? }. Safe to send again.'

export async function grantFileRoutes({ app, appender }: AdminParts): Promise<void> {
  await app.register(async (scope) => {
    // The file is not read before the handler does.
    scope.addContentTypeParser([...GRANT_FILES], (_request, payload, done) => done(null, payload))
    scope.post(
      '/programmes/:id/grants/bulk',
      {
        config: ofProgramme(GRANTERS),
        schema: {
          ...writes('points', 'Grant points in bulk, from a file', { params: ProgrammeParams }),
          description: NOTE,
          consumes: [...GRANT_FILES],
          response: { 200: { content: { 'application/x-ndjson': { schema: Type.String() } } } },
        },
      },
      async (request, reply) => {
        if (!isDryRun(request)) idempotencyKeyOf(request)
        const type = typeOf(request)
        const { id } = request.params as { id: string }
        const identity = { admin: request.admin, ...(isDryRun(request) ? { dryRun: true as const } : {}) }
        const answer = new PassThrough()
        const lines = readGrantFile(request.body as AsyncIterable<Uint8Array>, type)
        // Lines go out whether or not the other side reads them yet: many clients send all of a file first.
        void grantAll(appender, identity, id, lines, answer, (error) => request.log.error(error))
        return await reply.code(200).type('application/x-ndjson').send(answer)
      },
    )
  })
}

function typeOf({ headers }: FastifyRequest): GrantFile {
  const [essence = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const type = GRANT_FILES.find((known) => known === essence.trim())
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='))
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw new AppError('media_type_unsupported', 'Send the file in UTF-8.')
  }
  if (type === undefined) throw new AppError('media_type_unsupported', `Send ${GRANT_FILES.join(' or ')}.`)
  return type
}

type Summary = { granted: number; exists: number; refused: number }

/** Never throws: what goes wrong is said in the last line. */
async function grantAll(
  appender: Appender,
  request: Request,
  programme: string,
  lines: AsyncIterable<GrantLine>,
  answer: PassThrough,
  onUnexpected: (error: unknown) => void,
): Promise<void> {
  const summary: Summary = { granted: 0, exists: 0, refused: 0 }
  let checkpoint: string | undefined
  const say = (what: object): void => void answer.write(`${JSON.stringify(what)}\n`)
  try {
    for await (const done of oneAhead(chunksOf(lines), async (chunk) =>
      grantLines(appender, request, programme, chunk),
    )) {
      tell(done, summary, say)
      checkpoint = done.checkpoint ?? checkpoint
    }
    say({ done: true, ...summary, ...(checkpoint === undefined ? {} : { checkpoint }) })
  } catch (error) {
    if (!(error instanceof AppError)) onUnexpected(error)
    const { code, message } = error instanceof AppError ? error : new AppError('internal', 'Internal error.')
    say({ done: false, ...summary, code, message, ...(checkpoint === undefined ? {} : { checkpoint }) })
  }
  answer.end()
}

function tell({ results }: ChunkResult, summary: Summary, say: (what: LineResult) => void): void {
  for (const result of results) {
    summary[result.result] += 1
    say(result)
  }
}

async function* chunksOf(lines: AsyncIterable<GrantLine>): AsyncGenerator<GrantLine[]> {
  let chunk: GrantLine[] = []
  for await (const line of lines) {
    if (chunk.push(line) < CHUNK_LINES) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
