/**
 * N1, N3: what shows a person stands on that person's consent to be shown in public, or says on what else. However
 * long ago it was said, it is shown from now on; only a reconstructed record repeats what is public already.
 */
import { PERSONAL_KINDS } from '../../../ledger/consent.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import type { Milestone } from '../../../ledger/milestone.ts'
import { AppError } from '../../errors.ts'

/** Purposes that allow a case to be shown; no other purpose implies it. */
const SHOWING: ReadonlySet<string> = new Set(['public_display', 'case_sharing'])

/** @throws AppError consent_missing with the way out */
export function guardConsent(state: CrisisState, { kind, consent: named, personalBasis }: Milestone): void {
  if (named !== undefined) {
    const consent = state.consents?.find(({ index }) => index === named)
    if (consent === undefined) throw missing(`Entry ${named} is no consent of this crisis`)
    if (consent.withdrawn !== undefined) throw missing(`The consent of entry ${named} was withdrawn`)
    if (!SHOWING.has(consent.purpose))
      throw missing(`The consent of entry ${named} is for ${consent.purpose} only (N1)`)
    return
  }
  if (!PERSONAL_KINDS.has(kind) || personalBasis !== undefined || state.mode === 'reconstructed') return
  throw missing('This shows what a person said or went through (N3)')
}

function missing(what: string): AppError {
  const wayOut = 'record a consent (POST /crises/{code}/consents) and name it in consent, or say the personalBasis.'
  return new AppError('consent_missing', `${what}: ${wayOut}`)
}
