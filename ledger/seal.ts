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
  if (known === undefined || sealFault(entry, known) !== undefined) return known
  const { seal } = entry.data
  return entry.type === 'seal.opened'
    ? known.map((one) => (one.index === seal && one.opened === undefined ? { ...one, opened: index } : one))
    : known
}

/** Why an entry opens no seal, though it says so: there is none such, or its text is another one (SE1). */
export type SealFault = 'seal_unknown' | 'seal_differs'

/** The fault of an entry of type seal.opened; undefined when it is right, or of another type. */
export function sealFault(entry: Entry, seals: readonly Pick<SealState, 'index' | 'digest'>[]): SealFault | undefined {
  if (entry.type !== 'seal.opened') return undefined
  const sealed = seals.find(({ index }) => index === entry.data['seal'])
  if (sealed === undefined) return 'seal_unknown'
  return entry.sd?.length === 1 && entry.sd[0] === sealed.digest ? undefined : 'seal_differs'
}

/** Follows the seals of one stream, for whoever checks that each was opened with what it held. */
export class SealAudit {
  #seals: readonly SealState[] | undefined

  /** Takes the next entry of the stream; what is wrong with it. */
  add({ index, entry }: IndexedEntry): SealFault | undefined {
    const fault = sealFault(entry, this.#seals ?? [])
    this.#seals = foldSeals(this.#seals, entry, index)
    return fault
  }
}
