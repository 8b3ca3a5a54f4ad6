/**
 * Redactions: what an entry says of a passage or a file that was erased. The digest stays in the log and every proof
 * holds; value and salt are gone. The reason is one of a closed list and public for ever, so that a brand which takes
 * its own words away is never mistaken for a person who asked to be forgotten. Specification: README.md, "Redactions"
 * (ER-1, N2).
 */
import { base64url, parseHex } from './bytes.ts'
import type { Entry } from './entry.ts'

/**
 * Why something was erased. The first two are a person's own; `brand_removal` is the brand's will and nobody else's.
 */
export const REDACTION_REASONS = [
  'consent_withdrawn',
  'erasure_request',
  'court_or_regulator',
  'unlawful_content',
  'safety',
  'brand_removal',
] as const
export type RedactionReason = (typeof REDACTION_REASONS)[number]

/** What a `redaction.registered` entry says. `digest`: of a disclosure of entry `index`, or of the file it put on record. */
export type Redaction = { readonly index: number; readonly digest: string; readonly reason: string }

/** The redaction in an entry, or undefined when it is none or says it badly: then nothing is accounted for by it. */
export function redactionOf({ type, data }: Pick<Entry, 'type' | 'data'>): Redaction | undefined {
  const { index, digest, reason } = data
  if (type !== 'redaction.registered' || typeof index !== 'number') return undefined
  return typeof digest === 'string' && typeof reason === 'string' ? { index, digest, reason } : undefined
}

/** Whether a reason speaks for a person: such an erasure stands on that person's withdrawal or request (N2). */
export function isPersonsReason(reason: string): boolean {
  return reason === 'consent_withdrawn' || reason === 'erasure_request'
}

/**
 * The digest under which the erasure of a file is registered: its SHA-256 in base64url. A file is known by its content,
 * so this needs no salt; it can be no disclosure's digest, since those have a salt that is younger than the file.
 *
 * @param sha256 64 digits of lower-case hex
 */
export function fileDigest(sha256: string): string {
  return base64url(parseHex(sha256))
}
