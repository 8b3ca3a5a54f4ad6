/**
 * Consents: somebody allows what a record shows of them, for one purpose, and may take that back. The log holds what is
 * allowed and that it was withdrawn; who it is stands there only as a digest (`xd`), whose opening that person alone
 * keeps. Specification: README.md, "Consents" (N1–N3).
 */
import type { Entry } from './entry.ts'

/** What a consent may be for. Each is given by itself: showing something in public is never part of another (N1). */
export const CONSENT_PURPOSES = ['public_display', 'case_sharing', 'laboratory_testing', 'contact'] as const
export type ConsentPurpose = (typeof CONSENT_PURPOSES)[number]

/** Kinds of milestones that show what a person said or went through: they need a consent or another basis (N3). */
export const PERSONAL_KINDS: ReadonlySet<string> = new Set(['voice_recorded', 'case_shared'])

/** A consent. `covers`: entries whose texts stand on it. `subject`: the digest that stands for the person. */
export type ConsentState = {
  readonly index: number
  readonly purpose: string
  readonly subject: string
  readonly covers: readonly number[]
  readonly withdrawn?: number
}

/** The consents of a stream after an entry: the same list when it says nothing about them. Absent while there are none. */
export function foldConsents(
  known: readonly ConsentState[] | undefined,
  entry: Entry,
  index: number,
): readonly ConsentState[] | undefined {
  if (entry.type === 'consent.given') return withConsent(known, entry, index)
  if (known === undefined) return undefined
  const { consent } = entry.data
  const named = known.find((one) => one.index === consent && one.withdrawn === undefined)
  if (named === undefined) return known
  const change = (to: Partial<ConsentState>): readonly ConsentState[] =>
    known.map((one) => (one === named ? { ...one, ...to } : one))
  if (entry.type === 'consent.withdrawn') return change({ withdrawn: index })
  return entry.type === 'milestone.recorded' ? change({ covers: [...named.covers, index] }) : known
}

function withConsent(
  known: readonly ConsentState[] | undefined,
  { data, xd = [] }: Entry,
  index: number,
): readonly ConsentState[] | undefined {
  const { purpose, of } = data
  const [subject] = xd
  if (typeof purpose !== 'string' || subject === undefined) return known
  const covers = Array.isArray(of) ? of.filter((one) => typeof one === 'number' && one < index) : []
  return [...(known ?? []), { index, purpose, subject, covers: covers as number[] }]
}

/** The consent on which an entry's texts stand: the newest that covers it. */
export function consentFor(known: readonly ConsentState[] | undefined, index: number): ConsentState | undefined {
  return [...(known ?? [])].reverse().find(({ covers }) => covers.includes(index))
}

/** How many consents were given for a purpose, and how many of them withdrawn. */
export function countConsents(
  known: readonly ConsentState[] | undefined,
): { purpose: string; given: number; withdrawn: number }[] {
  const counts = new Map<string, { purpose: string; given: number; withdrawn: number }>()
  for (const { purpose, withdrawn } of known ?? []) {
    const count = counts.get(purpose) ?? { purpose, given: 0, withdrawn: 0 }
    counts.set(purpose, {
      ...count,
      given: count.given + 1,
      withdrawn: count.withdrawn + (withdrawn === undefined ? 0 : 1),
    })
  }
  return [...counts.values()]
}

/** On what else a milestone may show what a person said or went through (N3). */
export const PERSONAL_BASES = ['public_source', 'legal_duty', 'nobody_identifiable'] as const
export type PersonalBasis = (typeof PERSONAL_BASES)[number]
