/**
 * Files of grants, read as they arrive: NDJSON, one JSON object on each line, or CSV with a header. Nothing but the line
 * that is being read is kept. A line that is wrong is a refused line with its number, never a refused file.
 */
import { Compile } from 'typebox/compile'
import { LedgerError } from '../../../ledger/errors.ts'
import { parseJson } from '../../../ledger/json.ts'
import { AppError } from '../../errors.ts'
import type { GrantLine } from '../../services/points/grant-lines.ts'
import { GrantBody } from './points-schemas.ts'

export const GRANT_FILES = ['application/x-ndjson', 'text/csv'] as const
export type GrantFile = (typeof GRANT_FILES)[number]

const LINE_BYTES_MAX = 4_096
const FILE_BYTES_MAX = 32 * 1024 * 1024
export const FILE_LINES_MAX = 100_000

const LF = 0x0a
const COLUMNS = ['rule', 'version', 'source', 'holder', 'amount'] as const
const NUMBERS: readonly string[] = ['version', 'source', 'amount']

const body = Compile(GrantBody)

/**
 * The lines of a file in order; empty ones are passed over.
 *
 * @throws AppError payload_too_large when the file is longer than it may be; what came before stands
 */
export async function* readGrantFile(file: AsyncIterable<Uint8Array>, type: GrantFile): AsyncGenerator<GrantLine> {
  let header: string[] | undefined
  let line = 0
  for await (const text of linesOf(file)) {
    line++
    if (line > FILE_LINES_MAX) throw tooLarge(`${FILE_LINES_MAX} lines`)
    if (text === '') continue
    try {
      if (text === undefined) throw malformed(`a line has at most ${LINE_BYTES_MAX} bytes of UTF-8`)
      if (type === 'text/csv' && header === undefined) {
        header = headerOf(text)
        continue
      }
      yield { line, grant: grantOf(header === undefined ? jsonOf(text) : rowOf(text, header)) }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      // Without its header no line of a table can be read.
      if (type === 'text/csv' && header === undefined) throw error
      yield { line, error }
    }
  }
}

/** Each line without its end; undefined for one that is too long or not UTF-8. */
async function* linesOf(file: AsyncIterable<Uint8Array>): AsyncGenerator<string | undefined> {
  let rest: Uint8Array = new Uint8Array()
  let bytes = 0
  let isOverlong = false
  for await (const chunk of file) {
    bytes += chunk.length
    if (bytes > FILE_BYTES_MAX) throw tooLarge(`${FILE_BYTES_MAX} bytes`)
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let end = data.indexOf(LF); end >= 0; end = data.indexOf(LF, from)) {
      yield isOverlong ? undefined : textOf(data.subarray(from, end))
      isOverlong = false
      from = end + 1
    }
    rest = data.subarray(from)
    if (rest.length > LINE_BYTES_MAX) {
      isOverlong = true
      rest = new Uint8Array()
    }
  }
  if (rest.length > 0 || isOverlong) yield isOverlong ? undefined : textOf(rest)
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length > LINE_BYTES_MAX) return undefined
  try {
    return UTF8.decode(bytes).trim()
  } catch {
    return undefined
  }
}

function grantOf(value: unknown) {
  if (body.Check(value)) return value
  const [first] = body.Errors(value)
  throw malformed(first === undefined ? 'it is no grant' : `${first.instancePath} ${first.message}`.trim())
}

function jsonOf(text: string): unknown {
  try {
    // Refuses a member that is named twice, of which another reader would take the other one.
    return parseJson(Buffer.from(text))
  } catch (error) {
    throw malformed(error instanceof LedgerError ? error.message : 'it is not JSON')
  }
}

function headerOf(text: string): string[] {
  const names = cellsOf(text)
  const unknown = names.find((name) => !(COLUMNS as readonly string[]).includes(name))
  if (unknown !== undefined) throw malformed(`the header has a column "${unknown}"; use ${COLUMNS.join(', ')}`)
  if (new Set(names).size < names.length) throw malformed('the header has a column twice')
  return names
}

/** A cell that is empty is not there. */
function rowOf(text: string, header: readonly string[]): unknown {
  const cells = cellsOf(text)
  if (cells.length !== header.length) throw malformed(`it has ${cells.length} cells, the header has ${header.length}`)
  const named = header.map((name, i): [string, string] => [name, cells[i] ?? ''])
  return Object.fromEntries(
    named.flatMap(([name, cell]) => {
      if (cell === '') return []
      return [[name, NUMBERS.includes(name) && /^(?:0|[1-9][0-9]{0,15})$/.test(cell) ? Number(cell) : cell]]
    }),
  )
}

/**
 * RFC 4180, of which no cell here has a line feed. No two parts of the expression can take the same character: else a line
 * of spaces could be split up in so many ways that reading it would not end.
 */
function cellsOf(text: string): string[] {
  if (!text.includes('"')) return text.split(',').map((cell) => cell.trim())
  const cells: string[] = []
  const cell = /(?:\s*"((?:[^"]|"")*)"\s*|([^",]*))(,|$)/y
  for (let isLast = false; !isLast;) {
    const match = cell.exec(text)
    if (match === null) throw malformed('its quotes do not match')
    cells.push(match[1]?.replaceAll('""', '"') ?? (match[2] ?? '').trim())
    isLast = match[3] === ''
  }
  return cells
}

function malformed(what: string): AppError {
  return new AppError('validation_failed', `The line is not as described: ${what}.`)
}

function tooLarge(what: string): AppError {
  return new AppError('payload_too_large', `A file has at most ${what}; send the rest as another one.`)
}
