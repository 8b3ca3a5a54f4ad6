/**
 * Erasing texts and files of an entry. The values and their salts are deleted in the same transaction that registers,
 * for each digest, that and why they are gone; what is still owed then is erasure-duty.ts. A brand may take its own words
 * away, and the public reads that the brand did: a person's reason stands on that person's code or on a case that the
 * brand's own keys cannot register (N2).
 */
import { isAuditorsWord } from '../../../ledger/audit.ts'
import { consentFor } from '../../../ledger/consent.ts'
import type { ConsentState } from '../../../ledger/consent.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import { disclosureDigest, formatDisclosure, parseDisclosure } from '../../../ledger/disclosure.ts'
import { fileDigest, isPersonsReason } from '../../../ledger/redaction.ts'
import type { RedactionReason } from '../../../ledger/redaction.ts'
import { AppError } from '../../errors.ts'
import type { Admin } from '../keys/admin-key.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Draft, EntryRow, Snapshot } from '../log/command.ts'
import { newSalt } from '../log/salt.ts'

export type NewRedaction = {
  readonly reason: RedactionReason
  /** JSON Pointers of the texts; all that are left unless given. */
  readonly names?: readonly string[]
  /** The file that the entry put on record, and nothing else unless `names` are given too. */
  readonly file?: boolean
  /** The person's code: the opening of the consent's subject, which the person alone keeps. */
  readonly code?: string
  /** The reference of a case: recorded as a digest only. */
  readonly case?: string
}

/** The place of an entry: its stream and its brand. */
export type Place = { readonly stream: string; readonly brand: string }

/** A disclosure of an entry that is still held. */
export type Erasable = { readonly name: string; readonly digest: string }

/** The texts of an entry that can be erased. @param disclosures as the log's reader gives them */
export function erasableOf(disclosures: readonly string[]): Erasable[] {
  return disclosures.map((body) => ({ name: parseDisclosure(body).name, digest: disclosureDigest(body) }))
}

/**
 * A command that erases, and the opening of the case's digest, which nobody keeps here: whoever registers the case must
 * keep it with the case.
 *
 * @param erasable what the entry held when the request came; a digest never changes its name
 */
export function redactEntry(
  request: Request,
  index: number,
  place: Place,
  erasable: readonly Erasable[],
  redaction: NewRedaction,
): { command: Command; opening: string | undefined } {
  const { reason } = redaction
  const opening = redaction.case === undefined ? undefined : caseOpening(redaction.case)
  const command = commandOf(request, {
    needs: { streams: [place.stream], entries: [index] },
    judge(snapshot) {
      const row = snapshot.entry(index)
      if (row === undefined || row.entry.stream !== place.stream) {
        throw new AppError('not_found', 'There is no such entry.')
      }
      const digests = wantedDigests(row, erasable, redaction)
      guardRemoval(request.admin, snapshot, place, row, reason)
      const basis = basisOf(request.admin, consentsOf(snapshot, place), index, redaction, opening)
      return digests.map((digest) => redactionDraft(actorOf(request.admin), place, { index, digest, reason }, basis))
    },
    answer: answerWith(0),
  })
  return { command, opening }
}

/** The entry that registers one erasure. `basis`: digests of what a person's reason stands on. */
export function redactionDraft(
  actor: Draft['actor'],
  { stream, brand }: Place,
  data: { index: number; digest: string; reason: RedactionReason },
  basis: readonly string[],
): Draft {
  return { type: 'redaction.registered', stream, brand, actor, data, keptElsewhere: basis }
}

function consentsOf(snapshot: Snapshot, { stream }: Place): readonly ConsentState[] | undefined {
  return stream.startsWith('crisis:') ? snapshot.crisis(stream.slice('crisis:'.length))?.state.consents : undefined
}

/** The digests that are meant and still there. */
function wantedDigests(row: EntryRow, erasable: readonly Erasable[], { names, file = false }: NewRedaction): string[] {
  const held = erasable.filter(({ digest }) => row.held.includes(digest))
  const wanted = names ?? (file ? [] : held.map(({ name }) => name))
  const missing = wanted.filter((name) => !held.some((text) => text.name === name))
  if (missing.length > 0) {
    throw new AppError(
      'nothing_to_erase',
      `Entry ${row.index} holds no ${missing.join(', ')}; what it holds is in the member held.`,
      { held: held.map(({ name }) => name) },
    )
  }
  const digests = held.filter(({ name }) => wanted.includes(name)).map(({ digest }) => digest)
  if (file) digests.push(heldFile(row))
  if (digests.length > 0) return digests
  throw new AppError('nothing_to_erase', `Entry ${row.index} holds nothing that can be erased.`, { held: [] })
}

