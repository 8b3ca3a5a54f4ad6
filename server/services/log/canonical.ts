/**
 * The writer's canonical JSON (RFC 8785 with the rules of the record, I20): checked and spelled in one pass over the
 * value. The same text as the core's `formatCanonical`, which serves every reader and is the oracle in the tests;
 * measured, an entry and its three disclosures cost a fifth as much here.
 */
import { LedgerError } from '../../../ledger/errors.ts'
import { DEPTH_MAX } from '../../../ledger/json.ts'
import type { JsonValue } from '../../../ledger/json.ts'

/**
 * The canonical text of a value.
 *
 * @throws LedgerError json_malformed when the value breaks the rules of the record
 */
export function canonicalText(value: JsonValue, depth = 1): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw malformed('a number is not an integer from -(2^53-1) to 2^53-1')
    return String(value)
  }
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object') throw malformed(`a value is of no JSON type but ${typeof value}`)
  if (depth > DEPTH_MAX) throw malformed(`more than ${DEPTH_MAX} levels`)
  let text = ''
  if (Array.isArray(value)) {
    for (const element of value) text += (text === '' ? '' : ',') + canonicalText(element, depth + 1)
    return `[${text}]`
  }
  for (const name of Object.keys(value).sort()) {
    // Names are ASCII, so that sorting by UTF-16 units, by code points and by bytes is the same.
    // oxlint-disable-next-line no-control-regex
    if (!/^[\u0000-\u007f]*$/.test(name)) throw malformed('a member name is not ASCII')
    text += `${text === '' ? '' : ','}${quote(name)}:${canonicalText(value[name]!, depth + 1)}`
  }
  return `{${text}}`
}

/** Texts that stand between quotation marks as they are: most of them, and told apart by one look. */
const PLAIN = /^[ !#-[\]-~]*$/

function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0009\u000b-\u001f\u007f]/.test(text)) throw malformed('a string has a control character other than LF')
  if (!text.isWellFormed()) throw malformed('a string has a lone surrogate')
  return JSON.stringify(text)
}

function malformed(message: string): LedgerError {
  return new LedgerError('json_malformed', message)
}
