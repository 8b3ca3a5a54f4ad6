/** Entries as addresses name them: which one, in which stream, of which brand. */
import { AppError } from '../../errors.ts'
import type { Directory } from '../../services/directory.ts'
import type { Place } from '../../services/redaction/redact-entry.ts'
import type { Access } from './access.ts'
import { notFound } from './brand-routes.ts'

/** Access to what belongs to an entry: its brand's. */
export const ofEntry = (roles: Access['roles']): { access: Access } => ({
  access: {
    roles,
    ownerOf: async ({ params }, directory) => (await directory.placeOfEntry(indexOf(params)))?.brand,
  },
})

/** An index of the log from the address; -1, which no entry has, when it is beyond 2^53-1. */
export function indexOf(params: unknown): number {
  const index = Number((params as { index: string }).index)
  return Number.isSafeInteger(index) ? index : -1
}

/** The stream and the brand of an entry. @throws AppError not_found, not_of_a_brand */
export async function placeOf(directory: Directory, index: number): Promise<Place> {
  const { stream, brand } = (await directory.placeOfEntry(index)) ?? notFound('entry')
  if (brand === null) throw new AppError('not_of_a_brand', 'Entries of the ledger itself hold no texts of anybody.')
  return { stream, brand }
}

/** The code of the crisis that an entry belongs to. @throws AppError not_found */
export async function crisisOf(directory: Directory, index: number): Promise<string> {
  const { stream } = await placeOf(directory, index)
  return stream.startsWith('crisis:') ? stream.slice('crisis:'.length) : notFound('entry')
}
