/**
 * Global Trade Item Numbers as the record writes them: always 14 digits, the last of them right. Shorter forms (8, 12 or
 * 13 digits) are the same number without its leading zeros. GS1 General Specifications §3.3.2, §7.9.1.
 */
import { hasCheckDigit } from './check-digits.ts'

/** The 14 digits of a GTIN; undefined when it is none or its check digit is wrong. */
export function parseGtin(text: string): string | undefined {
  if (!/^(?:\d{8}|\d{12}|\d{13}|\d{14})$/.test(text) || !hasCheckDigit(text)) return undefined
  return text.padStart(14, '0')
}
