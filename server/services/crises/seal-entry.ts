/**
 * Sealed entries: a digest on record now, the text later. The text never comes here before the brand opens the seal, so
 * it cannot leak from here; and once sealed it cannot be exchanged, because the opening carries the same digest (SE1).
 * The clock of an unopened seal is one of the crisis (clocks.ts).
 */
import { sealDues } from '../../../ledger/clocks.ts'
import { disclosureDigest, parseDisclosure } from '../../../ledger/disclosure.ts'
import { isJsonObject } from '../../../ledger/json.ts'
import type { JsonValue } from '../../../ledger/json.ts'
import type { MilestoneKind } from '../../../ledger/milestone.ts'
import { AppError } from '../../errors.ts'
import { duesMember, timingOf } from '../clocks/clock-terms.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, CrisisRow, Snapshot } from '../log/command.ts'

/** `of`: what kind of milestone the text will be about. */
export type NewSeal = { readonly digest: string; readonly of?: MilestoneKind }

/** A command that seals a text by the digest of its disclosure. */
export function sealEntry(request: Request, code: string, { digest, of }: NewSeal): Command {
  return commandOf(request, {
    needs: { crises: [code] },
    judge(snapshot, recordedAt) {
      const { brand, state } = liveCrisis(snapshot, code)
      if ((state.seals ?? []).some((seal) => seal.digest === digest)) {
        throw new AppError('seal_exists', 'This digest is sealed already: seal another text, or with another salt.')
      }
      const timing = timingOf(state, recordedAt)
      const dues = timing === undefined ? {} : duesMember(sealDues(state.severity, timing))
      const data = { digest, ...(of === undefined ? {} : { of }), ...dues }
      return [{ type: 'seal.recorded', stream: `crisis:${code}`, brand, actor: actorOf(request.admin), data }]
    },
    answer: answerWith(0),
  })
}

/** A command that opens a seal. @param disclosure what was sealed: base64url of [salt, "/text", text] */
export function openSeal(request: Request, code: string, index: number, disclosure: string): Command {
  assertText(disclosure)
  return commandOf(request, {
    needs: { crises: [code] },
    judge(snapshot) {
      const { brand, state } = liveCrisis(snapshot, code)
      const seal = (state.seals ?? []).find((one) => one.index === index)
      if (seal === undefined)
        throw new AppError(
          'not_found',
          `Entry ${index} is no seal of this crisis: send the index that sealing answered.`,
        )
      if (seal.opened !== undefined) {
        throw new AppError('seal_open', `This seal was opened by entry ${seal.opened}: its text is there.`, {
          entry: seal.opened,
        })
      }
      if (disclosureDigest(disclosure) !== seal.digest) {
        throw new AppError(
          'seal_differs',
          'This is not the text that was sealed: send the disclosure from which the digest was made, byte for byte.',
        )
      }
      const actor = actorOf(request.admin)
      const stream = `crisis:${code}`
      return [{ type: 'seal.opened', stream, brand, actor, data: { seal: index }, disclosed: [disclosure] }]
    },
    answer: answerWith(0),
  })
}

function liveCrisis(snapshot: Snapshot, code: string): CrisisRow {
  const crisis = snapshot.crisis(code)
  if (crisis === undefined) throw new AppError('not_found', 'There is no such crisis.')
  if (crisis.mode === 'live') return crisis
  throw new AppError(
    'seal_needs_live',
    'A reconstructed record seals nothing: what it tells is past. Record the text as a milestone.',
  )
}

/** What a seal may hold: a text, or one in each language. */
function assertText(disclosure: string): void {
  let parts: { name: string; value: JsonValue }
  try {
    parts = parseDisclosure(disclosure)
  } catch (error) {
    throw new AppError(
      'seal_malformed',
      'disclosure is no disclosure: base64url of [salt, "/text", text] as canonical JSON.',
      {},
      { cause: error },
    )
  }
  const { name, value } = parts
  const texts = isJsonObject(value) ? Object.entries(value) : [['zh-CN', value] as const]
  const isText = texts.length > 0 && texts.every(([language, text]) => isLanguage(language) && isProse(text))
  if (name === '/text' && isText) return
  throw new AppError('seal_malformed', 'A seal holds a text, or { "zh-CN", "en" }, under the name /text.')
}

const isLanguage = (word: string): boolean => word === 'zh-CN' || word === 'en'
const isProse = (text: JsonValue): boolean => typeof text === 'string' && /\S/.test(text)
