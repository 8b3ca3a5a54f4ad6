/**
 * Grants in bulk: lines of a file, some hundreds at a time, each judged by itself. A line that was granted before says
 * so, so that a file whose answer was lost is simply sent again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import { commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Appender, Command, Snapshot } from '../log/command.ts'
import { grantDraft, grantNeeds } from './grant-points.ts'
import type { NewGrant } from './grant-points.ts'

/** Lines that are granted together: enough to share a transaction, few enough to let other writers in between. */
export const CHUNK_LINES = 512
/** Lines of one command: those of one are written while those of the next are judged. */
const COMMAND_LINES = 128

/** A line as it was read: a grant, or why it is none. */
export type GrantLine = { readonly line: number } & ({ readonly grant: NewGrant } | { readonly error: AppError })

/** What became of a line. `index`: of the grant's entry, also when it was there before. */
export type LineResult = {
  line: number
  result: 'granted' | 'exists' | 'refused'
  index?: number
  code?: string
  message?: string
}

export type ChunkResult = { results: LineResult[]; checkpoint?: string }

/**
 * Grants some lines. Not known again by an Idempotency-Key: every line is by what it grants (GR3).
 *
 * @throws AppError when none of them can be judged, as with a key that was revoked
 */
export async function grantLines(
  appender: Appender,
  request: Request,
  programme: string,
  lines: readonly GrantLine[],
): Promise<ChunkResult> {
  const results = new Map<number, LineResult>()
  for (const line of lines) if ('error' in line) results.set(line.line, refused(line.line, line.error))
  const grants = lines.flatMap((line) => ('grant' in line ? [line] : []))
  // A dry run sees what stands in the same command only.
  const size = request.dryRun === true ? CHUNK_LINES : COMMAND_LINES
  const parts = Array.from({ length: Math.ceil(grants.length / size) }, (_, i) =>
    grants.slice(i * size, (i + 1) * size),
  )
  const commands = parts.map((part) => grantCommand(request, programme, part, results))
  // Sent at once, they are one batch.
  const checkpoints = await Promise.all(commands.map(async (command) => appendAgain(appender, command)))
  const checkpoint = checkpoints.findLast((note) => note !== undefined)
  return { results: inOrder(lines, results), ...(checkpoint === undefined ? {} : { checkpoint }) }
}

type ReadLine = Extract<GrantLine, { grant: NewGrant }>

/** A command that grants lines, and notes what became of each. */
function grantCommand(
  request: Request,
  programme: string,
  lines: readonly ReadLine[],
  results: Map<number, LineResult>,
): Command {
  const { admin, dryRun } = request
  return commandOf(
    { admin, ...(dryRun === undefined ? {} : { dryRun }) },
    {
      needs: grantNeeds(
        programme,
        lines.map(({ grant }) => grant),
      ),
      *judge(snapshot, recordedAt) {
        for (const { line, grant } of lines) {
          const { draft, result } = judgeLine(snapshot, recordedAt, request, programme, grant)
          results.set(line, { line, ...result })
          if (draft !== undefined) yield draft
        }
      },
    },
  )
}

function judgeLine(snapshot: Snapshot, recordedAt: string, { admin }: Request, programme: string, grant: NewGrant) {
  try {
    const draft = grantDraft(snapshot, recordedAt, admin, programme, grant)
    return { draft, result: { result: 'granted' as const, index: snapshot.size } }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code === 'grant_exists') {
      return { result: { result: 'exists' as const, index: Number(error.detail['grant']) } }
    }
    return { result: { result: 'refused' as const, code: error.code, message: error.message } }
  }
}

const ATTEMPTS = 4
const PAUSE_MS = 500

/** A command that may have been written already is sent again without harm: then its lines are there. */
async function appendAgain(appender: Appender, command: Command): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { body } = await appender.append(command)
      return typeof body['checkpoint'] === 'string' ? body['checkpoint'] : undefined
    } catch (error) {
      const isPassing = error instanceof AppError && (error.code === 'unavailable' || error.code === 'busy')
      if (!isPassing || attempt === ATTEMPTS) throw error
      await sleep(PAUSE_MS * attempt)
    }
  }
}

function refused(line: number, { code, message }: AppError): LineResult {
  return { line, result: 'refused', code, message }
}

function inOrder(lines: readonly GrantLine[], results: ReadonlyMap<number, LineResult>): LineResult[] {
  return lines.flatMap(({ line }) => results.get(line) ?? [])
}
