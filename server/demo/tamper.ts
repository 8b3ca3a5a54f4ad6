/**
 * A forger's attempt for the demo: one character of one text of a bundle is changed, and nothing else. The text stands
 * in a disclosure, so the forger would have to find another text with the same salted digest.
 */
import { parseBundle, formatBundle } from '../../ledger/bundle.ts'
import { formatDisclosure, parseDisclosure } from '../../ledger/disclosure.ts'
import { utf8 } from '../../ledger/bytes.ts'

/** A bundle with one character changed, and what was done to it. */
export type Tampered = { bundle: Uint8Array; index: number; before: string; after: string }

/**
 * Changes one digit of the first English text that has one: a date or a number, which is what a forger would want.
 *
 * @throws Error when no text of the bundle has a digit
 */
export function tamperWith(bytes: Uint8Array): Tampered {
  const bundle = parseBundle(bytes)
  for (const entry of bundle.entries) {
    for (const [place, disclosure] of entry.disclosures.entries()) {
      const { salt, name, value } = parseDisclosure(disclosure)
      const digit = name === '/text/en' && typeof value === 'string' ? /\d/.exec(value) : null
      if (digit === null) continue
      const before = value as string
      const after = `${before.slice(0, digit.index)}${(Number(digit[0]) + 1) % 10}${before.slice(digit.index + 1)}`
      entry.disclosures[place] = formatDisclosure({ salt, name, value: after })
      return { bundle: utf8(formatBundle(bundle)), index: entry.index, before, after }
    }
  }
  throw new Error('no English text of this bundle has a digit')
}
