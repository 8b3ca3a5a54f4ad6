/**
 * Seals: a digest now, the text later, so that "we knew on that day" can be shown without telling it on that day. The
 * sealed digest is that of a disclosure (disclosure.ts) which the brand keeps to itself; the entry that opens the seal
 * carries the very same digest in `sd`, and with it the text. Nothing else can open it.
 * Specification: README.md, "Seals" (SE1–SE3).
 */
import { parseBase64url } from './bytes.ts'
import type { Entry } from './entry.ts'
import type { IndexedEntry } from './milestone.ts'

/** A seal of a crisis. `opened`: the entry that opened it; until then nobody knows what it holds. */
export type SealState = {
  readonly index: number
  readonly digest: string
  readonly recordedAt: string
  readonly opened?: number
}

/** What a `seal.recorded` entry seals: a digest of 32 bytes; undefined when it is none or is malformed. */
export function sealedDigest({ type, data }: Pick<Entry, 'type' | 'data'>): string | undefined {
  const { digest } = data
  return type === 'seal.recorded' && isDigest(digest) ? digest : undefined
}

/** Whether a value is a digest: base64url of 32 bytes. */
export function isDigest(value: unknown): value is string {
  if (typeof value !== 'string') return false
  try {
    return parseBase64url(value).length === 32
  } catch {
    return false
  }
}

/** The seals after an entry: the same list when it neither makes nor opens one. Absent while there are none. */
export function foldSeals(
  known: readonly SealState[] | undefined,
  entry: Entry,
  index: number,
): readonly SealState[] | undefined {
  const digest = sealedDigest(entry)
  if (digest !== undefined) return [...(known ?? []), { index, digest, recordedAt: entry.recordedAt }]
  const { seal } = entry.data
  const opened = known?.find((one) => one.index === seal && one.opened === undefined)
  if (entry.type !== 'seal.opened' || opened === undefined || !holds(entry, opened.digest)) return known
  return known?.map((one) => (one === opened ? { ...one, opened: index } : one))
}

/** Why an entry opens no seal, though it says so: there is none such, or its text is another one (SE1). */
export type SealFault = 'seal_unknown' | 'seal_differs'

/** Follows the seals of one stream, for whoever checks that each was opened with what it held. */
export class SealAudit {
  readonly #digests = new Map<unknown, unknown>()

  /** Takes the next entry of the stream; what is wrong with it, when it says that it opens a seal. */
  add({ index, entry }: IndexedEntry): SealFault | undefined {
    const { type, data } = entry
    if (type === 'seal.recorded') this.#digests.set(index, data['digest'])
    if (type !== 'seal.opened') return undefined
    const digest = this.#digests.get(data['seal'])
    if (digest === undefined) return 'seal_unknown'
    return holds(entry, digest) ? undefined : 'seal_differs'
  }
}

/** Whether the one text of an entry is that of the digest. */
function holds({ sd = [] }: Entry, digest: unknown): boolean {
  return sd.length === 1 && sd[0] === digest
}