function heldFile(row: EntryRow): string {
  const digest = fileOf(row)
  if (digest !== undefined) return digest
  throw new AppError('nothing_to_erase', `Entry ${row.index} has no file on record, or it was erased.`, { held: [] })
}

/** The digest of the file that an entry put on record; undefined when it put none there, or the file was erased. */
function fileOf({ entry, erased }: EntryRow): string | undefined {
  const { sha256 } = entry.data
  const digest = entry.type === 'evidence.recorded' && typeof sha256 === 'string' ? fileDigest(sha256) : undefined
  return digest !== undefined && !erased.includes(digest) ? digest : undefined
}

/** The digests of all that an entry still shows: its texts, and the file that it put on record. */
export function shownBy(row: EntryRow): readonly string[] {
  const file = fileOf(row)
  return file === undefined ? row.held : [...row.held, file]
}

/** A person's reason goes before everything; whatever else a brand's own key gives as one is the will of the brand. */
function guardRemoval(
  admin: Admin,
  snapshot: Snapshot,
  { stream }: Place,
  row: EntryRow,
  reason: RedactionReason,
): void {
  if (isPersonsReason(reason) || (admin.brand === null && reason !== 'brand_removal')) return
  const crisis = stream.startsWith('crisis:') ? snapshot.crisis(stream.slice('crisis:'.length)) : undefined
  mustBeRemovable(crisis?.state, row)
}

/**
 * What a brand may not take away by its own will: what an auditor says of it, and what tells people now what to do with
 * what they have. Both can be answered or replaced; a person in them can still be forgotten.
 *
 * @throws AppError not_removable, advice_in_force
 */
export function mustBeRemovable(state: CrisisState | undefined, { index, entry }: EntryRow): void {
  if (isAuditorsWord(entry)) {
    throw new AppError(
      'not_removable',
      'A brand cannot remove what an auditor says: answer it (…/answers). A court order is registered by the operator.',
    )
  }
  if (state?.advice.some((advice) => advice.index === index) === true) {
    throw new AppError(
      'advice_in_force',
      'This entry tells people now what to do with what they have: record one that replaces it first.',
    )
  }
}

/** What a person's reason stands on, as digests: none for other reasons unless a case is named. */
function basisOf(
  admin: Admin,
  consents: readonly ConsentState[] | undefined,
  index: number,
  { reason, code }: NewRedaction,
  opening: string | undefined,
): readonly string[] {
  const cited = opening === undefined ? [] : [disclosureDigest(opening)]
  if (reason === 'consent_withdrawn') {
    const consent = consentFor(consents, index)
    if (consent?.withdrawn !== undefined) return [consent.subject]
    throw new AppError(
      'consent_not_withdrawn',
      'No withdrawn consent covers this entry: withdraw it (POST /entries/{consent}/withdrawals), which erases what it covers.',
    )
  }
  if (reason !== 'erasure_request') return cited
  if (code !== undefined) return [...cited, subjectOf(consents, index, code)]
  if (cited.length > 0 && admin.brand === null) return cited
  throw new AppError(
    'request_not_shown',
    "A brand's own key cannot speak for a person. Send the person's code, let the operator register the case, or take the text away as brand_removal.",
  )
}

function subjectOf(consents: readonly ConsentState[] | undefined, index: number, code: string): string {
  const consent = consentFor(consents, index)
  if (consent !== undefined && codeDigest(code) === consent.subject) return consent.subject
  throw new AppError('code_unknown', 'This code belongs to no consent that covers this entry.')
}

/** The digest of a person's code. @throws AppError code_unknown when it is none */
export function codeDigest(code: string): string {
  try {
    parseDisclosure(code)
  } catch (error) {
    throw new AppError('code_unknown', 'This is no code of a consent.', {}, { cause: error })
  }
  return disclosureDigest(code)
}

/** The opening of a case's digest: with a salt, since references are easy to guess. */
function caseOpening(reference: string): string {
  return formatDisclosure({ salt: newSalt(), name: '/case', value: reference.normalize('NFC') })
}
