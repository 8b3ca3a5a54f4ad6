/**
 * What auditors write, in the stream of a crisis or of a brand, and what the brand answers. Nothing but its form can be
 * wrong with an auditor's word: no guard of the crisis judges it, and the brand can neither refuse nor remove it.
 */
import { isAuditorsWord } from '../../../ledger/audit.ts'
import type { JsonObject } from '../../../ledger/json.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf, mustHaveBrand } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Needs, Snapshot } from '../log/command.ts'
import type { Place } from '../redaction/redact-entry.ts'

export const AUDIT_KINDS = ['objection', 'statement'] as const
/** What an auditor finds: a closed word for whoever counts, beside the text. */
export const AUDIT_FINDINGS = ['confirmed', 'not_confirmed', 'incomplete', 'misleading', 'not_examined'] as const
type Texts = { readonly 'zh-CN'?: string; readonly en?: string }

export type AuditorsWord = {
  readonly kind: (typeof AUDIT_KINDS)[number]
  readonly original: 'zh-CN' | 'en'
  readonly text: Texts
  /** Entries of the stream that it is about. */
  readonly about?: readonly number[]
  readonly finding?: (typeof AUDIT_FINDINGS)[number]
}

/** Whom it is said of. */
export type AuditPlace = { readonly crisis: string } | { readonly brand: string }

/** A command by which an auditor says something. */
export function recordAudit(request: Request, place: AuditPlace, word: AuditorsWord): Command {
  const { kind, original, text, about, finding } = word
  const needs: Needs = 'crisis' in place ? { crises: [place.crisis] } : { brands: [place.brand] }
  return commandOf(request, {
    needs: { ...needs, ...(about === undefined ? {} : { entries: about }) },
    judge(snapshot) {
      const { stream, brand } = placeOf(snapshot, place)
      const strange = about?.find((index) => snapshot.entry(index)?.entry.stream !== stream)
      if (strange !== undefined) {
        throw new AppError('relation_unknown_entry', `about names entry ${strange}, which is none of this stream.`)
      }
      const data: JsonObject = {
        original,
        ...(about === undefined ? {} : { about: [...about] }),
        ...(finding === undefined ? {} : { finding }),
      }
      const redactable = textsOf(text)
      return [{ type: `audit.${kind}`, stream, brand, actor: actorOf(request.admin), data, redactable }]
    },
    answer: answerWith(0),
  })
}

/** A command by which the brand answers an auditor. */
export function answerAudit(
  request: Request,
  index: number,
  { stream, brand }: Place,
  { original, text }: Pick<AuditorsWord, 'original' | 'text'>,
): Command {
  return commandOf(request, {
    needs: { streams: [stream], entries: [index] },
    judge(snapshot) {
      const row = snapshot.entry(index)
      if (row === undefined || row.entry.stream !== stream || !isAuditorsWord(row.entry)) {
        throw new AppError(
          'relation_unfitting',
          `Entry ${index} is nothing that an auditor says: name the entry audit.objection or audit.statement.`,
        )
      }
      const data = { of: index, original }
      const redactable = textsOf(text)
      return [{ type: 'audit.answered', stream, brand, actor: actorOf(request.admin), data, redactable }]
    },
    answer: answerWith(0),
  })
}

function placeOf(snapshot: Snapshot, place: AuditPlace): Place {
  if ('brand' in place) {
    mustHaveBrand(snapshot, place.brand)
    return { stream: `brand:${place.brand}`, brand: place.brand }
  }
  const crisis = snapshot.crisis(place.crisis)
  if (crisis === undefined) throw new AppError('not_found', 'There is no such crisis.')
  return { stream: `crisis:${crisis.code}`, brand: crisis.brand }
}

function textsOf(text: Texts): { name: string; value: string }[] {
  return Object.entries(text).map(([language, value]) => ({ name: `/text/${language}`, value }))
}
