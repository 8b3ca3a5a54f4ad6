/** A single value of an entry as text: strings as they are, numbers and truth in digits and words, else nothing. */
import type { JsonValue } from '../../ledger/json.ts'

export function plain(value: JsonValue | undefined): string {
  if (value === undefined || value === null || typeof value === 'object') return ''
  return String(value)
}
