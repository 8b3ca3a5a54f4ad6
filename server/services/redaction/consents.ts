/**
 * Consents, given and withdrawn. The person is in the log only as a digest; its opening is handed out once, to be given
 * to that person, and kept nowhere here: whoever shows it withdraws, as easily as it was given (N2). Withdrawing erases
 * what the consent covers, texts and files, in the same transaction.
 */
import type { ConsentPurpose, ConsentState } from '../../../ledger/consent.ts'
import { disclosureDigest, formatDisclosure } from '../../../ledger/disclosure.ts'
import { randomBytes } from 'node:crypto'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Draft, Snapshot } from '../log/command.ts'
import { newSalt } from '../log/salt.ts'
import { codeDigest, mustBeRemovable, redactionDraft, shownBy } from './redact-entry.ts'

export type NewConsent = {
  readonly purpose: ConsentPurpose
  /** Entries of this crisis whose texts stand on it; later entries name the consent themselves. */
  readonly of?: readonly number[]
  /** The version of the text that the person agreed to. */
  readonly textVersion: string
}

/**
 * A command that records a consent, and the person's code.
 *
 * @returns `code`: the opening of the subject's digest; shown once, kept nowhere
 */
export function giveConsent(request: Request, crisis: string, given: NewConsent): { command: Command; code: string } {
  const { purpose, of = [], textVersion } = given
  const subject = randomBytes(16).toString('base64url')
  const code = formatDisclosure({ salt: newSalt(), name: '/subject', value: subject })
  const stream = `crisis:${crisis}`
  const command = commandOf(request, {
    draws: "the person's code",
    needs: { streams: [stream], ...(of.length === 0 ? {} : { entries: of }) },
    judge(snapshot) {
      const { brand, state } = mustHaveCrisis(snapshot, crisis)
      for (const index of of) {
        const row = snapshot.entry(index)
        if (row?.entry.stream !== stream) {
          throw new AppError(
            'relation_unknown_entry',
            `of names entry ${index}, which is none of this crisis: name entries that show the person.`,
          )
        }
        // Else a consent that the brand invents would remove what the brand may not.
        mustBeRemovable(state, row)
      }
      const data = { purpose, textVersion, ...(of.length === 0 ? {} : { of: [...of] }) }
      const keptElsewhere = [disclosureDigest(code)]
      return [{ type: 'consent.given', stream, brand, actor: actorOf(request.admin), data, keptElsewhere }]
    },
    answer: answerWith(0),
  })
  return { command, code }
}

/** Where a consent stands, and what it covered when the request came. */
export type ConsentPlace = { readonly index: number; readonly crisis: string; readonly covers: readonly number[] }

/**
 * A command that withdraws a consent and erases every text and file that stands on it. The entries that it covers are looked up
 * before; one that came in between makes the command start again.
 *
 * @param code what the person shows; absent: the operator has it on file, in a case
 */
export function withdrawConsent(request: Request, place: ConsentPlace, code: string | undefined): Command {
  if (code === undefined && request.admin.brand !== null) {
    throw new AppError(
      'request_not_shown',
      "A consent is withdrawn by the person: send the person's code, or let the operator do it on a case.",
    )
  }
  return commandOf(request, withdrawal(actorOf(request.admin), place, code))
}

/**
 * The same by the person, without any key: the code is all that it takes, as it was all that was given.
 *
 * @param code the opening of the consent's subject
 */
export function withdrawByPerson(place: ConsentPlace, code: string): Command {
  return withdrawal({ kind: 'subject' }, place, code)
}

function withdrawal(
  actor: Draft['actor'],
  { index, crisis, covers }: ConsentPlace,
  code: string | undefined,
): Omit<Command, 'idempotency'> {
  const stream = `crisis:${crisis}`
  return {
    needs: { streams: [stream], entries: covers },
    judge(snapshot) {
      const { brand, state } = mustHaveCrisis(snapshot, crisis)
      const consent = openConsent(state.consents, index)
      if (code !== undefined && codeDigest(code) !== consent.subject) {
        throw new AppError('code_unknown', 'This code belongs to another consent, or to none.')
      }
      if (consent.covers.some((entry) => !covers.includes(entry))) {
        throw new AppError(
          'unavailable',
          'An entry on this consent was recorded just now; send the same request again.',
        )
      }
      const basis = [consent.subject]
      const erasures = consent.covers.flatMap((entry) =>
        shownAt(snapshot, entry).map((digest) =>
          redactionDraft(actor, { stream, brand }, { index: entry, digest, reason: 'consent_withdrawn' }, basis),
        ),
      )
      return [{ type: 'consent.withdrawn', stream, brand, actor, data: { consent: index } }, ...erasures]
    },
    answer: answerWith(0),
  }
}

function shownAt(snapshot: Snapshot, index: number): readonly string[] {
  const row = snapshot.entry(index)
  return row === undefined ? [] : shownBy(row)
}

function openConsent(consents: readonly ConsentState[] | undefined, index: number): ConsentState {
  const consent = consents?.find((one) => one.index === index)
  if (consent === undefined) throw new AppError('not_found', 'There is no such consent.')
  if (consent.withdrawn !== undefined) {
    throw new AppError(
      'consent_settled',
      `This consent was withdrawn by entry ${consent.withdrawn}: there is nothing left to do.`,
    )
  }
  return consent
}

function mustHaveCrisis(snapshot: Snapshot, code: string): NonNullable<ReturnType<Snapshot['crisis']>> {
  const crisis = snapshot.crisis(code)
  if (crisis === undefined) throw new AppError('not_found', 'There is no such crisis.')
  return crisis
}
