/**
 * What others say of a commitment: somebody outside the brand disputes that it was kept, or confirms it. Both are
 * counted beside the outcome and change nothing of it, because the ledger was not there (K2, W3).
 * Specification: README.md, "Promises".
 */
import type { CommitmentState } from './commitment.ts'
import type { Milestone } from './milestone.ts'

/** The commitments after a milestone; the same list when it neither disputes nor confirms one. */
export function foldVoices(
  commitments: readonly CommitmentState[],
  { kind, of }: Milestone,
  index: number,
): readonly CommitmentState[] {
  const said = kind === 'dispute' ? 'disputed' : kind === 'confirmation' ? 'confirmed' : undefined
  if (said === undefined || !commitments.some(({ id }) => id === of)) return commitments
  return commitments.map((known) => (known.id === of ? { ...known, [said]: [...(known[said] ?? []), index] } : known))
}
