/** Opening a programme of a brand, and publishing new terms. Terms hold forward in time only. */
import type { JsonObject } from '../../../ledger/json.ts'
import type { LocalizedName } from '../../../ledger/milestone.ts'
import type { ExpiryPolicy } from '../../../ledger/points-data.ts'
import { publishingRefusal } from '../../../ledger/points-rules.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf, mustHaveBrand } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command } from '../log/command.ts'
import { pointsStream } from '../log/points-rows.ts'
import { mustHaveProgramme, pointsDraft } from './points-draft.ts'
import { mustNotBeRefused } from './refusals.ts'

export type NewTerms = {
  readonly text: LocalizedName
  /** Why points are no money. */
  readonly noCash: LocalizedName
  readonly expiry: ExpiryPolicy
}
export type NewProgramme = {
  readonly id: string
  readonly name: LocalizedName
  readonly original: 'zh-CN' | 'en'
  readonly terms: NewTerms
}

/** A command that opens a programme of a brand; its id must be free in the whole log. */
export function openProgramme(request: Request, brand: string, programme: NewProgramme): Command {
  const { id, name, original, terms } = programme
  const actor = actorOf(request.admin)
  const stream = pointsStream(id)
  return commandOf(request, {
    needs: { brands: [brand], points: { programmes: [id] } },
    judge(snapshot) {
      mustHaveBrand(snapshot, brand)
      if (snapshot.points.programme(id) !== undefined) {
        throw new AppError('programme_exists', `The programme ${id} is on record already; choose another id.`)
      }
      const brandName = snapshot.brand(brand)?.name ?? {}
      const data: JsonObject = { id, name: { ...name }, brandName, original, terms: { version: 1, ...dataOf(terms) } }
      return [
        { type: 'stream.opened', stream: `brand:${brand}`, brand, actor, data: { opens: stream } },
        { type: 'programme.opened', stream, brand, actor, data },
      ]
    },
    answer: answerWith(1, { programme: id }),
  })
}

/**
 * A command that publishes new terms.
 *
 * @param validFrom when they begin to hold; at once unless given
 */
export function publishTerms(request: Request, programme: string, terms: NewTerms, validFrom?: string): Command {
  return commandOf(request, {
    needs: { points: { programmes: [programme] } },
    judge(snapshot, recordedAt) {
      const { terms: known } = mustHaveProgramme(snapshot, programme)
      const last = known.at(-1)?.version ?? 0
      const next = { version: last + 1, validFrom: validFrom ?? recordedAt }
      mustNotBeRefused(publishingRefusal(last, next, recordedAt))
      const data: JsonObject = { ...next, ...dataOf(terms) }
      return [pointsDraft(snapshot, programme, actorOf(request.admin), 'terms.published', data)]
    },
    answer: answerWith(0, { programme }),
  })
}

function dataOf({ text, noCash, expiry }: NewTerms): JsonObject {
  return { text: { ...text }, noCash: { ...noCash }, expiry: { ...expiry } }
}
