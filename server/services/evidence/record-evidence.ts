/**
 * Recording that a file was put on record: its hash, size and type are public, its name can be erased. The stream is
 * that of a crisis or of the brand. A laboratory report names who issued it (E2).
 */
import type { JsonObject } from '../../../ledger/json.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf, mustHaveBrand } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Snapshot } from '../log/command.ts'

export const EVIDENCE_KINDS = ['laboratory_report', 'notice', 'photo', 'video', 'statement', 'document'] as const

export type EvidenceNote = {
  readonly sha256: string
  readonly bytes: number
  readonly mediaType: string
  readonly name?: string
  readonly kind?: (typeof EVIDENCE_KINDS)[number]
  readonly issuer?: string
  readonly issuerRef?: string
  /** Which batch or piece was tested. */
  readonly sample?: string
  readonly capturedAt?: string
}

/** Where evidence belongs. */
export type EvidencePlace = { readonly crisis: string } | { readonly brand: string }

/**
 * A command that records a file which the store keeps before the command is appended.
 *
 * @throws AppError issuer_missing, sample_missing
 */
export function recordEvidence(request: Request, place: EvidencePlace, evidence: EvidenceNote): Command {
  const { name, ...members } = evidence
  if (evidence.kind === 'laboratory_report' && evidence.issuer === undefined) {
    throw new AppError('issuer_missing', 'A laboratory report must name who issued it: send issuer (E2).')
  }
  if (evidence.kind === 'laboratory_report' && evidence.sample === undefined) {
    throw new AppError('sample_missing', 'A laboratory report must name what was tested: send sample (E2).')
  }
  const actor = actorOf(request.admin)
  return commandOf(request, {
    needs: 'crisis' in place ? { crises: [place.crisis] } : { brands: [place.brand] },
    judge(snapshot) {
      const data: JsonObject = { ...members }
      const redactable = name === undefined ? [] : [{ name: '/name', value: name }]
      return [{ type: 'evidence.recorded', ...streamOf(snapshot, place), actor, data, redactable }]
    },
    answer: answerWith(0, { sha256: evidence.sha256, bytes: evidence.bytes }),
  })
}

function streamOf(snapshot: Snapshot, place: EvidencePlace): { stream: string; brand: string } {
  if ('brand' in place) {
    mustHaveBrand(snapshot, place.brand)
    return { stream: `brand:${place.brand}`, brand: place.brand }
  }
  const crisis = snapshot.crisis(place.crisis)
  if (crisis === undefined) throw new AppError('not_found', 'There is no such crisis.')
  return { stream: `crisis:${crisis.code}`, brand: crisis.brand }
}
